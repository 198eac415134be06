"""Remedies: the hyperparameters that a finding would change, as values and as YAML for a pipeline file.

The change is the first advice of the finding. Advice that a pipeline file cannot hold, such as clipping the gradient,
appears only as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 20
_READABLE_EPOCHS = 20
_VALIDATION_SHARE, _LARGER_VALIDATION_SHARE = 0.2, 0.3
_FIRST_DROPOUT, _MORE_DROPOUT, _MOST_DROPOUT = 0.2, 0.1, 0.5
_FIRST_L2, _MOST_L2 = 0.0001, 0.1
_FIRST_LAYER, _LEAST_UNITS = 32, 16


def changed_parameters(  # noqa: C901 - one case a finding
    code: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the hyperparameters of a network that a finding of `diagnose_training` would change, with new values.

    ``parameters`` are the current ones, from ``get_params()``; leave out those that are tuned. One that is missing or
    is not a plain value (a learning rate schedule) is not changed.

    >>> changed_parameters("undertrained", {"epochs": 200})
    {'epochs': 400}
    >>> changed_parameters("overfitting", {"early_stopping": True, "dropout": 0.0, "l2": 0.0})
    {'dropout': 0.2, 'l2': 0.0001}
    """
    epochs, patience = _number(parameters, "epochs"), _number(parameters, "patience")
    changed: dict[str, Any] = {}
    match code:
        case "diverged":
            changed = _other_learning_rate(parameters, 0.1)
        case "jagged":
            changed = _other_learning_rate(parameters, 1 / 3)
        case "flat_and_high":
            changed = _other_learning_rate(parameters, 3.0) | _more_units(parameters)
        case "unscaled" if parameters.get("target_scaling", "") is None:  # only the regressor has it
            changed = {"target_scaling": "standard"}
        case "jagged_validation" if "validation_split" in parameters:
            share = parameters["validation_split"]
            if share is None or (_number(parameters, "validation_split") or 1.0) <= _VALIDATION_SHARE:
                changed = {"validation_split": _LARGER_VALIDATION_SHARE}
        # Early stopping first: it removes the rise without a change of the model, so "auto" was off. Where it is on, or
        # set by a custom value, regularise.
        case "overfitting" if parameters.get("early_stopping") in (False, "auto"):
            changed = {"early_stopping": True, "patience": _PATIENCE}
        case "overfitting" | "gap":
            changed = _more_regularisation(parameters)
        case "undertrained" if epochs is not None:
            changed = {"epochs": int(2 * epochs)}
        case "underfit":
            changed = _more_units(parameters)
        # Enough epochs for a diagnosis; a longer patience where early stopping ended the training.
        case "too_short" if epochs is not None and epochs < _READABLE_EPOCHS:
            changed = {"epochs": _READABLE_EPOCHS}
        case "too_short" if parameters.get("early_stopping") in (True, "auto") and patience is not None:
            changed = {"patience": max(_PATIENCE, int(2 * patience))}
    return changed


def remedy_yaml(model: str, code: str, parameters: Mapping[str, Any]) -> str | None:
    """Return the remedy of a finding as YAML to merge into a pipeline file; None where there is nothing to change.

    ``model`` is the model's name in the file.

    >>> print(remedy_yaml("keras_mlp", "undertrained", {"epochs": 200}))
    models:
      keras_mlp:
        params: {epochs: 400}
    """
    changes: dict[str, Any] = {"preprocess": {"numeric": {"scale": "standard"}}} if code == "unscaled" else {}
    changed = changed_parameters(code, parameters)
    if changed:
        changes["params"] = changed
    if not changes:
        return None
    written: str = yaml.safe_dump(
        {"models": {model: changes}}, sort_keys=False, default_flow_style=None, allow_unicode=True
    )
    return written.rstrip("\n")


def _number(parameters: Mapping[str, Any], name: str) -> float | None:
    """Value of a numeric parameter; None for others."""
    value = parameters.get(name)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _other_learning_rate(parameters: Mapping[str, Any], factor: float) -> dict[str, Any]:
    value = _number(parameters, "learning_rate")
    if value is None or not isinstance(parameters.get("optimizer", ""), str):
        return {}  # an optimizer instance has its own learning rate
    # Two significant digits: the value is for a person to read and to edit in the file.
    return {"learning_rate": float(f"{value * factor:.2g}")}


def _more_regularisation(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Add dropout and an L2 penalty, or increase them."""
    dropout, l2 = _number(parameters, "dropout"), _number(parameters, "l2")
    changed: dict[str, Any] = {}
    if dropout is not None and dropout < _MOST_DROPOUT:
        changed["dropout"] = round(min(dropout + _MORE_DROPOUT, _MOST_DROPOUT), 2) if dropout else _FIRST_DROPOUT
    if l2 is not None and l2 < _MOST_L2:
        changed["l2"] = float(f"{min(10 * l2, _MOST_L2):.2g}") if l2 else _FIRST_L2
    return changed


def _more_units(parameters: Mapping[str, Any]) -> dict[str, Any]:
    sizes = parameters.get("hidden_layer_sizes")
    layers = [sizes] if isinstance(sizes, int) else sizes
    if not isinstance(layers, list | tuple) or not all(isinstance(units, int) for units in layers):
        return {}
    return {"hidden_layer_sizes": [max(2 * units, _LEAST_UNITS) for units in layers] or [_FIRST_LAYER]}
