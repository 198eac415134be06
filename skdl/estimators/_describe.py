"""A fitted network in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sklearn.utils.validation import check_is_fitted

from skdl.estimators._losses import loss_name

if TYPE_CHECKING:
    from skdl.estimators._mlp import KerasMLP

__all__ = ["LayerDescription", "NetworkDescription", "describe_network"]


class LayerDescription(NamedTuple):
    """One step of a network: its size, what is done to it, and how many weights all of that has."""

    kind: str  # "input", "dense", or another layer's class
    units: str  # "64"; "28 x 28" of an image; empty where it has none
    details: tuple[str, ...]  # "relu", "batch norm", "dropout 0.2"
    n_parameters: int


@dataclass(frozen=True)
class NetworkDescription:
    """What a network is: its layers from input to output, its loss, and how many weights it has."""

    architecture: str
    loss: str
    n_parameters: int
    layers: tuple[LayerDescription, ...] = ()


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
    NetworkDescription(architecture='2 -> 4 relu -> 1 linear', loss='mse', n_parameters=17, layers=...)
    """
    check_is_fitted(estimator, "_network")
    network = estimator.model_
    sizes = " x ".join(str(size) for size in network.input_shape[1:])
    layers = [LayerDescription("input", sizes, (), 0)]
    for layer in network.layers:
        _add(layers, layer)
    return NetworkDescription(
        _join(layers), loss_name(estimator.head_.loss), int(network.count_params()), tuple(layers)
    )


def _add(layers: list[LayerDescription], layer: Any) -> None:
    """Put a layer behind the others, or what it does to the last of them."""
    word, n_parameters = _word(layer), int(layer.count_params())
    last = layers[-1]
    if word.startswith("+"):
        layers[-1] = last._replace(details=(*last.details, word[1:]), n_parameters=last.n_parameters + n_parameters)
    elif type(layer).__name__ == "Dense":
        units, _, activation = word.partition(" ")
        layers.append(LayerDescription("dense", units, (activation,) if activation else (), n_parameters))
    elif word:
        layers.append(LayerDescription(word, "", (), n_parameters))


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


def _join(layers: list[LayerDescription]) -> str:
    """Write layers behind arrows, and what is done to each behind a space."""
    return " -> ".join(
        " ".join([layer.kind if layer.kind not in {"input", "dense"} else layer.units, *layer.details])
        for layer in layers
    )
