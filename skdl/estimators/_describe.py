"""A fitted network in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from skdl.estimators._losses import loss_name

if TYPE_CHECKING:
    from skdl.estimators._mlp import KerasMLP

__all__ = ["NetworkDescription", "describe_network"]


@dataclass(frozen=True)
class NetworkDescription:
    """What a network is: its layers from input to output, its loss, and how many weights it has."""

    architecture: str
    loss: str
    n_parameters: int


def describe_network(estimator: KerasMLP) -> NetworkDescription:
    """Describe the network of a fitted estimator.

    Parameters
    ----------
    estimator : KerasMLPRegressor or KerasMLPClassifier
        Fitted.

    Returns
    -------
    NetworkDescription
        Layers as ``"10 -> 64 relu -> 32 relu -> 1 linear"``, the loss's Keras name, the number of weights.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl import KerasMLPRegressor
    >>> net = KerasMLPRegressor((4,), random_state=0).initialize(np.zeros((3, 2)), np.arange(3.0))
    >>> describe_network(net)
    NetworkDescription(architecture='2 -> 4 relu -> 1 linear', loss='mse', n_parameters=17)
    """
    check_is_fitted(estimator, "_network")
    network = estimator.model_
    sizes = " x ".join(str(size) for size in network.input_shape[1:])
    steps = [sizes, *(word for layer in network.layers if (word := _word(layer)))]
    return NetworkDescription(_join(steps), loss_name(estimator.head_.loss), int(network.count_params()))


def _word(layer: Any) -> str:
    """Name what a layer adds: units, an activation, a share dropped; nothing for plumbing."""
    kind = type(layer).__name__
    config = layer.get_config()
    if kind == "Dense":
        activation = config["activation"]
        plain = activation == "linear" and layer.name != "output"
        return str(config["units"]) if plain else f"{config['units']} {_plain(activation)}"
    if kind == "Activation":
        return f"+{_plain(config['activation'])}"
    if kind == "GlobalMaxPooling1D" and layer.name.startswith("maxout"):
        return "+maxout"
    if kind == "BatchNormalization":
        return "+batch norm"
    if kind == "Dropout":
        return f"+dropout {config['rate']:g}"
    return "" if kind in {"InputLayer", "Flatten", "Reshape"} else kind


def _plain(activation: Any) -> str:
    return activation if isinstance(activation, str) else str(activation.get("class_name", activation))


def _join(steps: list[str]) -> str:
    """Write units behind arrows, and what is done to them (``+``) behind a space."""
    text = steps[0]
    for step in steps[1:]:
        text += f" {step[1:]}" if step.startswith("+") else f" -> {step}"
    return text
