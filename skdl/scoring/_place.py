"""Where output lies: what a folder here and a place elsewhere both can, and the folder here.

What is written, and in which order, is the committer's; a place lists, reads, puts a file whole or not at all, and is
held by one run.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Protocol

from skdl.exceptions import OutputError, TryAgainError
from skdl.files import LockedError, LockFile, replace_file, sha256_of_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

__all__ = ["LocalPlace", "Place"]

_LOCK = ".lock"


class Place(Protocol):
    """A place of files, each known by its name.

    What fails raises OutputError, or another OSError; reading a file that is not there raises FileNotFoundError.
    """

    def at(self, name: str = "") -> Path | str:
        """Say where a file lies, or the place itself, as whoever reads it needs to know."""
        ...

    def shown(self, name: str = "") -> str:
        """Say the same as messages do."""
        ...

    def hold(self) -> None:
        """Keep others from writing here; raises TryAgainError where one does."""
        ...

    def check_held(self) -> None:
        """Make sure that nobody took over; raises TryAgainError where somebody did."""
        ...

    def release(self) -> None:
        """Let others write here again."""
        ...

    def names(self) -> set[str]:
        """List the files; not the one that says who holds the place."""
        ...

    def read(self, name: str) -> bytes:
        """Read a small file."""
        ...

    def digest(self, name: str) -> str:
        """SHA-256 digest of a file, read in small pieces."""
        ...

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Write a file, or write it anew."""
        ...

    def put_filled(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write a file of any size that ``fill`` writes bit by bit."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, where it is there."""
        ...


class LocalPlace:
    """A folder of this machine: a file is synced under a name that begins with a dot, and renamed; a lock holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, name: str = "") -> Path:
        """Give the path."""
        return self._path / name

    def shown(self, name: str = "") -> str:
        """Give the path."""
        return str(self.at(name))

    def hold(self) -> None:
        """Make the folder, and lock it."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = LockFile(self.at(_LOCK))
        except LockedError as error:
            raise TryAgainError(
                f"{self._path}: another run is writing here. Wait for it, or choose another folder."
            ) from error
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error}). Check the folder and the disk.") from error

    def check_held(self) -> None:
        """Do nothing: the lock keeps others out."""

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def names(self) -> set[str]:
        """List the folder."""
        return {entry.name for entry in self._path.iterdir()} - {_LOCK}

    def read(self, name: str) -> bytes:
        """Read a file."""
        return self.at(name).read_bytes()

    def digest(self, name: str) -> str:
        """Digest a file."""
        return sha256_of_file(self.at(name))

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Write and rename."""
        self.put_filled(name, lambda file: file.write(content))

    def put_filled(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write and rename."""
        try:
            with replace_file(self.at(name)) as temporary, temporary.open("wb") as file:
                fill(file)
        except OSError as error:
            raise OutputError(f"{self.at(name)}: cannot be written ({error}). Make room and run again.") from error

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            self.at(name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.at(name)}: cannot be removed ({error}). Check the folder.") from error
