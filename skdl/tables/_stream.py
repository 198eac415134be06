"""Streaming reader: a table of any size as pieces of a fixed number of rows, every row with its number.

Memory stays flat whatever the size of the file: text comes in blocks (`_text`), Parquet in small batches. Pieces end at
multiples of their number of rows, wherever blocks and batches end, so the same file gives the same pieces.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from skdl.exceptions import DataError, TryAgainError
from skdl.tables._column_map import ColumnMap, column_types
from skdl.tables._reading import SEPARATORS, Reading
from skdl.tables._source import COMPRESSED, LocalFile, Source
from skdl.tables._spans import footer_digest
from skdl.tables._text import BLOCK_BYTES, MalformedRow, choose_encoding, find_header_line, read_names, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.tables._spans import Span

__all__ = ["Piece", "TableStream", "is_table_name", "open_stream"]

_PARQUET = {".parquet", ".pq"}
_BUFFER_BYTES = 2**18  # per Parquet column; unbuffered, the whole column of a row group would be read at once
_HEAD_BYTES = 4 * 2**20  # by which the encoding is chosen
_UNREADABLE = (pa.ArrowException, OSError, EOFError, UnicodeError)

Batch = tuple[pa.Table, list[MalformedRow], float | None]
"""Rows, malformed rows, and the share of the file read so far."""


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` of a table.

    Attributes
    ----------
    start, stop : int
        Row numbers from 0, malformed rows counted.
    rows : pyarrow.Table
        The well-formed rows; columns of a text file are binary, with nulls for empty fields.
    numbers : array of shape (n_rows,)
        Row number of each well-formed row.
    malformed : tuple of MalformedRow
        The other rows.
    share : float, optional
        Share of the file read so far, for progress; None if unknown.
    """

    start: int
    stop: int
    rows: pa.Table
    numbers: NDArray[np.int64]
    malformed: tuple[MalformedRow, ...]
    share: float | None = None

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

    Attributes
    ----------
    source : Source
        Where its bytes come from.
    header : tuple of str
        Its columns as the file names them.
    types : dict of str to pyarrow.DataType
        The columns on offer and their types, binary for text files: under their new names where they are renamed,
        followed by the parts of dates.
    n_rows : int, optional
        Number of rows; None for text files, except for one with a header only.
    reading : Reading
        How it is written; separator and encoding are known, the separator is None for Parquet.
    """

    source: Source
    header: tuple[str, ...]
    types: dict[str, pa.DataType]
    n_rows: int | None
    reading: Reading

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(self.types)

    @property
    def is_packed(self) -> bool:
        """Whether the file is compressed as a whole."""
        return Path(self.source.file_name).suffix.lower() in COMPRESSED

    def pieces(self, n_rows: int, columns: Sequence[str]) -> Iterator[Piece]:
        """Read columns, ``n_rows`` rows a piece, in order; the last piece may be shorter, and none is empty.

        Raises
        ------
        DataError
            If the file turns out to be damaged or cut off.
        """
        if self.n_rows == 0:
            return
        column_map = ColumnMap.of(self.reading, columns, self.header)
        batches = (
            self._parquet(n_rows, column_map.sources)
            if self.reading.separator is None
            else self._text(column_map.sources)
        )
        try:
            yield from _regroup(_map_columns(batches, column_map), n_rows, self._empty(columns))
        except _UNREADABLE as error:
            raise self._damaged(error) from error

    def piece(self, span: Span, columns: Sequence[str]) -> Piece:
        """Read the rows of one span.

        Raises
        ------
        DataError
            If the file is damaged or cut off.
        TryAgainError
            If the span's bytes, or the number of its rows, have changed since the file was split.
        """
        column_map = ColumnMap.of(self.reading, columns, self.header)
        batches = (
            self._parquet_span(span, column_map.sources)
            if span.n_bytes is None
            else self._text_span(span, column_map.sources)
        )
        try:
            pieces = list(_regroup(_map_columns(batches, column_map), span.stop - span.start, self._empty(columns)))
        except _UNREADABLE as error:
            raise self._damaged(error) from error
        if [(piece.start, piece.stop) for piece in pieces] != [(0, span.stop - span.start)]:
            raise self._changed_rows(span)
        return pieces[0].shift(span.start)

    def _empty(self, columns: Sequence[str]) -> pa.Table:
        return pa.schema([(name, self.types[name]) for name in columns]).empty_table()

    def _damaged(self, error: BaseException) -> DataError:
        return DataError(f"{self.source.name}: damaged or cut off ({_reason(error)}). Fetch or write the file again.")

    def _changed_rows(self, span: Span) -> TryAgainError:
        return TryAgainError(
            f"{self.source.name}: rows {span.start:,} to {span.stop:,} must not change while the file is scored; got "
            "other rows. Run again when the file no longer changes and is the same on every machine."
        )

    def _parquet(self, n_rows: int, columns: Sequence[str]) -> Iterator[Batch]:
        # With pre_buffer Arrow keeps whole row groups in memory, and the peak grows with the file.
        done = 0
        with (
            self.source.open() as content,
            pa_parquet.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            for batch in file.iter_batches(batch_size=n_rows, columns=list(columns)):
                done += batch.num_rows
                share = done / max(file.metadata.num_rows, 1)
                yield pa.Table.from_batches([batch]).select(list(columns)), [], share

    def _parquet_span(self, span: Span, columns: Sequence[str]) -> Iterator[Batch]:
        """Read the row groups that hold the span, without the rows outside of it."""
        with (
            self.source.open() as content,
            pa_parquet.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            if footer_digest(content) != span.sha256:
                raise self._changed_rows(span)
            # Rows up to the end of each row group, (n_groups,). The first group that ends after row `start`, and the
            # first that reaches `stop`, are the ends of what is read.
            ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)])
            first, last = np.searchsorted(ends, span.start, "right"), np.searchsorted(ends, span.stop, "left")
            groups = list(range(int(first), min(int(last) + 1, len(ends))))
            before = int(ends[first - 1]) if first else 0
            # Row numbers of a batch begin at `before`; the first and the last row group may reach beyond the span.
            for batch in file.iter_batches(span.stop - span.start, row_groups=groups, columns=list(columns)):
                low, high = max(span.start - before, 0), min(span.stop - before, batch.num_rows)
                if low < high:
                    yield pa.Table.from_batches([batch.slice(low, high - low)]).select(list(columns)), [], None
                before += batch.num_rows
                if before >= span.stop:
                    return

    def _text(self, columns: Sequence[str]) -> Iterator[Batch]:
        size, read = self.source.size(), 0
        with self.source.open() as raw:
            content = _decompress(raw, self.source)
            for table, malformed in read_rows(content, self.reading, columns, self.header, None):
                # Arrow reads some blocks ahead; count the blocks that it returned, if the file is not compressed.
                read = read + BLOCK_BYTES if content is raw else raw.tell() if raw.seekable() else 0
                yield table, malformed, min(read / size, 1.0) if size and read else None

    def _text_span(self, span: Span, columns: Sequence[str]) -> Iterator[Batch]:
        with self.source.open() as raw:
            raw.seek(span.offset)
            content = raw.read(span.n_bytes)
        if hashlib.sha256(content).hexdigest() != span.sha256:
            raise self._changed_rows(span)
        for table, malformed in read_rows(pa.BufferReader(content), self.reading, columns, self.header, self.header):
            yield table, malformed, None


def _map_columns(batches: Iterator[Batch], column_map: ColumnMap) -> Iterator[Batch]:
    return ((column_map.apply(table), malformed, share) for table, malformed, share in batches)


def open_stream(source: str | Path | Source, reading: Reading | None = None) -> TableStream:
    r"""Open a CSV or Parquet file for reading piece by piece.

    Parameters
    ----------
    source : str, path or Source
        A ``.csv`` or ``.tsv`` in UTF-8 or cp949, also compressed (``.gz``, ``.bz2``), or a ``.parquet``.
    reading : Reading, optional
        How it is written, and new names of columns. Number marks and declared types are not applied here.

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
    (MalformedRow(row=1, text='Bob', reason='must have 2 fields; got 1', n_fields=1),)
    """
    if isinstance(source, str | Path):
        source = LocalFile(Path(source))
    if isinstance(source, LocalFile) and not source.path.is_file():
        raise _no_file(source)
    reading, suffix = reading or Reading(), table_suffix(source.file_name)
    separator = None if suffix in _PARQUET else reading.separator or SEPARATORS.get(suffix)
    reading = replace(reading, separator=separator)
    try:
        if suffix in _PARQUET:
            with (
                source.beginning() as content,
                pa_parquet.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
            ):
                schema, n_rows = file.schema_arrow, file.metadata.num_rows
        elif separator is not None:
            head = _head_of(source)
            encoding = choose_encoding(source, head, reading.encoding)
            reading = replace(reading, encoding=encoding)
            n_rows = 0 if _is_single_line(head) else None
            line = find_header_line(source, head, encoding, separator)
            schema = pa.schema([(name, pa.binary()) for name in read_names(line, reading)])
        else:
            raise DataError(
                f"{source.name}: a table must end in .csv, .tsv (or these with .gz, .bz2) or .parquet; got {suffix!r}."
            )
    except PermissionError as error:
        raise DataError(f"{source.name}: may not be read ({_reason(error)}). Ask for permission.") from error
    except (pa.ArrowException, OSError, EOFError, LookupError, UnicodeError) as error:
        kind = f"{suffix} table" if source.name == "-" else "table as its ending says"
        raise DataError(f"{source.name}: not a {kind} ({_reason(error)}). Check how it was written.") from error
    return TableStream(source, tuple(schema.names), column_types(source.name, schema, reading), n_rows, reading)


def _no_file(source: LocalFile) -> DataError:
    if source.path.is_fifo():
        return DataError(f"{source.name}: is a pipe, which cannot be read twice. Use standard input, with the name -.")
    kind = "is a folder" if source.path.is_dir() else "no such file"
    return DataError(f"{source.name}: {kind}. Name a .csv, .tsv or .parquet file.")


def table_suffix(name: str) -> str:
    """Return the ending that determines the format of a table, in lower case and without that of the compression."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    return suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in COMPRESSED else "".join(suffixes[-1:])


def is_table_name(name: str) -> bool:
    """Return whether a file, by its ending, can be read piece by piece."""
    return table_suffix(name) in {*_PARQUET, *SEPARATORS}


def _decompress(raw: pa.NativeFile, source: Source) -> pa.NativeFile:
    compression = COMPRESSED.get(Path(source.file_name).suffix.lower())
    return raw if compression is None else pa.CompressedInputStream(raw, compression)


def _head_of(source: Source) -> bytes:
    with source.beginning() as raw:
        return bytes(_decompress(raw, source).read(_HEAD_BYTES))


def _is_single_line(head: bytes) -> bool:
    """Return whether a text is one line without a line break, which Arrow rejects."""
    return 0 < len(head) < _HEAD_BYTES and b"\n" not in head and b"\r" not in head


def _reason(error: BaseException) -> str:
    return str(error).split("\n", maxsplit=1)[0]


def _rebuild(start: int, stop: int, rows: pa.Buffer, *others: Any) -> Piece:
    with pa.ipc.open_stream(rows) as reader:
        return Piece(start, stop, reader.read_all(), *others)


def _regroup(batches: Iterator[Batch], n_rows: int, empty: pa.Table) -> Iterator[Piece]:
    """Turn batches of any length into pieces that end at multiples of ``n_rows``."""
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]] = deque()
    malformed: deque[MalformedRow] = deque()
    start, seen, share = 0, 0, None
    for table, reported, share in batches:
        malformed.extend(reported)
        numbers = _numbers(seen, table.num_rows, malformed)
        waiting.append((table, numbers))
        seen = int(numbers[-1]) + 1 if len(numbers) else seen
        while seen - start >= n_rows:
            yield _cut(waiting, malformed, start, start + n_rows, empty, share)
            start += n_rows
    # Malformed rows may follow the last well-formed one.
    stop = max([seen, *(row.row + 1 for row in malformed)])
    while stop > start:
        yield _cut(waiting, malformed, start, min(start + n_rows, stop), empty, share)
        start += n_rows


def _numbers(first: int, n_rows: int, malformed: deque[MalformedRow]) -> NDArray[np.int64]:
    """Return the numbers of well-formed rows from ``first`` on, skipping the numbers of malformed rows.

    Arrow parses ahead, so malformed rows behind these may be among the given ones.
    """
    numbers = np.arange(first, first + n_rows + len(malformed))
    return np.setdiff1d(numbers, [row.row for row in malformed], assume_unique=True)[:n_rows] if malformed else numbers


def _cut(
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]],
    malformed: deque[MalformedRow],
    start: int,
    stop: int,
    empty: pa.Table,
    share: float | None,
) -> Piece:
    # The empty table gives a piece without well-formed rows its schema.
    tables, numbers = [empty], [np.arange(0)]
    while waiting:
        table, table_numbers = waiting.popleft()
        n_inside = int(np.searchsorted(table_numbers, stop))
        tables.append(table.slice(0, n_inside))
        numbers.append(table_numbers[:n_inside])
        if n_inside < len(table_numbers):
            waiting.appendleft((table.slice(n_inside), table_numbers[n_inside:]))
            break
    inside = []
    while malformed and malformed[0].row < stop:
        inside.append(malformed.popleft())
    return Piece(start, stop, pa.concat_tables(tables), np.concatenate(numbers), tuple(inside), share)
