"""Where the rows of a table lie in its file, so that several processes can each read their own.

A text file is cut at line breaks that stand outside quotes. That is certain only where every quote opens or closes a
field, as in well-formed CSV; a file with any other quote is not cut at all.
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

__all__ = ["Span", "footer_digest", "mark_spans", "parquet_spans"]

_BLOCK_BYTES = 4 * 2**20
_LONGEST_LINE = 16 * _BLOCK_BYTES
_FOOTER_TAIL = 8  # length of the footer, and four letters
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
# In these no part of a longer letter looks like a quote, a separator or a line break.
_PLAIN = {"utf-8", "utf-8-sig", "ascii", "cp949", "euc_kr", "iso8859-1", "iso8859-15", "cp1252"}


@dataclass(frozen=True)
class Span:
    """Rows ``start`` to ``stop`` of a table, and where they are.

    Attributes
    ----------
    start, stop : int
        Row numbers from 0.
    offset, n_bytes : int, optional
        Its bytes in a text file; None for Parquet, whose rows are found by number.
    sha256 : str
        Digest of these bytes; for Parquet, of the footer, which tells where everything is.
    """

    start: int
    stop: int
    offset: int | None
    n_bytes: int | None
    sha256: str


def mark_spans(source: Source, *, separator: str, encoding: str, n_rows: int) -> tuple[str, list[Span] | None]:
    r"""Read a plain text file once, for its digest and for where its rows lie.

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
        None where nobody can tell for certain where rows begin.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdl.tables import LocalFile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "t.csv")
    ...     _ = path.write_bytes(b'a,b\n1,"x\ny"\n2,z\n3,z\n')
    ...     _, spans = mark_spans(LocalFile(path), separator=",", encoding="utf-8", n_rows=2)
    >>> [(span.start, span.stop, span.offset, span.n_bytes) for span in spans]
    [(0, 2, 4, 12), (2, 3, 16, 4)]
    """
    whole, cutter = hashlib.sha256(), _Cutter(separator.encode(), n_rows)
    certain = codecs.lookup(encoding).name in _PLAIN and len(separator) == 1
    with source.open() as content:
        while block := content.read(_BLOCK_BYTES):
            whole.update(block)
            certain = certain and cutter.take(block)
    certain = certain and cutter.end()
    return whole.hexdigest(), list(cutter.spans()) if certain else None


def parquet_spans(source: Source, *, n_rows: int) -> list[Span]:
    """Cut a Parquet file every so many rows."""
    with source.open() as content:
        sha256 = footer_digest(content)
        content.seek(0)
        n_all = pa_parquet.read_metadata(content).num_rows
    return [Span(start, min(start + n_rows, n_all), None, None, sha256) for start in range(0, n_all, n_rows)]


def footer_digest(content: pa.NativeFile) -> str:
    """Return the SHA-256 digest of a Parquet file's footer."""
    content.seek(content.size() - _FOOTER_TAIL)
    length = int.from_bytes(content.read(_FOOTER_TAIL)[:4], "little")
    content.seek(max(content.size() - _FOOTER_TAIL - length, 0))
    return hashlib.sha256(content.read(length)).hexdigest()


class _Cutter:
    """Lines of a text file, as they come, into spans."""

    def __init__(self, separator: bytes, n_rows: int) -> None:
        self._may_open = np.frombuffer(separator + b'\n"', np.uint8)
        self._may_close = np.frombuffer(separator + b'\n\r"', np.uint8)
        self._n_rows = n_rows
        self._rest = b""  # of a line whose end is yet to come
        self._position = 0  # of that rest in the file
        self._n_lines = 0  # with the header, without blank ones
        self._starts: list[int] = []
        self._digests: list[str] = []
        self._digest = hashlib.sha256()

    def take(self, block: bytes) -> bool:
        """Take the next bytes; tell whether all is as it should be."""
        text = self._rest + block
        ends = _line_ends(np.frombuffer(text, np.uint8))
        if not len(ends):
            self._rest = text
            return len(text) <= _LONGEST_LINE
        cut = int(ends[-1]) + 1
        self._rest = text[cut:]
        return self._lines(text[:cut], ends)

    def end(self) -> bool:
        """Take what stands behind the last line break."""
        if self._rest:
            text = self._rest + b"\n"
            ends = _line_ends(np.frombuffer(text, np.uint8))
            if not len(ends) or ends[-1] != len(text) - 1 or not self._lines(text, ends, n_added=1):
                return False
        self._digests.append(self._digest.hexdigest())
        return True

    def spans(self) -> Iterator[Span]:
        """Give the spans, in order."""
        n_rows = self._n_lines - 1
        for number, (begin, end) in enumerate(pairwise([*self._starts, self._position])):
            start = number * self._n_rows
            stop = min(start + self._n_rows, n_rows)
            yield Span(start, stop, begin, end - begin, self._digests[number + 1])

    def _lines(self, text: bytes, ends: NDArray[np.intp], n_added: int = 0) -> bool:
        """Take whole lines."""
        letters = np.frombuffer(text, np.uint8)
        marked = self._position == 0 and text.startswith(codecs.BOM_UTF8)
        if not self._is_plain(letters[len(codecs.BOM_UTF8) :] if marked else letters):
            return False
        begins = np.concatenate([[0], ends[:-1] + 1])
        length = ends - begins
        blank = (length == 0) | ((length == 1) & (letters[begins] == _RETURN))
        begins = begins[~blank]
        rows = np.arange(self._n_lines, self._n_lines + len(begins)) - 1
        self._n_lines += len(begins)
        size, at = len(text) - n_added, 0
        for begin in begins[(rows >= 0) & (rows % self._n_rows == 0)].tolist():
            self._digest.update(text[at:begin])
            self._digests.append(self._digest.hexdigest())
            self._digest, at = hashlib.sha256(), begin
            self._starts.append(self._position + begin)
        self._digest.update(text[at:size])
        self._position += size
        return True

    def _is_plain(self, letters: NDArray[np.uint8]) -> bool:
        """Tell whether quotes stand around whole fields alone, and lines end as Arrow has it."""
        quotes = np.flatnonzero(letters == _QUOTE)
        opening, closing = quotes[0::2], quotes[1::2]
        returns = np.flatnonzero(letters == _RETURN)
        return bool(
            np.isin(letters[opening[opening > 0] - 1], self._may_open).all()
            and np.isin(letters[closing + 1], self._may_close).all()
            and (letters[returns + 1] == _NEWLINE).all()
        )


def _line_ends(letters: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find the line breaks outside quotes in text that begins outside of them."""
    quotes, breaks = np.flatnonzero(letters == _QUOTE), np.flatnonzero(letters == _NEWLINE)
    outside: NDArray[np.intp] = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return outside
