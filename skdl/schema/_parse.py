"""Parsing of a column: the cells of a table as the values that the model was fitted on, and the faults of each cell.

`column_rule` decides how a column is parsed, by the model's schema and the `Reading` of the training table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.schema._typed import fields_as_read, in_minutes, is_duration, numbers_as_read, plain_type, typed_cells
from skdl.tables import (
    IN_UTC,
    NO_DATE,
    NO_TIME,
    cast_cells,
    has_fraction,
    is_raw_text,
    is_utf8,
    parse_flags,
    plain_numbers,
    replace_marks,
    without_missing_words,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.schema._schema import Column
    from skdl.tables import NumberFormat, Reading

__all__ = ["ParsedColumn", "arrow_type", "parse_column", "text_fault"]

# Appended to text that only looks like a number with other marks, so that no cast reads it.
_NO_NUMBER = " is no number"
MUST_BE_LOCAL = "must be a local time, as in training"
MUST_HAVE_TIME = "must have a time of day, as in training"
TWO_NUMBERS = "must be written in one way: it is another number with the marks of the training table"


@dataclass(frozen=True)
class ParsedColumn:
    """Values, faults by reason, which values are missing, and which the column's encoder never saw.

    Text stays in Arrow: converting it to Python objects and back would cost as much as the model.
    """

    values: NDArray[Any] | pa.Array
    faults: dict[str, NDArray[np.bool_]]
    missing: NDArray[np.bool_]
    unseen: NDArray[np.bool_]


def parse_column(column: Column, cells: pa.Array, reading: Reading) -> ParsedColumn:
    """Parse the cells of a table as the values of a model's column.

    >>> from skdl.schema import Column
    >>> from skdl.tables import Reading
    >>> parsed = parse_column(Column("age", "number", "float64"), pa.array(["36", "soon"]), Reading())
    >>> parsed.values, parsed.faults["must be a number"]
    (array([36., nan]), array([False,  True]))
    """
    reading = reading.for_column(column.name)
    cells = plain_type(cells)
    cells = in_minutes(cells) if is_duration(cells.type) else cells
    faults: dict[str, NDArray[np.bool_]] = {}
    if may_have_marks(column, cells.type, reading):
        return _marked_or_plain(*parse_both_ways(column, cells, reading))
    if not is_raw_text(cells.type, reading):
        cells, reading, faults = typed_cells(column, cells, reading)
    raw = without_missing_words(cells, reading)
    rule = column_rule(column, reading)
    parsed = _parse(column, _normalize(raw, rule), rule, text_fault(reading))
    if rule.is_date_part:
        faults = date_faults(raw) | faults
    # Those of the cells come first, since a cell that cannot be read is not missing.
    return replace(parsed, faults={**faults, **parsed.faults, **faults})


def may_have_marks(column: Column, found: pa.DataType, reading: Reading) -> bool:
    """Whether text of a type is of numbers that may have the declared marks of the training table, or be plain."""
    is_text = pa.types.is_string(found) or (pa.types.is_binary(found) and not is_raw_text(found, reading))
    has_marks = reading.has_marks and column.name not in reading.formats and reading.date_of(column.name) is None
    return is_text and has_marks and column.kind == "number"


def parse_both_ways(column: Column, cells: pa.Array, reading: Reading) -> tuple[ParsedColumn, ParsedColumn]:
    """Parse text of numbers with the marks of the training table, and plain, as a program writes numbers."""
    texts, as_fields = cells.cast(pa.binary()), fields_as_read(reading)
    return parse_column(column, texts, as_fields), parse_column(column, texts, numbers_as_read(as_fields))


def _marked_or_plain(marked: ParsedColumn, plain: ParsedColumn) -> ParsedColumn:
    """Take each cell as the number that it is with marks, else as the plain one; those that are two numbers are faults.

    Cell by cell, so that the result does not depend on the other rows of a chunk.
    """
    is_plain = marked.faults["must be a number"]
    is_both = ~is_plain & ~plain.faults["must be a number"]
    two = is_both & ~np.isclose(marked.values, plain.values, rtol=0.0, atol=0.0, equal_nan=True)
    faults = {reason: np.where(is_plain, plain.faults[reason], mask) for reason, mask in marked.faults.items()}
    return ParsedColumn(
        np.where(is_plain, plain.values, marked.values),
        {TWO_NUMBERS: two, **faults},
        np.where(is_plain, plain.missing, marked.missing),
        np.where(is_plain, plain.unseen, marked.unseen),
    )


def date_faults(texts: Any) -> dict[str, NDArray[np.bool_]]:
    """Return the faults of the dates whose parts are these texts: masks by reason."""
    ends = {"must be a date": NO_DATE, MUST_BE_LOCAL: IN_UTC, MUST_HAVE_TIME: NO_TIME}
    return {reason: ends_with(texts, end) for reason, end in ends.items()}


def arrow_type(column: Column) -> pa.DataType | None:
    """Type that a column's values are read as; None takes them as they come."""
    return {"number": pa.float64(), "boolean": pa.bool_(), "text": pa.string()}.get(column.kind)


def text_fault(reading: Reading) -> str:
    """Reason why a cell is refused whose bytes are not text in the encoding of the table."""
    encoding = reading.encoding
    return f"must be text in {'UTF-8' if encoding is None or is_utf8(encoding) else encoding}"


@dataclass(frozen=True)
class ColumnRule:
    """Parsing rule of one column."""

    is_date_part: bool = False
    is_flag: bool = False  # yes and no, and the like, mean 1 and 0
    is_whole: bool = False  # declared to hold whole numbers
    marks: Reading | None = None  # decimal mark and thousands separator, if they are not the usual ones
    format: NumberFormat | None = None  # how its numbers are written, if they are not plain
    missing_numbers: tuple[float, ...] = ()  # numbers that mean a missing value


def column_rule(column: Column, reading: Reading) -> ColumnRule:
    """Return how the cells of a column are parsed."""
    if reading.date_of(column.name) is not None:
        return ColumnRule(is_date_part=True)
    if column.kind != "number":
        return ColumnRule()
    declared = reading.dtypes.get(column.name)
    return ColumnRule(
        is_flag=declared == "bool",
        is_whole=declared == "int",
        marks=reading if reading.has_marks else None,
        format=reading.formats.get(column.name),
        missing_numbers=reading.for_column(column.name).missing_numbers,
    )


def _parse(column: Column, raw: pa.Array, rule: ColumnRule, no_text: str) -> ParsedColumn:
    wanted = arrow_type(column)
    if wanted is None:
        plain, unreadable = (
            cast_cells(raw, pa.string()) if pa.types.is_binary(raw.type) else (raw, np.zeros(len(raw), bool))
        )
    else:
        plain, unreadable = cast_cells(raw, wanted, flags=column.is_flag)
    if column.kind == "number":
        return parse_numbers(column, plain.fill_null(np.nan).to_numpy(zero_copy_only=False), rule, unreadable)
    faults = {no_text if column.kind == "text" else f"must be a {column.kind}": unreadable}
    # A NaN counts as missing, as a null does. A cell that cannot be read is null after the cast, but not missing.
    missing = np.asarray(plain.is_null(nan_is_null=True)) & ~unreadable
    values = plain if column.kind == "text" else plain.to_numpy(zero_copy_only=False)
    return _check_values(column, values, faults, missing, unreadable)


def parse_numbers(
    column: Column, values: NDArray[Any], rule: ColumnRule, unreadable: NDArray[np.bool_] | None = None
) -> ParsedColumn:
    """Check numbers as the values of a model's column; ``unreadable`` marks the cells that were none, which are NaN."""
    unreadable = np.zeros(len(values), dtype=bool) if unreadable is None else unreadable
    faults = {"must be a number": unreadable}
    if rule.missing_numbers:
        values = np.where(np.isin(values, rule.missing_numbers), np.nan, values)
    if not column.infinite:
        faults["must be finite"] = np.isinf(values)
    if rule.is_whole:
        faults["must be a whole number"] = has_fraction(values)
    return _check_values(column, values, faults, np.isnan(values) & ~unreadable, unreadable)


def _check_values(
    column: Column,
    values: NDArray[Any] | pa.Array,
    faults: dict[str, NDArray[np.bool_]],
    missing: NDArray[np.bool_],
    unreadable: NDArray[np.bool_],
) -> ParsedColumn:
    """Add the faults that depend on the model: gaps and categories that it does not know."""
    # After the kind was parsed, since a declared number (such as -999) may mean a missing value.
    if not column.nullable:
        faults["must not be empty: the model was fitted without gaps here"] = missing
    unseen = np.zeros(len(missing), dtype=bool)
    if column.categories is not None and column.kind in {"text", "number"}:
        unseen = ~_is_known(values, column.categories) & ~missing & ~unreadable
        if not column.open:
            faults["must be a category that the model knows"] = unseen
    return ParsedColumn(values, faults, missing, unseen)


def _is_known(values: NDArray[Any] | pa.Array, categories: tuple[Any, ...]) -> NDArray[np.bool_]:
    if not isinstance(values, pa.Array):
        # Values are parsed as floats; integers beyond 2**53 are compared as the floats that they round to.
        known = [float(category) for category in categories if isinstance(category, int | float | np.number)]
        return np.isin(values, known)
    texts = pa.array([category for category in categories if isinstance(category, str)], values.type)
    return np.asarray(pc.is_in(values, value_set=texts))


def ends_with(raw: pa.Array, ending: str) -> NDArray[np.bool_]:
    """Return a mask of the texts with an ending, such as those that are no dates among parts of dates."""
    if not (pa.types.is_binary(raw.type) or pa.types.is_string(raw.type)):
        return np.zeros(len(raw), dtype=bool)
    return np.asarray(pc.ends_with(raw, ending).fill_null(fill_value=False))


def _normalize(raw: pa.Array, rule: ColumnRule) -> pa.Array:
    """Rewrite numbers with a decimal point and no thousands separator, and declared flags as 1 and 0."""
    marks = rule.marks if pa.types.is_binary(raw.type) else None  # of text files alone
    if not (rule.is_flag or marks or rule.format):
        return raw
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    not_text = None
    if pa.types.is_binary(raw.type):
        raw, not_text = cast_cells(raw, pa.string())
    if not pa.types.is_string(raw.type):
        return raw
    if rule.is_flag:
        plain = pc.coalesce(parse_flags(raw).cast(pa.string()), raw)
    else:
        plain, is_number = (
            plain_numbers(raw, rule.format) if rule.format else replace_marks(raw, cast("Reading", marks))
        )
        plain = pc.if_else(is_number, plain, pc.binary_join_element_wise(raw, _NO_NUMBER, ""))
    # A cell that is not text is unreadable, not missing.
    return plain if not_text is None else pc.if_else(pa.array(not_text), _NO_NUMBER, plain)
