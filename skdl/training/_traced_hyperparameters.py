"""Hyperparameters that Keras holds as constants and a program takes as inputs, so that candidates of a search share it.

They are strengths of L1 and L2, dropout rates and weight decay, those of RealMLP networks among them. Whether one is
zero is structure: a network without dropout has no dropout layer. Layers, regularizers and optimizers compute with
them: while a program is traced, an object with a traced value takes the constant's position.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import keras

from skdl.keras_layers import FadingDropout, RealMLPAdam

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_REGULARIZERS = {
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
}
_DTYPES_OF_TRACED_RATES = {"float32", "float64"}  # in half precision a float32 rate would widen what it multiplies
_MASK = "traced"
# Threads share a model: while one traces with substituted attributes, no other may read them or trace.
_SUBSTITUTION_LOCK = threading.RLock()


class _TracedFloat:
    """A traced strength of a penalty. ``L1L2`` tests ``self.l1 != 0.0`` in Python, so it compares as non-zero."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = value

    def __jax_array__(self) -> Any:
        return self._value

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True


class _TracedRate:
    """A traced dropout rate between 0 and 1, held as the share that is kept.

    ``Dropout.call`` tests ``rate > 0``, and Keras' JAX backend ``rate == 1.0`` and ``rate == 0.0``; after that only
    ``1.0 - rate`` is used. That difference is taken before tracing, in double precision as for a constant rate: in
    float32 its last bits could be others.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __gt__(self, other: float) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False

    def __rsub__(self, one: float) -> Any:
        return self._kept


class _Slot(NamedTuple):
    """The attribute that holds a hyperparameter."""

    owner: Any  # a layer, a regularizer or the optimizer
    attribute: str
    key: str | None = None  # of the regularizer in its layer's configuration

    def read(self) -> float:
        """Return the value as a program takes it: for a dropout rate the share that is kept."""
        value = float(getattr(self.owner, self.attribute))
        return 1.0 - value if type(self.owner) is keras.layers.Dropout else value

    def wrap(self, traced: Any) -> Any:
        """Return the attribute's value while a program is traced."""
        if type(self.owner) is keras.layers.Dropout:
            return _TracedRate(traced)
        # Optimizers only multiply by their decay, and FadingDropout by its rate: the traced array itself will do.
        return _TracedFloat(traced) if self.key is not None else traced


def hyperparameter_values(model: Any, optimizer: Any) -> list[float]:
    """Read the traced hyperparameters of a model and its optimizer, in the order of :func:`substitute`."""
    with _SUBSTITUTION_LOCK:
        return [slot.read() for slot in _slots(model, optimizer)]


def mask_hyperparameters(config: dict[str, Any], model: Any) -> dict[str, Any]:
    """Return a network's configuration with a constant in each traced hyperparameter's position."""
    if not isinstance(config.get("layers"), list):
        return config
    by_name = {layer.name: layer for layer in model.layers}
    layers = [_mask_layer(entry, by_name.get(entry["config"]["name"])) for entry in config["layers"]]
    return {**config, "layers": layers}


def _mask_layer(entry: dict[str, Any], layer: Any) -> dict[str, Any]:
    if layer is None:  # the input of a Sequential
        return entry
    config = dict(mask_hyperparameters(entry["config"], layer))
    for slot in _slots_of_layer(layer):
        if slot.key is None:
            config[slot.attribute] = _MASK
        else:
            inner = {**config[slot.key]["config"], slot.attribute: _MASK}
            config[slot.key] = {**config[slot.key], "config": inner}
    return {**entry, "config": config}


@contextmanager
def substitute(model: Any, optimizer: Any, values: Sequence[Any]) -> Iterator[None]:
    """Put traced values into a model's and an optimizer's attributes, and restore the constants afterwards."""
    with _SUBSTITUTION_LOCK:
        # Found again in each trace, in an order that depends on the structure alone, which is that of the values.
        slots = _slots(model, optimizer)
        constants = [getattr(slot.owner, slot.attribute) for slot in slots]
        try:
            for slot, traced in zip(slots, values, strict=True):
                setattr(slot.owner, slot.attribute, slot.wrap(traced))
            yield
        finally:  # a tracer that outlived its trace would fail the next one
            for slot, constant in zip(slots, constants, strict=True):
                setattr(slot.owner, slot.attribute, constant)


def _slots(model: Any, optimizer: Any) -> list[_Slot]:
    slots = [*_slots_of_layers(model)]
    if getattr(optimizer, "weight_decay", None) is not None:
        slots.append(_Slot(optimizer, "weight_decay"))
    if type(optimizer) is RealMLPAdam and optimizer.decay:
        slots.append(_Slot(optimizer, "decay"))
    return slots


def _slots_of_layers(model: Any) -> Iterator[_Slot]:
    for layer in model.layers:
        yield from _slots_of_layer(layer)
        if hasattr(layer, "layers"):
            yield from _slots_of_layers(layer)


def _slots_of_layer(layer: Any) -> Iterator[_Slot]:
    """Find the hyperparameters of a known layer; none where its weights have penalties that it lacks."""
    if type(layer) is FadingDropout and layer.rate and layer.compute_dtype in _DTYPES_OF_TRACED_RATES:
        yield _Slot(layer, "rate")
    if type(layer).__module__.partition(".")[0] != "keras":
        return
    if type(layer) is keras.layers.Dropout and 0 < layer.rate < 1 and layer.compute_dtype in _DTYPES_OF_TRACED_RATES:
        yield _Slot(layer, "rate")
    held = {key: part for key, part in vars(layer).items() if type(part) in _REGULARIZERS and not key.startswith("_")}
    # A penalty acts through the variable. Where a variable's is another object than the layer's attribute, a value put
    # into the attribute would have no effect: all of this layer's then stay constants, and part of the structure.
    used = [weight.regularizer for weight in layer.variables if getattr(weight, "regularizer", None) is not None]
    if all(any(one is part for part in held.values()) for one in used):
        for key in sorted(held):
            for name in _REGULARIZERS[type(held[key])]:
                if float(getattr(held[key], name)) != 0:
                    yield _Slot(held[key], name, key)
