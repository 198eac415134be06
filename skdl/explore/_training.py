"""The training of a network for the page: history, diagnosis, parameters, and what the page needs to train it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.diagnosis import diagnose_training
from skdl.report.sections.networks.text import diagnosis_texts

if TYPE_CHECKING:
    from skdl.explore._network import FrozenNetwork
    from skdl.report import Strings

_GRAVE = {"diverged", "unscaled", "flat_and_high"}
# Shown beside the learning curve, under the estimator's own names: these, and what is not its default.
_ALWAYS_SHOWN = (
    "hidden_layer_sizes",
    "activation",
    "dropout",
    "batch_normalization",
    "l1",
    "l2",
    "weight_decay",
    "optimizer",
    "learning_rate",
    "batch_size",
    "epochs",
    "early_stopping",
    "patience",
    "averaging",
    "n_estimators",
    "random_state",
)
_NEVER_SHOWN = {"callbacks", "metrics", "model", "verbose", "warm_start"}
_PLAIN = {"dense", "activation"}


def training_data(network: Any, strings: Strings) -> dict[str, Any] | None:
    """Return `Training` of the page for a fitted Keras estimator; None where it was not trained here."""
    history = {name: [float(value) for value in values] for name, values in network.history_.items()}
    if not history.get("loss"):
        return None
    kept = network.kept_epoch
    # Several networks, whose histories are averaged, keep an epoch each: their mean has none, and no diagnosis.
    n_networks = getattr(network, "n_estimators", 1) if kept is None else 1
    found = diagnose_training(
        history,
        baseline_loss=network.baseline_loss_,
        initial_penalty=network.initial_penalty_,
        inference_loss=network.inference_loss_,
        kept_epoch=kept,
    )
    return {
        "history": history,
        "kept_epoch": (kept or len(history["loss"])) if n_networks == 1 else None,
        "n_networks": n_networks,
        "diagnosis": [_finding(one.code, strings) for one in found.findings] if n_networks == 1 else [],
        "parameters": _parameters(network),
    }


def _finding(code: str, strings: Strings) -> dict[str, str]:
    texts = diagnosis_texts(code, strings)
    level = "good" if code == "healthy" else "grave" if code in _GRAVE else "mild"
    text = " ".join(filter(None, (texts["meaning"], texts["advice"])))
    return {"title": texts["label"], "text": text, "level": level}


def _parameters(network: Any) -> dict[str, str]:
    params = network.get_params(deep=False)
    defaults = type(network)().get_params(deep=False)
    changed = [name for name in params if params[name] != defaults[name] and name not in _NEVER_SHOWN]
    shown = {name: params[name] for name in dict.fromkeys([*_ALWAYS_SHOWN, *changed]) if name in params}
    return {name: _text(value) for name, value in shown.items() if value is not None and value is not False}


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int | str) else type(value).__name__


def try_it_data(network: Any, frozen: FrozenNetwork) -> dict[str, Any] | None:
    """Return `TryIt` of the page: what a plain chain of dense layers was trained with; None for other networks."""
    steps = frozen.configuration_["layers"]
    params = network.get_params(deep=False)
    is_plain = {step["op"] for step in steps} <= _PLAIN and len(frozen.configuration_["input_shape"]) == 1
    if not is_plain or params.get("model") is not None or "hidden_layer_sizes" not in params:
        return None
    rate = params["learning_rate"]
    batch = params["batch_size"]
    n_units = [frozen.weights_[step["kernel"]].shape[1] for step in steps if step["op"] == "dense"][:-1]
    names = [step["name"] for step in steps if step["op"] == "activation"]
    return {
        "learning_rate": float(rate) if isinstance(rate, int | float) else 0.001,
        "batch_size": int(batch) if isinstance(batch, int) else 32,
        "activation": names[0] if names and n_units else "linear",
        "hidden_layer_sizes": [int(n) for n in n_units],
        "l2": float(params.get("l2") or 0.0),
    }
