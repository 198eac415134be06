"""Reading a table of any size piece by piece, every row with its number.

Text is read as text: what a field means is for the model's schema to say, not for a guess that may differ from piece to
piece. A row with another number of fields than the header is not lost: it comes out beside the piece that it stands in.
"""

from __future__ import annotations

import atexit
import hashlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from skdl.exceptions import DataError, TryAgainError
from skdl.tables._decode import Decoded, choose_encoding, first_line, readable, with_odd_bytes
from skdl.tables._parse import SEPARATORS
from skdl.tables._pieces import Batch, MalformedRow, Piece, regroup
from skdl.tables._reading import Reading
from skdl.tables._shape import Shape, shown_types
from skdl.tables._source import COMPRESSED, LocalFile, Source
from skdl.tables._spans import footer_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skdl.tables._spans import Span

__all__ = ["TableStream", "is_table_name", "open_stream"]

_PARQUET = {".parquet", ".pq"}
_BLOCK_BYTES = 2**20  # read at a time, up to 32 ahead; a single row may not be longer
_BUFFER_BYTES = 2**18  # of each column of Parquet; without it the whole column of a row group is read at once
_HEAD_BYTES = 4 * 2**20  # what the encoding is told by
_HEADER_ROWS = 1
_END = "\x00end of the text"


@dataclass(frozen=True)
class TableStream:
    """An opened table: its columns, its number of rows where the file says so, and its pieces.

    Attributes
    ----------
    source : Source
        Where its bytes come from.
    header : tuple of str
        Its columns as it has them.
    types : dict of str to pyarrow.DataType
        The columns and their types; binary for text files. Those that a reading renames go by their new names, and the
        parts of dates follow the others.
    n_rows : int, optional
        Number of rows; None for text files, where it is known at the end only, unless all they hold is a header.
    reading : Reading
        How it is written; the separator is None for Parquet.
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
        """Whether it is compressed as a whole."""
        return Path(self.source.file_name).suffix.lower() in COMPRESSED

    def pieces(self, n_rows: int, columns: Sequence[str]) -> Iterator[Piece]:
        """Read the named columns, ``n_rows`` rows a piece, in order; the last piece may be shorter, and none is empty.

        Raises
        ------
        DataError
            If the file turns out to be damaged or cut off.
        """
        if self.n_rows == 0:
            return
        shape = Shape.of(self.reading, columns, self.header)
        batches = self._parquet(n_rows, shape.read) if self.reading.separator is None else self._text(shape.read)
        try:
            yield from regroup(_shown(batches, shape), n_rows, self._empty(columns))
        except _UNREADABLE as error:
            raise self._damaged(error) from error

    def piece(self, span: Span, columns: Sequence[str]) -> Piece:
        """Read the rows of one span alone.

        Raises
        ------
        DataError
            If the file is damaged or cut off.
        TryAgainError
            If the span's bytes, or the number of its rows, are others than when it was marked.
        """
        shape = Shape.of(self.reading, columns, self.header)
        batches = self._parquet_span(span, shape.read) if span.n_bytes is None else self._text_span(span, shape.read)
        try:
            pieces = list(regroup(_shown(batches, shape), span.stop - span.start, self._empty(columns)))
        except _UNREADABLE as error:
            raise self._damaged(error) from error
        if [(piece.start, piece.stop) for piece in pieces] != [(0, span.stop - span.start)]:
            raise self._other_rows(span)
        return pieces[0].moved(span.start)

    def _empty(self, columns: Sequence[str]) -> pa.Table:
        return pa.schema([(name, self.types[name]) for name in columns]).empty_table()

    def _damaged(self, error: BaseException) -> DataError:
        return DataError(f"{self.source.name}: damaged or cut off ({_reason(error)}). Fetch or write the file again.")

    def _other_rows(self, span: Span) -> TryAgainError:
        return TryAgainError(
            f"{self.source.name}: rows {span.start:,} to {span.stop:,} must be those that were there at first; got "
            "others. Run again when the file stays as it is, and is the same on every machine."
        )

    def _parquet(self, n_rows: int, columns: Sequence[str]) -> Iterator[Batch]:
        # Reading ahead would keep whole row groups in memory, so that the peak would grow with the file.
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
        """Read the row groups that the span lies in, and leave out what does not belong to it."""
        with (
            self.source.open() as content,
            pa_parquet.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            if footer_digest(content) != span.sha256:
                raise self._other_rows(span)
            ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)])
            first, last = np.searchsorted(ends, span.start, "right"), np.searchsorted(ends, span.stop, "left")
            groups = list(range(int(first), min(int(last) + 1, len(ends))))
            before = int(ends[first - 1]) if first else 0
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
            content = _unpacked(raw, self.source)
            for table, found in _rows_of(content, self.reading, columns, self.header, None):
                # Arrow reads some blocks ahead: what matters is what it gave, where that can be told.
                read = read + _BLOCK_BYTES if content is raw else raw.tell() if raw.seekable() else 0
                yield table, found, min(read / size, 1.0) if size and read else None

    def _text_span(self, span: Span, columns: Sequence[str]) -> Iterator[Batch]:
        with self.source.open() as raw:
            raw.seek(span.offset)
            content = raw.read(span.n_bytes)
        if hashlib.sha256(content).hexdigest() != span.sha256:
            raise self._other_rows(span)
        for table, found in _rows_of(pa.BufferReader(content), self.reading, columns, self.header, self.header):
            yield table, found, None


_UNREADABLE = (pa.ArrowException, OSError, EOFError, UnicodeError)


def _shown(batches: Iterator[Batch], shape: Shape) -> Iterator[Batch]:
    return ((shape.shown(table), found, share) for table, found, share in batches)


def _rows_of(
    content: pa.NativeFile,
    reading: Reading,
    columns: Sequence[str],
    columns_of_file: Sequence[str],
    header: Sequence[str] | None,
) -> Iterator[tuple[pa.Table, list[MalformedRow]]]:
    """Read text, whose header is in its first line or given; a block of rows at a time, with the malformed ones."""
    malformed: list[MalformedRow] = []
    n_above = 1 + (_HEADER_ROWS if header is None else 0)  # Arrow counts from 1 and counts the header
    # A last line that is no row is met, unless a quote before it is still open.
    last_line, is_met, n_rows = _END + str(reading.separator) * len(columns_of_file), False, 0

    def keep(row: Any) -> str:
        nonlocal is_met
        if row.text == last_line:
            is_met = True
        else:
            malformed.append(MalformedRow(row.number - n_above, readable(row.text), _fault_of(row)))
        return "skip"

    text = Decoded(content, str(reading.encoding), f"\n{last_line}\n".encode())
    # Blocks are copied, so that Arrow can let go of them without the interpreter.
    blocks = pa.BufferedInputStream(pa.PythonFile(text, mode="r"), _BLOCK_BYTES)
    try:
        with blocks, _open_text(blocks, reading, keep, columns, header) as reader, _ended(text, blocks, reader):
            for batch in reader:
                found, malformed[:] = list(malformed), []
                n_rows += batch.num_rows + len(found)
                table = pa.Table.from_batches([batch]).select(list(columns))
                if text.has_odd_bytes:
                    table = pa.table([with_odd_bytes(column) for column in table.columns], names=table.column_names)
                yield table, found
    except pa.ArrowInvalid as error:
        raise _in_row(error, n_rows) from error
    if not is_met:
        last = max(n_rows + len(malformed) - 1, 0)
        raise EOFError(f"a quote is never closed: the text ends within row {last:,}, counted from 0")
    if malformed:
        yield pa.schema([(name, pa.binary()) for name in columns]).empty_table(), malformed


def _fault_of(row: Any) -> str:
    fault = f"must have {row.expected_columns} fields; got {row.actual_columns}"
    n_lines = len(row.text.splitlines())
    return fault if n_lines < 2 else f"{fault}, over {n_lines:,} lines; perhaps a quote is never closed"  # noqa: PLR2004


def _in_row(error: pa.ArrowInvalid, n_rows: int) -> pa.ArrowInvalid:
    """Say of a row that is too long where it is."""
    if "straddling" not in str(error):
        return error
    return pa.ArrowInvalid(
        f"a row is longer than {_BLOCK_BYTES // 2**20} MiB; perhaps a quote is never closed, in row {n_rows:,}, "
        "counted from 0, or soon after it"
    )


@contextmanager
def _ended(text: Decoded, blocks: pa.NativeFile, reader: Any) -> Iterator[None]:
    """Let nobody read ahead behind this.

    Arrow's thread that reads ahead runs Python. It must not be waited for by who holds the interpreter, as Arrow does
    when a reader is dropped, nor wake up while the process ends. Such a thread may be the last to hold the blocks: they
    are closed here, for closing what is open runs Python too.
    """
    end = partial(_drain, text, blocks, reader)
    atexit.register(end)
    try:
        yield
    finally:
        atexit.unregister(end)
        end()


def _drain(text: Decoded, blocks: pa.NativeFile, reader: Any) -> None:
    text.stop()
    with blocks, suppress(pa.ArrowException, OSError, EOFError, UnicodeError):
        for _ in reader:
            pass


def open_stream(source: str | Path | Source, reading: Reading | None = None) -> TableStream:
    r"""Open a CSV or Parquet file to read it piece by piece.

    Parameters
    ----------
    source : str, path or Source
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
            n_rows = 0 if _is_unended_line(head) else None
            line = first_line(source, head, encoding, separator)
            # Nothing but the line: what reads ahead would go on while the process ends.
            with _open_text(pa.BufferReader(line), reading) as reader:
                schema = pa.schema([(name, pa.binary()) for name in reader.schema.names])
        else:
            raise DataError(
                f"{source.name}: a table must end in .csv, .tsv (or these with .gz, .bz2) or .parquet; got {suffix!r}."
            )
    except PermissionError as error:
        raise DataError(f"{source.name}: may not be read ({_reason(error)}). Ask for the right to.") from error
    except (pa.ArrowException, OSError, EOFError, LookupError, UnicodeError) as error:
        said = f"{suffix} table" if source.name == "-" else "table as its ending says"
        raise DataError(f"{source.name}: not a {said} ({_reason(error)}). Check how it was written.") from error
    return TableStream(source, tuple(schema.names), shown_types(source.name, schema, reading), n_rows, reading)


def _no_file(source: LocalFile) -> DataError:
    if source.path.is_fifo():
        return DataError(
            f"{source.name}: is a pipe, which cannot be read twice. Hand it over as standard input, and name -."
        )
    kind = "is a folder" if source.path.is_dir() else "no such file"
    return DataError(f"{source.name}: {kind}. Name a .csv, .tsv or .parquet file.")


def table_suffix(name: str) -> str:
    """Give the ending that says how a table is written, without that of a compressed file, in small letters."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    return suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in COMPRESSED else "".join(suffixes[-1:])


def is_table_name(name: str) -> bool:
    """Tell by its ending whether a file can be read piece by piece."""
    return table_suffix(name) in {*_PARQUET, *SEPARATORS}


def _unpacked(raw: pa.NativeFile, source: Source) -> pa.NativeFile:
    compression = COMPRESSED.get(Path(source.file_name).suffix.lower())
    return raw if compression is None else pa.CompressedInputStream(raw, compression)


def _head_of(source: Source) -> bytes:
    with source.beginning() as raw:
        return bytes(_unpacked(raw, source).read(_HEAD_BYTES))


def _is_unended_line(head: bytes) -> bool:
    """Tell whether a text is one line without a line break, which Arrow takes for no table."""
    return 0 < len(head) < _HEAD_BYTES and b"\n" not in head and b"\r" not in head


def _open_text(
    content: pa.NativeFile,
    reading: Reading,
    keep: Any = None,
    columns: Sequence[str] | None = None,
    header: Sequence[str] | None = None,
) -> Any:
    """Open Arrow's streaming reader of UTF-8; on one thread, for only then does it number malformed rows."""
    return pa_csv.open_csv(
        content,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False, column_names=header),
        parse_options=pa_csv.ParseOptions(
            delimiter=reading.separator, invalid_row_handler=keep, newlines_in_values=True
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=columns,
            column_types=None if columns is None else dict.fromkeys(columns, pa.binary()),
            strings_can_be_null=True,
            null_values=[""],  # other words are missing values to a model, and text to whoever keeps them
        ),
    )


def _reason(error: BaseException) -> str:
    return str(error).split("\n", maxsplit=1)[0]
