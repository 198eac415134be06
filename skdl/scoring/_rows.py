"""Telling good rows from bad ones, a chunk at a time.

A bad row keeps its place in the chunk: a good row stands in for it while the model predicts, because the last bits of a
matrix product depend on where a row stands. So the other rows' predictions are those of a run without bad rows, bit for
bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.scoring._drift import ColumnDrift
from skdl.scoring._plan import QUARANTINE, Plan, arrow_type
from skdl.tables import FLAG_WORDS, NO_DATE, is_raw_text, is_utf8, without_missing_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from skdl.saved_models import Column
    from skdl.tables import Piece, Reading

__all__ = ["BadRow", "SortedRows", "cast", "quarantine_table", "sort_rows"]

_NO_NUMBER = " is no number"  # stands behind text that could be one with other marks
_LONGEST_VALUE = 200  # characters of a bad value that quarantine quotes


@dataclass(frozen=True)
class BadRow:
    """One row of quarantine."""

    row: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class SortedRows:
    """A chunk ready for the model.

    Attributes
    ----------
    table : DataFrame or array, optional
        A row for every input row, bad ones replaced; None where no row is good.
    good : array of bool, shape (n_rows,)
        Which of them are their own.
    bad : dict of int to BadRow
        The others, by row number.
    unseen : Counter
        Good rows by column whose category the model never saw.
    drift : dict of str to ColumnDrift
        What each column's values have that training's had not; of every well-formed row.
    """

    table: Any
    good: NDArray[np.bool_]
    bad: dict[int, BadRow]
    unseen: Counter[str]
    drift: dict[str, ColumnDrift]


def sort_rows(piece: Piece, plan: Plan) -> SortedRows:
    """Read a piece as the model's columns and name each bad row with its first fault."""
    n_rows = piece.rows.num_rows
    fine = np.ones(n_rows, dtype=bool)
    values: dict[str, NDArray[Any] | pa.Array] = {}
    bad = {odd.row: BadRow(odd.row, None, _quote(odd.text), odd.reason) for odd in piece.malformed}
    unknown: dict[str, NDArray[np.bool_]] = {}
    drift: dict[str, ColumnDrift] = {}
    for column in plan.schema.columns:
        raw = without_missing_words(_of_usual_type(piece.rows[column.name].combine_chunks()), plan.reading)
        told = _told(column, plan)
        found = _read_column(column, _in_plain_words(raw, told), told, _must_be_text(plan))
        values[column.name], faults, unknown[column.name] = found.plain, found.faults, found.unseen
        drift[column.name] = _drift(column, found)
        if told.of_dates:
            faults = {"must be a date": _no_date(raw), **faults}
        fine &= ~_note(bad, piece, column.name, faults, fine)
    for name in plan.keep:
        fine &= ~_note(bad, piece, name, _no_text(piece.rows[name], plan), fine)
    unseen = Counter({name: int((mask & fine).sum()) for name, mask in unknown.items() if (mask & fine).any()})
    good = np.zeros(piece.stop - piece.start, dtype=bool)
    good[piece.numbers[fine] - piece.start] = True
    if not good.any():
        return SortedRows(None, good, bad, unseen, drift)
    if not good.all():
        values = _stand_in(values, piece, fine)
    texts = {name: column.to_pandas() for name, column in values.items() if isinstance(column, pa.Array)}
    return SortedRows(plan.schema.rows({**values, **texts}), good, bad, unseen, drift)


def _of_usual_type(raw: pa.Array) -> pa.Array:
    """Give text of any of Arrow's types of text as the usual one."""
    is_other = pa.types.is_large_string(raw.type) or pa.types.is_string_view(raw.type)
    return raw.cast(pa.string()) if is_other else raw


def _note(
    bad: dict[int, BadRow],
    piece: Piece,
    name: str,
    faults: Mapping[str, NDArray[np.bool_]],
    fine: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Take down those rows that were fine and have a fault in this column; tell which rows have one."""
    faulty = np.zeros(len(fine), dtype=bool)
    for reason, mask in faults.items():
        for position in np.flatnonzero(mask & fine & ~faulty):
            number = int(piece.numbers[position])
            bad[number] = BadRow(number, name, _quote(_text_of(piece.rows[name][int(position)])), reason)
        faulty |= mask
    return faulty


def _no_text(kept: pa.ChunkedArray, plan: Plan) -> dict[str, NDArray[np.bool_]]:
    """Find the fields of a text file that are no text, which no output can hold."""
    if not is_raw_text(kept.type, plan.reading):
        return {}
    return {_must_be_text(plan): cast(kept.combine_chunks(), pa.string())[1]}


def _must_be_text(plan: Plan) -> str:
    encoding = plan.reading.encoding
    return f"must be text in {'UTF-8' if encoding is None or is_utf8(encoding) else encoding}"


def _stand_in(
    values: Mapping[str, NDArray[Any] | pa.Array], piece: Piece, fine: NDArray[np.bool_]
) -> dict[str, NDArray[Any] | pa.Array]:
    """Give every input row of the piece a place, with the first good row where its own is bad."""
    origin = np.full(piece.stop - piece.start, np.flatnonzero(fine)[0])
    origin[piece.numbers[fine] - piece.start] = np.flatnonzero(fine)
    places = pa.array(origin)
    return {
        name: column.take(places) if isinstance(column, pa.Array) else column[origin] for name, column in values.items()
    }


@dataclass(frozen=True)
class _ReadColumn:
    """Values, faults by reason, which values are missing, and which the column's encoder never saw.

    Text stays with Arrow: each text made a Python object and back would cost as much as the model.
    """

    plain: NDArray[Any] | pa.Array
    faults: dict[str, NDArray[np.bool_]]
    empty: NDArray[np.bool_]
    unseen: NDArray[np.bool_]


def _drift(column: Column, found: _ReadColumn) -> ColumnDrift:
    outside = 0
    if column.minimum is not None and column.maximum is not None:
        # A number is as training had it where it is the same number in training's own precision.
        values: NDArray[np.floating[Any]] = found.plain.astype(np.float32 if column.dtype == "float32" else np.float64)
        outside = int((np.isfinite(values) & ((values < column.minimum) | (values > column.maximum))).sum())
    return ColumnDrift(len(found.plain), int(found.empty.sum()), outside, int(found.unseen.sum()), column.null_share)


def _read_column(column: Column, raw: pa.Array, told: _Told, must_be_text: str) -> _ReadColumn:
    wanted = arrow_type(column)
    if wanted is None:
        plain, unreadable = cast(raw, pa.string()) if pa.types.is_binary(raw.type) else (raw, np.zeros(len(raw), bool))
    else:
        plain, unreadable = cast(raw, wanted, flags=column.is_flag)
    faults = {f"must be a {column.kind}" if column.kind != "text" else must_be_text: unreadable}
    empty = np.asarray(plain.is_null(nan_is_null=True)) & ~unreadable
    if column.kind == "number":
        values = plain.fill_null(np.nan).to_numpy(zero_copy_only=False)
        if told.gaps:
            values = np.where(np.isin(values, told.gaps), np.nan, values)
            empty = np.isnan(values) & ~unreadable
        if not column.infinite:
            faults["must be finite"] = np.isinf(values)
        if told.whole:
            faults["must be a whole number"] = np.isfinite(values) & (values != np.round(values))
    else:
        values = plain if column.kind == "text" else plain.to_numpy(zero_copy_only=False)
    if not column.nullable:
        faults["must not be empty: the model was fitted without gaps here"] = empty
    unseen = np.zeros(len(raw), dtype=bool)
    if column.categories is not None and column.kind in {"text", "number"}:
        unseen = ~_is_known(values, column.categories) & ~empty & ~unreadable
        if not column.open:
            faults["must be a category that the model knows"] = unseen
    return _ReadColumn(values, faults, empty, unseen)


def _is_known(values: NDArray[Any] | pa.Array, categories: tuple[Any, ...]) -> NDArray[np.bool_]:
    if not isinstance(values, pa.Array):
        # Values are read as floats, and large whole numbers are themselves only among numbers of the same type.
        known = [float(category) for category in categories if isinstance(category, int | float | np.number)]
        return np.isin(values, known)
    texts = pa.array([category for category in categories if isinstance(category, str)], values.type)
    return np.asarray(pc.is_in(values, value_set=texts))


@dataclass(frozen=True)
class _Told:
    """What the reading of the table says of one column of numbers, and whether it is a part of a date."""

    of_dates: bool = False
    flags: bool = False
    whole: bool = False
    marks: Reading | None = None
    gaps: tuple[float, ...] = ()


def _told(column: Column, plan: Plan) -> _Told:
    reading = plan.reading
    if any(column.name in added for added in reading.new_names().values()):
        return _Told(of_dates=True)
    if column.kind != "number":
        return _Told()
    declared = reading.dtypes.get(column.name)
    gaps = tuple(float(word) for word in reading.na_values if _is_number(word))
    return _Told(
        flags=declared == "bool",
        whole=declared == "int",
        marks=reading if reading.has_marks else None,
        gaps=gaps,
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _no_date(raw: pa.Array) -> NDArray[np.bool_]:
    if not (pa.types.is_binary(raw.type) or pa.types.is_string(raw.type)):
        return np.zeros(len(raw), dtype=bool)
    return np.asarray(pc.ends_with(raw, NO_DATE).fill_null(fill_value=False))


def _in_plain_words(raw: pa.Array, told: _Told) -> pa.Array:
    """Write numbers with a point, and declared flags as 1 and 0, where the table writes them otherwise."""
    marks = told.marks if pa.types.is_binary(raw.type) else None  # of text files alone
    if not (told.flags or marks):
        return raw
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    if pa.types.is_binary(raw.type):
        try:
            raw = raw.cast(pa.string())
        except pa.ArrowInvalid:
            return raw  # some of it is no text: the cast to numbers tells which
    if not pa.types.is_string(raw.type):
        return raw
    if told.flags:
        words = pc.utf8_lower(pc.utf8_trim_whitespace(raw))
        known = pc.index_in(words, pa.array(list(FLAG_WORDS)))
        digits = pa.array([str(digit) for digit in FLAG_WORDS.values()])
        return pc.coalesce(digits.take(known), raw)
    assert marks is not None
    plain = pc.replace_substring(raw, marks.thousands, "") if marks.thousands else raw
    plain = pc.replace_substring(plain, marks.decimal, ".") if marks.decimal else plain
    fits = pc.match_substring_regex(raw, marks.number_pattern)
    return pc.if_else(fits, plain, pc.binary_join_element_wise(raw, _NO_NUMBER, ""))


def cast(raw: pa.Array, wanted: pa.DataType, *, flags: bool = False) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Read values as another type; return them with a mask of those that cannot be, which become null.

    ``flags`` lets the words true and false stand for 1 and 0.
    """
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    unreadable = np.zeros(len(raw), dtype=bool)
    try:
        return raw.cast(options=_options(wanted)), unreadable
    except pa.ArrowInvalid:
        pass  # one value in it is odd: look closer
    if pa.types.is_binary(raw.type) and not pa.types.is_string(wanted):
        raw, unreadable = cast(raw, pa.string())
    if pa.types.is_string(raw.type) and not pa.types.is_string(wanted):
        raw = pc.utf8_trim_whitespace(raw)
        if flags:
            words = pc.utf8_lower(raw)
            raw = pc.if_else(pc.equal(words, "true"), "1", pc.if_else(pc.equal(words, "false"), "0", raw))
    done, failed = _cast(raw, wanted)
    return done, unreadable | failed


def _options(wanted: pa.DataType) -> Any:
    return pc.CastOptions(wanted, allow_float_truncate=True, allow_decimal_truncate=True)


def _cast(raw: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Halve until the values that cannot be read stand alone: good chunks cost one call."""
    try:
        return raw.cast(options=_options(wanted)), np.zeros(len(raw), dtype=bool)
    except pa.ArrowInvalid:
        if len(raw) == 1:
            return pa.nulls(1, wanted), np.ones(1, dtype=bool)
    middle = len(raw) // 2
    parts = [_cast(raw[:middle], wanted), _cast(raw[middle:], wanted)]
    return pa.concat_arrays([part for part, _ in parts]), np.concatenate([mask for _, mask in parts])


def quarantine_table(bad: Mapping[int, BadRow], source: str) -> pa.Table:
    """Return bad rows in input order as quarantine keeps them."""
    rows = [bad[number] for number in sorted(bad)]
    return pa.table(
        {
            "file": [source] * len(rows),
            "_row": [row.row for row in rows],
            "column": [row.column for row in rows],
            "value": [row.value for row in rows],
            "reason": [row.reason for row in rows],
        },
        schema=QUARANTINE,
    )


def _text_of(value: pa.Scalar) -> str | None:
    plain = value.as_py()
    if plain is None:
        return None
    text = plain.decode("utf-8", "backslashreplace") if isinstance(plain, bytes) else str(plain)
    return text.removesuffix(NO_DATE)


def _quote(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."
