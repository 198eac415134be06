"""The network that a fit starts from: an architecture's, lazy where possible, or a user's own function's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.estimators._changes import arguments_of
from skdl.estimators._compile import compile_network, make_optimizer
from skdl.estimators._losses import make_loss
from skdl.training import LazyModel, Purpose, derive_seed, model_template, optimizer_config, seeded_python_random

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from skdl.estimators._architectures import Architecture, NetworkInterface
    from skdl.estimators._compile import CompileSettings


def initial_network(architecture: Architecture, X: Any, settings: CompileSettings) -> Any:
    """Return the compiled network of an architecture with initial weights for the training rows X.

    It is a `LazyModel` where a template can represent its structure, else a ``keras.Model``.
    """
    initial_value = architecture.initial_value(X)
    # Metrics by name are the same in each fit. Instances and functions may hold anything, so no template is shared.
    metrics = settings.metrics
    if metrics is None or (isinstance(metrics, list | tuple) and all(isinstance(name, str) for name in metrics)):
        # The coding of labels decides which numbers a metric gets.
        structure = {**architecture.structure(), "metrics": metrics and [settings.coding, *metrics]}
        optimizer = make_optimizer(settings.optimizer, settings.learning_rate)
        build = partial(_build, architecture, settings)
        template = model_template(structure, optimizer, make_loss(settings.loss, settings.dtype), build)
        if template is not None:
            config = optimizer_config(optimizer)
            named = {name: config.get(name) for name in ("learning_rate", "n_steps")}
            # A learning rate that a schedule decides is a dict.
            inputs = {name: value for name, value in named.items() if isinstance(value, float | int)}
            return LazyModel(template, initial_value, inputs, build)
    network = _build(architecture, settings)
    _set_initial_values(network, initial_value)
    return network


def _build(architecture: Architecture, settings: CompileSettings) -> Any:
    return compile_network(architecture.build(), settings)


def _set_initial_values(network: Any, initial_value: Callable[[str, NDArray[Any]], NDArray[Any]]) -> None:
    # The names are those of a template's variables, so that a lazy network and a built one start with equal weights.
    for layer in network.layers:
        for variable in layer.variables:
            built = keras.ops.convert_to_numpy(variable.value)
            initial = initial_value(f"{layer.name}/{variable.name}", built)
            if not np.array_equal(initial, built):
                variable.assign(initial)


def build_custom_network(build: Callable[..., Any], interface: NetworkInterface, offered: dict[str, Any]) -> Any:
    """Call a user's ``build(n_features_in, n_outputs, ...)`` with those of ``offered`` that its signature names.

    Layers without a seed get one from the fit's, so that the same ``random_state`` builds the same weights.
    """
    if isinstance(build, keras.Model):
        raise TypeError(
            f"model: must be a function that returns a network; got a {type(build).__name__}, which every fit would "
            "change. Write def build(n_outputs): return keras.Sequential([..., keras.layers.Dense(n_outputs)]), and "
            "pass model=build."
        )
    arguments = arguments_of(build, offered)
    # Keras draws a missing seed when a layer is made or built, so both happen under the seeded generator.
    with seeded_python_random(derive_seed(interface.seed, Purpose.NETWORK)):
        network = build(**arguments)
        if not isinstance(network, keras.Model):
            raise TypeError(
                f"model: the function must return a keras.Model; got {type(network).__name__!r}. "
                "Return keras.Sequential([...]) or keras.Model(inputs, outputs)."
            )
        # A Sequential without an Input has neither inputs nor weights before it is built.
        if isinstance(network, keras.Sequential) and not network.built:
            network.build((None, *interface.input_shape))
    network = _with_bare_ends(network)
    _check_shapes(network, interface)
    return network


def _with_bare_ends(network: Any) -> Any:
    """Return a network with one input and one output, as bare tensors where they were in a list or a dictionary."""
    inputs, outputs = (getattr(network, ends, None) or [] for ends in ("inputs", "outputs"))
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"model: the network must have one input and one output; got {len(inputs)} and {len(outputs)} in a "
            f"{type(network).__name__}. Return keras.Sequential([...]) or keras.Model(inputs, outputs)."
        )
    ends = (getattr(network, "input", inputs[0]), getattr(network, "output", outputs[0]))
    bare = all(isinstance(end, keras.KerasTensor) for end in ends)
    return network if bare else keras.Model(inputs[0], outputs[0], name=network.name)


def _check_shapes(network: Any, interface: NetworkInterface) -> None:
    """Refuse a network whose input is not a row of X, or whose output is not a number for each output."""
    input_shape, output_shape = network.input_shape[1:], network.output_shape[1:]
    fits = len(input_shape) == len(interface.input_shape)
    if not fits or any(size not in {None, ours} for size, ours in zip(input_shape, interface.input_shape, strict=True)):
        raise ValueError(
            f"model: the network's input must have the shape {interface.input_shape} of a row of X; got {input_shape}. "
            "The function receives it as its argument input_shape."
        )
    if len(output_shape) != 1:
        raise ValueError(
            f"model: the network's output must be one row of numbers a row of X, of shape ({interface.n_outputs},); "
            f"got {output_shape}. End with keras.layers.Flatten() and keras.layers.Dense(n_outputs)."
        )
    if output_shape[0] != interface.n_outputs:
        raise ValueError(
            f"model: the network's last layer must have {interface.n_outputs} units for this target and loss; "
            f"got {output_shape[0]}. The function receives the number as its argument n_outputs."
        )
