"""The network of an MLP estimator: a ``Sequential`` of Keras' own layers, every seed given."""

from __future__ import annotations

import inspect
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from skdl.estimators._initial import DrawnGlorot, name_as_keras_does
from skdl.tables import did_you_mean
from skdl.training import Purpose, custom_objects_of, derive_seed, seeded_python_random

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NetworkPlan", "build_custom_network", "build_network", "network_seed", "restore_network", "store_network"]

_MAXOUT_PIECES = 2
_FUNCTIONS = {name for name, found in vars(keras.activations).items() if callable(found)}
# A name cannot give `threshold` its arguments, and Keras' layers do not know that `glu` halves its units.
_ACTIVATIONS = (_FUNCTIONS - {"deserialize", "get", "serialize", "glu", "threshold"}) | {"maxout"}


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
    output_bias: tuple[float, ...] | None = None  # what it begins with, zeros where None


def build_network(plan: NetworkPlan) -> Any:
    """Build the ``Sequential``: input, hidden layers (dense, batch normalisation, activation, dropout), output.

    A dense layer before batch normalisation has no bias: the normalisation would subtract it.
    """
    _check_plan(plan)
    parts = [layers.Input(plan.input_shape, dtype=plan.dtype)]
    if len(plan.input_shape) > 1:
        parts.append(layers.Flatten(name="flatten", dtype=plan.dtype))
    for number, units in enumerate(plan.hidden_layer_sizes, start=1):
        parts += _hidden_layers(plan, number, int(units))
    parts.append(
        layers.Dense(
            plan.n_outputs,
            activation=plan.output_activation,
            kernel_initializer=_glorot(plan, 0),
            bias_initializer=keras.initializers.Constant(list(plan.output_bias)) if plan.output_bias else "zeros",
            name="output",
            dtype=plan.dtype,
        )
    )
    return name_as_keras_does(keras.Sequential(parts, name="keras_mlp"))


def _check_plan(plan: NetworkPlan) -> None:
    if plan.activation not in _ACTIVATIONS:
        raise ValueError(
            f"activation: the name must be 'maxout' or one of Keras' activations; got {plan.activation!r}"
            f"{did_you_mean(plan.activation, _ACTIVATIONS) or '.'} There are: {', '.join(sorted(_ACTIVATIONS))}."
        )
    for units in plan.hidden_layer_sizes:
        if units < 1 or units != int(units):
            raise ValueError(
                f"hidden_layer_sizes: each must be a whole number of units, 1 or more; got {units!r}. "
                "() makes a network without hidden layers."
            )


def network_seed(plan: NetworkPlan, number: int, *, dropout: bool = False) -> int:
    """Derive the seed of a hidden layer's kernel or dropout; number 0 is the output's kernel."""
    return derive_seed(plan.seed, Purpose.NETWORK, 2 * number + dropout)


def _glorot(plan: NetworkPlan, number: int) -> Any:
    return DrawnGlorot(seed=network_seed(plan, number))


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
        seed = network_seed(plan, number, dropout=True)
        parts.append(layers.Dropout(plan.dropout, seed=seed, name=f"dropout_{number}", dtype=plan.dtype))
    return parts


def build_custom_network(build: Callable[..., Any], plan: NetworkPlan, offered: dict[str, Any]) -> Any:
    """Call a user's ``build(n_features_in, n_outputs, ...)``, passing of ``offered`` what its signature names.

    Layers without a seed of their own are seeded from the plan, so that the same ``random_state`` builds the same
    weights.
    """
    wanted = inspect.signature(build).parameters
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values())
    arguments = offered if takes_all else {name: value for name, value in offered.items() if name in wanted}
    with seeded_python_random(derive_seed(plan.seed, Purpose.NETWORK)):
        network = build(**arguments)
        if not isinstance(network, keras.Model):
            raise TypeError(
                f"model: the function must return a keras.Model; got {type(network).__name__!r}. "
                "Return keras.Sequential([...]) or keras.Model(inputs, outputs)."
            )
        if isinstance(network, keras.Sequential) and not network.built:
            network.build((None, *plan.input_shape))
    network = _single_ended(network)
    _check_shapes(network, plan)
    return network


def _single_ended(network: Any) -> Any:
    """Return a network with one input and one output, as bare tensors where they stood in a list or a dictionary."""
    inputs, outputs = (getattr(network, ends, None) or [] for ends in ("inputs", "outputs"))
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"model: the network must have one input and one output; got {len(inputs)} and {len(outputs)} in a "
            f"{type(network).__name__}. Return keras.Sequential([...]) or keras.Model(inputs, outputs)."
        )
    ends = (getattr(network, "input", inputs[0]), getattr(network, "output", outputs[0]))
    bare = all(isinstance(end, keras.KerasTensor) for end in ends)
    return network if bare else keras.Model(inputs[0], outputs[0], name=network.name)


def _check_shapes(network: Any, plan: NetworkPlan) -> None:
    """Refuse a network that these rows do not fit, or that does not answer a number for each output."""
    taken, given = network.input_shape[1:], network.output_shape[1:]
    fits = len(taken) == len(plan.input_shape)
    if not fits or any(size not in {None, ours} for size, ours in zip(taken, plan.input_shape, strict=True)):
        raise ValueError(
            f"model: the network's input must have the shape {plan.input_shape} of a row of X; got {taken}. "
            "The function receives it as its argument input_shape."
        )
    if len(given) != 1:
        raise ValueError(
            f"model: the network's output must be one row of numbers a row of X, of shape ({plan.n_outputs},); "
            f"got {given}. End with keras.layers.Flatten() and keras.layers.Dense(n_outputs)."
        )
    if given[0] != plan.n_outputs:
        raise ValueError(
            f"model: the network's last layer must have {plan.n_outputs} units for this target and loss; "
            f"got {given[0]}. The function receives the number as its argument n_outputs."
        )


def store_network(network: Any) -> dict[str, Any]:
    """Return a network as configuration and NumPy weights: no backend, no optimizer state, no data.

    The configuration is compressed JSON: in Keras' own form it says the same words for each layer. Classes and
    functions of the user's own are pickled as pickle does it, by their name.
    """
    config = keras.saving.serialize_keras_object(network)
    return {
        "config": zlib.compress(json.dumps(config).encode()),
        "weights": [keras.ops.convert_to_numpy(weight.value) for weight in network.weights],
        "custom_objects": custom_objects_of(network),
    }


def restore_network(stored: dict[str, Any], seed: int) -> Any:
    """Build the network that :func:`store_network` put away, not compiled; ``seed`` is for layers without their own."""
    config = json.loads(zlib.decompress(stored["config"]))
    config.pop("compile_config", None)
    with seeded_python_random(seed):  # whoever unpickles has trusted the file already: hence safe_mode=False
        network = keras.saving.deserialize_keras_object(
            config, custom_objects=stored["custom_objects"], safe_mode=False
        )
    network.set_weights(stored["weights"])
    return network
