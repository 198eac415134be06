"""Spans of rows in a file, so that workers of a cluster can each read their own rows.

A text file is split at line breaks outside quotes. Where these are is certain only if every quote opens or closes a
field, as in well-formed CSV; a file with any other quote is not split, and one process reads it.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pa_parquet

from skdl.files import sha256_of
from skdl.tables._source import split_ending

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from skdl.tables._source import Source

_BLOCK_BYTES = 4 * 2**20  # a longer line is not split; Arrow could not read it either
_FOOTER_TAIL = 8  # last bytes of a Parquet file: length of the footer, and PAR1
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
# In these encodings no byte of a multi-byte character looks like a quote, a separator or a line break.
_SPLITTABLE = {"utf-8", "utf-8-sig", "ascii", "cp949", "euc_kr", "iso8859-1", "iso8859-15", "cp1252"}


@dataclass(frozen=True)
class Span:
    """Rows ``start`` to ``stop`` of a table, counted from 0, and their position in the file.

    In a text file it has ``n_bytes`` from ``offset`` on, and their digest. Rows of Parquet are found by their number;
    the digest is that of the footer, which holds the position of everything.
    """

    start: int
    stop: int
    offset: int | None
    n_bytes: int | None
    sha256: str


def split_text_file(
    source: Source, *, separator: str, encoding: str, n_rows: int
) -> tuple[str | None, list[Span] | None]:
    r"""Split a text file into spans of ``n_rows`` rows; return the digest of the file, and the spans.

    The spans are None where it is not certain where rows begin, and for a compressed file.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdl.tables import LocalFile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "t.csv")
    ...     _ = path.write_bytes(b'a,b\n1,"x\ny"\n2,z\n3,z\n')
    ...     _, spans = split_text_file(LocalFile(path), separator=",", encoding="utf-8", n_rows=2)
    >>> [(span.start, span.stop, span.offset, span.n_bytes) for span in spans]
    [(0, 2, 4, 12), (2, 3, 16, 4)]
    """
    is_packed = bool(split_ending(source.file_name)[1])
    if is_packed or codecs.lookup(encoding).name not in _SPLITTABLE or len(separator) != 1:
        return source.digest(), None
    whole, digest, digests = hashlib.sha256(), hashlib.sha256(), []
    starts: list[int] = []
    position, n_lines = 0, 0  # bytes and lines so far, the header included, blank lines not counted
    with source.open() as content:
        if content.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
            whole.update(codecs.BOM_UTF8)
            position = len(codecs.BOM_UTF8)
        content.seek(position)
        while block := content.read(_BLOCK_BYTES):
            lines = _find_lines(block, separator.encode())
            if lines is None:
                return source.digest(), None
            begins, n_bytes = lines
            # Row number of each line; the header has -1.
            rows = np.arange(n_lines, n_lines + len(begins)) - 1
            done = 0
            for begin in begins[(rows >= 0) & (rows % n_rows == 0)].tolist():
                # A span begins here. The digest so far is that of the span before it, the first that of the header.
                digest.update(block[done:begin])
                digests.append(digest.hexdigest())
                digest, done = hashlib.sha256(), begin
                starts.append(position + begin)
            digest.update(block[done:n_bytes])
            whole.update(block[:n_bytes])
            n_lines += len(begins)
            position += n_bytes
            content.seek(position)  # a line that the block cuts is read again, whole
    digests.append(digest.hexdigest())
    edges = zip(range(0, n_lines - 1, n_rows), pairwise([*starts, position]), digests[1:], strict=True)
    return whole.hexdigest(), [
        Span(row, min(row + n_rows, n_lines - 1), begin, end - begin, sha256) for row, (begin, end), sha256 in edges
    ]


def _find_lines(block: bytes, separator: bytes) -> tuple[NDArray[np.intp], int] | None:
    """Return where the lines of a block begin, blank ones left out, and the length of its whole lines.

    None if its quotes or line ends are ambiguous, or a line is longer than a block. Lines begin outside quotes.
    """
    is_last = len(block) < _BLOCK_BYTES
    # The last line of a file may lack its line break.
    letters = np.frombuffer(block + b"\n" if is_last and not block.endswith(b"\n") else block, np.uint8)
    quotes, breaks = np.flatnonzero(letters == _QUOTE), np.flatnonzero(letters == _NEWLINE)
    # A line break is outside quotes if an even number of quotes precedes it; a doubled quote counts as two.
    ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    if not len(ends) or (is_last and ends[-1] != len(letters) - 1):
        return None
    letters, quotes = letters[: ends[-1] + 1], quotes[quotes < ends[-1]]
    # Every second quote opens. A doubled quote closes and opens again, which both tests allow, because a quote is among
    # the permitted neighbours.
    opening, closing = quotes[0::2], quotes[1::2]
    may_open, may_close = (np.frombuffer(separator + others, np.uint8) for others in (b'\n"', b'\n\r"'))
    is_plain = (
        # A quote at position 0 begins a line, and with it a field.
        np.isin(letters[opening[opening > 0] - 1], may_open).all()
        and np.isin(letters[closing + 1], may_close).all()
        and (letters[np.flatnonzero(letters == _RETURN) + 1] == _NEWLINE).all()
    )
    if not is_plain:
        return None
    begins = np.concatenate([[0], ends[:-1] + 1])
    length = ends - begins
    # A line of blanks is no row either, but is not told from one here.
    blanks = b" \t".replace(separator, b"")
    for line in np.flatnonzero(np.isin(letters[begins], np.frombuffer(blanks, np.uint8))):
        if not letters[begins[line] : ends[line]].tobytes().strip(blanks + b"\r"):
            return None
    # Blank lines are no rows for Arrow either, also those of a carriage return alone.
    blank = (length == 0) | ((length == 1) & (letters[begins] == _RETURN))
    return begins[~blank], min(len(letters), len(block))


def split_parquet_file(source: Source, *, n_rows: int) -> list[Span]:
    """Split a Parquet file into spans of ``n_rows`` rows."""
    with source.open() as content:
        sha256 = footer_digest(content)
        content.seek(0)
        n_all = pa_parquet.read_metadata(content).num_rows
    return [Span(start, min(start + n_rows, n_all), None, None, sha256) for start in range(0, n_all, n_rows)]


def footer_digest(content: pa.NativeFile) -> str:
    """Return the SHA-256 digest of a Parquet file's footer."""
    # A Parquet file ends with its footer, the footer's length in 4 bytes (little-endian), and the letters PAR1.
    content.seek(content.size() - _FOOTER_TAIL)
    length = int.from_bytes(content.read(_FOOTER_TAIL)[:4], "little")
    content.seek(max(content.size() - _FOOTER_TAIL - length, 0))
    return sha256_of(content.read(length))
