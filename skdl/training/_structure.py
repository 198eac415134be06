"""Structure of a training program: a digest of everything that a trace bakes in, and of nothing that is an input.

Inputs are weights, seeds, the optimizer's learning rate and its other variables, rows, their number, the number of
epochs, and the hyperparameters of `_traced_hyperparameters`. Layers, the optimizer's class and other constants, the
loss, the metrics and the dtype are structure. In doubt two structures get two digests: one too many costs a
compilation, one too few would train the wrong network.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import pickle
import re
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

import keras

from skdl._randomness import seeded_python_random
from skdl.keras_layers import RealMLPAdam, mish
from skdl.training._traced_hyperparameters import mask_hyperparameters

if TYPE_CHECKING:
    from collections.abc import Iterator

# Keys of names and first values, which are inputs of the program.
_NOT_STRUCTURE = frozenset({"name", "seed", "kernel_initializer", "bias_initializer", "build_config"})

# Keras' layers that compute each row by itself; of all others, such as batch normalisation, it is not assumed.
_ROW_BY_ROW = {
    *("InputLayer", "Functional", "Sequential", "TimeDistributed", "Dense", "Embedding", "Conv1D", "Conv2D"),
    *("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"),
    *("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D"),
    *("AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D"),
    *("MaxPooling1D", "MaxPooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"),
    *("FadingDropout", "InputScale", "NTKDense", "OutputRange", "ParametricActivation", "TableEmbedding"),  # of skdl
    *("Flatten", "Permute", "RepeatVector", "Rescaling", "Reshape", "LayerNormalization", "UnitNormalization"),
}

# Keys under which the configuration of a functional model joins layers.
_WIRING = frozenset({"inbound_nodes", "input_layers", "output_layers"})

_DTYPES_OF_FAST_MISH = {"float32", "float64"}  # in half precision its exponential would overflow

_OWN_LAYERS = "skdl.keras_layers"  # registered with Keras, and described by their configurations
_KNOWN_PACKAGES = frozenset({"jax", "jaxlib", "keras", "numpy", "tensorflow", "torch"}) | sys.stdlib_module_names


def structure_of(model: Any, *, trained: bool) -> str | None:
    """Return a digest of a model's structure, with optimizer and loss where it is to be ``trained``.

    None where the structure cannot be described, as with a loss that cannot be pickled: Keras trains such a model.
    """
    if not _is_described_by_its_configuration(model):
        return None
    try:
        # A custom class by its id, because a notebook may define a second one of its name.
        custom = sorted((name, id(part)) for name, part in _custom_parts(model))
        # Keras numbers the names of layers on from network to network (dense, dense_1, ...): positions replace them.
        numbers = {layer.name: f"layer {number}" for number, layer in enumerate(_all_layers(model))}
        config = _strip(_numbered(mask_hyperparameters(model.get_config(), model), numbers))
        # `trainable` may be set after a layer was made, and is then missing in its configuration.
        trainable = [bool(part.trainable) for part in (*_all_layers(model), *model.weights)]
        parts: list[Any] = [_class_of(model), config, trainable, custom]
        if trained:
            parts += [*describe_optimizer(model.optimizer), digest_of_loss(model.loss)]
            if type(model.optimizer).__name__ == "Muon":  # it treats variables by their names
                parts.append([variable.path for variable in model.trainable_variables])
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_refuse).encode()).hexdigest()
    except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, pickle.PicklingError):
        return None


def copy_for_tracing(model: Any, *, trained: bool) -> tuple[Any, Any] | None:
    """Build a second network of a model's structure, and its optimizer (or None) where it is to be ``trained``.

    None where Keras cannot build it from its configuration, as with a ``Lambda`` layer: Keras trains such a model.
    """
    try:
        # Layers without a seed draw one from Python's generator, whose state belongs to the user.
        with seeded_python_random():
            copy = type(model).from_config(_zero_kernels(model.get_config()), custom_objects=custom_objects_of(model))
            if not copy.built:
                copy.build(model.input_shape)
        _copy_trainable_flags(model, copy)
        _use_fast_mish(copy)
        # Variables are passed by position. A layer whose configuration does not describe it could have others.
        if _shapes(copy) != _shapes(model):
            return None
        if not trained:
            return copy, None
        optimizer = type(model.optimizer).from_config(optimizer_config(model.optimizer))
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    optimizer.build(copy.trainable_variables)
    return copy, optimizer


def rows_interact(model: Any) -> bool:
    """Return whether an output may depend on other rows of its batch, or a penalty on their number.

    Then a batch must not be padded. It is assumed of user-defined layers and losses, and of bare operations between
    layers, because what they do is not known.
    """
    # In a functional model `x + y` is an operation that is no layer.
    bare = not all(isinstance(one, keras.layers.Layer) for one in getattr(model, "operations", ()))
    return bare or _sums_rows(model.loss) or bool(_custom_parts(model)) or any(map(_mixes, _all_layers(model)))


def _sums_rows(loss: Any) -> bool:
    """Return whether a loss is anything but Keras' mean over the rows' weights."""
    function = getattr(loss, "fn", None)
    # Keras wraps a function in a class of its own: both must be Keras' own.
    makers = [type(loss)] if function is None else [type(loss), function]
    of_keras = all(str(getattr(maker, "__module__", None)).partition(".")[0] == "keras" for maker in makers)
    return not of_keras or loss.reduction != "mean_with_sample_weight"


def _mixes(layer: Any) -> bool:
    return (
        type(layer).__name__ not in _ROW_BY_ROW
        or getattr(layer, "axis", None) == 0
        or getattr(layer, "activity_regularizer", None) is not None  # Keras divides its penalty by the batch's rows
    )


def _all_layers(layer: Any) -> Iterator[Any]:
    for inner in _inner_layers(layer):
        yield inner
        yield from _all_layers(inner)


def is_keras_own(serialised: dict[str, Any]) -> bool:
    """Return whether a serialised object is of one of Keras' own classes."""
    return str(serialised.get("module")).partition(".")[0] == "keras" and serialised.get("registered_name") is None


def _zero_kernels(config: Any) -> Any:
    """Replace kernel initializers by zeros, at every depth: a copy's values are never used, and drawing takes time."""
    if isinstance(config, dict):
        return {key: "zeros" if key == "kernel_initializer" else _zero_kernels(value) for key, value in config.items()}
    return [_zero_kernels(value) for value in config] if isinstance(config, list) else config


def serialize_network(model: Any) -> dict[str, Any]:
    """Return Keras' serialised form of a model, without its optimizer, loss and metrics."""
    serialised: dict[str, Any] = keras.saving.serialize_keras_object(_shallow_copy(model, compiled=False))
    return serialised


def optimizer_config(optimizer: Any, *, keep_counted_name: bool = True) -> dict[str, Any]:
    """Return an optimizer's configuration; perhaps without a name that Keras made by counting the process' optimizers.

    Keras 3.15 reads a learning rate by ``Variable.numpy()``, which NumPy 2 answers with a DeprecationWarning: an array
    in its position has none. To remove when no supported version of Keras warns.
    """
    config = dict(_with_array_as_rate(optimizer).get_config())
    counted = re.sub(r"_\d+$", "", str(config.get("name"))).replace("_", "") == type(optimizer).__name__.lower()
    return {name: value for name, value in config.items() if keep_counted_name or not counted or name != "name"}


def _with_array_as_rate(optimizer: Any) -> Any:
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:  # a LossScaleOptimizer has no rate of its own
        return _shallow_copy(optimizer, inner_optimizer=_with_array_as_rate(inner))
    rate = getattr(optimizer, "_learning_rate", None)
    return _shallow_copy(optimizer, _learning_rate=rate.value) if isinstance(rate, keras.Variable) else optimizer


def _shallow_copy(part: Any, **changed: Any) -> Any:
    """Copy one of Keras' objects with the same attributes but some; Keras' own copies build it anew."""
    copy = object.__new__(type(part))
    vars(copy).update(vars(part), **changed)
    return copy


def custom_objects_of(model: Any) -> dict[str, Any]:
    """Collect the classes and functions of a network that are not Keras' own, by name.

    Keras does not find them again from a configuration. And two of one name, as in a notebook's cell that is run again,
    are two structures.
    """
    return dict(_custom_parts(model))


def _custom_parts(model: Any) -> set[tuple[str, Any]]:
    found: set[tuple[str, Any]] = set()
    for layer in _inner_layers(model):
        own_methods = f"{type(layer).__qualname__}."  # Keras wraps some of them and keeps them on the layer
        for part in (layer, *vars(layer).values()):
            maker = part if inspect.isfunction(part) or inspect.isclass(part) else type(part)
            known = maker.__module__.partition(".")[0] in _KNOWN_PACKAGES or maker.__module__ == _OWN_LAYERS
            if not known and not maker.__qualname__.startswith(own_methods):
                found.add((maker.__name__, maker))
        found |= _custom_parts(layer)
    return found


def _is_described_by_its_configuration(model: Any) -> bool:
    """Return whether Keras builds the same network again from its configuration.

    It does not where a layer has learned from data by ``adapt``, or where two user-defined parts have one name.
    """
    names = [name for name, _ in _custom_parts(model)]
    return len(names) == len(set(names)) and not any(hasattr(layer, "adapt") for layer in _all_layers(model))


def _shapes(model: Any) -> list[list[tuple[int, ...]]]:
    """Return the shapes of the variables that are trained, and of the others."""
    return [[tuple(one.shape) for one in group] for group in (model.trainable_variables, model.non_trainable_variables)]


def _copy_trainable_flags(model: Any, copy: Any) -> None:
    """Set the copy's ``trainable`` flags, outside in: a container's flag sets those of the layers inside it."""
    # Strict: two networks of one configuration have the same layers in the same order.
    for original, copied in zip(_inner_layers(model), _inner_layers(copy), strict=True):
        copied.trainable = original.trainable
        _copy_trainable_flags(original, copied)


def _use_fast_mish(copy: Any) -> None:
    """Replace Keras' mish by one with a single exponential, equal to 1e-6: it halves the training of a small network.

    The same with SELU makes a small network slower, and its rounding changes weights after 60 epochs by 1e-3.
    """
    for layer in _all_layers(copy):
        # Of Keras' own layers: what another does with its activation is not known.
        known = type(layer).__module__.partition(".")[0] == "keras" and layer.compute_dtype in _DTYPES_OF_FAST_MISH
        if known and getattr(layer, "activation", None) is keras.activations.mish:
            layer.activation = mish


def _inner_layers(layer: Any) -> list[Any]:
    """Return the layers inside a network, or the one inside a wrapper."""
    wrapped = getattr(layer, "layer", None)
    return [*getattr(layer, "layers", ()), *([wrapped] if isinstance(wrapped, keras.layers.Layer) else [])]


def describe_optimizer(optimizer: Any) -> list[Any]:
    """Return the class and the constants of an optimizer."""
    return [_class_of(optimizer), _strip(_constants(optimizer))]


def _class_of(part: Any) -> str:
    """Name a class; a user's own with its id, because a notebook may define another one of the same name."""
    kind = type(part)
    return kind.__name__ if kind.__module__.partition(".")[0] == "keras" else f"{kind.__qualname__} {id(kind)}"


def digest_of_loss(loss: Any) -> str:
    """Digest a loss by its attributes, without its name.

    Not by its configuration: Keras 3.15 leaves arguments out of some (Huber's delta).
    """
    parts = {name: value for name, value in vars(loss).items() if name != "name"}
    written = io.BytesIO()
    _ByIdentity(written).dump((type(loss), sorted(parts.items())))
    return hashlib.sha256(written.getvalue()).hexdigest()


class _ByIdentity(pickle.Pickler):
    """Write functions and classes that are not Keras' with their id: a notebook may define another of the same name.

    Python gives an id to no second object while the first one is alive, and a cached program keeps it alive.
    """

    def reducer_override(self, obj: Any) -> Any:
        """Replace what pickles by name."""
        own = isinstance(obj, FunctionType | type) and not obj.__module__.startswith(("keras.", "builtins"))
        return (str, (f"{obj.__qualname__} {id(obj)}",)) if own else NotImplemented


def _constants(optimizer: Any) -> dict[str, Any]:
    # Constants such as momentum are traced into the program; learning rate and weight decay are inputs.
    config = optimizer_config(optimizer)
    rate = config.get("learning_rate")
    if not isinstance(rate, dict):  # a schedule is traced into the program; a number is a variable, thus an input
        config.pop("learning_rate", None)
    elif not is_keras_own(rate):
        raise TypeError("a user-defined schedule need not be described by its configuration")
    config["weight_decay"] = config.get("weight_decay") is not None  # its value is traced
    if type(optimizer) is RealMLPAdam:
        config.pop("n_steps")  # a variable
        config["decay"] = bool(config["decay"])  # its value is traced
    return config


def _strip(config: Any) -> Any:
    """Remove from a configuration what is no structure, at every depth."""
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config  # a policy is its name
    if isinstance(config, dict) and "registered_name" in config and not is_keras_own(config):
        return _unnamed(config)  # seeds stay: how a user-defined part uses its own is not known
    if isinstance(config, dict):
        return {key: _strip(value) for key, value in config.items() if key not in _NOT_STRUCTURE}
    if isinstance(config, list | tuple):
        return [_strip(value) for value in config]
    return config


def _numbered(config: Any, numbers: dict[str, str], *, wiring: bool = False) -> Any:
    """Replace layers' names by their numbers where layers are joined: Keras counts names on from network to network."""
    if isinstance(config, dict):
        return {key: _numbered(value, numbers, wiring=wiring or key in _WIRING) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [_numbered(value, numbers, wiring=wiring) for value in config]
    return numbers.get(config, config) if wiring and isinstance(config, str) else config


def _unnamed(config: dict[str, Any]) -> dict[str, Any]:
    """Remove the name, which Keras counts on from network to network."""
    inner = config.get("config")
    named = {key: value for key, value in config.items() if key != "name"}
    if isinstance(inner, dict):
        named["config"] = {key: value for key, value in inner.items() if key != "name"}
    return named


def _refuse(value: Any) -> Any:
    if isinstance(value, keras.DTypePolicy):
        return value.name
    raise TypeError(f"{type(value).__name__} has no JSON form")
