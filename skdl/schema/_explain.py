"""The columns of a model as a table for people: what each holds, how it is read, what counts as missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from skdl.schema._parse import column_rule
from skdl.tables import MISSING_WORDS

if TYPE_CHECKING:
    from skdl.schema._schema import Column, ModelSchema
    from skdl.tables import Reading

__all__ = ["explain_columns"]

_N_CATEGORIES = 6


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
            "type": _type_of(column),
            "parsed": _parsing(column, reading),
            "missing": _missing(column, reading),
            "values": _values(column),
            "source": _source(column, reading),
        }
        for column in schema.columns
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def _type_of(column: Column) -> str:
    if column.kind == "number" and column.dtype.lower().startswith(("int", "uint")):
        return "whole number"
    if column.dtype == "category":
        return f"category ({column.kind})"
    return column.dtype if column.kind == "other" else column.kind


def _parsing(column: Column, reading: Reading) -> str:
    rule = column_rule(column, reading)
    if rule.is_date_part:
        name = next(name for name, added in reading.new_names().items() if column.name in added)
        form = reading.dates[name].format
        shown = f"a date of the form {form}" if form else "a date such as 2024-03-31"
        return f"{column.name.removeprefix(f'{name}_')} of {shown}"
    if rule.is_flag:
        return "yes, true or 1; no, false or 0"
    if column.kind == "number":
        marks = rule.format or reading
        thousands = f", thousands separator {marks.thousands!r}" if marks.thousands else ""
        unit = f", with {rule.format.unit!r}" if rule.format and rule.format.unit else ""
        return f"decimal mark {marks.decimal!r}{thousands}{unit}"
    return {"text": "as it is written", "boolean": "true or 1; false or 0"}.get(column.kind, "as it comes")


def _missing(column: Column, reading: Reading) -> str:
    if not column.nullable:
        return "refused"
    reading = reading.for_column(column.name)
    found = reading.formats[column.name].missing if column.name in reading.formats else ()
    own = [word for word in dict.fromkeys([*reading.missing_words, *found]) if word not in MISSING_WORDS]
    own = [word for word in own if word.removesuffix(".0") == word or word.removesuffix(".0") not in own]
    usual = "empty, NA, NaN, null and the like" if "NA" in reading.missing_words else "empty"
    return "; ".join([usual, *([", ".join(own)] if own else [])])


def _values(column: Column) -> str:
    refusal = "; others are refused" if column.categories and not column.open else ""
    if column.categories is not None:
        shown = ", ".join(map(str, column.categories[:_N_CATEGORIES]))
        n_more = len(column.categories) - _N_CATEGORIES
        return shown + (f", ... ({len(column.categories):,})" if n_more > 0 else "") + refusal
    if column.minimum is None or column.maximum is None:
        return ""
    return f"{column.minimum:g} to {column.maximum:g}"


def _source(column: Column, reading: Reading) -> str:
    name = next((name for name, added in reading.new_names().items() if column.name in added), column.name)
    return next((old for old, new in reading.rename.items() if new == name), name)
