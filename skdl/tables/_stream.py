"""Streaming reader: a table of any size as pieces of a fixed number of rows, every row with its number.

Memory does not grow with the file: text comes in blocks (`_text`), Parquet in small batches. Malformed rows alone are
kept until the next well-formed one. Pieces end at multiples of their number of rows, wherever blocks and batches end,
so the same file gives the same pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from skdl._note import Note
from skdl.exceptions import DataError, TryAgainError
from skdl.files import sha256_of
from skdl.tables._dates import check_moments, format_date_parts
from skdl.tables._encodings import choose_encoding
from skdl.tables._parsing import without_missing_words
from skdl.tables._reading import SEPARATORS, Reading, check_distinct, fill_names
from skdl.tables._source import LocalFile, Source, decompress, first_line, split_ending
from skdl.tables._spans import footer_digest
from skdl.tables._text import (
    BELOW_LAST_ROW,
    BLOCK_BYTES,
    MalformedRow,
    find_header,
    mark_footer,
    number_rows,
    read_names,
    read_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.tables._spans import Span

_PARQUET = {".parquet", ".pq"}
_BUFFER_BYTES = 2**18  # per Parquet column; unbuffered, the whole column of a row group would be read at once
_HEAD_BYTES = 4 * 2**20  # by which the encoding is chosen

Batch = tuple[pa.Table, list[MalformedRow], float | None]
"""Rows, malformed rows, and the share of the file read so far."""


class ColumnMap:
    """How the columns that are asked for are made from those of a file: under new names, and as parts of dates.

    A part of a date that the file has as a column is taken from there. ``sources`` are the columns of the file that
    have to be read.
    """

    def __init__(self, reading: Reading, columns: Sequence[str], header: Sequence[str]) -> None:
        self._reading, self._columns = reading, tuple(columns)
        self._origin = {reading.rename.get(name, name): name for name in header}
        # Column made of a date: the column of dates (new name) and which part of it.
        self._part = {
            column: (name, part)
            for name, added in reading.new_names().items()
            for column, part in zip(added, reading.dates[name].parts, strict=True)
            if column not in self._origin
        }
        origins = (self._part.get(column, (column, ""))[0] for column in columns)
        self.sources = tuple(dict.fromkeys(self._origin[name] for name in origins))

    def apply(self, table: pa.Table) -> pa.Table:
        """Make the columns that are asked for from those of the file."""
        parsed: dict[str, dict[str, list[str | None]]] = {}
        columns = {}
        for column in self._columns:
            name, part = self._part.get(column, (column, ""))
            values = table[self._origin[name]]
            if part:
                if name not in parsed:  # each date is parsed once, however many parts are asked for
                    # integer_object_nulls: a column of integers with nulls would become floats, which lose digits
                    # beyond 2**53.
                    plain = without_missing_words(*_as_fields(values, self._reading.for_column(name)))
                    dates = plain.to_pandas(integer_object_nulls=True)
                    parsed[name] = format_date_parts(dates, self._reading.dates[name])
                # Of the same type as the dates: bytes in a text file, so that a part is cast by the rules for all other
                # fields.
                values = pa.array(parsed[name][part], type=pa.string()).cast(_type_of_parts(values.type))
            columns[column] = values
        return pa.table(columns)


def _as_fields(values: pa.ChunkedArray, reading: Reading) -> tuple[pa.ChunkedArray, Reading]:
    """Return text of any type as the fields of a text file, in which some words are missing values; others as they are.

    Training reads the text of Parquet tables so, and a loaded model that of data frames.
    """
    found = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not (pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)):
        return values, reading
    return values.cast(found).cast(pa.string()).cast(pa.binary()), replace(reading, separator=",")


def column_types(where: str, schema: pa.Schema, reading: Reading) -> dict[str, pa.DataType]:
    """Return the columns that a table offers, under their new names and with the parts of dates, and their types."""
    names = [reading.rename.get(name, name) for name in schema.names]
    check_distinct(where, names)
    types = dict(zip(names, schema.types, strict=True))
    for name, added in reading.new_names().items():
        if name in types:
            check_moments(where, name, types[name], reading.dates[name])
            types |= {column: types.get(column, _type_of_parts(types[name])) for column in added}
    return types


def _type_of_parts(date_type: pa.DataType) -> pa.DataType:
    """Return the type of parts of dates: text, or the bytes of text in a text file."""
    return pa.binary() if pa.types.is_binary(date_type) else pa.string()


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` of a table, counted from 0 with the malformed ones."""

    start: int
    stop: int
    rows: pa.Table  # the well-formed rows; columns of a text file are binary, with nulls for empty fields
    numbers: NDArray[np.int64]  # (n_rows,), of the well-formed rows
    malformed: tuple[MalformedRow, ...]
    share: float | None = None  # of the file read so far, for progress

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as an Arrow stream: a pickled slice of a table would contain all of the blocks it was cut from."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema) as writer:
            writer.write_table(self.rows)
        return _rebuild, (self.start, self.stop, sink.getvalue(), self.numbers, self.malformed, self.share)

    def shift(self, n_rows: int) -> Piece:
        """Return the same rows with row numbers raised by ``n_rows``."""
        malformed = tuple(replace(row, row=row.row + n_rows) for row in self.malformed)
        numbers = self.numbers + n_rows
        return replace(self, start=self.start + n_rows, stop=self.stop + n_rows, numbers=numbers, malformed=malformed)


@dataclass(frozen=True)
class TableStream:
    """An opened table: its columns, its number of rows if the file states it, and its pieces.

    ``types`` has the columns on offer and their types, binary for text files: under their new names, followed by the
    parts of dates.
    """

    source: Source
    header: tuple[str, ...]  # columns as the file names them; columns of text without a name are numbered
    types: dict[str, pa.DataType]
    n_rows: int | None  # None for text files, except for one with a header only
    reading: Reading  # separator and encoding are known; the separator is None for Parquet
    start: int = 0  # of the rows in a text file, in bytes of its text in UTF-8
    surplus: int = 0  # separators at the end of the rows of a text file, which have as many empty fields more
    has_preamble: bool = False  # whether other lines than blanks stand above the column names
    end: int | None = None  # number of rows above the lines below the last row; None where it is not known beforehand

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self.types)

    def pieces(self, n_rows: int, columns: Sequence[str]) -> Iterator[Piece]:
        """Read columns, ``n_rows`` rows a piece, in order; the last piece may be shorter, and none is empty."""
        if self.n_rows == 0:
            return
        column_map = ColumnMap(self.reading, columns, self.header)
        is_text = self.reading.separator is not None
        batches = self._text(column_map.sources) if is_text else self._parquet(column_map.sources, n_rows)
        yield from self._regroup(batches, n_rows, column_map, columns)

    def piece(self, span: Span, columns: Sequence[str]) -> Piece:
        """Read the rows of one span; raise TryAgainError if they have changed since the file was split."""
        column_map = ColumnMap(self.reading, columns, self.header)
        sources, n_rows = column_map.sources, span.stop - span.start
        batches = self._parquet(sources, n_rows, span) if span.n_bytes is None else self._text_span(sources, span)
        pieces = list(self._regroup(batches, n_rows, column_map, columns, is_span=True))
        if [(piece.start, piece.stop) for piece in pieces] != [(0, n_rows)]:
            raise self._changed_rows(span)
        piece = pieces[0].shift(span.start)
        if self.end is None or self.end >= span.stop:
            return piece
        malformed = (replace(row, reason=BELOW_LAST_ROW) if row.row >= self.end else row for row in piece.malformed)
        return replace(piece, malformed=tuple(malformed))

    def with_end(self, spans: Sequence[Span]) -> TableStream:
        """Return the stream for workers that read single spans, with what only the last of them show."""
        malformed: list[MalformedRow] = []
        for span in reversed(spans):
            piece = self.piece(span, self.names[:1])
            malformed = [*piece.malformed, *malformed]
            if len(piece.numbers):
                break
        n_rows = spans[-1].stop if spans else 0
        marked = mark_footer(malformed, n_rows, len(self.header))
        return replace(self, end=n_rows - sum(row.reason == BELOW_LAST_ROW for row in marked))

    def _changed_rows(self, span: Span) -> TryAgainError:
        text = (
            "{where}: rows {start:,} to {stop:,} must not change while the file is scored; got other rows. Run again "
            "when the file no longer changes and is the same on every machine."
        )
        return TryAgainError.of("rows_changed", text, where=self.source.name, start=span.start, stop=span.stop)

    def _parquet(self, columns: Sequence[str], n_rows: int, span: Span | None = None) -> Iterator[Batch]:
        """Read all row groups, or those that hold a span, without the rows outside of it."""
        with self.source.open() as content, _open_parquet(content) as file:
            if span is not None and footer_digest(content) != span.sha256:
                raise self._changed_rows(span)
            n_all, n_groups = file.metadata.num_rows, file.metadata.num_row_groups
            start, stop = (0, n_all) if span is None else (span.start, span.stop)
            # Rows up to the end of each row group, (n_groups,). The first group that ends after row `start`, and the
            # first that reaches `stop`, are the ends of what is read.
            ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(n_groups)])
            first, last = np.searchsorted(ends, start, "right"), np.searchsorted(ends, stop, "left")
            groups = list(range(int(first), min(int(last) + 1, n_groups)))
            before = int(ends[first - 1]) if first else 0
            # Row numbers of a batch begin at `before`; the first and the last row group may reach beyond the span.
            for batch in file.iter_batches(n_rows, row_groups=groups, columns=list(columns)):
                low, high = max(start - before, 0), min(stop - before, batch.num_rows)
                before += batch.num_rows
                if low < high:
                    yield pa.Table.from_batches([batch.slice(low, high - low)]), [], before / n_all
                if before >= stop:
                    return

    def _text(self, columns: Sequence[str]) -> Iterator[Batch]:
        size, read = self.source.size(), 0
        with self.source.open() as raw:
            content = decompress(raw, self.source.file_name)
            rows = read_rows(content, self.reading, columns, self.header, start=self.start, surplus=self.surplus)
            for table, malformed in rows:
                # Arrow reads some blocks ahead; count the blocks that it returned, if the file is not compressed.
                read = read + BLOCK_BYTES if content is raw else raw.tell()
                yield table, malformed, min(read / size, 1.0) if size else None

    def _text_span(self, columns: Sequence[str], span: Span) -> Iterator[Batch]:
        with self.source.open() as raw:
            raw.seek(span.offset)
            content = raw.read(span.n_bytes)
            is_last = not raw.read(1)
        if sha256_of(content) != span.sha256:
            raise self._changed_rows(span)
        text = pa.BufferReader(content)
        rows = read_rows(text, self.reading, columns, self.header, surplus=self.surplus, to_end=is_last)
        for table, malformed in rows:
            yield table, malformed, None

    def _regroup(
        self,
        batches: Iterator[Batch],
        n_rows: int,
        column_map: ColumnMap,
        columns: Sequence[str],
        *,
        is_span: bool = False,
    ) -> Iterator[Piece]:
        """Turn batches of any length into pieces that end at multiples of ``n_rows``."""
        # The empty table gives a piece without well-formed rows its schema.
        table = pa.schema([(name, self.types[name]) for name in columns]).empty_table()
        numbers: NDArray[np.int64] = np.arange(0)
        malformed: list[MalformedRow] = []
        start, seen, share = 0, 0, None

        def cut(start: int, stop: int, share: float | None) -> Piece:
            nonlocal table, numbers, malformed
            n_inside = int(np.searchsorted(numbers, stop))
            inside = tuple(takewhile(lambda row: row.row < stop, malformed))
            piece = Piece(start, stop, table.slice(0, n_inside), numbers[:n_inside], inside, share)
            table, numbers, malformed = table.slice(n_inside), numbers[n_inside:], malformed[len(inside) :]
            return piece

        try:
            for batch, reported, share in batches:
                malformed += reported
                added = number_rows(seen, batch.num_rows, malformed)
                table = pa.concat_tables([table, column_map.apply(batch)])
                numbers = np.concatenate([numbers, added])
                seen = int(added[-1]) + 1 if len(added) else seen
                while seen - start >= n_rows:
                    yield cut(start, start + n_rows, share)
                    start += n_rows
        except (pa.ArrowException, OSError, EOFError, UnicodeError) as error:
            raise _damaged(self.source, error) from error
        # Malformed rows may follow the last well-formed one.
        end = max([seen, *(row.row + 1 for row in malformed)])
        # None of the malformed rows below the last well-formed one is in a piece yet.
        malformed = malformed if is_span else mark_footer(malformed, end, len(self.header))
        while start < end:
            yield cut(start, min(start + n_rows, end), share)
            start += n_rows


def open_stream(source: str | Path | Source, reading: Reading | None = None) -> TableStream:
    r"""Open a CSV or Parquet file for reading piece by piece.

    Number marks and declared types of ``reading`` are not applied here.

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
    (MalformedRow(row=1, text='Bob', reason='must have 2 fields; got 1', n_fields=1),)
    """
    if isinstance(source, str | Path):
        source = LocalFile(Path(source))
    if isinstance(source, LocalFile) and not source.path.is_file():
        raise _no_file(source)
    reading, (suffix, _) = reading or Reading(), split_ending(source.file_name)
    separator = None if suffix in _PARQUET else reading.separator or SEPARATORS.get(suffix)
    start, surplus, has_preamble = 0, 0, False
    try:
        if suffix in _PARQUET:
            reading = replace(reading, separator=None)
            with source.beginning() as content, _open_parquet(content) as file:
                schema, n_rows = file.schema_arrow, file.metadata.num_rows
        elif separator is not None:
            with source.beginning() as raw:
                head = bytes(decompress(raw, source.file_name).read(_HEAD_BYTES))
            reading = replace(reading, encoding=choose_encoding(source.name, head, reading.encoding))
            # One line without a line break has no rows; Arrow would reject it.
            n_rows = 0 if 0 < len(head) < _HEAD_BYTES and b"\n" not in head and b"\r" not in head else None
            line, start, surplus, preamble = find_header(source.name, head, reading, separator)
            reading, has_preamble = replace(reading, separator=preamble.separator), preamble.end > 0
            names = fill_names(read_names(line, reading))
            schema = pa.schema([(name, pa.binary()) for name in names])
        else:
            text = (
                "{where}: a table must end in .csv, .tsv (or these with .gz, .bz2 or .xz) or .parquet; got {ending!r}."
            )
            raise DataError.of("no_stream_ending", text, where=source.name, ending=suffix)
    except PermissionError as error:
        text = "{where}: may not be read ({reason}). Ask for permission."
        raise DataError.of("no_permission", text, where=source.name, reason=first_line(error)) from error
    except OSError as error:
        raise _damaged(source, error) from error
    except (pa.ArrowException, LookupError, UnicodeError) as error:
        text = "{where}: not a {suffix} table ({reason}). Check how it was written."
        raise DataError.of("no_text_table", text, where=source.name, suffix=suffix, reason=first_line(error)) from error
    types = column_types(source.name, schema, reading)
    return TableStream(source, tuple(schema.names), types, n_rows, reading, start, surplus, has_preamble)


def _open_parquet(content: pa.NativeFile) -> pa_parquet.ParquetFile:
    # With pre_buffer Arrow keeps whole row groups in memory, and the peak grows with the file.
    return pa_parquet.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES)


def _damaged(source: Source, error: BaseException) -> DataError:
    text = "{where}: damaged, cut off or in another format ({reason}). Fetch or write the file again."
    return DataError.of("damaged_input", text, where=source.name, reason=first_line(error))


def _no_file(source: LocalFile) -> DataError:
    if source.path.is_fifo():
        text = "{where}: is a pipe, which cannot be read twice. Use standard input, with the name -."
        return DataError.of("pipe_twice", text, where=source.name)
    kind = Note("is_folder", "is a folder") if source.path.is_dir() else Note("is_missing", "no such file")
    text = "{where}: {kind}. Name a .csv, .tsv or .parquet file."
    return DataError.of("no_input", text, where=source.name, kind=kind)


def is_table_name(name: str) -> bool:
    """Return whether a file, by its ending, can be read piece by piece."""
    return split_ending(name)[0] in {*_PARQUET, *SEPARATORS}


def _rebuild(start: int, stop: int, rows: pa.Buffer, *others: Any) -> Piece:
    with pa.ipc.open_stream(rows) as reader:
        return Piece(start, stop, reader.read_all(), *others)
