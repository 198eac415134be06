"""Sources of bytes: a local file, a remote file, or standard input; and remote addresses.

Remote files are opened through fsspec, an extra, which supports ``s3://``, ``gs://``, ``https://`` and many more.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from skdl.exceptions import DataError, MissingExtraError, SkdlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "COMPRESSED",
    "LocalFile",
    "RemoteFile",
    "Source",
    "StandardInput",
    "find_file_system",
    "find_remote_files",
    "is_url",
    "redact_credentials",
]

COMPRESSED = {".gz": "gzip", ".bz2": "bz2"}
_HEAD_BYTES = 4 * 2**20  # of standard input, kept so that the header can be read before the table


class Source(Protocol):
    """Bytes of a table, wherever they are.

    Attributes
    ----------
    name : str
        Name in messages and results.
    file_name : str
        File name; its ending determines the format.
    """

    @property
    def name(self) -> str: ...

    @property
    def file_name(self) -> str: ...

    def open(self) -> pa.NativeFile:
        """Open it from the start."""
        ...

    def beginning(self) -> pa.NativeFile:
        """Open its first bytes without consuming them."""
        ...

    def size(self) -> int | None:
        """Size in bytes; None if unknown."""
        ...

    def stamp(self) -> tuple[Any, ...]:
        """Return values that change when the bytes do, such as size and time, without reading the bytes."""
        ...

    def digest(self) -> str | None:
        """SHA-256 digest of the bytes, or a substitute; None if there is neither."""
        ...


@dataclass(frozen=True)
class LocalFile:
    """Local file."""

    path: Path

    @property
    def name(self) -> str:
        """Path as the caller gave it."""
        return str(self.path)

    @property
    def file_name(self) -> str:
        """Last part of the path."""
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
        """Size, times of change and inode."""
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino

    def digest(self) -> str:
        """SHA-256 digest, computed in small blocks."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class RemoteFile:
    """Remote file, opened by fsspec."""

    url: str

    @property
    def name(self) -> str:
        """Address without user name and password."""
        return redact_credentials(self.url)

    @property
    def file_name(self) -> str:
        """Last part of the path."""
        return urlsplit(self.url).path.rpartition("/")[2] or urlsplit(self.url).netloc

    def open(self) -> pa.NativeFile:
        """Open it from the start."""
        with self._connected() as (system, path):
            # Arrow reads from it in other threads, where it expects no error but OSError.
            return pa.PythonFile(_OSErrorFile(system.open(path, "rb")), mode="r")

    def beginning(self) -> pa.NativeFile:
        """Open it from the start."""
        return self.open()

    def size(self) -> int | None:
        """Size in bytes, if the file system reports it."""
        found = self._info().get("size")
        return None if found is None else int(found)

    def stamp(self) -> tuple[Any, ...]:
        """Size, time of change and entity tag, as far as the file system reports them."""
        info = self._info()
        return tuple(str(info.get(key)) for key in ("size", *_VERSION_KEYS))

    def digest(self) -> str | None:
        """``stamp:`` and a digest of the stamp, instead of a digest of the bytes; None if the stamp is only a size."""
        stamp = self.stamp()
        is_specific = any(value != "None" for value in stamp[1:])
        return f"stamp:{hashlib.sha256(json.dumps(stamp).encode()).hexdigest()}" if is_specific else None

    def matches(self) -> list[RemoteFile]:
        """Find the files that match the address, in order; this file itself if it is no pattern."""
        with self._connected() as (system, path):
            if self.url.startswith(("http://", "https://")) or not set(path) & set("*["):
                return [self]
            return [RemoteFile(system.unstrip_protocol(name)) for name in sorted(system.glob(path))]

    def _info(self) -> dict[str, Any]:
        with self._connected() as (system, path):
            # File systems of fsspec cache listings: a changed file would keep the stamp of the old one.
            system.invalidate_cache()
            return dict(system.info(path))

    @contextmanager
    def _connected(self) -> Iterator[tuple[Any, str]]:
        """Yield file system and path; turn the errors of any file-system library into `DataError`."""
        try:
            yield find_file_system(self.url)
        except SkdlError:
            raise
        except Exception as error:
            reason = (str(error) or type(error).__name__).split("\n", maxsplit=1)[0]
            raise DataError(
                f"{self.name}: cannot be read ({reason}). Check the address and that it may be read."
            ) from error


# Keys of a file's information that change with its content, under the names that file systems use.
_VERSION_KEYS = (
    "ETag", "etag", "md5", "content_md5", "Content-MD5", "mtime", "LastModified", "Last-Modified",
    "last_modified", "created",
)  # fmt: skip


class _OSErrorFile(io.RawIOBase):
    """File that raises every error of its library as OSError, the only kind that Arrow passes on."""

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
    def _try(call: Any, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


class StandardInput:
    """Standard input, which can be read once.

    Parameters
    ----------
    ending : str, default="csv"
        ``csv`` or ``tsv``, followed by ``.gz`` or ``.bz2`` if it is compressed.
    """

    name = "-"

    def __init__(self, ending: str = "csv") -> None:
        plain, _, compression = ending.removeprefix(".").lower().partition(".")
        if plain not in {"csv", "tsv"} or (compression and f".{compression}" not in COMPRESSED):
            raise UsageError(
                f"standard input: its format must be csv or tsv, also with .gz or .bz2; got {ending!r}. "
                "Write a table in another format to a file, and pass its name."
            )
        self.file_name = f"-.{plain}"
        self._compression = COMPRESSED.get(f".{compression}")
        self._content: pa.NativeFile | None = None
        self._head = b""
        self._read = hashlib.sha256()

    def open(self) -> pa.NativeFile:
        """Open it from the start; possible once."""
        self._start()
        return pa.PythonFile(_BlockFile(self._blocks()), mode="r")

    def beginning(self) -> pa.NativeFile:
        """Open the first whole lines, which are kept in memory."""
        self._start()
        is_complete = len(self._head) < _HEAD_BYTES
        return pa.BufferReader(self._head if is_complete else self._head[: self._head.rfind(b"\n") + 1])

    def size(self) -> None:
        """Return None: the size is unknown."""

    def stamp(self) -> tuple[Any, ...]:
        """Return nothing: what was read cannot change."""
        return ()

    def digest(self) -> str:
        """SHA-256 digest of what was read so far, decompressed."""
        return self._read.hexdigest()

    def _start(self) -> None:
        if self._content is None:
            if sys.stdin is None:
                raise DataError("standard input: must be open; got none. Pipe a table into it, or pass a file.")
            raw = pa.PythonFile(sys.stdin.buffer, mode="r")
            self._content = pa.CompressedInputStream(raw, self._compression) if self._compression else raw
            head = bytearray()
            # A pipe returns what has arrived, which may be less than was asked for.
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


class _BlockFile(io.RawIOBase):
    """Iterator of byte blocks as a file."""

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


def find_remote_files(url: str) -> list[RemoteFile]:
    """Resolve an address, which may be a pattern with ``*`` except on the web, where ``?`` and ``*`` are plain letters.

    Parameters
    ----------
    url : str
        Address of a file.

    Returns
    -------
    list of RemoteFile
        One file, or those that match a pattern, in order.

    Raises
    ------
    DataError
        If no file matches the pattern, or the file system cannot be reached.
    MissingExtraError
        Without fsspec, or the package for this kind of address.
    """
    found = RemoteFile(url).matches()
    if not found:
        raise DataError(f"{redact_credentials(url)}: no such file. Check the pattern.")
    return found


def is_url(name: str) -> bool:
    """Return whether a name is a remote address.

    Parameters
    ----------
    name : str
        Path or address.

    Returns
    -------
    bool
        True for ``s3://bucket/t.csv`` and its like.

    Examples
    --------
    >>> is_url("s3://bucket/t.csv"), is_url("t.csv")
    (True, False)
    """
    return "://" in name


def redact_credentials(address: str) -> str:
    """Remove user name and password from an address.

    Parameters
    ----------
    address : str
        Address or path.

    Returns
    -------
    str
        The address as it may be shown.

    Examples
    --------
    >>> redact_credentials("sftp://me:secret@host/t.csv")
    'sftp://host/t.csv'
    """
    # Greedy, up to the last @ of the host part: a password may contain one.
    return re.sub(r"(?<=://)[^/?#]*@", "", address)


def find_file_system(url: str) -> tuple[Any, str]:
    """Find the file system of an address.

    Parameters
    ----------
    url : str
        Address of a file or folder.

    Returns
    -------
    system : fsspec.AbstractFileSystem
        The file system.
    path : str
        The path in it.

    Raises
    ------
    MissingExtraError
        Without fsspec, or the package for this kind of address.
    UsageError
        If fsspec does not support the address.
    """
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(
            f"{redact_credentials(url)}: access needs a package that is not installed ({error}). "
            "Install it with: pip install 'skdl[remote]', and s3fs, gcsfs or adlfs for object stores."
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{redact_credentials(url)}: the address must be supported by fsspec, such as s3://BUCKET/KEY ({error})."
        ) from error
    return system, path
