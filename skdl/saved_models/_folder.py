"""Writing files so that a reader finds the old ones or the new ones, whole, whenever the writer is killed."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError
from skdl.saved_models._beside import OLD, folder_beside
from skdl.saved_models._manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["replace_file", "write_folder"]

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a model's files beside the target, sync, and swap.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds something that is not a saved model.
    """
    _check_replaceable(folder)
    with _workplace(folder) as temporary:
        new = temporary / "new"
        new.mkdir()
        for name, content in files.items():
            _write(new / name, content)
        _sync_folder(new)
        _swap(new, folder, temporary / OLD)
        _sync_folder(folder.parent)


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """Write one file of a model anew; until it is whole the old one stands.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with _workplace(folder) as temporary:
        _write(temporary / name, content)
        (temporary / name).replace(folder / name)
        _sync_folder(folder)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a temporary folder on the same file system; what goes wrong there is said of the model."""
    try:
        with folder_beside(folder) as temporary:
            yield temporary
    except OSError as error:
        raise OutputError(f"{folder}: the model cannot be written ({error}). Check the folder and the disk.") from error


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_replaceable(folder: Path) -> None:
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST_NAME).is_file()):
        return
    if folder.exists() or folder.is_symlink():
        raise OutputError(f"{folder}: must be a new folder, an empty one or a saved model. Choose another path.")


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Put the new folder in the old one's place."""
    if not folder.exists():
        new.rename(folder)
    elif not _exchange(new, folder):
        # This file system cannot exchange two names at once. Killed between the two renames, the old model is whole in
        # the temporary folder, and the next save beside it gives it its name back.
        try:
            folder.rename(old)
            new.rename(folder)
        except BaseException:
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step, where Linux and the file system can."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    return bool(
        renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), ctypes.c_uint(_RENAME_EXCHANGE)) == 0
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
