"""JSON of a saved model: writing plain values, and validation of a manifest, which anybody may have changed.

A validator takes a value and its path in the file (for messages) and returns the value with its type, or raises
ValueError. `reader_of` makes it from a type, as pydantic would, whose import would add a tenth of a second to every
process that loads a model.
"""

from __future__ import annotations

import json
import math
import reprlib
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from skdl.exceptions import UsageError

__all__ = ["Count", "Nested", "Scalar", "parse_json", "plain_json", "reader_of", "record", "that"]

_DEEPEST = 64  # levels of lists and objects; Python's recursion limit is far above

Reader = Callable[[Any, str], Any]


def plain_json(value: Any, _levels: int = _DEEPEST) -> Any:
    """Convert NumPy values and tuples to JSON types, and numbers that are not finite to None."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    value = float(value) if isinstance(value, Decimal) else value
    if isinstance(value, dict | list | tuple):
        if not _levels:
            raise UsageError(f"metadata: must be at most {_DEEPEST} levels deep; it is deeper. Flatten it.")
        if isinstance(value, dict):
            return {str(key): plain_json(item, _levels - 1) for key, item in value.items()}
        return [plain_json(item, _levels - 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # An integer beyond the range of floats is refused, because parsing refuses it too.
    if value is None or isinstance(value, str | float) or (isinstance(value, int) and abs(value) <= sys.float_info.max):
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
        content.decode(), object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_finite
    )
    # Everything after this may walk the value recursively.
    _check_levels(plain, _DEEPEST)
    return plain


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Parsers differ in which of two equal keys they keep, so two readers of one signed manifest could see two models.
    plain = dict(pairs)
    if len(plain) < len(pairs):
        raise ValueError("an object has the same key twice")
    return plain


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"numbers must be finite; got {reprlib.repr(digits)}")
    return value


def _whole(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _check_levels(value: Any, levels: int) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate such as "\ud800" cannot be encoded
    elif isinstance(value, dict | list):
        if not levels:
            raise ValueError(f"must be at most {_DEEPEST} levels deep")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_levels(item, levels - 1)


def _one_of(types: tuple[type, ...], expected: str) -> Reader:
    """Validator of a value that has one of these types."""

    def read(value: Any, where: str) -> Any:
        if type(value) not in types:  # bool is a subclass of int, but not a number here
            raise ValueError(f"{where} must be {expected}; got {reprlib.repr(value)}")
        return value

    return read


def that(kind: Any, holds: Callable[[Any], bool], expected: str) -> Reader:
    """Validator of a type with a further condition."""
    read_kind = reader_of(kind)

    def read(value: Any, where: str) -> Any:
        read_value = read_kind(value, where)
        if not holds(read_value):
            raise ValueError(f"{where} must be {expected}; got {reprlib.repr(value)}")
        return read_value

    return read


def record(kind: type, **types: Any) -> Reader:
    """Validator of a dataclass by the given types, or by its type hints; fields with a default may be missing."""
    hints = types or get_type_hints(kind, include_extras=True)
    known = {one.name: reader_of(hints[one.name]) for one in fields(kind)}
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}

    def read(value: Any, where: str) -> Any:
        plain = _object(value, where)
        # Unknown keys are refused: a field of a later format must not be ignored silently.
        unknown, absent = plain.keys() - known.keys(), needed - plain.keys()
        if unknown or absent:
            problem = f"have no {reprlib.repr(min(unknown))}" if unknown else f"have {min(absent)!r}"
            raise ValueError(f"{where} must {problem}")
        return kind(**{name: known[name](item, f"{where}.{name}") for name, item in plain.items()})

    return read


def reader_of(kind: Any) -> Reader:
    """Validator of a type: a dataclass, a container, a union, a literal, or ``Annotated[type, validator]``."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    made_of = _GENERIC.get(get_origin(kind))
    return record(kind) if made_of is None else made_of(*get_args(kind))


def _list_of(kind: Any) -> Reader:
    read = reader_of(kind)
    return lambda value, where: [read(item, f"{where}[{i}]") for i, item in enumerate(_list(value, where))]


def _tuple_of(kind: Any, _: Any) -> Reader:
    items = _list_of(kind)
    return lambda value, where: tuple(items(value, where))


def _dict_of(_: Any, kind: Any) -> Reader:
    read = reader_of(kind)
    return lambda value, where: {
        name: read(item, f"{where}[{reprlib.repr(name)}]") for name, item in _object(value, where).items()
    }


def _union_of(*kinds: Any) -> Reader:
    readers = {get_origin(kind) or kind: reader_of(kind) for kind in kinds}
    first = reader_of(kinds[0])  # its message is that of a value of no kind
    return lambda value, where: readers.get(type(value), first)(value, where)


def _nested(value: Any, where: str) -> Any:
    return [_nested(item, where) for item in value] if type(value) is list else _scalar(value, where)


_scalar = _one_of((str, bool, int, float, NoneType), "text, a number, true, false or null")
_number = _one_of((int, float), "a number")
_object = _one_of((dict,), "an object")
_list = _one_of((list,), "a list")
_PLAIN: dict[Any, Reader] = {
    str: _one_of((str,), "text"),
    bool: _one_of((bool,), "true or false"),
    int: _one_of((int,), "a whole number"),
    float: lambda value, where: float(_number(value, where)),
    NoneType: _one_of((NoneType,), "null"),
    Any: lambda value, _: value,
}
_GENERIC: dict[Any, Callable[..., Reader]] = {
    list: _list_of,
    tuple: _tuple_of,
    dict: _dict_of,
    Union: _union_of,
    UnionType: _union_of,
    Literal: lambda *values: that(Scalar, lambda value: value in values, f"one of {values}"),
    Annotated: lambda _, read: read,
}

Scalar = Annotated[Any, _scalar]
Nested = Annotated[Any, _nested]
"""A value, or nested lists of values."""
Count = Annotated[int, that(int, lambda value: 0 <= value < 2**63, "a count")]
