"""Stores of output files: a local folder here, an object store in `_remote_store`.

A store lists, reads, writes a file whole or not at all, and is locked by one run. What is written, and in which order,
is the output folder's part. Failures raise OutputError, or another OSError; reading a missing file raises
FileNotFoundError.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skdl._note import Note
from skdl.exceptions import OutputError, SkdlError, TryAgainError
from skdl.files import LockedError, LockFile, replace_file, sha256_of_file
from skdl.tables import find_file_system, is_url, redact_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from skdl.scoring._remote_store import RemoteStore

__all__ = ["LocalStore", "find_store"]

_LOCK = ".lock"
_LOCAL_SCHEMES = ("file://", "local://")  # a local folder has renames and locks


class LocalStore:
    """A folder of this machine: files are synced under a temporary name and renamed; a lock file locks it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, name: str = "") -> Path:
        """Return the path of a file, or of the store itself, as pandas reads it."""
        return self._path / name

    def display_name(self, name: str = "") -> str:
        """Return the same for messages, without credentials."""
        return str(self.at(name))

    def lock(self) -> None:
        """Make the folder and lock it; raises TryAgainError where another run has it."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = LockFile(self.at(_LOCK))
        except LockedError as error:
            text = f"{self._path}: another run is writing here. Wait for it, or choose another folder."
            raise TryAgainError(Note("folder_in_use", text, {"where": str(self._path)})) from error
        except OSError as error:
            text = "{where}: cannot be written ({reason}). Check the folder and the disk."
            raise OutputError.of("store_not_written", text, where=self._path, reason=str(error)) from error

    def check_lock(self) -> None:
        """Check that the lock is still this run's: here the operating system keeps it."""

    def unlock(self) -> None:
        """Release the lock and remove its file."""
        self._lock.release()

    def names(self) -> set[str]:
        """Return the names of the files, without the lock's."""
        return {entry.name for entry in self._path.iterdir()} - {_LOCK}

    def read(self, name: str) -> bytes:
        """Return the content of a small file."""
        return self.at(name).read_bytes()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file of any size."""
        return sha256_of_file(self.at(name))

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Write a file, or replace it."""
        self.put_stream(name, lambda file: file.write(content))

    def put_stream(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write or replace a file of any size, which ``fill`` writes in pieces."""
        try:
            # Contexts end in reverse order: the file is closed before it is synced and renamed.
            with replace_file(self.at(name)) as temporary, temporary.open("wb") as file:
                fill(file)
        except OSError as error:
            text = "{where}: cannot be written ({reason}). Make room and run again."
            raise OutputError.of("no_room", text, where=self.at(name), reason=str(error)) from error

    def remove(self, name: str) -> None:
        """Remove a file; a missing one is no error."""
        try:
            self.at(name).unlink(missing_ok=True)
        except OSError as error:
            text = "{where}: cannot be removed ({reason}). Check the folder."
            raise OutputError.of("not_removed", text, where=self.at(name), reason=str(error)) from error


def find_store(name: str) -> LocalStore | RemoteStore:
    """Return the store of a path or an address.

    Raises
    ------
    MissingExtraError
        Without fsspec, or the package that reaches there.
    UsageError
        If fsspec knows no such address.
    OutputError
        If it cannot be reached.
    """
    if not is_url(name):
        return LocalStore(Path(name))
    try:
        system, root = find_file_system(name)
    except SkdlError:
        raise
    except Exception as error:
        text = "{where}: cannot be reached ({reason}). Check the address."
        raise OutputError.of("not_reached", text, where=redact_credentials(name), reason=str(error)) from error
    if name.startswith(_LOCAL_SCHEMES):
        return LocalStore(Path(root))
    from skdl.scoring._remote_store import RemoteStore

    return RemoteStore(name, system, root)
