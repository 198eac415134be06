"""The columns of a model for people: what each holds, how it is read, what counts as missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from skdl._note import Note
from skdl.schema._parse import column_rule
from skdl.tables import MISSING_WORDS, NumberFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.schema._schema import Column, ModelSchema
    from skdl.tables import Dates, Reading

__all__ = ["ExplainedColumn", "explain", "explain_columns"]

_N_CATEGORIES = 6


@dataclass(frozen=True)
class ExplainedColumn:
    """How a column of a model is read, as notes that can be translated.

    Attributes
    ----------
    name, type, source : str
        Its name, what it holds, and the column of the file that it is made from.
    parsed : tuple of Note
        How its values are read.
    missing : Note
        What counts as missing.
    words : tuple of str
        Words for a missing value besides the usual ones.
    """

    name: str
    type: str
    parsed: tuple[Note, ...]
    missing: Note
    words: tuple[str, ...]
    source: str


def explain(schema: ModelSchema, reading: Reading) -> tuple[ExplainedColumn, ...]:
    """Describe how each column of a model is read."""
    return tuple(
        ExplainedColumn(
            column.name,
            _type_of(column),
            _parsing(column, reading),
            _missing(column, reading),
            _own_words(column, reading),
            _source(column, reading),
        )
        for column in schema.columns
    )


def explain_columns(schema: ModelSchema, reading: Reading) -> pd.DataFrame:
    """Return a row a column: ``type``, ``parsed``, ``missing``, ``values`` and ``source``.

    Examples
    --------
    >>> from skdl.schema import Column, ModelSchema
    >>> from skdl.tables import Reading
    >>> age = Column("age", "number", "float64", nullable=True, minimum=17.0, maximum=90.0)
    >>> explain_columns(ModelSchema((age,), True, "regression"), Reading(decimal=",")).loc["age"].to_dict()
    {'type': 'number', 'parsed': "decimal mark ','", 'missing': 'empty, NA, NaN, null and the like',
    'values': '17 to 90', 'source': 'age'}
    """
    rows = {
        column.name: {
            "type": one.type,
            "parsed": ", ".join(map(str, one.parsed)),
            "missing": str(one.missing),
            "values": _values(column),
            "source": one.source,
        }
        for column, one in zip(schema.columns, explain(schema, reading), strict=True)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def _type_of(column: Column) -> str:
    if column.kind == "number" and column.dtype.lower().removeprefix("polars.").startswith(("int", "uint")):
        return "whole number"
    if column.dtype == "category":
        return f"{'ordered ' if column.ordered else ''}category ({column.kind})"
    return column.dtype if column.kind == "other" else column.kind


def _parsing(column: Column, reading: Reading) -> tuple[Note, ...]:
    name, rule = reading.date_of(column.name), column_rule(column, reading)
    if name is not None:
        return _parsing_of_dates(column.name.removeprefix(f"{name}_"), _source(column, reading), reading.dates[name])
    if rule.is_flag:
        return (Note("read_flags", "yes, true or 1; no, false or 0"),)
    if column.kind == "number":
        return _parsing_of_numbers(rule.format or NumberFormat(reading.decimal, reading.thousands))
    return (_AS_WRITTEN.get(column.kind, Note("read_as_typed", "as it comes")),)


_AS_WRITTEN = {
    "text": Note("read_text", "as it is written"),
    "boolean": Note("read_booleans", "true or 1; false or 0"),
}


def _parsing_of_dates(part: str, source: str, dates: Dates) -> tuple[Note, ...]:
    """The file has the date, not its parts, so its column is named."""
    if dates.format in {None, "ISO8601"}:
        text = "{part} of {column}, a date such as 2024-03-31"
        date = Note.of("read_part_of_column", text, part=part, column=repr(source))
    else:
        text = "{part} of {column}, a date of the form {format}"
        date = Note.of("read_part_of_column_of_form", text, part=part, column=repr(source), format=dates.format)
    return (date, Note("read_in_utc", "in UTC")) if dates.utc else (date,)


_CLOCKS = {
    "hours": Note("read_hours", "hours and minutes such as 1:30, in minutes"),
    "minutes": Note("read_minutes", "minutes and seconds such as 59:30, in minutes"),
}


def _parsing_of_numbers(form: NumberFormat) -> tuple[Note, ...]:
    if form.clock:
        return (_CLOCKS[form.clock],)
    notes = [Note.of("read_numbers", "decimal mark {mark!r}", mark=form.decimal)]
    if form.thousands:
        notes.append(Note.of("read_thousands", "thousands separator {mark!r}", mark=form.thousands))
    if form.factors:
        notes.append(Note.of("read_factors", "multiplied by {factors}", factors=", ".join(form.factors)))
    if form.unit:
        notes.append(Note.of("read_unit", "with {unit!r}", unit=form.unit))
    return tuple(notes)


def _own_words(column: Column, reading: Reading) -> tuple[str, ...]:
    """Words for a missing value besides the usual ones."""
    reading = reading.for_column(column.name)
    found: Sequence[str] = reading.formats[column.name].missing if column.name in reading.formats else ()
    name = reading.date_of(column.name)
    found = reading.dates[name].missing if name is not None else found
    own = [word for word in dict.fromkeys([*reading.missing_words, *found]) if word not in MISSING_WORDS]
    return tuple(word for word in own if word.removesuffix(".0") == word or word.removesuffix(".0") not in own)


def _missing(column: Column, reading: Reading) -> Note:
    if not column.nullable:
        return Note("missing_refused", "refused")
    if "NA" in reading.for_column(column.name).missing_words:
        usual = Note("missing_usual", "empty, NA, NaN, null and the like")
    else:
        usual = Note("missing_empty", "empty")
    words = _own_words(column, reading)
    if not words:
        return usual
    return Note.of("missing_and_words", "{usual}; {words}", usual=usual, words=", ".join(words))


def _values(column: Column) -> str:
    refusal = "; others are refused" if column.categories and not column.open else ""
    if column.categories is not None:
        shown = (" < " if column.ordered else ", ").join(map(str, column.categories[:_N_CATEGORIES]))
        n_more = len(column.categories) - _N_CATEGORIES
        return shown + (f", ... ({len(column.categories):,})" if n_more > 0 else "") + refusal
    if column.minimum is None or column.maximum is None:
        return ""
    return f"{column.minimum:g} to {column.maximum:g}"


def _source(column: Column, reading: Reading) -> str:
    name = reading.date_of(column.name) or column.name
    return next((old for old, new in reading.rename.items() if new == name), name)
