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
import csv
import io
import re
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._batches import MANY_COLUMNS, N_THREADS, allocator_of, in_threads, release_unused
from skdl.tables._encodings import ERROR_HANDLER, ODD, is_utf8, is_valid_utf8, whole_characters
from skdl.tables._reading import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.tables._reading import Reading

_LONG_TEXT = 2**24  # bytes from which on parts of a text are read in threads
BLOCK_BYTES = 2**20  # Arrow parses such blocks and reads up to 32 ahead; a single row may not be longer
_TO_ESCAPES = {ODD + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
_TO_SURROGATES = {ODD + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}
_ODD_PREFIXES = (b"\xf4\x8f\xbe", b"\xf4\x8f\xbf")  # of U+10FF80 to U+10FFFF in UTF-8
_WIDE_BLOCK_BYTES = 3 * 2**23
_LARGEST_BLOCK_BYTES = 2**30  # Arrow counts bytes of a block in 32 bits
REPEATS_HEADER, BELOW_LAST_ROW = "repeats the column names", "stands below the last row"
_MOST_FOOTER_LINES = 10
_SURPLUS = "\x00after separator"  # names of the empty columns of rows that end with separators begin so
_SENTINEL = "\x00end of the text"
# The first line of a file of Excel, and lines of comments and blanks below it.
_SEPARATOR_LINE = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=([^\w\s"]|\t)"?[ \t]*(?:\r\n?|\n)', re.IGNORECASE)
_COMMENTS = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:\r\n?|\n)|#[^\r\n]*(?:\r\n?|\n))*")
_MOST_TITLE_LINES, _N_LINES, _FEWEST_FIELDS = 10, 30, 3  # above the line of column names; looked at; see below
TOTAL_ROW = "seems to be a total"
_TAIL_BYTES, _N_LAST_LINES = 2**14, 12  # at the end of a text, in which the last row is looked for
_TOTAL = re.compile(
    r"(?:(?:grand|sub|column)[ -]?)?(?:totals?|sums?|summen?|(?:gesamt|zwischen)(?:summe)?|insgesamt|totaux"
    r"|totale?s?|total g[eé]n[eé]ral|suma|(?:gesamt)?ergebnis"
    r"|소계|총계|합계|총합계|계|合計|総計|小計|合计|总计|小计)\s*:?",
    re.IGNORECASE,
)
_MOST_ROWS = 0.8  # below a title, of as many fields as the line of column names
_MOST_LETTERS = 3  # of a cell that is a number, such as 12.5 kg


@dataclass(frozen=True)
class MalformedRow:
    """A row of a text file whose number of fields differs from the header's."""

    row: int
    text: str
    reason: str
    n_fields: int

    @property
    def is_no_row(self) -> bool:
        """Whether it is a line of the file that is no row of the table."""
        return self.reason in {REPEATS_HEADER, BELOW_LAST_ROW, TOTAL_ROW}


def mark_footer(malformed: Sequence[MalformedRow], n_rows: int, n_columns: int) -> list[MalformedRow]:
    """Mark the lines below the last well-formed row that have fewer fields, such as a source or a number of rows.

    ``n_rows`` counts the malformed rows too. More than ten lines are no footer.
    """
    n_lines = 0
    for row in reversed(malformed):
        if row.is_no_row or row.row != n_rows - 1 - n_lines or row.n_fields >= n_columns:
            break
        n_lines += 1
    if not 0 < n_lines <= _MOST_FOOTER_LINES:
        return list(malformed)
    return [*malformed[:-n_lines], *(replace(row, reason=BELOW_LAST_ROW) for row in malformed[-n_lines:])]


class RowTooLongError(pa.ArrowInvalid):  # type: ignore[misc]  # pyarrow has no types
    """A row that is longer than a block."""


class Utf8Stream(io.RawIOBase):
    """A text of any encoding as a file in UTF-8, from the byte ``start`` on, followed by ``end``.

    It `has_odd_bytes` as soon as some were read.
    """

    def __init__(self, content: Any, encoding: str, end: bytes, start: int = 0) -> None:
        self._content, self._rest, self._done, self._stopped = content, b"", False, False
        self._decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(encoding)()
        self._cut = b""  # first bytes of a character whose other bytes are in the next block
        self._end = end
        self.has_odd_bytes = False
        self.tail = b""  # last bytes read
        if start:
            self.read(start)

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
            decoded = self._as_utf8(block)
            self.tail = (self.tail + decoded)[-_TAIL_BYTES:] if len(decoded) < _TAIL_BYTES else decoded[-_TAIL_BYTES:]
            parts.append(decoded + (self._end if self._done else b""))
            length += len(parts[-1])
        # The usual case, one block and nothing left over, is passed on without a copy.
        text = parts[-1] if len(parts) == 2 and not parts[0] else b"".join(parts)
        text, self._rest = text[:wanted], text[wanted:]
        return text

    def _as_utf8(self, block: bytes) -> bytes:
        if self._decoder is not None:
            return self._decode(self._decoder, block).encode()
        text, is_last = self._cut + block, not block
        n_whole = len(text) if is_last else whole_characters(text)
        text, self._cut = text[:n_whole], text[n_whole:]
        if text.isascii() or is_valid_utf8(text):
            return text
        self.has_odd_bytes = True
        return text.decode("utf-8", ERROR_HANDLER).encode()

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
        decoder.errors = ERROR_HANDLER
        return decoder.decode(block, final=not block)


def _with_odd_bytes(table: pa.Table) -> pa.Table:
    columns = [_restore_odd_bytes(column.combine_chunks()) for column in table.columns]
    return pa.table(columns, names=table.column_names)


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


@dataclass(frozen=True)
class Preamble:
    """What stands above the line of column names."""

    end: int  # in the text in UTF-8; 0 where there is nothing but blanks
    separator: str  # of the fields: that of a first line such as ``sep=;``, else the usual one
    comment: str | None = None  # its first comment, or line of a title
    is_detected: bool = False  # whether the separator is neither declared nor the usual one


def find_preamble(text: bytes, reading: Reading, usual: str) -> Preamble:
    r"""Find what stands above the line of column names of a text in UTF-8: a line ``sep=;`` of Excel, and comments.

    A line that begins with # is a comment, unless it has as many fields as the line below it: then it has the names.

    >>> from skdl.tables import Reading
    >>> find_preamble(b"sep=;\na;b\n1;2\n", Reading(), ",")
    Preamble(end=6, separator=';', comment=None, is_detected=False)
    >>> find_preamble(b"# by a device\na,b\n1,2\n", Reading(), ",").end
    14
    """
    declared = _SEPARATOR_LINE.match(text)
    start = declared.end() if declared else 0
    separator = reading.separator or (declared[1].decode() if declared else None)
    is_declared = separator is not None
    separator = separator or _detect_separator(text, start, usual)
    is_detected = not is_declared and separator != usual
    others = () if is_declared or is_detected else [mark for mark in ";\t|," if mark != usual]
    titled = _find_title(text, start, separator, others)
    if titled is not None or is_detected:
        titled = titled or Preamble(start, separator)
        return replace(titled, is_detected=not is_declared and titled.separator != usual)
    above = _COMMENTS.match(text, start)
    lines = above[0].removeprefix(codecs.BOM_UTF8).splitlines(keepends=True) if above else []
    comments = [line for line in lines if line.startswith(b"#")]
    if above is None or not comments:
        return Preamble(start, separator)
    header = _first_record(text, separator, above.end())
    n_of_comment, n_of_header = (_count_fields(line, separator) for line in (comments[-1], header))
    # A separator at the end of each row, but not of the names, is one field more.
    if not header or n_of_comment in {n_of_header, n_of_header - header.endswith(separator.encode())}:
        first = text.rindex(comments[-1], start, above.end())
        return Preamble(first if len(comments) > 1 or start else 0, separator)
    return Preamble(above.end(), separator, comments[0].decode("utf-8", "replace").strip())


def _find_title(text: bytes, start: int, usual: str, others: Sequence[str]) -> Preamble | None:
    r"""Find lines of a title above the line of column names; None where there are none.

    >>> _find_title(b"Sales report\ncreated in May\n\nshop,amount\nA,1\nB,2\n", 0, ",", ()).end
    29
    """
    first, _ = split_header(text, usual, start)
    n_fields = _count_fields(first, usual)
    if not first or first.startswith(b"#") or n_fields >= _FEWEST_FIELDS < _n_filled(first, usual):
        return None
    found: list[tuple[tuple[int, int], Preamble]] = []
    for mark in [usual, *others] if n_fields == 1 else [usual]:
        records: list[tuple[int, bytes, bool]] = []  # where each begins, and whether blank lines are above it
        end, is_below_blank = start, False
        while len(records) < _N_LINES:
            line, next_end = split_header(text, mark, end)
            if not line:
                break
            begin = next_end - len(line) + 1
            if _n_filled(line, mark):
                records.append((begin, line, is_below_blank or text.count(b"\n", end, begin) > 1))
            is_below_blank = not _n_filled(line, mark)
            end = next_end
        if len(records) == _N_LINES and end >= len(text):
            records.pop()  # which may be cut
        first_filled = next((n for n, (_, line, _) in enumerate(records) if _n_filled(line, mark) > 1), 0)
        below_blank = max(
            (n for n, (_, _, is_apart) in enumerate(records[: _MOST_TITLE_LINES + 1]) if is_apart), default=0
        )
        lines = [line for _, line, _ in records]
        for n_above in sorted({first_filled, below_blank} - {0}):
            above, below, is_apart = lines[:n_above], lines[n_above:], n_above == below_blank
            if n_above <= _MOST_TITLE_LINES and _is_title(
                above, below, mark, is_apart=is_apart, is_usual=mark == usual
            ):
                shown = lines[0].decode("utf-8", "replace").strip(f"{mark} \t\r\n\ufeff")
                width = _count_fields(below[0], mark), _n_filled(below[0], mark)
                found.append((width, Preamble(records[n_above][0], mark, shown)))
    # Of several separators, the one that gives the most columns; of several lines, the one that names the most.
    return max(found, key=lambda one: one[0])[1] if found else None


def _is_title(above: list[bytes], below: list[bytes], mark: str, *, is_apart: bool, is_usual: bool) -> bool:
    """Whether some lines seem to be a title, and those below them names of columns and rows.

    ``is_apart`` says that a blank line is between them, and ``is_usual`` that no separator was searched for.
    """
    widths = [_count_fields(line, mark) for line in below]
    n_columns = widths[0]
    n_alike = sum(
        width == n_columns or (width == n_columns + 1 and line.rstrip().endswith(mark.encode()))
        for width, line in zip(widths, below, strict=True)
    )
    # A single line could also be the name of the only column, whose texts have another mark in them.
    is_clear = is_apart or is_usual or len(above) > 1 or n_columns >= _FEWEST_FIELDS
    if len(widths) < 2 or n_alike < _MOST_ROWS * len(widths) or n_columns < 2 or not is_clear:
        return False
    # Above a blank line, such as the period and account of a bank, also a name and its value.
    most_filled = 2 if is_apart and n_columns > _FEWEST_FIELDS and _n_filled(below[0], mark) > _FEWEST_FIELDS else 1
    for line in above:
        is_short = n_columns >= _FEWEST_FIELDS and _n_filled(line, mark) <= most_filled
        is_padded = is_short and not line.startswith(mark.encode())
        if not (is_padded or _count_fields(line, mark) < n_columns):
            return False
    fields = [field.strip(b' "\t\r\n') for field in below[0].split(mark.encode())]
    named = fields[:-1] if not fields[-1] else fields
    has_number = any(re.match(rb"[-+$]?[\d.,]+%?$", field) for field in named)
    return len(named) > 1 and not has_number and len(set(named)) == len(named)


def _n_filled(line: bytes, separator: str) -> int:
    """Return how many fields of a line hold something."""
    fields = re.sub(rb'"(?:[^"]|"")*"', b"x", line).split(separator.encode())
    return sum(bool(field.strip()) for field in fields)


def _detect_separator(text: bytes, start: int, usual: str) -> str:
    """Return another separator, if the names are one field with the usual one, and as many as the row below with it."""
    header, _ = split_header(text, usual, start)
    if not header or _count_fields(header, usual) > 1:
        return usual
    for mark in ",;\t|":
        names, end = split_header(text, mark, start)
        row, _ = split_header(text, mark, end)
        n_names = _count_fields(names, mark)
        if n_names > 1 and _count_fields(row, mark) in {n_names, n_names + 1}:
            return mark
    return usual


def _count_fields(line: bytes, separator: str) -> int:
    return re.sub(rb'"(?:[^"]|"")*"', b"", line).count(separator.encode()) + 1


def find_header(where: str, head: bytes, reading: Reading, usual: str) -> tuple[bytes, int, int, Preamble]:
    """Find the line of column names in the first bytes of a text.

    Returns it in UTF-8 with a line break at its end, its end in the text in UTF-8, how many separators are at the end
    of the rows under it, and what stands above it. The line is empty if there is none.
    """
    text = Utf8Stream(io.BytesIO(head), str(reading.encoding), b"").read()
    preamble = find_preamble(text, reading, usual)
    reading = replace(reading, separator=preamble.separator)
    line, end = split_header(text, preamble.separator, preamble.end)
    shown = line.decode().translate(_TO_ESCAPES).removesuffix("\n")
    if shown.encode() != line.removesuffix(b"\n"):
        template = (
            "{where}: the column names must be text in {encoding}; got {given!r}. Save the table as UTF-8, or declare "
            "how it is written with data.encoding."
        )
        raise DataError.of("names_not_text", template, where=where, encoding=reading.encoding, given=shown[:200])
    surplus = count_surplus(text, end, len(read_names(line, reading)), reading) if line else 0
    return line, end, surplus, preamble


def split_header(text: bytes, separator: str, start: int = 0) -> tuple[bytes, int]:
    """Return the header line of a text in UTF-8, with a line break at its end, and where it ends in the text.

    A byte-order mark and lines of blanks above it are skipped. The line is empty if there is nothing else.
    """
    blanks = _blanks(separator).encode()
    above = re.compile(rb"(?:\xef\xbb\xbf)?(?:[%s]*(?:\r\n?|\n))*" % blanks).match(text, start)
    start = above.end() if above else start
    line = _first_record(text, separator, start)
    return line + b"\n" if line.strip(blanks) else b"", start + len(line)


def count_surplus(text: bytes, start: int, n_columns: int, reading: Reading) -> int:
    """Count the fields that the first row from a position on has more than there are columns, if they are all empty."""
    line, _ = split_header(text, str(reading.separator), start)
    try:
        fields = read_names(line, reading) if line else []
    except pa.ArrowInvalid:  # a quote is never closed
        return 0
    is_empty = not any(field.strip(_blanks(str(reading.separator))) for field in fields[n_columns:])
    return max(len(fields) - n_columns, 0) if is_empty else 0


def _blanks(separator: str) -> str:
    """Return the characters of a line that is no row."""
    return " \t".replace(separator, "")


def _first_record(text: bytes, separator: str, start: int) -> bytes:
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
    if header_line and b'"' not in header_line:  # Arrow takes 9 kB for each name, and refuses an empty line
        return header_line.decode().removesuffix("\n").split(str(reading.separator))
    options = pa_csv.ReadOptions(block_size=max(len(header_line), BLOCK_BYTES), use_threads=False)
    parsing = pa_csv.ParseOptions(delimiter=reading.separator, newlines_in_values=True)
    return list(pa_csv.read_csv(pa.BufferReader(header_line), options, parsing).column_names)


def decode_text(content: bytes, encoding: str, *, is_head: bool = False) -> bytes:
    """Decode a whole text, or its first bytes, strictly; return it in UTF-8 without a byte-order mark."""
    if not is_utf8(encoding):
        text = codecs.getincrementaldecoder(encoding)().decode(content, final=not is_head).encode()
    else:
        text = content[: whole_characters(content)] if is_head else content
        if not (text.isascii() or is_valid_utf8(text)):
            raise UnicodeError(f"not text in {encoding}")
    return text.removeprefix(codecs.BOM_UTF8)


def read_whole(
    held: list[bytes], start: int, reading: Reading, header: Sequence[str], *, surplus: int = 0
) -> tuple[pa.Table, list[MalformedRow]]:
    """Read all rows of a text in UTF-8, from a byte on, as binary columns; and the malformed rows.

    The text is removed from ``held``, so that the memory of a wide one is free as soon as it is read.
    """
    text = held.pop()
    n_bytes, has_quotes, is_wide = len(text) - start, text.find(b'"', start) >= 0, len(header) >= MANY_COLUMNS
    n_blocks, n_threads = -(-n_bytes // _WIDE_BLOCK_BYTES), N_THREADS if n_bytes >= _LONG_TEXT else 1
    n_parts = 1 if has_quotes else n_blocks if is_wide else n_threads
    ends = [*_cuts(text, start, n_parts, shrink=is_wide), len(text)]
    parts: list[Any] = [memoryview(text)[one:other] for one, other in zip([start, *ends[:-1]], ends, strict=True)]
    are_last = [end == len(text) for end in ends]
    whole, small = min(n_bytes + BLOCK_BYTES, _LARGEST_BLOCK_BYTES), 2 * BLOCK_BYTES
    # Small blocks are parsed fastest, unless each has few rows: a column costs as much for one as for a thousand.
    block_bytes = small if not is_wide else _WIDE_BLOCK_BYTES if has_quotes else whole
    if is_wide and len(parts) > 1:
        parts = [bytes(part) for part in parts]  # each is freed when it is read
        del text

    def read(part: Any, is_last: bool, block_bytes: int) -> list[tuple[pa.Table, list[MalformedRow]]]:
        content = memoryview(part) if part and not has_quotes else pa.BufferReader(part)
        rows = read_rows(content, reading, header, header, surplus=surplus, block_bytes=block_bytes, to_end=is_last)
        found = list(rows)
        release_unused(len(header))
        return found

    taken = (parts.pop(0) for _ in ends)
    try:
        read_parts = in_threads(read, taken, are_last, repeat(block_bytes), are_long=n_parts > 1 and not is_wide)
    except RowTooLongError:
        if is_wide and n_parts > 1:  # its blocks cannot be longer
            raise
        read_parts = [read(memoryview(text)[start:], is_last=True, block_bytes=whole)]
    tables: list[pa.Table] = []
    malformed: list[MalformedRow] = []
    for part in read_parts:
        n_before = sum(table.num_rows for table in tables) + len(malformed)
        tables += [table for table, _ in part]
        malformed += [replace(row, row=row.row + n_before) for _, found in part for row in found]
    # Each chunk of a column takes a kilobyte, so an empty one is not put in front of others.
    return pa.concat_tables(tables or [pa.schema([(name, pa.binary()) for name in header]).empty_table()]), malformed


def _cuts(text: bytes, start: int, n_parts: int, *, shrink: bool = False) -> Iterator[int]:
    """Yield where a text without quotes is cut into parts: behind line breaks.

    They are about as long as each other, or ``shrink`` as the memory of the columns grows.
    """
    n_bytes, last = len(text) - start, start
    for part in range(1, n_parts):
        rest = (1 - part / n_parts) ** (4 / 3 if shrink else 1)
        cut = text.find(b"\n", start + int(n_bytes * (1 - rest))) + 1
        if last < cut < len(text):
            yield cut
            last = cut


def read_rows(
    content: Any,
    reading: Reading,
    columns: Sequence[str],
    header: Sequence[str],
    *,
    start: int = 0,
    surplus: int = 0,
    block_bytes: int = BLOCK_BYTES,
    to_end: bool = True,
) -> Iterator[tuple[pa.Table, list[MalformedRow]]]:
    """Read columns of a text, a block at a time; yield well-formed rows and malformed ones.

    ``content`` is a file, or the memory of a text in UTF-8 without quotes, which takes less time. ``header`` has all
    columns of the text, whose rows begin at the byte ``start`` of the text in UTF-8. Its rows may
    end with ``surplus`` separators, so that they have as many empty fields more. A single row may not be longer
    than a block. ``to_end`` is False for a part of a text whose last row is not that of the table.

    The rules are those of training and of scoring. Lines of blanks are no rows. A row is malformed if it has another
    number of fields than the header, repeats the header, or is the last and seems to be a total. With ``short_rows:
    missing`` the fields that a row lacks at its end are missing values.
    """
    extras = _surplus_names(surplus)
    # One column alone does not show whether a row repeats the header: its name may be a value.
    others = [name for name in header if name not in columns][:1] if len(columns) == 1 else []
    read = [*columns, *others]
    fields, wanted = [*header, *extras], [*read, *extras]
    rules = _RowRules(reading, read, header, surplus=surplus)
    blocks = _parse_rows(content, reading, wanted, fields, start=start, block_bytes=block_bytes)
    # The last rows wait for what follows them, which may be nothing.
    waiting = pa.schema([(name, pa.binary()) for name in read]).empty_table(), list[MalformedRow]()
    n_rows = 0
    for table, reported, tail in blocks:
        rows, malformed = rules.apply(table, reported)
        if rows.num_rows:
            yield from _shown(*waiting, columns)
            n_rows += waiting[0].num_rows + len(waiting[1])
            waiting = rows, malformed
        else:
            waiting = waiting[0], [*waiting[1], *malformed]
        if table is None and to_end:
            waiting = _without_total(*waiting, _find_total(tail, reading, header, surplus), header, n_rows)
    yield from _shown(*waiting, columns)


def _shown(
    table: pa.Table, malformed: list[MalformedRow], columns: Sequence[str]
) -> Iterator[tuple[pa.Table, list[MalformedRow]]]:
    if table.num_rows or malformed:
        yield table.select(columns), [replace(row, text=row.text.translate(_TO_ESCAPES)) for row in malformed]


def _find_total(tail: bytes, reading: Reading, header: Sequence[str], surplus: int) -> list[str] | None:
    """Return the fields of the last row, if it seems to be a total: a word that says so, numbers and blanks.

    This is decided by the last bytes of a text in UTF-8 alone, so that it does not depend on the columns that are read.
    """
    lines = tail.decode("utf-8", "replace").splitlines()[1 if len(tail) == _TAIL_BYTES else 0 :]
    if not any(_TOTAL.search(line) for line in lines[-_N_LAST_LINES:]):  # nearly always
        return None
    widths = {len(header), len(header) + surplus}
    rows = [
        [field.strip() for field in row[: len(header)]]
        for row in csv.reader(lines, delimiter=str(reading.separator))
        if len(row) in widths and row[: len(header)] != list(header)
    ]
    words = [field for field in rows[-1] if field and not _is_number_like(field)] if rows else []
    if len(words) != 1 or not _TOTAL.fullmatch(words[0]):
        return None
    position = rows[-1].index(words[0])
    others = [row[position] for row in rows[:-1]]
    is_clear = not all(rows[-1]) or (others and all(not field or _is_number_like(field) for field in others))
    return rows[-1] if is_clear and words[0] not in others else None  # in other rows it is a category


def is_total(word: str, words: Container[str]) -> bool:
    """Whether a word means a sum of rows: total, or one of ``words`` and total, as in the subtotals of spreadsheets.

    >>> [is_total(word, {"north", "total"}) for word in ("grand total", "north total", "total loss")]
    [True, True, False]
    """
    first, _, others = word.partition(" ")
    label, _, last = word.rpartition(" ")
    return any(
        _TOTAL.fullmatch(total) is not None and (not rest or rest in words)
        for total, rest in ((word, ""), (last, label), (first, others))
    )


def _without_total(
    table: pa.Table, malformed: list[MalformedRow], fields: list[str] | None, header: Sequence[str], n_before: int
) -> tuple[pa.Table, list[MalformedRow]]:
    """Move the last row to the malformed ones, if it is the total with these fields."""
    if fields is None or not table.num_rows:
        return table, malformed
    wanted = dict(zip(header, fields, strict=True))
    last = table.slice(table.num_rows - 1).to_pylist()[0]
    if any((cell or b"").decode("utf-8", "replace").strip() != wanted[name] for name, cell in last.items()):
        return table, malformed
    row = n_before + table.num_rows + len(malformed) - 1
    below = {one.row for one in malformed}
    while row in below:
        row -= 1
    total = MalformedRow(row, ",".join(fields), TOTAL_ROW, len(fields))
    return table.slice(0, table.num_rows - 1), sorted([*malformed, total], key=lambda one: one.row)


def _is_number_like(field: str) -> bool:
    return any(map(str.isdigit, field)) and sum(map(str.isalpha, field)) <= _MOST_LETTERS


class _RowRules:
    """Decides which rows are well-formed, a block of rows at a time.

    Arrow numbers all rows, and reports apart those with another number of fields, lines of blanks among them. It reads
    blocks ahead, so some of these wait for the block that they are in.
    """

    def __init__(self, reading: Reading, columns: Sequence[str], header: Sequence[str], *, surplus: int) -> None:
        self._reading, self._columns, self._header, self._surplus = reading, list(columns), list(header), surplus
        self._separator = str(reading.separator)
        self._blanks = _blanks(self._separator)
        self._extras = _surplus_names(surplus)
        self._n_seen, self._n_blank = 0, 0  # rows so far as Arrow counts them, and lines of blanks among them
        self._waiting: list[MalformedRow] = []

    def apply(self, block: pa.Table | None, reported: list[MalformedRow]) -> tuple[pa.Table, list[MalformedRow]]:
        """Return the well-formed rows of a block, and the malformed ones with their numbers without lines of blanks.

        None stands for the end of the text.
        """
        self._waiting += reported
        table = (
            pa.schema([(name, pa.binary()) for name in [*self._columns, *self._extras]]).empty_table()
            if block is None
            else block
        )
        numbers = number_rows(self._n_seen, table.num_rows, self._waiting)
        self._n_seen = int(numbers[-1]) + 1 if len(numbers) else self._n_seen
        n_inside = len(self._waiting) if block is None else sum(row.row < self._n_seen for row in self._waiting)
        inside, self._waiting = self._waiting[:n_inside], self._waiting[n_inside:]
        blank = [row.row for row in inside if not row.text.strip(self._blanks)]
        odd = [row for row in inside if row.text.strip(self._blanks)]
        repaired = [row for row in odd if self._may_repair(row)]
        malformed = [row for row in odd if not self._may_repair(row)]
        if repaired:
            numbers = np.concatenate([numbers, [row.row for row in repaired]])
            order = np.argsort(numbers, kind="stable")
            table, numbers = pa.concat_tables([table, self._fill(repaired)]).take(pa.array(order)), numbers[order]
        if len(self._header) == 1:  # a line of blanks is a well-formed row of one column
            is_blank = _holds(table[0], f"^[{self._blanks}]+$")
            blank += numbers[is_blank].tolist()
            table, numbers = _keep(table, numbers, ~is_blank)
        n_columns = len(self._header)
        if self._surplus:
            held = [_holds(table[name], f"[^{self._blanks}]") for name in self._extras]
            is_surplus = np.logical_or.reduce(held)
            n_fields = n_columns + self._surplus
            fault = f"must have {n_columns} fields; got {n_fields}"
            for position in np.flatnonzero(is_surplus):
                texts = (table[name][int(position)].as_py() or b"" for name in self._extras)
                shown = self._separator.join(["...", *(text.decode("utf-8", "backslashreplace") for text in texts)])
                malformed.append(MalformedRow(int(numbers[position]), shown, fault, n_fields))
            table, numbers = _keep(table.drop_columns(self._extras), numbers, ~is_surplus)
        repeats = self._repeats_header(table)
        text = self._separator.join(self._header)
        malformed += [MalformedRow(int(n), text, REPEATS_HEADER, n_columns) for n in numbers[repeats]]
        table, numbers = _keep(table, numbers, ~repeats)
        before = self._n_blank + np.searchsorted(np.sort(blank), [row.row for row in malformed])
        self._n_blank += len(blank)
        numbered = [replace(row, row=row.row - int(n)) for row, n in zip(malformed, before, strict=True)]
        return table, sorted(numbered, key=lambda row: row.row)

    def _may_repair(self, row: MalformedRow) -> bool:
        n_columns = len(self._header)
        is_short = row.n_fields < n_columns and self._reading.short_rows == "missing"
        return is_short or n_columns <= row.n_fields < n_columns + self._surplus

    def _fill(self, rows: list[MalformedRow]) -> pa.Table:
        """Parse rows with too few fields; those that they lack are missing."""
        fields, wanted = [*self._header, *self._extras], [*self._columns, *self._extras]
        lines = (row.text + self._separator * (len(fields) - row.n_fields) for row in rows)
        content = "\n".join(lines).encode()
        n_bytes = max(len(content), BLOCK_BYTES)
        read, parse, convert = _csv_options(self._reading, wanted, fields, block_bytes=n_bytes)
        table = pa_csv.read_csv(pa.BufferReader(content), read, parse, convert)
        return _with_odd_bytes(table)

    def _repeats_header(self, table: pa.Table) -> NDArray[np.bool_]:
        """Return a mask of the rows whose fields are the names of the columns, as where files were put together."""
        # A text may be the name of its only column, and empty fields are no names.
        may_repeat = len(self._columns) > 1 and not all(map(UNNAMED.fullmatch, self._columns))
        repeats = np.full(table.num_rows, may_repeat)
        for position, name in enumerate(self._columns):
            if not repeats.any():
                break
            same = pc.equal(table[position], pa.scalar(name.encode(), pa.binary()))
            repeats &= same.fill_null(fill_value=bool(UNNAMED.fullmatch(name))).to_numpy()
        return repeats


def number_rows(first: int, n_rows: int, malformed: Sequence[MalformedRow]) -> NDArray[np.int64]:
    """Return the numbers of well-formed rows from ``first`` on, skipping the numbers of malformed rows.

    Arrow parses ahead, so malformed rows behind these may be among the given ones.
    """
    numbers = np.arange(first, first + n_rows + len(malformed))
    return np.setdiff1d(numbers, [row.row for row in malformed], assume_unique=True)[:n_rows] if malformed else numbers


def _surplus_names(n_surplus: int) -> list[str]:
    return [f"{_SURPLUS} {number}" for number in range(n_surplus)]


def _holds(column: pa.ChunkedArray, pattern: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.match_substring_regex(column, pattern).fill_null(fill_value=False).to_numpy()
    return found


def _keep(table: pa.Table, numbers: NDArray[np.int64], kept: NDArray[np.bool_]) -> tuple[pa.Table, NDArray[np.int64]]:
    return (table, numbers) if kept.all() else (table.filter(pa.array(kept)), numbers[kept])


def _parse_rows(
    content: Any, reading: Reading, columns: Sequence[str], header: Sequence[str], *, start: int, block_bytes: int
) -> Iterator[tuple[pa.Table | None, list[MalformedRow], bytes]]:
    """Yield blocks of rows as Arrow parses and numbers them, with the rows of other widths so far; at the end None.

    The last item holds the last bytes of the text at the end.
    """
    reported: list[MalformedRow] = []
    # A malformed line is appended to the text. If Arrow does not report it, it is inside a quote that is never closed.
    last_line, is_met, n_rows = _SENTINEL + str(reading.separator) * len(header), False, 0

    def take_malformed(row: Any) -> str:
        nonlocal is_met
        if row.text == last_line:
            is_met = True
        else:
            reported.append(_to_malformed(row))
        return "skip"

    text = None
    if isinstance(content, memoryview):
        blocks, is_met = pa.BufferReader(content), True
    else:
        text = Utf8Stream(content, str(reading.encoding), f"\n{last_line}\n".encode(), start)
        # BufferedInputStream copies what Python returns: Arrow can free its own memory in any thread without the GIL.
        blocks = pa.BufferedInputStream(pa.PythonFile(text, mode="r"), BLOCK_BYTES)
    read, parse, convert = _csv_options(reading, columns, header, on_malformed=take_malformed, block_bytes=block_bytes)
    try:
        with (
            blocks,
            pa_csv.open_csv(blocks, read, parse, convert, memory_pool=allocator_of(len(header))) as reader,
            _drained_on_exit(text, blocks, reader),
        ):
            for batch in reader:
                found, reported[:] = list(reported), []
                n_rows += batch.num_rows + len(found)
                table = pa.Table.from_batches([batch])
                yield _with_odd_bytes(table) if text and text.has_odd_bytes else table, found, b""
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            template = (
                "a row is longer than {n:,} MiB; perhaps a quote is never closed, in row {row:,}, counted from 0, or "
                "soon after it"
            )
            raise RowTooLongError(Note.of("row_too_long", template, n=block_bytes // 2**20, row=n_rows)) from error
        raise
    if not is_met:
        last = max(n_rows + len(reported) - 1, 0)
        template = "a quote is never closed: the text ends within row {row:,}, counted from 0"
        raise EOFError(Note.of("quote_not_closed", template, row=last))
    yield None, reported, text.tail if text else bytes(content[-_TAIL_BYTES:])


def _to_malformed(row: Any) -> MalformedRow:
    fault = f"must have {row.expected_columns} fields; got {row.actual_columns}"
    n_lines = len(row.text.splitlines())
    if n_lines > 1:
        fault = f"{fault}, over {n_lines:,} lines; perhaps a quote is never closed"
    return MalformedRow(row.number - 1, row.text, fault, row.actual_columns)


@contextmanager
def _drained_on_exit(text: Utf8Stream | None, blocks: pa.NativeFile, reader: Any) -> Iterator[None]:
    """Stop Arrow's read-ahead thread before its reader is freed, also at interpreter exit.

    The thread calls back into Python, so it needs the GIL. Two things must not happen: a thread that holds the GIL
    frees the reader, which joins the read-ahead thread (a deadlock), or the read-ahead thread calls Python while the
    interpreter shuts down (a crash). Draining the reader here releases the GIL while it waits. The blocks are closed
    here as well: the read-ahead thread may hold the last reference to them, and closing them would call Python from it.
    """

    def drain() -> None:
        if text is not None:
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


def _csv_options(
    reading: Reading, columns: Sequence[str], header: Sequence[str], *, on_malformed: Any = None, block_bytes: int
) -> tuple[Any, Any, Any]:
    """Return Arrow's options for fields as bytes; on one thread, because only then does it number malformed rows."""
    return (
        pa_csv.ReadOptions(block_size=block_bytes, use_threads=False, column_names=header),
        pa_csv.ParseOptions(delimiter=reading.separator, invalid_row_handler=on_malformed, newlines_in_values=True),
        pa_csv.ConvertOptions(
            include_columns=columns,
            column_types=dict.fromkeys(columns, pa.binary()),
            strings_can_be_null=True,
            # The other words for missing values are replaced where a column is parsed; kept columns keep them.
            null_values=[""],
        ),
    )
