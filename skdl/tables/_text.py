"""Text files as Arrow tables: decoding to UTF-8, splitting into fields, and malformed rows.

Decoding. An undecodable byte is the fault of one cell, not of the file. So it passes through Arrow's CSV parser, which
takes UTF-8 alone, as a private-use character (byte 0xNN as U+10FFNN, in planes that no table uses), and becomes an
invalid byte again in its cell (`_restore_odd_bytes`).

Splitting. Every field is read as bytes, for what a field means depends on the whole column (training) or on the model's
schema (scoring), never on a block of rows. A row with another number of fields than the header is kept as a
`MalformedRow`.

Threads. Arrow's reader has a read-ahead thread that calls `Utf8Stream.read`, so it needs the GIL. `_drained_on_exit`
describes what must not happen then.
"""

from __future__ import annotations

import atexit
import codecs
import io
import re
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._reading import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skdl.tables._reading import Reading

BLOCK_BYTES = 2**20  # Arrow parses such blocks and reads up to 32 ahead; a single row may not be longer
_ODD = 0x10FF00  # an undecodable byte 0xNN is passed on as the character U+10FFNN
_TO_ESCAPES = {_ODD + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
_TO_SURROGATES = {_ODD + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}
_ODD_PREFIXES = (b"\xf4\x8f\xbe", b"\xf4\x8f\xbf")  # of U+10FF80 to U+10FFFF in UTF-8
_CP949_FACTOR = 5  # cp949 is chosen if it has at most a fifth of the faults that UTF-8 has
_WINDOW_BYTES = 2**16  # of which the faults are counted
_LARGEST_BLOCK_BYTES = 2**30  # Arrow counts bytes of a block in 32 bits
_SENTINEL = "\x00end of the text"


@dataclass(frozen=True)
class MalformedRow:
    """A row of a text file whose number of fields differs from the header's."""

    row: int
    text: str
    reason: str
    n_fields: int


class RowTooLongError(pa.ArrowInvalid):  # type: ignore[misc]  # pyarrow has no types
    """A row that is longer than a block."""


def _encode_odd_bytes(error: UnicodeError) -> tuple[str, int]:
    """Replace undecodable bytes by private-use characters; an error handler of `codecs`."""
    assert isinstance(error, UnicodeDecodeError)
    odd = error.object[error.start : error.end]
    return "".join(chr(byte if byte < 0x80 else _ODD + byte) for byte in odd), error.end


_ERROR_HANDLER = "skdl.odd-bytes"
codecs.register_error(_ERROR_HANDLER, _encode_odd_bytes)


class Utf8Stream(io.RawIOBase):
    """A text of any encoding as a file in UTF-8, followed by ``end``; `has_odd_bytes` as soon as some were read."""

    def __init__(self, content: Any, encoding: str, end: bytes) -> None:
        self._content, self._rest, self._done, self._stopped = content, b"", False, False
        self._decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(encoding)()
        self._cut = b""  # first bytes of a character whose other bytes are in the next block
        self._end = end
        self.has_odd_bytes = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def stop(self) -> None:
        """Pretend that the text ends here, so that a read-ahead thread comes to an end."""
        self._stopped = True

    def read(self, size: int | None = -1) -> bytes:
        """Read up to ``size`` bytes, or all."""
        if self._stopped:
            return b""
        wanted = sys.maxsize if size is None or size < 0 else size
        parts, length = [self._rest], len(self._rest)
        while length < wanted and not self._done:
            block = self._content.read(min(wanted - length, BLOCK_BYTES))
            self._done = not block
            parts.append(self._as_utf8(block) + (self._end if self._done else b""))
            length += len(parts[-1])
        # The usual case, one block and nothing left over, is passed on without a copy.
        text = parts[-1] if len(parts) == 2 and not parts[0] else b"".join(parts)
        text, self._rest = text[:wanted], text[wanted:]
        return text

    def _as_utf8(self, block: bytes) -> bytes:
        if self._decoder is not None:
            return self._decode(self._decoder, block).encode()
        text, is_last = self._cut + block, not block
        n_whole = len(text) if is_last else _whole_characters(text)
        text, self._cut = text[:n_whole], text[n_whole:]
        if text.isascii() or _is_valid(text):
            return text
        self.has_odd_bytes = True
        return text.decode("utf-8", _ERROR_HANDLER).encode()

    def _decode(self, decoder: codecs.IncrementalDecoder, block: bytes) -> str:
        # Strictly at first; where that fails, again from the same state with the error handler. So undecodable bytes
        # are noticed at no cost to blocks without any.
        before = decoder.getstate()
        try:
            decoder.errors = "strict"
            return decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            decoder.setstate(before)
        self.has_odd_bytes = True
        decoder.errors = _ERROR_HANDLER
        return decoder.decode(block, final=not block)


def _whole_characters(text: bytes) -> int:
    """Return the length of UTF-8 text without a character at the end that is cut."""
    # At most three bytes of a character are there if it is cut; an incremental decoder leaves these alone.
    tail = text[-3:]
    return len(text) - len(tail) + codecs.utf_8_decode(tail, "replace", False)[1]  # noqa: FBT003 - takes no keywords


def _is_valid(text: bytes) -> bool:
    """Return whether bytes are UTF-8; Arrow checks them without the GIL, unlike `bytes.decode`."""
    # One cell over the whole text, without a copy; 64-bit offsets, because it may be larger than 2 GiB.
    ends = pa.array([0, len(text)], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def is_utf8(encoding: str) -> bool:
    """Return whether an encoding is UTF-8, with or without a byte-order mark."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def _restore_odd_bytes(column: pa.Array) -> pa.Array:
    """Turn private-use characters back into the undecodable bytes that they represent."""
    odd = pc.or_(*(pc.match_substring(column, prefix) for prefix in _ODD_PREFIXES)).fill_null(fill_value=False)
    cells = [_restore_cell(cell) for cell in column.filter(odd).to_pylist()]
    return pc.replace_with_mask(column, odd, pa.array(cells, pa.binary()))


def _restore_cell(cell: bytes) -> bytes:
    text = cell.decode().translate(_TO_SURROGATES)
    plain = text.encode("utf-8", "surrogateescape")
    try:
        plain.decode()
    except UnicodeDecodeError:
        return plain
    return text.encode("utf-8", "surrogatepass")  # the bytes happen to be UTF-8: keep the cell invalid


def choose_encoding(where: str, head: bytes, declared: str | None) -> str:
    """Choose the encoding of a text by its first bytes.

    A declared encoding holds, unless the head is UTF-8 and is not in that encoding. Without a declaration the text is
    UTF-8 or cp949: the one that decodes the head; if neither does, cp949 where it has far fewer faults than UTF-8 and
    most non-ASCII characters are not UTF-8.
    """
    if declared is not None:
        check_encoding(where, declared)
        return ENCODINGS[0] if not _decodes(head, declared) and _decodes(head, ENCODINGS[0]) else declared
    for encoding in ENCODINGS:
        if _decodes(head, encoding):
            return encoding
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # From the first fault on: what precedes it is valid UTF-8, and has no faults to count.
        head = head[error.start : error.start + _WINDOW_BYTES]
    (utf8_faults, utf8_letters), (cp949_faults, _) = (_count_faults(head, encoding) for encoding in ENCODINGS)
    # False is index 0, UTF-8; True is index 1, cp949.
    return ENCODINGS[utf8_faults > utf8_letters and _CP949_FACTOR * cp949_faults <= utf8_faults]


def check_encoding(where: str, encoding: str) -> None:
    """Raise DataError if Python does not know an encoding."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise DataError(
            Note.of(
                "no_encoding",
                "{where}: the encoding must be one that Python supports; got {encoding!r}. Declare another.",
                where=where,
                encoding=encoding,
            )
        ) from None


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # a character cut at the end is no fault
    except UnicodeDecodeError:
        return False
    return True


def _count_faults(head: bytes, encoding: str) -> tuple[int, int]:
    """Count undecodable bytes, and decoded characters beyond ASCII."""
    text = codecs.getincrementaldecoder(encoding)(_ERROR_HANDLER).decode(head)
    n_odd = sum(ord(letter) >= _ODD for letter in text)
    return n_odd, sum(not letter.isascii() for letter in text) - n_odd


def find_header_line(where: str, head: bytes, reading: Reading) -> bytes:
    """Return the line of column names in UTF-8, with a line break at its end; nothing if there is none."""
    decoder = codecs.getincrementaldecoder(str(reading.encoding))(_ERROR_HANDLER)
    line = _first_record(decoder.decode(head).removeprefix("\ufeff").lstrip("\r\n").encode(), str(reading.separator))
    shown = line.decode().translate(_TO_ESCAPES)
    if shown.encode() != line:
        raise DataError(
            Note.of(
                "names_not_text",
                "{where}: the column names must be text in {encoding}; got {given!r}. Save the table as UTF-8, or "
                "declare how it is written with data.encoding.",
                where=where,
                encoding=reading.encoding,
                given=shown[:200],
            )
        )
    return line + b"\n" if line else b""


def split_header(text: bytes, separator: str) -> tuple[bytes, memoryview]:
    """Split a text in UTF-8 into its header line, which ends with a line break, and the rest.

    Lines of blanks above the header are skipped. The header line is empty if there is nothing else.
    """
    blanks = b" \t".replace(separator.encode(), b"")
    above = re.match(rb"(?:[%s]*(?:\r\n?|\n))*" % blanks, text)
    start = above.end() if above else 0
    line = _first_record(text, separator, start)
    return line + b"\n" if line.strip(blanks) else b"", memoryview(text)[start + len(line) :]


def _first_record(text: bytes, separator: str, start: int = 0) -> bytes:
    """Return the record that begins at a position, without its line break; it may hold line breaks inside quotes."""
    # A quoted field may contain line breaks, and a quote that is never closed reaches to the end of the text. The
    # possessive *+ is not tried again at each shorter length.
    mark = re.escape(separator.encode())
    unquoted = rb"[^%s\r\n]*" % mark
    field = rb'(?:"(?:[^"]|"")*+"?%s|%s)' % (unquoted, unquoted)
    match = re.compile(rb"%s(?:%s%s)*" % (field, mark, field)).match(text, start)
    return match[0] if match else b""


def read_names(header_line: bytes, reading: Reading) -> list[str]:
    """Read the column names of a header line, which ends with a line break.

    It is not read as a stream: a process that ends just after opening one is now and then aborted ("terminate called
    without an active exception", seen with pyarrow 26), since Arrow destroys a thread of its own that still runs.
    """
    options = pa_csv.ReadOptions(block_size=max(len(header_line), BLOCK_BYTES), use_threads=False)
    parsing = pa_csv.ParseOptions(delimiter=reading.separator, newlines_in_values=True)
    return list(pa_csv.read_csv(pa.BufferReader(header_line), options, parsing).column_names)


def decode_text(content: bytes, encoding: str, *, is_head: bool = False) -> bytes:
    """Decode a whole text, or its first bytes, strictly; return it in UTF-8 without a byte-order mark."""
    if not is_utf8(encoding):
        text = codecs.getincrementaldecoder(encoding)().decode(content, final=not is_head).encode()
    else:
        text = content[: _whole_characters(content)] if is_head else content
        if not (text.isascii() or _is_valid(text)):
            raise UnicodeError(f"not text in {encoding}")
    return text.removeprefix(codecs.BOM_UTF8)


def read_whole(body: memoryview, reading: Reading, header: Sequence[str]) -> tuple[pa.Table, list[MalformedRow]]:
    """Read all rows below the header of a text in UTF-8, as binary columns; and the malformed rows."""

    def read(block_bytes: int) -> list[tuple[pa.Table, list[MalformedRow]]]:
        return list(read_rows(pa.BufferReader(body), reading, header, header, header, block_bytes=block_bytes))

    try:
        blocks = read(BLOCK_BYTES)  # parsed faster than larger blocks
    except RowTooLongError:
        blocks = read(min(len(body) + BLOCK_BYTES, _LARGEST_BLOCK_BYTES))
    empty = pa.schema([(name, pa.binary()) for name in header]).empty_table()
    return pa.concat_tables([empty, *(table for table, _ in blocks)]), [row for _, found in blocks for row in found]


def read_rows(
    content: Any,
    reading: Reading,
    columns: Sequence[str],
    columns_of_file: Sequence[str],
    header: Sequence[str] | None,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[tuple[pa.Table, list[MalformedRow]]]:
    """Read columns of a text, a block at a time; yield well-formed rows and malformed ones.

    ``columns_of_file`` are all of its columns; they are also ``header`` if the text has no header line, otherwise None.
    A single row may not be longer than a block.
    """
    malformed: list[MalformedRow] = []
    first_number = 1 + (header is None)  # Arrow counts rows from 1, the header line included
    # A malformed line is appended to the text. If Arrow does not report it, it is inside a quote that is never closed.
    last_line, is_met, n_rows = _SENTINEL + str(reading.separator) * len(columns_of_file), False, 0

    def take_malformed(row: Any) -> str:
        nonlocal is_met
        if row.text == last_line:
            is_met = True
        else:
            malformed.append(_to_malformed(row, row.number - first_number))
        return "skip"

    text = Utf8Stream(content, str(reading.encoding), f"\n{last_line}\n".encode())
    # BufferedInputStream copies what Python returns: Arrow can free its own memory in any thread without the GIL.
    blocks = pa.BufferedInputStream(pa.PythonFile(text, mode="r"), BLOCK_BYTES)
    try:
        with (
            blocks,
            _open_csv(blocks, reading, take_malformed, columns, header, block_bytes=block_bytes) as reader,
            _drained_on_exit(text, blocks, reader),
        ):
            for batch in reader:
                reported, malformed[:] = list(malformed), []
                n_rows += batch.num_rows + len(reported)
                table = {name: batch[name] for name in columns}
                if text.has_odd_bytes:
                    table = {name: _restore_odd_bytes(column) for name, column in table.items()}
                yield pa.table(table), reported
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            raise RowTooLongError(
                Note.of(
                    "row_too_long",
                    "a row is longer than {n:,} MiB; perhaps a quote is never closed, in row {row:,}, counted from 0, "
                    "or soon after it",
                    n=block_bytes // 2**20,
                    row=n_rows,
                )
            ) from error
        raise
    if not is_met:
        last = max(n_rows + len(malformed) - 1, 0)
        template = "a quote is never closed: the text ends within row {row:,}, counted from 0"
        raise EOFError(Note.of("quote_not_closed", template, row=last))
    if malformed:
        yield pa.schema([(name, pa.binary()) for name in columns]).empty_table(), malformed


def _to_malformed(row: Any, number: int) -> MalformedRow:
    fault = f"must have {row.expected_columns} fields; got {row.actual_columns}"
    n_lines = len(row.text.splitlines())
    if n_lines > 1:
        fault = f"{fault}, over {n_lines:,} lines; perhaps a quote is never closed"
    return MalformedRow(number, row.text.translate(_TO_ESCAPES), fault, row.actual_columns)


@contextmanager
def _drained_on_exit(text: Utf8Stream, blocks: pa.NativeFile, reader: Any) -> Iterator[None]:
    """Stop Arrow's read-ahead thread before its reader is freed, also at interpreter exit.

    The thread calls back into Python, so it needs the GIL. Two things must not happen: a thread that holds the GIL
    frees the reader, which joins the read-ahead thread (a deadlock), or the read-ahead thread calls Python while the
    interpreter shuts down (a crash). Draining the reader here releases the GIL while it waits. The blocks are closed
    here as well: the read-ahead thread may hold the last reference to them, and closing them would call Python from it.
    """

    def drain() -> None:
        text.stop()
        with blocks, suppress(pa.ArrowException, OSError, EOFError, UnicodeError):
            for _ in reader:
                pass

    atexit.register(drain)
    try:
        yield
    finally:
        atexit.unregister(drain)
        drain()


def _open_csv(
    content: pa.NativeFile,
    reading: Reading,
    on_malformed: Any = None,
    columns: Sequence[str] | None = None,
    header: Sequence[str] | None = None,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> Any:
    """Open Arrow's streaming CSV reader on UTF-8; on one thread, because only then does it number malformed rows."""
    return pa_csv.open_csv(
        content,
        read_options=pa_csv.ReadOptions(block_size=block_bytes, use_threads=False, column_names=header),
        parse_options=pa_csv.ParseOptions(
            delimiter=reading.separator, invalid_row_handler=on_malformed, newlines_in_values=True
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=columns,
            column_types=None if columns is None else dict.fromkeys(columns, pa.binary()),
            strings_can_be_null=True,
            # The other words for missing values are replaced where a column is parsed; kept columns keep them.
            null_values=[""],
        ),
    )
