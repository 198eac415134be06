"""From the columns of a file to those that are asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from skdl.exceptions import DataError
from skdl.tables._parse import MISSING_WORDS
from skdl.tables._reading import Reading, named, parts_as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Shape", "is_raw_text", "shown_types", "without_missing_words"]


@dataclass(frozen=True)
class Shape:
    """From the columns of a file to those that are asked for: other names, and parts of dates."""

    columns: tuple[str, ...]
    origin: dict[str, str]
    part: dict[str, tuple[str, str]]
    reading: Reading

    @classmethod
    def of(cls, reading: Reading, columns: Sequence[str], header: Sequence[str]) -> Shape:
        """Find where each column comes from; a part that the table has as a column already is taken from there."""
        origin = {reading.rename.get(name, name): raw for name, raw in zip(named(header), header, strict=True)}
        part = {
            column: (name, part)
            for name, added in reading.new_names().items()
            for column, part in zip(added, reading.dates[name].parts, strict=True)
            if column not in origin
        }
        return cls(tuple(columns), origin, part, reading)

    @property
    def read(self) -> tuple[str, ...]:
        """The columns of the file that it takes."""
        sources = (self.part[column][0] if column in self.part else column for column in self.columns)
        return tuple(dict.fromkeys(self.origin[name] for name in sources))

    def shown(self, table: pa.Table) -> pa.Table:
        """Give the columns that are asked for."""
        made: dict[str, dict[str, list[str | None]]] = {}
        columns = {}
        for column in self.columns:
            name, part = self.part.get(column, (column, ""))
            found = table[self.origin[name]]
            if part:
                if name not in made:  # each date is parsed once
                    dates = without_missing_words(found, self.reading)
                    made[name] = parts_as_text(dates.to_pandas(integer_object_nulls=True), self.reading.dates[name])
                found = pa.array(made[name][part], type=pa.string()).cast(_type_of_parts(found.type))
            columns[column] = found
        return pa.table(columns)


def is_raw_text(of_column: pa.DataType, reading: Reading) -> bool:
    """Tell whether values are the fields of a text file as they are written."""
    return reading.separator is not None and pa.types.is_binary(of_column)


def without_missing_words(values: pa.ChunkedArray | pa.Array, reading: Reading) -> pa.ChunkedArray | pa.Array:
    """Give fields of a text file with nulls in place of the words for a missing value; all else as it comes."""
    if not is_raw_text(values.type, reading):
        return values
    words = pa.array([word.encode() for word in (*MISSING_WORDS, *reading.na_values)], values.type)
    missing = pc.is_in(values, value_set=words)
    return pc.if_else(missing, None, values) if pc.any(missing).as_py() else values


def shown_types(where: str, schema: pa.Schema, reading: Reading) -> dict[str, pa.DataType]:
    """Give the columns of a schema as they are shown, with their types."""
    names = [reading.rename.get(name, name) for name in named(schema.names)]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f"{where}: each column must have a name of its own; {twice[0]!r} stands twice. Rename one.")
    types = dict(zip(names, (field.type for field in schema), strict=True))
    for name, added in reading.new_names().items():
        if name in types:
            types |= {column: types.get(column, _type_of_parts(types[name])) for column in added}
    return types


def _type_of_parts(of_dates: pa.DataType) -> pa.DataType:
    """Parts are text, and the bytes of text in a text file."""
    return pa.binary() if pa.types.is_binary(of_dates) else pa.string()
