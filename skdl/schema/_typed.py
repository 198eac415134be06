"""Cells that have a type, as in Parquet and data frames: what they mean in a column that was fitted on another one.

They are converted where the meaning is beyond doubt, and refused elsewhere. Text in a column of numbers is a field of a
text file; of numbers in a column of text, the spelling may be lost.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from numbers import Number
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables import FLAG_PAIRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.schema._schema import Column
    from skdl.tables import Reading

__all__ = [
    "UNCLEAR_GAP",
    "Speller",
    "fields_as_read",
    "in_minutes",
    "is_duration",
    "numbers_as_read",
    "plain_type",
    "type_problem",
    "typed_cells",
    "wrong_type",
]

UNCLEAR_GAP = "must not be empty: training had no gaps here, but a category that pandas reads as missing"
_EXACT = 2.0**53  # floats hold every whole number below it
# Arrow's other types of text and bytes, and those that they are converted to.
_PLAIN = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
}
_TEXT_OR_BYTES = {*_PLAIN, *_PLAIN.values()}


def plain_type(cells: pa.Array) -> pa.Array:
    """Convert any of Arrow's types of text and bytes, dictionaries included, to ``string`` and ``binary``."""
    if pa.types.is_dictionary(cells.type):
        cells = plain_type(cells.dictionary).take(cells.indices)
    return cells.cast(_PLAIN[cells.type]) if cells.type in _PLAIN else cells


def is_duration(found: pa.DataType) -> bool:
    """Whether a type is that of durations or times of day, which are numbers of minutes."""
    return bool(pa.types.is_duration(found) or pa.types.is_time(found))


def in_minutes(cells: pa.Array) -> pa.Array:
    """Convert durations or times of day to numbers of minutes."""
    if pa.types.is_time(cells.type):
        cells = cells.cast(pa.time64("us")).cast(pa.int64()).cast(pa.duration("us"))
    seconds = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[cells.type.unit]
    return pc.divide(cells.cast(pa.int64()).cast(pa.float64()), 60.0 * seconds)


def type_problem(column: Column, found: pa.DataType, reading: Reading) -> Literal["kind", "spelling"] | None:
    """Tell why no value of a type can be one of the column: of another kind, or without its spelling; else None."""
    found = found.value_type if pa.types.is_dictionary(found) else found
    form = reading.formats.get(column.name)
    is_clock = is_duration(found) and form is not None and bool(form.clock)
    if pa.types.is_null(found) or column.kind == "other" or found in _TEXT_OR_BYTES or is_clock:
        return None
    if column.kind == "text":
        speller = Speller(column)
        if pa.types.is_date(found):
            return None if speller.has_dates else "kind"
        if not (_is_number(found) or pa.types.is_boolean(found)):
            return "kind"
        return None if (speller.has_numbers if _is_number(found) else speller.has_flags) else "spelling"
    if pa.types.is_boolean(found):
        return None if column.kind == "boolean" or _may_be_flag(column) else "kind"
    return None if _is_number(found) else "kind"


_KINDS = {
    "number": Note("numbers", "numbers"),
    "boolean": Note("booleans", "booleans"),
    "text": Note("texts", "texts"),
}


def wrong_type(column: Column, found: str, where: str) -> DataError:
    """Return the error for a column of a type that means nothing in it."""
    text = "{where}: column {name!r} must hold {kind}; got values of type {found}. Convert it."
    return DataError.of("wrong_type", text, where=where, name=column.name, kind=_KINDS[column.kind], found=found)


def _is_number(found: pa.DataType) -> bool:
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_decimal(found))


def _may_be_flag(column: Column) -> bool:
    return column.minimum is None or column.maximum is None or (column.minimum >= 0.0 and column.maximum <= 1.0)


def typed_cells(
    column: Column, cells: pa.Array, reading: Reading
) -> tuple[pa.Array, Reading, dict[str, NDArray[np.bool_]]]:
    """Convert cells to the kind of a column; return them, how they are read on, and faults by reason."""
    found = cells.type
    if cells.null_count == len(cells):
        return pa.nulls(len(cells)), reading, _unclear_gaps(column, cells)
    if pa.types.is_decimal(found):
        # By way of text: Arrow's own cast to floats does not round to the nearest one.
        cells = cells.cast(pa.string()).cast(pa.float64()) if column.kind != "text" else cells
    if column.kind == "text":
        return _texts(column, cells, reading)
    if column.kind == "other":
        return cells, reading, {}
    if pa.types.is_string(found) or pa.types.is_binary(found):
        return cells.cast(pa.binary()), fields_as_read(numbers_as_read(reading)), {}
    if column.kind == "boolean" and _is_number(found):
        # 1 and 0 alone mean true and false.
        numbers = cells.cast(pa.float64())
        unclear = ~_mask(pc.is_in(numbers, value_set=pa.array([0.0, 1.0, None])))
        is_nan = pc.is_nan(numbers).fill_null(fill_value=False)
        flags = pc.if_else(is_nan, None, pc.equal(numbers, 1.0))
        return flags, reading, {"must be a boolean": unclear & ~_mask(is_nan)}
    return cells, numbers_as_read(reading), {}


def numbers_as_read(reading: Reading) -> Reading:
    """How numbers are read that need no marks."""
    return replace(reading, decimal=".", thousands=None)


def fields_as_read(reading: Reading) -> Reading:
    """How text is read as the fields of a text file in UTF-8."""
    return replace(reading, separator=",", encoding=None)


def _texts(column: Column, cells: pa.Array, reading: Reading) -> tuple[pa.Array, Reading, dict[str, NDArray[np.bool_]]]:
    if pa.types.is_binary(cells.type):
        return cells, fields_as_read(reading), {}
    faults = {}
    if not pa.types.is_string(cells.type):
        given = ~_mask(cells.is_null(nan_is_null=True))
        encoded = cells.dictionary_encode()  # each distinct value is spelled once
        distinct = encoded.dictionary.to_numpy(zero_copy_only=False)
        cells = pa.array(map(Speller(column).spell, distinct), pa.string()).take(encoded.indices)
        faults = {"must be text, as in training": given & _mask(cells.is_null())}
    # What a text file leaves empty, unless it is a category.
    words = pa.array(set(reading.missing_words).difference(column.known), pa.string())
    missing = pc.is_in(cells, value_set=words)
    cells = pc.if_else(missing, None, cells) if column.known and pc.any(missing).as_py() else cells
    return cells, reading, faults or _unclear_gaps(column, cells)


def _unclear_gaps(column: Column, cells: pa.Array) -> dict[str, NDArray[np.bool_]]:
    return {} if column.gap_like is None else {UNCLEAR_GAP: _mask(cells.is_null())}


class Speller:
    """Spelling of values that are not text, in a column of text.

    Numbers are spelled only if this gives back every category that looks like a number: 1 may have been 01, or 1.0.
    True and false are spelled as categories are, also as yes and no, and so are dates.

    Examples
    --------
    >>> from skdl.schema import Column
    >>> Speller(Column("code", "text", "object", categories=("10", "A1"))).spell(7.0)
    '7'
    >>> Speller(Column("code", "text", "object", categories=("01", "A1"))).has_numbers
    False
    >>> speller = Speller(Column("flag", "text", "object", categories=("No", "Yes")))
    >>> speller.spell(True), speller.spell(False), speller.spell(1)
    ('Yes', 'No', None)
    >>> speller = Speller(Column("size", "text", "object", categories=("1.0", "2.0")))
    >>> speller.spell(1), speller.spell(1.25)
    ('1.0', '1.25')
    """

    def __init__(self, column: Column) -> None:
        words = [word for word in column.categories or () if isinstance(word, str)]
        numbers = [word for word in words if any(map(str.isdigit, word)) and _number_of(word) is not None]
        # Of as many decimals as the categories have, such as 1.0 and 2.0.
        decimals = {len(word.partition(".")[2]) for word in numbers}
        self._n_decimals = decimals.pop() if len(decimals) == 1 else 0
        changed = [word for word in numbers if self._spell_number(_number_of(word)) != word]
        self.has_numbers = bool(numbers) and not changed
        self._flags = _flags_among(words)
        self.has_flags = bool(self._flags)
        self.has_dates = any(map(_is_date, words))
        self.example = next(iter([*changed, *words]), None)

    def spell(self, value: Any) -> str | None:
        """Return the text of a value; None where it is not certain."""
        if isinstance(value, str):
            return value
        if isinstance(value, bytes):
            return value.decode("utf-8", "backslashreplace")
        if isinstance(value, bool | np.bool_):
            return self._flags.get(bool(value))
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat() if self.has_dates else None
        is_number = isinstance(value, Number | np.number) and not isinstance(value, complex | np.complexfloating)
        return self._spell_number(value) if is_number and self.has_numbers else None

    def _spell_number(self, value: Any) -> str | None:
        spelled = f"{value:.{self._n_decimals}f}" if self._n_decimals and abs(value) < _EXACT else ""
        return spelled if spelled and float(spelled) == value else _spell_number(value)


def _flags_among(words: Sequence[str]) -> dict[bool, str]:
    """Return how categories spell True and False: as these words, or as the only two, such as yes and no."""
    flags = {word for word in words if word.lower() in {"true", "false"}}
    for style in (str.title, str.lower, str.upper):
        if flags and flags == set(map(style, flags)):
            return {value: style(str(value)) for value in (True, False)}
    by_number = {_number_of(word): word for word in words}
    if len(words) == 2 and by_number.keys() == {0, 1}:
        return {True: by_number[1], False: by_number[0]}
    folded = {word.strip().casefold(): word for word in words}
    pair = next((pair for pair in FLAG_PAIRS if len(words) == len(folded) and folded.keys() == {*pair}), None)
    return {} if pair is None else {True: folded[pair[0]], False: folded[pair[1]]}


def _number_of(word: str) -> int | float | None:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(word)
    return None


def _is_date(word: str) -> bool:
    with suppress(ValueError):
        return date.fromisoformat(word).isoformat() == word
    return False


def _spell_number(value: Any) -> str | None:
    """Write a number without needless digits; None where it has lost some."""
    if isinstance(value, int | np.integer):
        return str(int(value))
    if not abs(value) < _EXACT:
        return None
    return str(int(value)) if value == int(value) else str(value)


def _mask(values: Any) -> NDArray[np.bool_]:
    return np.asarray(values, dtype=bool)
