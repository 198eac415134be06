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

from skdl.schema import parse_column, text_fault
from skdl.scoring._counts import ColumnDrift
from skdl.scoring._plan import QUARANTINE, Plan
from skdl.tables import NO_DATE, cast_cells, is_raw_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from skdl.schema import Column, ParsedColumn
    from skdl.tables import Piece

__all__ = ["BadRow", "ValidatedRows", "quarantine_table", "validate_rows"]

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
        parsed = parse_column(column, piece.rows[column.name].combine_chunks(), plan.reading)
        values[column.name], unknown[column.name] = parsed.values, parsed.unseen
        drift[column.name] = _measure_drift(column, parsed)
        # A row is recorded with its first fault only: later columns see it as bad already.
        is_good &= ~_record_faults(bad, piece, column.name, parsed.faults, is_good)
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
    return {text_fault(plan.reading): cast_cells(kept.combine_chunks(), pa.string())[1]}


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


def _measure_drift(column: Column, parsed: ParsedColumn) -> ColumnDrift:
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
