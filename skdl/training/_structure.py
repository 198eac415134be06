"""What makes two fits the same program: everything that a trace bakes in, and nothing that it takes as an input.

Weights, seeds, the optimizer's learning rate and its other variables, rows, their number and the number of epochs are
inputs; so are the numbers of ``_numbers``. Layers, the optimizer's class and other constants, the loss, the metrics and
the dtype are structure.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import pickle
import sys
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

import keras

from skdl.training._numbers import is_input
from skdl.training._order import own_random

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Template",
    "describe_optimizer",
    "digest_of_loss",
    "foreign_parts",
    "is_keras_own",
    "make_template",
    "rows_mix",
    "structure_of",
]

# They decide names and first values, which are inputs of the program.
_NOT_STRUCTURE = frozenset(
    {
        "name",
        "seed",
        "kernel_initializer",
        "bias_initializer",
        "build_config",
    }
)


_KNOWN_PACKAGES = frozenset({"jax", "jaxlib", "keras", "numpy", "tensorflow", "torch"}) | sys.stdlib_module_names


@dataclass(frozen=True)
class Template:
    """A network, optimizer and loss of one structure, for tracing: no fit trains them, and they hold no data."""

    model: Any
    optimizer: Any
    loss: Any


def structure_of(model: Any, *, trained: bool) -> str | None:
    """Return a digest of a model's structure, with optimizer and loss where it is to be ``trained``.

    None where the structure cannot be told, as with a loss that cannot be pickled: such a model is left to Keras.
    """
    try:
        foreign = sorted((name, id(part)) for name, part in foreign_parts(model).items())
        config = model.get_config()
        parts: list[Any] = [type(model).__name__, _strip(_without_inputs(config)), _trainable(model), foreign]
        if trained:
            parts += [*describe_optimizer(model.optimizer), digest_of_loss(model.loss)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_refuse).encode()).hexdigest()
    except (TypeError, ValueError, AttributeError, NotImplementedError, pickle.PicklingError):
        return None


def make_template(model: Any, *, trained: bool) -> Template | None:
    """Build a second network of a model's structure, and optimizer and loss where it is to be ``trained``.

    None where Keras cannot build it from its configuration, as with a ``Lambda`` layer: such a model is left to Keras.
    """
    try:
        with own_random():
            twin = type(model).from_config(_unseeded(model.get_config()), custom_objects=foreign_parts(model))
            if not twin.built:
                twin.build(model.input_shape)
        for ours, theirs in zip(twin.layers, model.layers, strict=True):
            ours.trainable = theirs.trainable
        if not trained:
            return Template(twin, None, None)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    optimizer.build(twin.trainable_variables)
    return Template(twin, optimizer, model.loss)


def rows_mix(model: Any) -> bool:
    """Tell whether an output may depend on other rows of its batch, or a penalty on how many there are.

    Then a batch must not be padded. What the user's own layers and losses do is not known.
    """
    return _sums_rows(model.loss) or bool(foreign_parts(model)) or any(map(_mixes, _all_layers(model)))


def _sums_rows(loss: Any) -> bool:
    """Tell whether a loss is anything but Keras' mean over the rows' weights."""
    function = getattr(loss, "fn", None)
    makers = [type(loss)] if function is None else [type(loss), function]
    own = all(str(getattr(maker, "__module__", None)).partition(".")[0] == "keras" for maker in makers)
    return not own or loss.reduction != "mean_with_sample_weight"


def _mixes(layer: Any) -> bool:
    return (
        isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "activity_regularizer", None) is not None
    )


def _all_layers(layer: Any) -> Iterator[Any]:
    for inner in getattr(layer, "layers", ()):
        yield inner
        yield from _all_layers(inner)


def is_keras_own(serialised: dict[str, Any]) -> bool:
    """Tell whether a serialised object is of one of Keras' own classes."""
    return str(serialised.get("module")).partition(".")[0] == "keras" and serialised.get("registered_name") is None


def _unseeded(config: Any) -> Any:
    """Let kernels begin as zeros, at every depth: a template's first values are never used, and drawing costs time."""
    if isinstance(config, dict):
        return {key: "zeros" if key == "kernel_initializer" else _unseeded(value) for key, value in config.items()}
    return [_unseeded(value) for value in config] if isinstance(config, list) else config


def foreign_parts(model: Any) -> dict[str, Any]:
    """Collect the classes and functions of a network that are not Keras' own, by name.

    Keras does not find them again from a configuration; and two of one name, as in a notebook's cell that is run again,
    are two structures.
    """
    found: dict[str, Any] = {}
    for layer in getattr(model, "layers", ()):
        own_methods = f"{type(layer).__qualname__}."  # Keras wraps some of them and keeps them on the layer
        for part in (layer, *vars(layer).values()):
            maker = part if inspect.isfunction(part) or inspect.isclass(part) else type(part)
            known = maker.__module__.partition(".")[0] in _KNOWN_PACKAGES
            if not known and not maker.__qualname__.startswith(own_methods):
                found[maker.__name__] = maker
        found |= foreign_parts(layer)
    return found


def describe_optimizer(optimizer: Any) -> list[Any]:
    """Return the class and the constants of an optimizer; a notebook may define another class of the same name."""
    kind = type(optimizer)
    own = kind.__module__.partition(".")[0] != "keras"
    return [f"{kind.__qualname__} {id(kind)}" if own else kind.__name__, _strip(_constants(optimizer))]


def digest_of_loss(loss: Any) -> str:
    """Digest what a loss is made of, but for its name; its configuration may leave arguments out."""
    parts = {name: value for name, value in vars(loss).items() if name != "name"}
    written = io.BytesIO()
    _ByIdentity(written).dump((type(loss), sorted(parts.items())))
    return hashlib.sha256(written.getvalue()).hexdigest()


class _ByIdentity(pickle.Pickler):
    """Writes functions and classes that are not Keras' as themselves: a notebook may define another of the same name.

    A number is not given to another object while a program holds this one.
    """

    def reducer_override(self, obj: Any) -> Any:
        """Replace what pickles by name."""
        own = isinstance(obj, FunctionType | type) and not obj.__module__.startswith(("keras.", "builtins"))
        return (str, (f"{obj.__qualname__} {id(obj)}",)) if own else NotImplemented


def _constants(optimizer: Any) -> dict[str, Any]:
    config = dict(optimizer.get_config())
    if not isinstance(config.get("learning_rate"), dict):  # a schedule is traced; a number is a variable
        config.pop("learning_rate", None)
    config["weight_decay"] = config.get("weight_decay") is not None
    return config


def _trainable(model: Any) -> list[bool]:
    return [bool(layer.trainable) for layer in model.layers]


def _without_inputs(config: dict[str, Any]) -> dict[str, Any]:
    """Blank the numbers that are inputs of the program, in the layers of a network's configuration."""
    if not isinstance(config.get("layers"), list):
        return config
    return {**config, "layers": [_blank_layer(layer) for layer in config["layers"]]}


def _blank_layer(layer: Any) -> Any:
    if not isinstance(layer, dict) or not is_keras_own(layer) or not isinstance(layer.get("config"), dict):
        return layer
    config = _without_inputs(layer["config"])
    policy = config.get("dtype")
    dtype = policy["config"]["name"] if isinstance(policy, dict) and "name" in policy.get("config", {}) else str(policy)
    blank = {key: _blank_part(layer["class_name"], key, value, dtype) for key, value in config.items()}
    return {**layer, "config": blank}


def _blank_part(kind: str, key: str, value: Any, dtype: str) -> Any:
    if isinstance(value, dict) and is_keras_own(value) and isinstance(value.get("config"), dict):
        inner = {name: _blank(value["class_name"], name, number, dtype) for name, number in value["config"].items()}
        return {**value, "config": inner}
    return _blank(kind, key, value, dtype)


def _blank(kind: str, name: str, value: Any, dtype: str) -> Any:
    return "an input" if isinstance(value, float | int) and is_input(kind, name, value, dtype) else value


def _strip(config: Any) -> Any:
    """Take out of a configuration what is no structure, at every depth."""
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config  # its name is all there is to it
    if isinstance(config, dict):
        return {key: _strip(value) for key, value in config.items() if key not in _NOT_STRUCTURE}
    if isinstance(config, list | tuple):
        return [_strip(value) for value in config]
    return config


def _refuse(value: Any) -> Any:
    if isinstance(value, keras.DTypePolicy):
        return value.name
    raise TypeError(f"{type(value).__name__} has no JSON form")
