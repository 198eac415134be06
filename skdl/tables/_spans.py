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

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from skdl.tables._source import Source

__all__ = ["Span", "footer_digest", "split_parquet_file", "split_text_file"]

_BLOCK_BYTES = 4 * 2**20
_LONGEST_LINE = 16 * _BLOCK_BYTES
_FOOTER_TAIL = 8  # last bytes of a Parquet file: length of the footer, and PAR1
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
# In these encodings no byte of a multi-byte character looks like a quote, a separator or a line break.
_SPLITTABLE = {"utf-8", "utf-8-sig", "ascii", "cp949", "euc_kr", "iso8859-1", "iso8859-15", "cp1252"}


@dataclass(frozen=True)
class Span:
    """Rows ``start`` to ``stop`` of a table, and their position in the file.

    Attributes
    ----------
    start, stop : int
        Row numbers from 0.
    offset, n_bytes : int, optional
        Its bytes in a text file; None for Parquet, whose rows are found by their number.
    sha256 : str
        Digest of these bytes; for Parquet, of the footer, which holds the position of everything.
    """

    start: int
    stop: int
    offset: int | None
    n_bytes: int | None
    sha256: str


def split_text_file(source: Source, *, separator: str, encoding: str, n_rows: int) -> tuple[str, list[Span] | None]:
    r"""Split a text file into spans, and compute its digest in the same pass.

    Parameters
    ----------
    source : Source
        Not compressed.
    separator, encoding : str
        How it is written.
    n_rows : int
        Rows a span.

    Returns
    -------
    sha256 : str
        Digest of the whole file.
    spans : list of Span or None
        None if it is not certain where rows begin.

    Examples
    --------
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
    whole, splitter = hashlib.sha256(), _LineSplitter(separator.encode(), n_rows)
    # The digest needs the whole file, so the loop continues to its end when splitting has failed.
    certain = codecs.lookup(encoding).name in _SPLITTABLE and len(separator) == 1
    with source.open() as content:
        while block := content.read(_BLOCK_BYTES):
            whole.update(block)
            certain = certain and splitter.take(block)
    certain = certain and splitter.end()
    return whole.hexdigest(), list(splitter.spans()) if certain else None


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
    return hashlib.sha256(content.read(length)).hexdigest()


class _LineSplitter:
    """Split a text file into spans of whole lines, block by block."""

    def __init__(self, separator: bytes, n_rows: int) -> None:
        self._may_open = np.frombuffer(separator + b'\n"', np.uint8)
        self._may_close = np.frombuffer(separator + b'\n\r"', np.uint8)
        self._n_rows = n_rows
        self._rest = b""  # beginning of a line whose end is in the next block
        self._position = 0  # of that beginning in the file
        self._n_lines = 0  # header included, blank lines not counted
        self._starts: list[int] = []
        self._digests: list[str] = []
        self._digest = hashlib.sha256()

    def take(self, block: bytes) -> bool:
        """Take the next block; return whether it can be split with certainty."""
        text = self._rest + block
        ends = _line_ends(np.frombuffer(text, np.uint8))
        if not len(ends):
            self._rest = text
            # A quote that is never closed would collect the whole file in memory: beyond this length the file is not
            # split.
            return len(text) <= _LONGEST_LINE
        cut = int(ends[-1]) + 1
        self._rest = text[cut:]
        return self._lines(text[:cut], ends)

    def end(self) -> bool:
        """Take what follows the last line break; return whether it can be split with certainty."""
        if self._rest:
            # The last line may lack its line break. The one added here is neither counted nor hashed (n_added).
            text = self._rest + b"\n"
            ends = _line_ends(np.frombuffer(text, np.uint8))
            if not len(ends) or ends[-1] != len(text) - 1 or not self._lines(text, ends, n_added=1):
                return False
        self._digests.append(self._digest.hexdigest())
        return True

    def spans(self) -> Iterator[Span]:
        """Yield the spans, in order."""
        n_rows = self._n_lines - 1
        for number, (begin, end) in enumerate(pairwise([*self._starts, self._position])):
            start = number * self._n_rows
            stop = min(start + self._n_rows, n_rows)
            yield Span(start, stop, begin, end - begin, self._digests[number + 1])

    def _lines(self, text: bytes, ends: NDArray[np.intp], n_added: int = 0) -> bool:
        """Take whole lines; return whether their quotes and line ends are unambiguous."""
        letters = np.frombuffer(text, np.uint8)
        # A quote behind the byte-order mark opens the first field; without this it would count as a quote inside a
        # field.
        has_bom = self._position == 0 and text.startswith(codecs.BOM_UTF8)
        if not self._is_plain(letters[len(codecs.BOM_UTF8) :] if has_bom else letters):
            return False
        begins = np.concatenate([[0], ends[:-1] + 1])
        length = ends - begins
        # Blank lines are no rows for Arrow either, also those of a carriage return alone.
        blank = (length == 0) | ((length == 1) & (letters[begins] == _RETURN))
        begins = begins[~blank]
        # Row number of each line; the header has -1.
        rows = np.arange(self._n_lines, self._n_lines + len(begins)) - 1
        self._n_lines += len(begins)
        size, done = len(text) - n_added, 0
        for begin in begins[(rows >= 0) & (rows % self._n_rows == 0)].tolist():
            # A span begins here. The digest so far is that of the span before it, for the first span that of the
            # header.
            self._digest.update(text[done:begin])
            self._digests.append(self._digest.hexdigest())
            self._digest, done = hashlib.sha256(), begin
            self._starts.append(self._position + begin)
        self._digest.update(text[done:size])
        self._position += size
        return True

    def _is_plain(self, letters: NDArray[np.uint8]) -> bool:
        """Return whether quotes enclose whole fields only, and every carriage return precedes a line feed."""
        quotes = np.flatnonzero(letters == _QUOTE)
        # Lines begin outside quotes, so every second quote opens. A doubled quote closes and opens again, which both
        # tests allow, because a quote is among the permitted neighbours.
        opening, closing = quotes[0::2], quotes[1::2]
        returns = np.flatnonzero(letters == _RETURN)
        return bool(
            # A quote at position 0 begins a line, and with it a field.
            np.isin(letters[opening[opening > 0] - 1], self._may_open).all()
            and np.isin(letters[closing + 1], self._may_close).all()
            and (letters[returns + 1] == _NEWLINE).all()
        )


def _line_ends(letters: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find the line breaks outside quotes in text that begins outside of them."""
    # A line break is outside if an even number of quotes precedes it; a doubled quote counts as two.
    quotes, breaks = np.flatnonzero(letters == _QUOTE), np.flatnonzero(letters == _NEWLINE)
    outside: NDArray[np.intp] = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return outside
