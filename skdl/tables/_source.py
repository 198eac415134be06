"""Sources of bytes: a local file, a remote file, or standard input; endings, decompression and remote addresses.

Remote files are opened through fsspec, an extra, which supports ``s3://``, ``gs://``, ``https://`` and many more. The
kinds of source have the same methods:

- ``open`` and ``beginning`` open it from the start, ``beginning`` without consuming anything;
- ``size`` is its number of bytes, None if unknown;
- ``stamp`` changes when its bytes do, and costs no reading of them;
- ``digest`` identifies its bytes, None if that is not possible.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from skdl._note import Note, note_of
from skdl.exceptions import DataError, MissingExtraError, SkdlError, UsageError
from skdl.files import sha256_of_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DECOMPRESSORS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_HEAD_BYTES = 4 * 2**20  # of standard input, kept so that the header can be read before the table
# Keys of a file's information that change with its content, under the names that file systems use.
_VERSION_KEYS = (
    "ETag", "etag", "md5", "content_md5", "Content-MD5", "mtime", "LastModified", "Last-Modified",
    "last_modified", "created",
)  # fmt: skip


def split_ending(name: str) -> tuple[str, str]:
    """Return the endings of a file name for format and compression, in lower case; an empty text for none.

    >>> split_ending("t.CSV.gz"), split_ending("t.parquet")
    (('.csv', '.gz'), ('.parquet', ''))
    """
    *_, first, last = "", "", *(suffix.lower() for suffix in Path(name).suffixes)
    return (first, last) if last in _DECOMPRESSORS else (last, "")


def first_line(error: BaseException) -> Note | str:
    """Return the first line of an error's message; of an error of skdl its note."""
    note = note_of(error)
    return note if isinstance(note, Note) else note.split("\n", maxsplit=1)[0]


def decompress(file: Any, name: str) -> Any:
    """Return an open file, decompressed if the ending of its name asks for it; damage is an OSError."""
    compression = split_ending(name)[1]
    return _OSErrorFile(_DECOMPRESSORS[compression](file)) if compression else file


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
        """SHA-256 digest."""
        return sha256_of_file(self.path)


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
        with _connect(self.url) as (system, path):
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

    def _info(self) -> dict[str, Any]:
        with _connect(self.url) as (system, path):
            # File systems of fsspec cache listings: a changed file would keep the stamp of the old one.
            system.invalidate_cache()
            return dict(system.info(path))


class _OSErrorFile:
    """File that raises every error as OSError, the only kind that Arrow expects in the threads it reads from."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._file, name)
        return partial(self._call, found) if callable(found) else found

    @staticmethod
    def _call(method: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return method(*arguments)
        except OSError:
            raise
        except Exception as error:
            raise OSError(str(first_line(error)) or type(error).__name__) from error


class StandardInput(io.RawIOBase):
    """Standard input, which can be read once.

    ``ending`` is ``csv`` or ``tsv``, followed by ``.gz``, ``.bz2`` or ``.xz`` if it is compressed.
    """

    name = "-"

    def __init__(self, ending: str = "csv") -> None:
        plain, _, compression = ending.removeprefix(".").lower().partition(".")
        if plain not in {"csv", "tsv"} or (compression and f".{compression}" not in _DECOMPRESSORS):
            text = (
                "standard input: its format must be csv or tsv, also with .gz, .bz2 or .xz; got {given!r}. Write a "
                "table in another format to a file, and pass its name."
            )
            raise UsageError.of("stdin_format", text, given=ending)
        # Without the ending of the compression: what this object reads is already decompressed.
        self.file_name = f"-.{plain}"
        self._ending = ending
        self._content: Any = None
        self._head = b""
        self._read = hashlib.sha256()

    def open(self) -> Any:
        """Open it from the start; possible once."""
        self._start()
        return self

    def beginning(self) -> io.BytesIO:
        """Open the first whole lines, which are kept in memory."""
        self._start()
        is_complete = len(self._head) < _HEAD_BYTES
        return io.BytesIO(self._head if is_complete else self._head[: self._head.rfind(b"\n") + 1])

    def size(self) -> None:
        """Return None: the size is unknown."""

    def stamp(self) -> tuple[Any, ...]:
        """Return nothing: what was read cannot change."""
        return ()

    def digest(self) -> str:
        """SHA-256 digest of what was read so far, decompressed."""
        return self._read.hexdigest()

    def readinto(self, buffer: Any) -> int:
        """Read the kept head, then what follows it."""
        block = self._head[: len(buffer)] or self._content.read(len(buffer))
        self._head = self._head[len(block) :]
        self._read.update(block)
        buffer[: len(block)] = block
        return len(block)

    def _start(self) -> None:
        if self._content is None:
            if sys.stdin is None:
                raise DataError(
                    Note("no_stdin", "standard input: must be open; got none. Pipe a table into it, or pass a file.")
                )
            self._content = decompress(sys.stdin.buffer, f"-.{self._ending}")
            self._head = self._content.read(_HEAD_BYTES)


Source = LocalFile | RemoteFile | StandardInput


def find_remote_files(url: str) -> list[RemoteFile]:
    """Find the files of an address, which may be a pattern, but not on the web, where ``*`` is a plain letter."""
    with _connect(url) as (system, path):
        if url.startswith(("http://", "https://")) or not set(path) & set("*["):
            return [RemoteFile(url)]
        found = [RemoteFile(system.unstrip_protocol(name)) for name in sorted(system.glob(path))]
    if not found:
        text = "{where}: no such file. Check the pattern."
        raise DataError.of("no_remote_match", text, where=redact_credentials(url))
    return found


def is_url(name: str) -> bool:
    """Return whether a name is a remote address, such as ``s3://bucket/t.csv``."""
    return "://" in name


def redact_credentials(address: str) -> str:
    """Remove user name and password from an address.

    >>> redact_credentials("sftp://me:secret@host/t.csv")
    'sftp://host/t.csv'
    """
    # Greedy, up to the last @ of the host part: a password may contain one.
    return re.sub(r"(?<=://)[^/?#]*@", "", address)


def find_file_system(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of an address, and the path in it."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        text = (
            "{where}: access needs a package that is not installed ({reason}). Install it with: pip install "
            "'skdl[remote]', and s3fs, gcsfs or adlfs for object stores."
        )
        raise MissingExtraError.of("remote_package", text, where=redact_credentials(url), reason=str(error)) from error
    except ValueError as error:
        text = "{where}: the address must be supported by fsspec, such as s3://BUCKET/KEY ({reason})."
        raise UsageError.of("no_protocol", text, where=redact_credentials(url), reason=str(error)) from error
    return system, path


@contextmanager
def _connect(url: str) -> Iterator[tuple[Any, str]]:
    """Yield file system and path of an address; turn the errors of any file-system library into `DataError`."""
    try:
        yield find_file_system(url)
    except SkdlError:
        raise
    except Exception as error:
        text = "{where}: cannot be read ({reason}). Check the address and that it may be read."
        raise DataError.of(
            "remote_not_read", text, where=redact_credentials(url), reason=first_line(error) or type(error).__name__
        ) from error
