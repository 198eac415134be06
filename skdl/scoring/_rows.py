"""Validation of rows: a chunk as the model's columns, and its bad rows with their faults.

A bad row keeps its position in the chunk: a copy of a good row replaces it while the model predicts, because the last
bits of a matrix product depend on the position of a row. So the predictions of the other rows are those of a run
without bad rows, bit for bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.scoring._counts import ColumnDrift
from skdl.scoring._plan import QUARANTINE, Plan, arrow_type
from skdl.tables import (
    NO_DATE,
    cast_cells,
    has_fraction,
    is_raw_text,
    is_utf8,
    parse_flags,
    replace_marks,
    without_missing_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from skdl.saved_models import Column
    from skdl.tables import Piece, Reading

__all__ = ["BadRow", "ValidatedRows", "quarantine_table", "validate_rows"]

# Appended to text that only looks like a number with other marks, so that no cast reads it.
_NO_NUMBER = " is no number"
_LONGEST_VALUE = 200  # characters of a bad value that quarantine quotes


@dataclass(frozen=True)
class BadRow:
    """A row of the quarantine file."""

    row: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class ValidatedRows:
    """A chunk ready for the model."""

    table: Any  # one row per input row, bad ones replaced; None if no row is good
    good: NDArray[np.bool_]  # (n_rows,)
    bad: dict[int, BadRow]  # the other rows, by row number
    unseen: Counter[str]  # good rows by column whose category the model never saw
    drift: dict[str, ColumnDrift]  # over every well-formed row


def validate_rows(piece: Piece, plan: Plan) -> ValidatedRows:
    """Parse a piece as the model's columns, and find each bad row and its first fault."""
    n_rows = piece.rows.num_rows
    is_good = np.ones(n_rows, dtype=bool)  # of the well-formed rows
    values: dict[str, NDArray[Any] | pa.Array] = {}
    bad = {row.row: BadRow(row.row, None, _quote(row.text), row.reason) for row in piece.malformed}
    unknown: dict[str, NDArray[np.bool_]] = {}
    drift: dict[str, ColumnDrift] = {}
    for column in plan.schema.columns:
        raw = without_missing_words(_unify_text_type(piece.rows[column.name].combine_chunks()), plan.reading)
        rules = _column_rules(column, plan)
        parsed = _parse_column(column, _normalize(raw, rules), rules, _text_fault(plan))
        values[column.name], faults, unknown[column.name] = parsed.values, parsed.faults, parsed.unseen
        drift[column.name] = _measure_drift(column, parsed)
        if rules.is_date_part:
            faults = {"must be a date": _is_no_date(raw), **faults}
        # A row is recorded with its first fault only: later columns see it as bad already.
        is_good &= ~_record_faults(bad, piece, column.name, faults, is_good)
    for name in plan.options.keep:
        is_good &= ~_record_faults(bad, piece, name, _text_faults(piece.rows[name], plan), is_good)
    unseen = Counter({name: int((mask & is_good).sum()) for name, mask in unknown.items() if (mask & is_good).any()})
    # From the well-formed rows to all rows of the piece, malformed ones included.
    good = np.zeros(piece.stop - piece.start, dtype=bool)
    good[piece.numbers[is_good] - piece.start] = True
    if not good.any():
        return ValidatedRows(None, good, bad, unseen, drift)
    if not good.all():
        values = _replace_bad_rows(values, piece, is_good)
    # Text leaves Arrow last: bad rows are found and replaced there, which on Python objects would cost as much as the
    # model.
    texts = {name: column.to_pandas() for name, column in values.items() if isinstance(column, pa.Array)}
    return ValidatedRows(plan.schema.rows({**values, **texts}), good, bad, unseen, drift)


def _unify_text_type(raw: pa.Array) -> pa.Array:
    """Convert any of Arrow's text types to ``string``."""
    # The comparisons below are written for this one type.
    is_other = pa.types.is_large_string(raw.type) or pa.types.is_string_view(raw.type)
    return raw.cast(pa.string()) if is_other else raw


def _record_faults(
    bad: dict[int, BadRow],
    piece: Piece,
    name: str,
    faults: Mapping[str, NDArray[np.bool_]],
    is_good: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Record the good rows that have a fault in this column; return a mask of all rows that have one."""
    faulty = np.zeros(len(is_good), dtype=bool)
    for reason, mask in faults.items():
        for position in np.flatnonzero(mask & is_good & ~faulty):
            number = int(piece.numbers[position])
            bad[number] = BadRow(number, name, _quote(_text_of(piece.rows[name][int(position)])), reason)
        faulty |= mask
    return faulty


def _text_faults(kept: pa.ChunkedArray, plan: Plan) -> dict[str, NDArray[np.bool_]]:
    """Find the kept fields of a text file that are not valid text, which no output can hold."""
    if not is_raw_text(kept.type, plan.reading):
        return {}
    return {_text_fault(plan): cast_cells(kept.combine_chunks(), pa.string())[1]}


def _text_fault(plan: Plan) -> str:
    encoding = plan.reading.encoding
    return f"must be text in {'UTF-8' if encoding is None or is_utf8(encoding) else encoding}"


def _replace_bad_rows(
    values: Mapping[str, NDArray[Any] | pa.Array], piece: Piece, is_good: NDArray[np.bool_]
) -> dict[str, NDArray[Any] | pa.Array]:
    """Return one row per input row of the piece: the row itself, or the first good row in place of a bad one."""
    # (n_rows,): for each row of the input the position of the well-formed row that takes its position.
    origin = np.full(piece.stop - piece.start, np.flatnonzero(is_good)[0])
    origin[piece.numbers[is_good] - piece.start] = np.flatnonzero(is_good)
    indices = pa.array(origin)
    return {
        name: column.take(indices) if isinstance(column, pa.Array) else column[origin]
        for name, column in values.items()
    }


@dataclass(frozen=True)
class _ParsedColumn:
    """Values, faults by reason, which values are missing, and which the column's encoder never saw.

    Text stays in Arrow: converting it to Python objects and back would cost as much as the model.
    """

    values: NDArray[Any] | pa.Array
    faults: dict[str, NDArray[np.bool_]]
    missing: NDArray[np.bool_]
    unseen: NDArray[np.bool_]


def _measure_drift(column: Column, parsed: _ParsedColumn) -> ColumnDrift:
    outside = 0
    if column.minimum is not None and column.maximum is not None:
        # Compare in the precision of training: a float32 bound is not the decimal number that was rounded to it.
        values: NDArray[np.floating[Any]] = parsed.values.astype(
            np.float32 if column.dtype == "float32" else np.float64
        )
        outside = int((np.isfinite(values) & ((values < column.minimum) | (values > column.maximum))).sum())
    return ColumnDrift(
        len(parsed.values), int(parsed.missing.sum()), outside, int(parsed.unseen.sum()), column.null_share
    )


def _parse_column(column: Column, raw: pa.Array, rules: _ColumnRules, text_fault: str) -> _ParsedColumn:
    wanted = arrow_type(column)
    if wanted is None:
        plain, unreadable = (
            cast_cells(raw, pa.string()) if pa.types.is_binary(raw.type) else (raw, np.zeros(len(raw), bool))
        )
    else:
        plain, unreadable = cast_cells(raw, wanted, flags=column.is_flag)
    faults = {f"must be a {column.kind}" if column.kind != "text" else text_fault: unreadable}
    # A NaN counts as missing, as a null does. A cell that cannot be read is null after the cast, but not missing.
    missing = np.asarray(plain.is_null(nan_is_null=True)) & ~unreadable
    if column.kind == "number":
        values = plain.fill_null(np.nan).to_numpy(zero_copy_only=False)
        if rules.missing_numbers:
            values = np.where(np.isin(values, rules.missing_numbers), np.nan, values)
            missing = np.isnan(values) & ~unreadable
        if not column.infinite:
            faults["must be finite"] = np.isinf(values)
        if rules.is_whole:
            faults["must be a whole number"] = has_fraction(values)
    else:
        values = plain if column.kind == "text" else plain.to_numpy(zero_copy_only=False)
    # After the kind was parsed, since a declared number (such as -999) may mean a missing value.
    if not column.nullable:
        faults["must not be empty: the model was fitted without gaps here"] = missing
    unseen = np.zeros(len(raw), dtype=bool)
    if column.categories is not None and column.kind in {"text", "number"}:
        unseen = ~_is_known(values, column.categories) & ~missing & ~unreadable
        if not column.open:
            faults["must be a category that the model knows"] = unseen
    return _ParsedColumn(values, faults, missing, unseen)


def _is_known(values: NDArray[Any] | pa.Array, categories: tuple[Any, ...]) -> NDArray[np.bool_]:
    if not isinstance(values, pa.Array):
        # Values are parsed as floats; integers beyond 2**53 are compared as the floats that they round to.
        known = [float(category) for category in categories if isinstance(category, int | float | np.number)]
        return np.isin(values, known)
    texts = pa.array([category for category in categories if isinstance(category, str)], values.type)
    return np.asarray(pc.is_in(values, value_set=texts))


@dataclass(frozen=True)
class _ColumnRules:
    """Parsing rules of one column."""

    is_date_part: bool = False
    is_flag: bool = False  # yes and no, and the like, mean 1 and 0
    is_whole: bool = False  # declared to hold whole numbers
    marks: Reading | None = None  # decimal mark and thousands separator, if they are not the usual ones
    missing_numbers: tuple[float, ...] = ()  # numbers that mean a missing value


def _column_rules(column: Column, plan: Plan) -> _ColumnRules:
    reading = plan.reading
    if any(column.name in added for added in reading.new_names().values()):
        return _ColumnRules(is_date_part=True)
    if column.kind != "number":
        return _ColumnRules()
    declared = reading.dtypes.get(column.name)
    return _ColumnRules(
        is_flag=declared == "bool",
        is_whole=declared == "int",
        marks=reading if reading.has_marks else None,
        missing_numbers=reading.missing_numbers,
    )


def _is_no_date(raw: pa.Array) -> NDArray[np.bool_]:
    if not (pa.types.is_binary(raw.type) or pa.types.is_string(raw.type)):
        return np.zeros(len(raw), dtype=bool)
    return np.asarray(pc.ends_with(raw, NO_DATE).fill_null(fill_value=False))


def _normalize(raw: pa.Array, rules: _ColumnRules) -> pa.Array:
    """Rewrite numbers with a decimal point and no thousands separator, and declared flags as 1 and 0."""
    marks = rules.marks if pa.types.is_binary(raw.type) else None  # of text files alone
    if not (rules.is_flag or marks):
        return raw
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    not_text = None
    if pa.types.is_binary(raw.type):
        raw, not_text = cast_cells(raw, pa.string())
    if not pa.types.is_string(raw.type):
        return raw
    if rules.is_flag:
        plain = pc.coalesce(parse_flags(raw).cast(pa.string()), raw)
    else:
        assert marks is not None
        plain, is_number = replace_marks(raw, marks)
        plain = pc.if_else(is_number, plain, pc.binary_join_element_wise(raw, _NO_NUMBER, ""))
    # A cell that is not text is unreadable, not missing.
    return plain if not_text is None else pc.if_else(pa.array(not_text), _NO_NUMBER, plain)


def quarantine_table(bad: Mapping[int, BadRow], source: str) -> pa.Table:
    """Return bad rows in input order as a table of the quarantine file."""
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
