"""Where the bytes of a table come from: a file here, a file elsewhere, or standard input.

What lies elsewhere is read through fsspec, an extra, which knows ``s3://``, ``gs://``, ``https://`` and many more.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from skdl.exceptions import DataError, SkdlError, UsageError
from skdl.tables._address import file_system_of, shown_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["COMPRESSED", "LocalFile", "RemoteFile", "Source", "StandardInput", "remote_files"]

COMPRESSED = {".gz": "gzip", ".bz2": "bz2"}
_HEAD_BYTES = 4 * 2**20  # of standard input, kept to look at the header before it is read


class Source(Protocol):
    """A place that a table is read from.

    Attributes
    ----------
    name : str
        What messages and results call it.
    file_name : str
        Its ending says how the table is written.
    """

    @property
    def name(self) -> str: ...

    @property
    def file_name(self) -> str: ...

    def open(self) -> pa.NativeFile:
        """Open it from the start."""
        ...

    def beginning(self) -> pa.NativeFile:
        """Open it to look at its beginning, which takes nothing away from who opens it next."""
        ...

    def size(self) -> int | None:
        """Size in bytes; None where nobody knows."""
        ...

    def stamp(self) -> tuple[Any, ...]:
        """Tell what changes when the bytes do, without reading them."""
        ...

    def digest(self) -> str | None:
        """Tell the bytes: by their SHA-256 digest, or by what stands for it; None where nothing does."""
        ...


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    path: Path

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def file_name(self) -> str:
        """Its last part."""
        return self.path.name

    def open(self) -> pa.NativeFile:
        """Open it from the start."""
        return pa.OSFile(str(self.path))

    def beginning(self) -> pa.NativeFile:
        """Open it from the start."""
        return self.open()

    def size(self) -> int:
        """Size in bytes."""
        return self.path.stat().st_size

    def stamp(self) -> tuple[Any, ...]:
        """Size, times of change, and which file it is."""
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino

    def digest(self) -> str:
        """SHA-256 digest, read in small pieces."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class RemoteFile:
    """A file that fsspec opens."""

    url: str

    @property
    def name(self) -> str:
        """The address without the name and password that it may hold."""
        return shown_address(self.url)

    @property
    def file_name(self) -> str:
        """The last part of its path."""
        return urlsplit(self.url).path.rpartition("/")[2] or urlsplit(self.url).netloc

    def open(self) -> pa.NativeFile:
        """Open it from the start."""
        with self._reached() as (system, path):
            return pa.PythonFile(_Steady(system.open(path, "rb")), mode="r")

    def beginning(self) -> pa.NativeFile:
        """Open it from the start."""
        return self.open()

    def size(self) -> int | None:
        """Size in bytes, where the other side tells it."""
        found = self._info().get("size")
        return None if found is None else int(found)

    def stamp(self) -> tuple[Any, ...]:
        """Size, time of change and mark of the content, as far as the file system tells them."""
        info = self._info()
        return tuple(str(info.get(key)) for key in ("size", *_MARKS))

    def digest(self) -> str | None:
        """``stamp:`` and the digest of the stamp, which is none of the bytes; None where it holds but a size."""
        stamp = self.stamp()
        known = any(mark != "None" for mark in stamp[1:])
        return f"stamp:{hashlib.sha256(json.dumps(stamp).encode()).hexdigest()}" if known else None

    def matches(self) -> list[RemoteFile]:
        """Find the files that a pattern in the address names, in order; this one where it has none."""
        with self._reached() as (system, path):
            if self.url.startswith(("http://", "https://")) or not set(path) & set("*["):
                return [self]
            return [RemoteFile(system.unstrip_protocol(name)) for name in sorted(system.glob(path))]

    def _info(self) -> dict[str, Any]:
        with self._reached() as (system, path):
            system.invalidate_cache()
            return dict(system.info(path))

    @contextmanager
    def _reached(self) -> Iterator[tuple[Any, str]]:
        """Give the file system and the path there; whatever fails in another library is bad input."""
        try:
            yield file_system_of(self.url)
        except SkdlError:
            raise
        except Exception as error:
            reason = (str(error) or type(error).__name__).split("\n", maxsplit=1)[0]
            raise DataError(
                f"{self.name}: cannot be read ({reason}). Check the address and that it may be read."
            ) from error


# Names that file systems give to what changes with the content.
_MARKS = (
    "ETag", "etag", "md5", "content_md5", "Content-MD5", "mtime", "LastModified", "Last-Modified",
    "last_modified", "created",
)  # fmt: skip


class _Steady(io.RawIOBase):
    """A file whose every error while reading is an OSError, whatever library it comes from."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def read(self, size: int | None = -1) -> bytes:
        return bytes(self._try(self._file.read, size))

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._try(self._file.seek, offset, whence))

    def tell(self) -> int:
        return int(self._try(self._file.tell))

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    @staticmethod
    def _try(do: Any, *arguments: Any) -> Any:
        try:
            return do(*arguments)
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


class StandardInput:
    """What another program hands over; it can be read once.

    Parameters
    ----------
    ending : str, default="csv"
        ``csv`` or ``tsv``, with ``.gz`` or ``.bz2`` behind it where it is compressed.
    """

    name = "-"

    def __init__(self, ending: str = "csv") -> None:
        plain, _, packed = ending.removeprefix(".").lower().partition(".")
        if plain not in {"csv", "tsv"} or (packed and f".{packed}" not in COMPRESSED):
            raise UsageError(
                f"standard input: its format must be csv or tsv, also with .gz or .bz2; got {ending!r}. "
                "Write a table of another kind to a file, and name it."
            )
        self.file_name = f"-.{plain}"
        self._compression = COMPRESSED.get(f".{packed}")
        self._content: pa.NativeFile | None = None
        self._head = b""
        self._read = hashlib.sha256()

    def open(self) -> pa.NativeFile:
        """Open it from the start; once."""
        self._begin()
        return pa.PythonFile(_Blocks(self._blocks()), mode="r")

    def beginning(self) -> pa.NativeFile:
        """Look at the first whole lines."""
        self._begin()
        whole = len(self._head) < _HEAD_BYTES
        return pa.BufferReader(self._head if whole else self._head[: self._head.rfind(b"\n") + 1])

    def size(self) -> None:
        """Nobody knows."""

    def stamp(self) -> tuple[Any, ...]:
        """Nothing; what was read cannot change."""
        return ()

    def digest(self) -> str:
        """SHA-256 digest of what was read so far, unpacked."""
        return self._read.hexdigest()

    def _begin(self) -> None:
        if self._content is None:
            if sys.stdin is None:
                raise DataError("standard input: must be open; got none. Hand a table over, or name a file.")
            raw = pa.PythonFile(sys.stdin.buffer, mode="r")
            self._content = pa.CompressedInputStream(raw, self._compression) if self._compression else raw
            head = bytearray()
            while block := self._content.read(_HEAD_BYTES - len(head)):
                head += block
            self._head = bytes(head)

    def _blocks(self) -> Iterator[bytes]:
        assert self._content is not None
        block = self._head
        while block:
            self._read.update(block)
            yield block
            block = self._content.read(_HEAD_BYTES)


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self._rest + b"".join(self._blocks)
        self._rest = self._rest or next(self._blocks, b"")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def remote_files(url: str) -> list[RemoteFile]:
    """Resolve an address, in which ``*`` may stand for anything but on the web, where ``?`` and ``*`` are letters.

    Parameters
    ----------
    url : str
        Address of a file.

    Returns
    -------
    list of RemoteFile
        One, or those that a pattern names, in order.

    Raises
    ------
    DataError
        If a pattern names none, or what holds them cannot be reached.
    MissingExtraError
        Without fsspec, or the package that reads from there.
    """
    found = RemoteFile(url).matches()
    if not found:
        raise DataError(f"{shown_address(url)}: no such file. Check the pattern.")
    return found
