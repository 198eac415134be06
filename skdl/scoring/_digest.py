"""What was read and written, told by its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.exceptions import DataError, TryAgainError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["InputMark", "digest_file"]


def digest_file(path: Path) -> str:
    """Return the SHA-256 digest of a file, read in small pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class InputMark:
    """An input as it was when its run began.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    sha256 : str
        Its digest.
    stamp : tuple of int
        Size and time of change.
    """

    path: Path
    sha256: str
    stamp: tuple[int, int]

    @classmethod
    def of(cls, path: Path) -> InputMark:
        """Mark a file."""
        try:
            stamp = _stamp(path)
            return cls(path, digest_file(path), stamp)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error}). Check that it is there and may be read.") from error

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was marked.

        Raises
        ------
        TryAgainError
            If it was changed, replaced or removed.
        """
        try:
            unchanged = _stamp(self.path) == self.stamp
        except OSError:
            unchanged = False
        if not unchanged:
            raise TryAgainError(f"{self.path}: changed while it was scored. Run again when it stays as it is.")


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
