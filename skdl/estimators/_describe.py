"""Description of a fitted network: its layers, its loss, its number of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sklearn.utils.validation import check_is_fitted

from skdl.estimators._losses import loss_name

if TYPE_CHECKING:
    from skdl.estimators._architectures import Architecture
    from skdl.estimators._estimator import NetworkEstimator


class LayerDescription(NamedTuple):
    """One layer of a network with the layers that only modify it: its size, what they do, and all their weights."""

    kind: str  # "input", "dense", or another layer's class
    units: str  # "64"; "28 x 28" of an image; empty for other layers
    details: tuple[str, ...]  # "relu", "batch norm", "dropout 0.2"
    n_parameters: int


@dataclass(frozen=True)
class NetworkDescription:
    """Layers of a network from input to output, its loss, and its number of weights."""

    architecture: str
    loss: str
    n_parameters: int
    layers: tuple[LayerDescription, ...] = ()


def describe_network(estimator: NetworkEstimator) -> NetworkDescription:
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
    # Of the mean of several networks the first is described: they differ in their weights alone.
    is_mean = type(network.layers[-1]).__name__ == "Average"
    members = [layer for layer in network.layers if hasattr(layer, "layers")] if is_mean else []
    for layer in (members[0] if members else network).layers:
        _append(layers, layer, estimator._architecture)  # noqa: SLF001 - of this package
    architecture = f"mean of {len(members)}: {_join(layers)}" if members else _join(layers)
    return NetworkDescription(architecture, loss_name(estimator.head_.loss), int(network.count_params()), tuple(layers))


def _append(layers: list[LayerDescription], layer: Any, architecture: type[Architecture]) -> None:
    """Append a layer, or add what it does to the last one."""
    # An architecture may describe several layers as one, as maxout; None means that it has no description of this one.
    word, n_parameters = architecture.describe_layer(layer), int(layer.count_params())
    word = _word(layer) if word is None else word
    last = layers[-1]
    if word.startswith("+"):
        layers[-1] = last._replace(details=(*last.details, word[1:]), n_parameters=last.n_parameters + n_parameters)
    elif type(layer).__name__ in {"Dense", "NTKDense"}:
        units, _, activation = word.partition(" ")
        layers.append(LayerDescription("dense", units, (activation,) if activation else (), n_parameters))
    elif word:
        layers.append(LayerDescription(word, "", (), n_parameters))


def _word(layer: Any) -> str:
    """Return units, an activation, or ``+`` and what is done to the layer before; empty for mere reshaping."""
    kind = type(layer).__name__
    config = layer.get_config()
    if kind == "Dense":
        activation = config["activation"]
        plain = activation == "linear" and layer.name != "output"  # a hidden layer's activation is the next layer
        return str(config["units"]) if plain else f"{config['units']} {_plain(activation)}"
    if kind == "Activation":
        return f"+{_plain(config['activation'])}"
    if kind == "BatchNormalization":
        return "+batch norm"
    if kind == "Dropout":
        return f"+dropout {config['rate']:g}"
    return "" if kind in {"InputLayer", "Flatten", "Reshape"} else kind


def _plain(activation: Any) -> str:
    return activation if isinstance(activation, str) else str(activation.get("class_name", activation))


def _join(layers: list[LayerDescription]) -> str:
    """Join layers by arrows, and what is done to each by spaces."""
    return " -> ".join(
        " ".join([layer.kind if layer.kind not in {"input", "dense"} else layer.units, *layer.details])
        for layer in layers
    )
