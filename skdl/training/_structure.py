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

from skdl.training._numbers import without_numbers
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


# Keras' layers that compute each row by itself; of the others (batch normalisation) it is not taken for granted.
_ROW_BY_ROW = frozenset(
    {
        "Activation",
        "Add",
        "AlphaDropout",
        "Average",
        "AveragePooling1D",
        "AveragePooling2D",
        "Concatenate",
        "Conv1D",
        "Conv2D",
        "Dense",
        "Dot",
        "Dropout",
        "ELU",
        "Embedding",
        "Flatten",
        "Functional",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "InputLayer",
        "LayerNormalization",
        "LeakyReLU",
        "MaxPooling1D",
        "MaxPooling2D",
        "Maximum",
        "Minimum",
        "Multiply",
        "PReLU",
        "Permute",
        "ReLU",
        "RepeatVector",
        "Rescaling",
        "Reshape",
        "Sequential",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "Subtract",
        "TimeDistributed",
        "UnitNormalization",
    }
)

_WIRING = frozenset({"inbound_nodes", "input_layers", "output_layers"})  # where a configuration joins layers

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
    if not _is_told_by_its_configuration(model):
        return None
    try:
        foreign = sorted((name, id(part)) for name, part in _foreign(model))
        numbers = {layer.name: f"layer {number}" for number, layer in enumerate(_all_layers(model))}
        config = _strip(_numbered(without_numbers(model.get_config(), model), numbers))
        parts: list[Any] = [_class_of(model), config, _trainable(model), foreign]
        if trained:
            parts += [*describe_optimizer(model.optimizer), digest_of_loss(model.loss)]
            if type(model.optimizer).__name__ == "Muon":  # it goes by the names of variables
                parts.append([variable.path for variable in model.trainable_variables])
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_refuse).encode()).hexdigest()
    except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, pickle.PicklingError):
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
        _freeze_alike(twin, model)
        if _shapes(twin) != _shapes(model):
            return None
        if not trained:
            return Template(twin, None, None)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    optimizer.build(twin.trainable_variables)
    return Template(twin, optimizer, model.loss)


def rows_mix(model: Any) -> bool:
    """Tell whether an output may depend on other rows of its batch, or a penalty on how many there are.

    Then a batch must not be padded. What the user's own layers and losses do is not known, nor what bare operations do
    between layers.
    """
    bare = not all(isinstance(one, keras.layers.Layer) for one in getattr(model, "operations", ()))
    return bare or _sums_rows(model.loss) or bool(_foreign(model)) or any(map(_mixes, _all_layers(model)))


def _sums_rows(loss: Any) -> bool:
    """Tell whether a loss is anything but Keras' mean over the rows' weights."""
    function = getattr(loss, "fn", None)
    makers = [type(loss)] if function is None else [type(loss), function]
    own = all(str(getattr(maker, "__module__", None)).partition(".")[0] == "keras" for maker in makers)
    return not own or loss.reduction != "mean_with_sample_weight"


def _mixes(layer: Any) -> bool:
    return (
        type(layer).__name__ not in _ROW_BY_ROW
        or getattr(layer, "axis", None) == 0
        or getattr(layer, "activity_regularizer", None) is not None
    )


def _all_layers(layer: Any) -> Iterator[Any]:
    for inner in _inner(layer):
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
    return dict(_foreign(model))


def _foreign(model: Any) -> set[tuple[str, Any]]:
    found: set[tuple[str, Any]] = set()
    for layer in _inner(model):
        own_methods = f"{type(layer).__qualname__}."  # Keras wraps some of them and keeps them on the layer
        for part in (layer, *vars(layer).values()):
            maker = part if inspect.isfunction(part) or inspect.isclass(part) else type(part)
            known = maker.__module__.partition(".")[0] in _KNOWN_PACKAGES
            if not known and not maker.__qualname__.startswith(own_methods):
                found.add((maker.__name__, maker))
        found |= _foreign(layer)
    return found


def _is_told_by_its_configuration(model: Any) -> bool:
    """Tell whether Keras builds the same network again from its configuration.

    It does not where a layer has learned from data by ``adapt``, or where two parts of the user's own have one name.
    """
    names = [name for name, _ in _foreign(model)]
    return len(names) == len(set(names)) and not any(hasattr(layer, "adapt") for layer in _all_layers(model))


def _shapes(model: Any) -> list[list[tuple[int, ...]]]:
    """Return the shapes of the variables that are trained, and of the others."""
    return [[tuple(one.shape) for one in group] for group in (model.trainable_variables, model.non_trainable_variables)]


def _freeze_alike(twin: Any, model: Any) -> None:
    """Let a template's layers be trainable as the model's are, at every depth: a container's flag sets those inside."""
    for ours, theirs in zip(_inner(twin), _inner(model), strict=True):
        ours.trainable = theirs.trainable
        _freeze_alike(ours, theirs)


def _inner(layer: Any) -> list[Any]:
    """Return the layers inside a network, or the one inside a wrapper."""
    wrapped = getattr(layer, "layer", None)
    return [*getattr(layer, "layers", ()), *([wrapped] if isinstance(wrapped, keras.layers.Layer) else [])]


def describe_optimizer(optimizer: Any) -> list[Any]:
    """Return the class and the constants of an optimizer; a notebook may define another class of the same name."""
    return [_class_of(optimizer), _strip(_constants(optimizer))]


def _class_of(part: Any) -> str:
    kind = type(part)
    return kind.__name__ if kind.__module__.partition(".")[0] == "keras" else f"{kind.__qualname__} {id(kind)}"


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
    rate = config.get("learning_rate")
    if not isinstance(rate, dict):  # a schedule is traced; a number is a variable
        config.pop("learning_rate", None)
    elif not is_keras_own(rate):
        raise TypeError("what a schedule of the user's own does is not told by its configuration")
    config["weight_decay"] = config.get("weight_decay") is not None
    return config


def _trainable(model: Any) -> list[bool]:
    parts = [*_all_layers(model), *model.weights]
    return [bool(part.trainable) for part in parts]


def _strip(config: Any) -> Any:
    """Take out of a configuration what is no structure, at every depth."""
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config  # its name is all there is to it
    if isinstance(config, dict) and "registered_name" in config and not is_keras_own(config):
        return _unnamed(config)  # what a part of the user's own makes of its seed is not known
    if isinstance(config, dict):
        return {key: _strip(value) for key, value in config.items() if key not in _NOT_STRUCTURE}
    if isinstance(config, list | tuple):
        return [_strip(value) for value in config]
    return config


def _numbered(config: Any, numbers: dict[str, str], *, wiring: bool = False) -> Any:
    """Let layers be joined by their numbers: Keras counts their names on from network to network."""
    if isinstance(config, dict):
        return {key: _numbered(value, numbers, wiring=wiring or key in _WIRING) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [_numbered(value, numbers, wiring=wiring) for value in config]
    return numbers.get(config, config) if wiring and isinstance(config, str) else config


def _unnamed(config: dict[str, Any]) -> dict[str, Any]:
    """Take out the name, which Keras counts on from network to network."""
    inner = config.get("config")
    named = {key: value for key, value in config.items() if key != "name"}
    if isinstance(inner, dict):
        named["config"] = {key: value for key, value in inner.items() if key != "name"}
    return named


def _refuse(value: Any) -> Any:
    if isinstance(value, keras.DTypePolicy):
        return value.name
    raise TypeError(f"{type(value).__name__} has no JSON form")
