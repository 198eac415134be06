"""Numbers that Keras holds as constants and a program takes as inputs, so that candidates of a search share it.

They are strengths of L1 and L2, dropout rates and weight decay. Whether one is zero is structure: the network of a
zero has no such part. Keras' own layers, regularizers and optimizers compute with them: while a program is traced, a
stand-in takes the constant's place.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import keras

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["filled", "numbers_of", "without_numbers"]

_REGULARIZERS = {
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
}
_WITH_RATES = {"float32", "float64"}  # a rate of another precision would widen what it is multiplied with
_BLANK = "an input"
_REPLACING = threading.RLock()


class _Strength:
    """A traced number where Keras expects a constant; it is never 0."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = value

    def __jax_array__(self) -> Any:
        return self._value

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True


class _Rate:
    """A traced dropout rate between 0 and 1, given as the share that is kept: ``1 - rate`` is all that Keras needs."""

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
    """Where such a number stands."""

    owner: Any
    attribute: str
    key: str | None = None  # of the regularizer in its layer's configuration

    def read(self) -> float:
        """Return the number as a program takes it."""
        value = float(getattr(self.owner, self.attribute))
        return 1.0 - value if self.attribute == "rate" else value

    def stand_in(self, traced: Any) -> Any:
        """Return what takes its place while a program is traced."""
        if self.attribute == "rate":
            return _Rate(traced)
        return traced if self.attribute == "weight_decay" else _Strength(traced)


def numbers_of(model: Any, optimizer: Any) -> list[float]:
    """Read the numbers of a model and its optimizer, in the order in which :func:`filled` takes them."""
    with _REPLACING:
        return [slot.read() for slot in _slots(model, optimizer)]


def without_numbers(config: dict[str, Any], model: Any) -> dict[str, Any]:
    """Return a network's configuration with a blank in each number's place."""
    if not isinstance(config.get("layers"), list):
        return config
    by_name = {layer.name: layer for layer in model.layers}
    return {**config, "layers": [_without(entry, by_name.get(entry["config"]["name"])) for entry in config["layers"]]}


def _without(entry: dict[str, Any], layer: Any) -> dict[str, Any]:
    if layer is None:  # the input of a Sequential
        return entry
    config = dict(without_numbers(entry["config"], layer))
    for slot in _slots_of_layer(layer):
        if slot.key is None:
            config[slot.attribute] = _BLANK
        else:
            inner = {**config[slot.key]["config"], slot.attribute: _BLANK}
            config[slot.key] = {**config[slot.key], "config": inner}
    return {**entry, "config": config}


@contextmanager
def filled(model: Any, optimizer: Any, numbers: Sequence[Any]) -> Iterator[None]:
    """Put traced numbers into a template's places, for one thread at a time, and take them out again."""
    with _REPLACING:
        slots = _slots(model, optimizer)
        constants = [getattr(slot.owner, slot.attribute) for slot in slots]
        try:
            for slot, traced in zip(slots, numbers, strict=True):
                setattr(slot.owner, slot.attribute, slot.stand_in(traced))
            yield
        finally:
            for slot, constant in zip(slots, constants, strict=True):
                setattr(slot.owner, slot.attribute, constant)


def _slots(model: Any, optimizer: Any) -> list[_Slot]:
    decay = getattr(optimizer, "weight_decay", None) is not None
    return [*_slots_of_layers(model), *([_Slot(optimizer, "weight_decay")] if decay else [])]


def _slots_of_layers(model: Any) -> Iterator[_Slot]:
    for layer in model.layers:
        yield from _slots_of_layer(layer)
        if hasattr(layer, "layers"):
            yield from _slots_of_layers(layer)


def _slots_of_layer(layer: Any) -> Iterator[_Slot]:
    """Find the numbers of one of Keras' own layers; none where its weights have penalties that it does not hold."""
    if type(layer).__module__.partition(".")[0] != "keras":
        return
    if type(layer) is keras.layers.Dropout and 0 < layer.rate < 1 and layer.compute_dtype in _WITH_RATES:
        yield _Slot(layer, "rate")
    held = {key: part for key, part in vars(layer).items() if type(part) in _REGULARIZERS and not key.startswith("_")}
    used = [weight.regularizer for weight in layer.variables if getattr(weight, "regularizer", None) is not None]
    if all(any(one is part for part in held.values()) for one in used):
        for key in sorted(held):
            for name in _REGULARIZERS[type(held[key])]:
                if float(getattr(held[key], name)) != 0:
                    yield _Slot(held[key], name, key)
