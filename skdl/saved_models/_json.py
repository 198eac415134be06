"""JSON of a saved model: writing plain values, and validation of a manifest, which anybody may have changed.

A validator takes a value and its path in the file (for messages) and returns the value with its type, or raises
ValueError. Validators are combined as types are: ``record(FileEntry, sha256=text, size=count)``. pydantic would do the
same, but its import would add a tenth of a second to every process that loads a model.
"""

from __future__ import annotations

import json
import math
import reprlib
import sys
from collections.abc import Callable, Hashable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import numpy as np

from skdl.exceptions import UsageError

__all__ = [
    "Reader",
    "choice",
    "count",
    "flag",
    "listed",
    "many",
    "number",
    "optional",
    "parse_json",
    "plain_json",
    "plain_object",
    "prediction",
    "record",
    "scalar",
    "table",
    "text",
    "that",
]

_DEEPEST = 64  # levels of lists and objects; Python's recursion limit is far above

_Type = TypeVar("_Type")
Reader = Callable[[Any, str], _Type]


def plain_json(value: Any, _levels: int = _DEEPEST) -> Any:
    """Convert NumPy values and tuples to JSON types, and numbers that are not finite to None."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict | list | tuple):
        if not _levels:
            raise UsageError(f"metadata: must be at most {_DEEPEST} levels deep; it is deeper. Flatten it.")
        if isinstance(value, dict):
            return {str(key): plain_json(item, _levels - 1) for key, item in value.items()}
        return [plain_json(item, _levels - 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # An integer beyond the range of floats is refused, because parsing refuses it too.
    if value is None or isinstance(value, str | float) or (isinstance(value, int) and _fits(value)):
        return value
    raise UsageError(f"metadata: must be plain JSON types; got {type(value).__name__!r}. Turn it into text or numbers.")


def parse_json(content: bytes) -> Any:
    """Parse strict JSON: unique keys, finite numbers, limited depth, valid Unicode.

    Raises
    ------
    ValueError
        For anything else.
    """
    plain = json.loads(
        content.decode(), object_pairs_hook=_object, parse_float=_finite, parse_int=_whole, parse_constant=_finite
    )
    # Everything after this may walk the value recursively.
    _check_levels(plain, _DEEPEST)
    return plain


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Parsers differ in which of two equal keys they keep, so two readers of one signed manifest could see two models.
    plain = dict(pairs)
    if len(plain) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return plain


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"numbers must be finite; got {reprlib.repr(digits)}")
    return value


def _whole(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _fits(value: int) -> bool:
    return abs(value) <= sys.float_info.max


def _check_levels(value: Any, levels: int) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate such as "\ud800" cannot be encoded
    elif isinstance(value, dict | list):
        if not levels:
            raise ValueError(f"must be at most {_DEEPEST} levels deep")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_levels(item, levels - 1)


def _one_of(types: type | tuple[type, ...], expected: str) -> Reader[Any]:
    kinds = types if isinstance(types, tuple) else (types,)

    def read(value: Any, where: str) -> Any:
        if type(value) not in kinds:  # bool is a subclass of int, but not a number here
            raise ValueError(f"{where} must be {expected}; got {reprlib.repr(value)}")
        return value

    return read


text: Reader[str] = _one_of(str, "text")
flag: Reader[bool] = _one_of(bool, "true or false")
scalar: Reader[Any] = _one_of((str, bool, int, float, type(None)), "text, a number, true, false or null")
plain_object: Reader[dict[str, Any]] = _one_of(dict, "an object")
_number = _one_of((int, float), "a number")
_list: Reader[list[Any]] = _one_of(list, "a list")


def number(value: Any, where: str) -> float:
    """Validate a finite number."""
    return float(_number(value, where))


def prediction(value: Any, where: str) -> Any:
    """Validate a prediction: a value, or nested lists of values."""
    return [prediction(item, where) for item in value] if type(value) is list else scalar(value, where)


def that(reader: Reader[_Type], holds: Callable[[_Type], bool], expected: str) -> Reader[_Type]:
    """Validator with a further condition."""

    def read(value: Any, where: str) -> _Type:
        read_value = reader(value, where)
        if not holds(read_value):
            raise ValueError(f"{where} must be {expected}; got {reprlib.repr(value)}")
        return read_value

    return read


count: Reader[int] = that(_one_of(int, "a whole number"), lambda value: 0 <= value < 2**63, "a count")


def choice(*values: Hashable) -> Reader[Any]:
    """Validator of one of these values."""
    return that(scalar, lambda value: value in values, f"one of {values}")


def optional(reader: Reader[_Type]) -> Reader[_Type | None]:
    """Validator that also accepts null."""
    return lambda value, where: None if value is None else reader(value, where)


def listed(reader: Reader[_Type]) -> Reader[list[_Type]]:
    """Validator of a list."""
    return lambda value, where: [reader(item, f"{where}[{i}]") for i, item in enumerate(_list(value, where))]


def many(reader: Reader[_Type]) -> Reader[tuple[_Type, ...]]:
    """Validator of a list that returns a tuple."""
    items = listed(reader)
    return lambda value, where: tuple(items(value, where))


def table(reader: Reader[_Type]) -> Reader[dict[str, _Type]]:
    """Validator of an object with arbitrary keys."""
    return lambda value, where: {
        name: reader(item, f"{where}[{reprlib.repr(name)}]") for name, item in plain_object(value, where).items()
    }


def record(kind: Callable[..., _Type], /, **readers: Reader[Any]) -> Reader[_Type]:
    """Validator of a dataclass; fields with a default may be missing."""
    known = [one for one in fields(kind) if one.name in readers]  # type: ignore[arg-type]
    needed = {one.name for one in known if one.default is MISSING and one.default_factory is MISSING}

    def read(value: Any, where: str) -> _Type:
        plain = plain_object(value, where)
        # Unknown keys are refused: a field of a later format must not be ignored silently.
        unknown, absent = plain.keys() - readers.keys(), needed - plain.keys()
        if unknown or absent:
            problem = f"have no {reprlib.repr(min(unknown))}" if unknown else f"have {min(absent)!r}"
            raise ValueError(f"{where} must {problem}")
        return kind(**{name: readers[name](item, f"{where}.{name}") for name, item in plain.items()})

    return read
