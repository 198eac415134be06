"""Column mapping: from the columns of a file to those that are asked for, under new names and with parts of dates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from skdl.exceptions import DataError
from skdl.tables._dates import format_date_parts
from skdl.tables._parsing import without_missing_words
from skdl.tables._reading import Reading, fill_names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ColumnMap", "column_types"]


@dataclass(frozen=True)
class ColumnMap:
    """How the columns that are asked for are made from those of a file.

    Attributes
    ----------
    columns : tuple of str
        The columns asked for.
    origin : dict of str to str
        New name of every column, and its name in the file.
    part : dict of str to tuple of str
        Column made of a date: the column of dates (new name) and which part of it.
    reading : Reading
        How the table is read.
    """

    columns: tuple[str, ...]
    origin: dict[str, str]
    part: dict[str, tuple[str, str]]
    reading: Reading

    @classmethod
    def of(cls, reading: Reading, columns: Sequence[str], header: Sequence[str]) -> ColumnMap:
        """Find where each column comes from; a part of a date that the file has as a column is taken from there."""
        names = zip(fill_names(header), header, strict=True)
        origin = {reading.rename.get(name, name): raw for name, raw in names}
        part = {
            column: (name, part)
            for name, added in reading.new_names().items()
            for column, part in zip(added, reading.dates[name].parts, strict=True)
            if column not in origin
        }
        return cls(tuple(columns), origin, part, reading)

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the file that have to be read."""
        sources = (self.part[column][0] if column in self.part else column for column in self.columns)
        return tuple(dict.fromkeys(self.origin[name] for name in sources))

    def apply(self, table: pa.Table) -> pa.Table:
        """Make the columns that are asked for from those of the file."""
        parsed: dict[str, dict[str, list[str | None]]] = {}
        columns = {}
        for column in self.columns:
            name, part = self.part.get(column, (column, ""))
            values = table[self.origin[name]]
            if part:
                if name not in parsed:  # each date is parsed once, however many parts are asked for
                    # integer_object_nulls: a column of integers with nulls would become floats, which lose digits
                    # beyond 2**53.
                    dates = without_missing_words(values, self.reading)
                    parsed[name] = format_date_parts(
                        dates.to_pandas(integer_object_nulls=True), self.reading.dates[name]
                    )
                # Of the same type as the dates: bytes in a text file, so that a part is cast by the rules for all other
                # fields.
                values = pa.array(parsed[name][part], type=pa.string()).cast(_type_of_parts(values.type))
            columns[column] = values
        return pa.table(columns)


def column_types(where: str, schema: pa.Schema, reading: Reading) -> dict[str, pa.DataType]:
    """Return the columns that a table offers, under their new names and with the parts of dates, and their types.

    Raises
    ------
    DataError
        If two columns have the same name.
    """
    names = [reading.rename.get(name, name) for name in fill_names(schema.names)]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise DataError(f"{where}: column names must be distinct; {repeated[0]!r} stands twice. Rename one.")
    types = dict(zip(names, (field.type for field in schema), strict=True))
    for name, added in reading.new_names().items():
        if name in types:
            types |= {column: types.get(column, _type_of_parts(types[name])) for column in added}
    return types


def _type_of_parts(date_type: pa.DataType) -> pa.DataType:
    """Return the type of parts of dates: text, or the bytes of text in a text file."""
    return pa.binary() if pa.types.is_binary(date_type) else pa.string()
