"""JSON of a saved model: what is written, and what of a file that may be anybody's is believed.

A reader takes a value and the name of its place, and returns the value as its type or raises ValueError. They are put
together as the types are: ``record(FileEntry, sha256=text, size=count)``. pydantic would do the same, but importing it
would cost every fresh process that loads a model a tenth of a second.
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
    "answers",
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
    "record",
    "scalar",
    "table",
    "text",
    "that",
]

_DEEPEST = 64  # levels of lists and objects: enough for anybody, and far from where Python ends

_Type = TypeVar("_Type")
Reader = Callable[[Any, str], _Type]


def plain_json(value: Any, _levels: int = _DEEPEST) -> Any:
    """Turn NumPy values and tuples into JSON's own types, and what is not finite into None: JSON has none."""
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
    if value is None or isinstance(value, str | float) or (isinstance(value, int) and _fits(value)):
        return value
    raise UsageError(f"metadata: must be plain JSON types; got {type(value).__name__!r}. Turn it into text or numbers.")


def parse_json(content: bytes) -> Any:
    """Parse what `plain_json` may have given: no key twice, every number finite, not too deep, all text printable.

    Raises
    ------
    ValueError
        For anything else.
    """
    plain = json.loads(
        content.decode(), object_pairs_hook=_object, parse_float=_finite, parse_int=_whole, parse_constant=_finite
    )
    _check_levels(plain, _DEEPEST)
    return plain


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
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
        value.encode()  # half a character, as "\ud800", could be neither printed nor written
    elif isinstance(value, dict | list):
        if not levels:
            raise ValueError(f"must be at most {_DEEPEST} levels deep")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_levels(item, levels - 1)


def _one_of(types: type | tuple[type, ...], said: str) -> Reader[Any]:
    kinds = types if isinstance(types, tuple) else (types,)

    def read(value: Any, where: str) -> Any:
        if type(value) not in kinds:  # a flag is no number here, though it is one in Python
            raise ValueError(f"{where} must be {said}; got {reprlib.repr(value)}")
        return value

    return read


text: Reader[str] = _one_of(str, "text")
flag: Reader[bool] = _one_of(bool, "true or false")
scalar: Reader[Any] = _one_of((str, bool, int, float, type(None)), "text, a number, true, false or null")
plain_object: Reader[dict[str, Any]] = _one_of(dict, "an object")
_number = _one_of((int, float), "a number")
_list: Reader[list[Any]] = _one_of(list, "a list")


def number(value: Any, where: str) -> float:
    """Read a finite number."""
    return float(_number(value, where))


def answers(value: Any, where: str) -> Any:
    """Read what a model may answer for a row: a value, or lists of such."""
    return [answers(item, where) for item in value] if type(value) is list else scalar(value, where)


def that(reader: Reader[_Type], holds: Callable[[_Type], bool], said: str) -> Reader[_Type]:
    """Make a reader that asks more of the value."""

    def read(value: Any, where: str) -> _Type:
        found = reader(value, where)
        if not holds(found):
            raise ValueError(f"{where} must be {said}; got {reprlib.repr(value)}")
        return found

    return read


count: Reader[int] = that(_one_of(int, "a whole number"), lambda value: 0 <= value < 2**63, "a count")


def choice(*values: Hashable) -> Reader[Any]:
    """Make a reader of one of these values."""
    return that(scalar, lambda value: value in values, f"one of {values}")


def optional(reader: Reader[_Type]) -> Reader[_Type | None]:
    """Make a reader that takes null too."""
    return lambda value, where: None if value is None else reader(value, where)


def listed(reader: Reader[_Type]) -> Reader[list[_Type]]:
    """Make a reader of a list."""
    return lambda value, where: [reader(item, f"{where}[{i}]") for i, item in enumerate(_list(value, where))]


def many(reader: Reader[_Type]) -> Reader[tuple[_Type, ...]]:
    """Make a reader of a list that gives a tuple."""
    items = listed(reader)
    return lambda value, where: tuple(items(value, where))


def table(reader: Reader[_Type]) -> Reader[dict[str, _Type]]:
    """Make a reader of an object whose keys are data."""
    return lambda value, where: {
        name: reader(item, f"{where}[{reprlib.repr(name)}]") for name, item in plain_object(value, where).items()
    }


def record(kind: Callable[..., _Type], /, **readers: Reader[Any]) -> Reader[_Type]:
    """Make a reader of a dataclass; fields that have a default may be left out."""
    known = [one for one in fields(kind) if one.name in readers]  # type: ignore[arg-type]
    needed = {one.name for one in known if one.default is MISSING and one.default_factory is MISSING}

    def read(value: Any, where: str) -> _Type:
        plain = plain_object(value, where)
        unknown, absent = plain.keys() - readers.keys(), needed - plain.keys()
        if unknown or absent:
            said = f"have no {reprlib.repr(min(unknown))}" if unknown else f"have {min(absent)!r}"
            raise ValueError(f"{where} must {said}")
        return kind(**{name: readers[name](item, f"{where}.{name}") for name, item in plain.items()})

    return read
