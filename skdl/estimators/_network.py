"""The network of an MLP estimator: a ``Sequential`` of Keras' own layers, every seed given."""

from __future__ import annotations

import inspect
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from skdl.training import Purpose, derive_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NetworkPlan", "build_custom_network", "build_network", "restore_network", "store_network"]

_MAXOUT_PIECES = 2
_GLOBAL_SEEDING = threading.Lock()


@dataclass(frozen=True)
class NetworkPlan:
    """All that decides a network's structure, and the seed of its first weights."""

    input_shape: tuple[int, ...]
    hidden_layer_sizes: Sequence[int]
    activation: str
    dropout: float
    l1: float
    l2: float
    batch_normalization: bool
    n_outputs: int
    output_activation: str
    dtype: str
    seed: int


def build_network(plan: NetworkPlan) -> Any:
    """Build the ``Sequential``: input, hidden layers (dense, batch normalisation, activation, dropout), output.

    A dense layer before batch normalisation has no bias: the normalisation would subtract it.
    """
    network = keras.Sequential([layers.Input(plan.input_shape, dtype=plan.dtype)], name="keras_mlp")
    if len(plan.input_shape) > 1:
        network.add(layers.Flatten(name="flatten", dtype=plan.dtype))
    for number, units in enumerate(plan.hidden_layer_sizes, start=1):
        for layer in _hidden_layers(plan, number, int(units)):
            network.add(layer)
    network.add(
        layers.Dense(
            plan.n_outputs,
            activation=plan.output_activation,
            kernel_initializer=_glorot(plan, 0),
            name="output",
            dtype=plan.dtype,
        )
    )
    return network


def _glorot(plan: NetworkPlan, number: int) -> Any:
    return keras.initializers.GlorotUniform(seed=derive_seed(plan.seed, Purpose.NETWORK, 2 * number))


def _hidden_layers(plan: NetworkPlan, number: int, units: int) -> list[Any]:
    maxout = plan.activation == "maxout"
    parts = [
        layers.Dense(
            units * _MAXOUT_PIECES if maxout else units,
            use_bias=not plan.batch_normalization,
            kernel_initializer=_glorot(plan, number),
            kernel_regularizer=keras.regularizers.L1L2(plan.l1, plan.l2) if plan.l1 or plan.l2 else None,
            name=f"hidden_{number}",
            dtype=plan.dtype,
        )
    ]
    if plan.batch_normalization:
        parts.append(layers.BatchNormalization(name=f"batch_normalization_{number}", dtype=plan.dtype))
    if maxout:  # the larger of two linear pieces a unit; stock layers, so that the file loads anywhere
        parts.append(layers.Reshape((_MAXOUT_PIECES, units), name=f"pieces_{number}", dtype=plan.dtype))
        parts.append(layers.GlobalMaxPooling1D(name=f"maxout_{number}", dtype=plan.dtype))
    else:
        parts.append(layers.Activation(plan.activation, name=f"activation_{number}", dtype=plan.dtype))
    if plan.dropout:
        seed = derive_seed(plan.seed, Purpose.NETWORK, 2 * number + 1)
        parts.append(layers.Dropout(plan.dropout, seed=seed, name=f"dropout_{number}", dtype=plan.dtype))
    return parts


def build_custom_network(build: Callable[..., Any], plan: NetworkPlan, offered: dict[str, Any]) -> Any:
    """Call a user's ``build(n_features_in, n_outputs, ...)``, passing of ``offered`` what its signature names.

    Keras seeds a layer without a seed of its own from Python's global generator; for the length of this call it is
    seeded from the plan, and then put back, so that the same ``random_state`` builds the same weights.
    """
    wanted = inspect.signature(build).parameters
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values())
    arguments = offered if takes_all else {name: value for name, value in offered.items() if name in wanted}
    with _GLOBAL_SEEDING:
        state = random.getstate()
        random.seed(derive_seed(plan.seed, Purpose.NETWORK))
        try:
            network = build(**arguments)
        finally:
            random.setstate(state)
    if not isinstance(network, keras.Model):
        raise TypeError(
            f"model: the function must return a keras.Model; got {type(network).__name__!r}. "
            "Return keras.Sequential([...]) or keras.Model(inputs, outputs)."
        )
    if not network.built:
        network.build((None, *plan.input_shape))
    units = network.output_shape[-1]
    if units != plan.n_outputs:
        raise ValueError(
            f"model: the network's last layer must have {plan.n_outputs} units for this target and loss; got {units}. "
            "The function receives the number as its argument n_outputs."
        )
    return network


def store_network(network: Any) -> dict[str, Any]:
    """Return a network as plain configuration and NumPy weights: no backend, no optimizer state, no data."""
    return {
        "config": keras.saving.serialize_keras_object(network),
        "weights": [keras.ops.convert_to_numpy(weight.value) for weight in network.weights],
    }


def restore_network(stored: dict[str, Any]) -> Any:
    """Build the network that :func:`store_network` put away, not compiled."""
    config = {key: value for key, value in stored["config"].items() if key != "compile_config"}
    network = keras.saving.deserialize_keras_object(config)
    network.set_weights(stored["weights"])
    return network
