"""Text of any encoding as UTF-8, in which each byte that could not be decoded keeps a place.

One odd byte is one cell's fault, not the file's. So such a byte passes through the parser of fields as a letter of a
private area of Unicode, which no table is written in, and becomes a byte that is no UTF-8 again in its cell.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.exceptions import DataError
from skdl.tables._parse import ENCODINGS

if TYPE_CHECKING:
    from skdl.tables._source import Source

__all__ = ["Decoded", "choose_encoding", "first_line", "is_utf8", "readable", "with_odd_bytes"]

_BLOCK_BYTES = 2**20
_ODD = 0x10FF00  # an odd byte 0xNN is the letter U+10FFNN
_AS_WORDS = {_ODD + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
_AS_SURROGATES = {_ODD + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}
_ODD_BEGINNINGS = (b"\xf4\x8f\xbe", b"\xf4\x8f\xbf")  # of these letters in UTF-8
_FEWER = 5  # cp949 is likelier than UTF-8 where it has so many times fewer faults
_WINDOW_BYTES = 2**16  # in which they are counted


def _keep_odd_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    odd = error.object[error.start : error.end]
    return "".join(chr(byte if byte < 0x80 else _ODD + byte) for byte in odd), error.end  # noqa: PLR2004 - ASCII


_KEEP = "skdl.odd-bytes"
codecs.register_error(_KEEP, _keep_odd_bytes)


class Decoded(io.RawIOBase):
    """The bytes of a text as UTF-8.

    Parameters
    ----------
    content : pyarrow.NativeFile
        The text as it is written.
    encoding : str
        How it is written.
    end : bytes
        What to put behind it.

    Attributes
    ----------
    has_odd_bytes : bool
        Whether any of what was read so far could not be decoded.
    """

    def __init__(self, content: pa.NativeFile, encoding: str, end: bytes = b"") -> None:
        self._content, self._rest, self._done, self._stopped = content, b"", False, threading.Event()
        self._decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(encoding)()
        self._cut = b""  # of a letter of UTF-8 whose other bytes are yet to come
        self._end = end
        self.has_odd_bytes = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def stop(self) -> None:
        """End here, for whoever reads ahead."""
        self._stopped.set()

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes, or all."""
        if self._stopped.is_set():
            return b""
        wanted = sys.maxsize if size is None or size < 0 else size
        parts, length = [self._rest], len(self._rest)
        while length < wanted and not self._done:
            block = self._content.read(min(wanted - length, _BLOCK_BYTES))
            self._done = not block
            parts.append(self._as_utf8(block) + (self._end if self._done else b""))
            length += len(parts[-1])
        found = parts[-1] if len(parts) == 2 and not parts[0] else b"".join(parts)  # noqa: PLR2004 - nothing to join
        found, self._rest = found[:wanted], found[wanted:]
        return found

    def _as_utf8(self, block: bytes) -> bytes:
        if self._decoder is not None:
            return self._decoded(self._decoder, block).encode()
        text, is_last = self._cut + block, not block
        n_whole = len(text) if is_last else _n_whole(text)
        text, self._cut = text[:n_whole], text[n_whole:]
        if text.isascii() or _is_valid(text):
            return text
        self.has_odd_bytes = True
        return text.decode("utf-8", _KEEP).encode()

    def _decoded(self, decoder: codecs.IncrementalDecoder, block: bytes) -> str:
        before = decoder.getstate()
        try:
            decoder.errors = "strict"
            return decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            decoder.setstate(before)
        self.has_odd_bytes = True
        decoder.errors = _KEEP
        return decoder.decode(block, final=not block)


def _n_whole(text: bytes) -> int:
    """Count the bytes of UTF-8 without a letter at the end whose other bytes are yet to come."""
    for n_behind, byte in enumerate(text[:-4:-1], 1):
        if byte >= 0xC0:  # noqa: PLR2004 - the first byte of a letter, which tells how many there are
            return len(text) - n_behind if n_behind < 2 + (byte >= 0xE0) + (byte >= 0xF0) else len(text)  # noqa: PLR2004
        if byte < 0x80:  # noqa: PLR2004 - ASCII
            break
    return len(text)


def _is_valid(text: bytes) -> bool:
    """Tell whether this is UTF-8, leaving the interpreter to others meanwhile."""
    ends = pa.array([0, len(text)], pa.int32()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(text)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def is_utf8(encoding: str) -> bool:
    """Tell whether this is a name of UTF-8, with or without a mark in front."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def with_odd_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give cells with odd bytes as bytes that are no UTF-8: those bytes themselves, wherever they are none."""
    odd = pc.or_(*(pc.match_substring(column, letter) for letter in _ODD_BEGINNINGS)).fill_null(fill_value=False)
    positions = np.flatnonzero(odd.to_numpy())
    if not len(positions):
        return column
    values = column.combine_chunks()
    cells = pa.array([_odd_cell(values[int(position)].as_py()) for position in positions], pa.binary())
    return pa.chunked_array([pc.replace_with_mask(values, odd.combine_chunks(), cells)])


def _odd_cell(cell: bytes) -> bytes:
    text = cell.decode().translate(_AS_SURROGATES)
    plain = text.encode("utf-8", "surrogateescape")
    try:
        plain.decode()
    except UnicodeDecodeError:
        return plain
    return text.encode("utf-8", "surrogatepass")  # odd bytes of another encoding can look like UTF-8


def readable(text: str) -> str:
    """Write the odd bytes of a text that was read as a backslash, x and two digits each."""
    return text.translate(_AS_WORDS)


def choose_encoding(source: Source, head: bytes, declared: str | None) -> str:
    """Tell what a text is written in by its beginning.

    What is declared holds, unless all of the beginning is UTF-8 and not all of it is what was declared. Without a
    declaration it is cp949 where that has far fewer faults than UTF-8, and most of the letters are none of UTF-8.

    Raises
    ------
    DataError
        If there is no such encoding.
    """
    if declared is not None:
        _check_known(source, declared)
        return ENCODINGS[0] if not _is_all(head, declared) and _is_all(head, ENCODINGS[0]) else declared
    for encoding in ENCODINGS:
        if _is_all(head, encoding):
            return encoding
    try:
        head.decode()
    except UnicodeDecodeError as error:
        head = head[error.start : error.start + _WINDOW_BYTES]
    (faults, letters), (of_other, _) = (_faults(head, encoding) for encoding in ENCODINGS)
    return ENCODINGS[faults > letters and _FEWER * of_other <= faults]


def _check_known(source: Source, encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise DataError(
            f"{source.name}: the encoding must be one that Python knows; got {encoding!r}. Declare another."
        ) from None


def _is_all(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # a letter cut in two at the end is no fault
    except UnicodeDecodeError:
        return False
    return True


def _faults(head: bytes, encoding: str) -> tuple[int, int]:
    """Count odd bytes, and well decoded letters that are not of ASCII."""
    text = codecs.getincrementaldecoder(encoding)(_KEEP).decode(head)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    odd = int((points >= _ODD).sum())
    return odd, int((points >= 0x80).sum()) - odd  # noqa: PLR2004 - ASCII


def first_line(source: Source, head: bytes, encoding: str, separator: str) -> bytes:
    """Give the line of column names in UTF-8, with a line break behind it.

    Raises
    ------
    DataError
        If it is not written in that encoding.
    """
    text = codecs.getincrementaldecoder(encoding)(_KEEP).decode(head).removeprefix("\ufeff").lstrip("\r\n")
    other = f"[^{re.escape(separator)}\r\n]*"
    field = f'(?:"(?:[^"]|"")*+"?{other}|{other})'
    found = re.match(f"{field}(?:{re.escape(separator)}{field})*", text)
    line = found[0] if found else ""
    if readable(line) != line:
        raise DataError(
            f"{source.name}: the column names must be text in {encoding}; got {readable(line)[:200]!r}. "
            "Save the table as UTF-8, or declare how it is written with data.encoding."
        )
    return f"{line}\n".encode() if line else b""
