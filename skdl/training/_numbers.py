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

__all__ = ["filled", "is_input", "numbers_of"]

_REGULARIZERS = {
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
}
_WITH_RATES = {"float32", "float64"}  # a rate of another precision would widen what it is multiplied with
_TRACING = threading.RLock()


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

    def read(self) -> float:
        """Return the number as a program takes it."""
        value = float(getattr(self.owner, self.attribute))
        return 1.0 - value if self.attribute == "rate" else value

    def stand_in(self, traced: Any) -> Any:
        """Return what takes its place while a program is traced."""
        if self.attribute == "rate":
            return _Rate(traced)
        return traced if self.attribute == "weight_decay" else _Strength(traced)


def is_input(kind: str, name: str, value: Any, dtype: str) -> bool:
    """Tell whether a number in the configuration of a part of class ``kind`` is an input, and no structure."""
    if kind == "Dropout":
        return name == "rate" and 0 < value < 1 and dtype in _WITH_RATES
    return any(kind == known.__name__ and name in names for known, names in _REGULARIZERS.items()) and value != 0


def numbers_of(model: Any, optimizer: Any) -> list[float]:
    """Read the numbers of a model and its optimizer, in the order in which :func:`filled` takes them."""
    return [slot.read() for slot in _slots(model, optimizer)]


@contextmanager
def filled(model: Any, optimizer: Any, numbers: Sequence[Any]) -> Iterator[None]:
    """Put traced numbers into a template's places, for one thread at a time, and take them out again."""
    with _TRACING:
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
    decay = [_Slot(optimizer, "weight_decay")] if getattr(optimizer, "weight_decay", None) is not None else []
    return [*_slots_of_layers(model), *decay]


def _slots_of_layers(model: Any) -> Iterator[_Slot]:
    for layer in model.layers:
        if type(layer) is keras.layers.Dropout and is_input("Dropout", "rate", layer.rate, layer.compute_dtype):
            yield _Slot(layer, "rate")
        for _, part in sorted(vars(layer).items(), key=lambda item: item[0]):
            for name in _REGULARIZERS.get(type(part), ()):
                if float(getattr(part, name)) != 0:
                    yield _Slot(part, name)
        if hasattr(layer, "layers"):
            yield from _slots_of_layers(layer)
