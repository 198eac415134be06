"""Reading a table of any size piece by piece, every row with its number.

Text is read as text: what a field means is for the model's schema to say, not for a guess that may differ from piece to
piece. A row with another number of fields than the header is not lost: it comes out beside the piece that it stands in.
"""

from __future__ import annotations

import codecs
from collections import Counter, deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from skdl.exceptions import DataError
from skdl.tables._parse import ENCODINGS, MISSING_WORDS, SEPARATORS
from skdl.tables._reading import Reading, named, parts_as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["MalformedRow", "Piece", "Shape", "TableStream", "open_stream", "shown_types"]

_PARQUET = {".parquet", ".pq"}
_COMPRESSED = {".gz", ".bz2"}
_BLOCK_BYTES = 4 * 2**20  # read at a time; a single row may not be longer
_HEADER_ROWS = 1


@dataclass(frozen=True)
class MalformedRow:
    """A line of a text file whose fields do not fit the header."""

    row: int
    text: str
    reason: str


_Batch = tuple[pa.Table, list[MalformedRow]]


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` of a table.

    Attributes
    ----------
    start, stop : int
        Row numbers from 0, malformed rows counted.
    rows : pyarrow.Table
        The well-formed rows; of a text file, every column is binary with nulls for empty fields.
    numbers : array of shape (n_rows,)
        The row number of each.
    malformed : tuple of MalformedRow
        The others.
    """

    start: int
    stop: int
    rows: pa.Table
    numbers: NDArray[np.int64]
    malformed: tuple[MalformedRow, ...]


@dataclass(frozen=True)
class TableStream:
    """An opened table: its columns, its number of rows where the file says so, and its pieces.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    header : tuple of str
        Its columns as it has them.
    types : dict of str to pyarrow.DataType
        The columns and their types; binary for text files. Those that a reading renames go by their new names, and the
        parts of dates follow the others.
    n_rows : int, optional
        Number of rows; None for text files, where it is known at the end only.
    reading : Reading
        How it is written; the separator is None for Parquet.
    """

    path: Path
    header: tuple[str, ...]
    types: dict[str, pa.DataType]
    n_rows: int | None
    reading: Reading

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self.types)

    def pieces(self, n_rows: int, columns: Sequence[str]) -> Iterator[Piece]:
        """Read the named columns, ``n_rows`` rows a piece, in order; the last piece may be shorter, and none is empty.

        Raises
        ------
        DataError
            If the file turns out to be damaged or cut off.
        """
        shape = Shape.of(self.reading, columns, self.header)
        batches = self._parquet(n_rows, shape.read) if self.reading.separator is None else self._text(shape.read)
        empty = pa.schema([(name, self.types[name]) for name in columns]).empty_table()
        try:
            yield from _regroup(((shape.shown(table), found) for table, found in batches), n_rows, empty)
        except (pa.ArrowException, OSError, EOFError, UnicodeError) as error:
            raise DataError(
                f"{self.path}: damaged or cut off ({_reason(error)}). Fetch or write the file again."
            ) from error

    def _parquet(self, n_rows: int, columns: Sequence[str]) -> Iterator[_Batch]:
        # Reading ahead would keep whole row groups in memory, so that the peak would grow with the file.
        with pa_parquet.ParquetFile(self.path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=n_rows, columns=list(columns)):
                yield pa.Table.from_batches([batch]).select(list(columns)), []

    def _text(self, columns: Sequence[str]) -> Iterator[_Batch]:
        malformed: list[MalformedRow] = []

        def keep(row: Any) -> str:
            reason = f"must have {row.expected_columns} fields; got {row.actual_columns}"
            # Arrow counts from 1 and counts the header.
            malformed.append(MalformedRow(row.number - 1 - _HEADER_ROWS, row.text, reason))
            return "skip"

        with _open_text(self.path, self.reading, keep, columns) as reader:
            for batch in reader:
                found, malformed[:] = list(malformed), []
                yield pa.Table.from_batches([batch]).select(list(columns)), found
            if malformed:
                yield pa.schema([(name, pa.binary()) for name in columns]).empty_table(), malformed


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
                    made[name] = parts_as_text(found.to_pandas(integer_object_nulls=True), self.reading.dates[name])
                found = pa.array(made[name][part], type=pa.string()).cast(_type_of_parts(found.type))
            columns[column] = found
        return pa.table(columns)


def _type_of_parts(of_dates: pa.DataType) -> pa.DataType:
    """Parts are text, and the bytes of text in a text file."""
    return pa.binary() if pa.types.is_binary(of_dates) else pa.string()


def open_stream(path: str | Path, reading: Reading | None = None) -> TableStream:
    r"""Open a CSV or Parquet file to read it piece by piece.

    Parameters
    ----------
    path : str or path
        A ``.csv`` or ``.tsv`` in UTF-8 or cp949, also compressed (``.gz``, ``.bz2``), or a ``.parquet``.
    reading : Reading, optional
        How it is written, and what its columns are called. Marks of numbers and declared types are not looked at here.

    Returns
    -------
    TableStream
        ``.pieces(n_rows, columns)`` reads it.

    Raises
    ------
    DataError
        If there is no such file, or it has no header, or a name twice, or is damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ages.csv")
    ...     _ = path.write_text("name,age\nAda,36\nBob\nEve,\n")
    ...     stream = open_stream(path)
    ...     pieces = list(stream.pieces(2, ["age"]))
    >>> stream.names
    ('name', 'age')
    >>> [piece.rows["age"].to_pylist() for piece in pieces], [piece.numbers.tolist() for piece in pieces]
    ([[b'36'], [None]], [[0], [2]])
    >>> pieces[0].malformed
    (MalformedRow(row=1, text='Bob', reason='must have 2 fields; got 1'),)
    """
    path, reading = Path(path), reading or Reading()
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "no such file"
        raise DataError(f"{path}: {kind}. Name a .csv, .tsv or .parquet file.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in _COMPRESSED else "".join(suffixes[-1:])
    separator = None if suffix in _PARQUET else reading.separator or SEPARATORS.get(suffix)
    reading = replace(reading, separator=separator)
    try:
        if suffix in _PARQUET:
            with pa_parquet.ParquetFile(path, pre_buffer=False) as file:
                schema, n_rows = file.schema_arrow, file.metadata.num_rows
        elif separator is not None:
            reading = replace(reading, encoding=reading.encoding or _encoding_of(path))
            with _open_text(path, reading, lambda _: "skip", None) as reader:
                schema, n_rows = pa.schema([(name, pa.binary()) for name in reader.schema.names]), None
        else:
            raise DataError(
                f"{path}: a table must end in .csv, .tsv (or these with .gz, .bz2) or .parquet; got {suffix!r}."
            )
    except (pa.ArrowException, OSError, EOFError, LookupError, UnicodeError) as error:
        raise DataError(
            f"{path}: not a table as its ending says ({_reason(error)}). Check how it was written."
        ) from error
    return TableStream(path, tuple(schema.names), shown_types(str(path), schema, reading), n_rows, reading)


def _encoding_of(path: Path) -> str:
    """Tell UTF-8 from cp949 by the first block of a file; what is neither is read as UTF-8, and its rows are judged."""
    with pa.input_stream(str(path), compression="detect") as content:
        beginning = content.read(_BLOCK_BYTES)
    for encoding in ENCODINGS:
        try:
            codecs.getincrementaldecoder(encoding)().decode(beginning)  # a letter cut in two at the end is no fault
        except UnicodeDecodeError:
            continue
        return encoding
    return ENCODINGS[0]


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


def _open_text(path: Path, reading: Reading, keep: Any, columns: Sequence[str] | None) -> Any:
    """Open Arrow's streaming reader; on one thread, for only then does it number malformed rows."""
    return pa_csv.open_csv(
        pa.input_stream(str(path), compression="detect"),
        read_options=pa_csv.ReadOptions(
            block_size=_BLOCK_BYTES, use_threads=False, encoding=_for_arrow(reading.encoding)
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=reading.separator, invalid_row_handler=keep, newlines_in_values=True
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=columns,
            column_types=None if columns is None else dict.fromkeys(columns, pa.binary()),
            strings_can_be_null=True,
            null_values=[*MISSING_WORDS, *reading.na_values],
        ),
    )


def _for_arrow(encoding: str | None) -> str:
    """Name an encoding for Arrow, which reads UTF-8 as bytes, mark or not, and lets Python read any other."""
    plain = encoding is None or codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
    return "utf8" if plain else str(encoding)


def _regroup(batches: Iterator[_Batch], n_rows: int, empty: pa.Table) -> Iterator[Piece]:
    """Cut rows at multiples of ``n_rows``, wherever the batches end."""
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]] = deque()
    malformed: deque[MalformedRow] = deque()
    start, seen = 0, 0
    for table, found in batches:
        malformed.extend(found)
        numbers = _numbers(seen, table.num_rows, malformed)
        waiting.append((table, numbers))
        seen = int(numbers[-1]) + 1 if len(numbers) else seen
        while seen - start >= n_rows:
            yield _take(waiting, malformed, start, start + n_rows, empty)
            start += n_rows
    stop = max([seen, *(row.row + 1 for row in malformed)])
    while stop > start:
        yield _take(waiting, malformed, start, min(start + n_rows, stop), empty)
        start += n_rows


def _numbers(first: int, n_rows: int, malformed: deque[MalformedRow]) -> NDArray[np.int64]:
    """Give well-formed rows their numbers from ``first`` on, leaving out those of malformed rows.

    Malformed rows of blocks read ahead may already be known.
    """
    numbers = np.arange(first, first + n_rows + len(malformed))
    return np.setdiff1d(numbers, [row.row for row in malformed], assume_unique=True)[:n_rows] if malformed else numbers


def _take(
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]],
    malformed: deque[MalformedRow],
    start: int,
    stop: int,
    empty: pa.Table,
) -> Piece:
    tables, numbers = [empty], [np.arange(0)]
    while waiting:
        table, known = waiting.popleft()
        n_inside = int(np.searchsorted(known, stop))
        tables.append(table.slice(0, n_inside))
        numbers.append(known[:n_inside])
        if n_inside < len(known):
            waiting.appendleft((table.slice(n_inside), known[n_inside:]))
            break
    odd = []
    while malformed and malformed[0].row < stop:
        odd.append(malformed.popleft())
    return Piece(start, stop, pa.concat_tables(tables), np.concatenate(numbers), tuple(odd))


def _reason(error: BaseException) -> str:
    return str(error).split("\n", maxsplit=1)[0]
