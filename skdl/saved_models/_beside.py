"""A temporary folder beside a model, in which it is written: held by a lock, and swept when its writer was killed.

The lock ends with the process, however that ends. So a folder whose lock is free was left by a killed save, and the
next one into the same place removes it, holding the lock itself; one whose lock is held is in use.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OLD", "folder_beside"]

OLD = "old"  # where a model stands while another takes its name
_LOCK = "lock"
_NAME = re.compile(r"\.(.+)\.saving-[a-z0-9_]{8}", re.DOTALL)


@contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """Give a temporary folder on the target's file system; sweep what killed saves left there.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    folder, lock = _claimed(target)
    try:
        yield folder
    finally:
        try:
            _remove(folder)
        finally:
            if lock is not None:
                os.close(lock)


def _claimed(target: Path) -> tuple[Path, int | None]:
    """Make a folder and lock it; another one where a save swept it in the moment between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.saving-", dir=target.parent))
        try:
            return folder, _lock(folder)
        except (BlockingIOError, FileNotFoundError):
            continue
        except OSError:
            return folder, None  # this file system has no locks, so nothing is swept on it either


def _lock(folder: Path) -> int:
    """Take a folder's lock.

    Raises
    ------
    BlockingIOError
        If another has it.
    FileNotFoundError
        If another had it, and removed the folder.
    """
    path = folder / _LOCK
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _check_named(lock, path)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _check_named(lock: int, path: Path) -> None:
    if os.fstat(lock).st_ino != path.stat().st_ino:
        raise FileNotFoundError(path)


def _sweep(parent: Path) -> None:
    """Remove what killed saves left, where that is allowed: it must not stop a save."""
    with suppress(OSError):
        for folder in list(parent.iterdir()):
            named = _NAME.fullmatch(folder.name)
            if named is not None and not folder.is_symlink():
                with suppress(OSError):
                    _sweep_one(folder, parent / named[1])


def _sweep_one(folder: Path, target: Path) -> None:
    """Remove a folder that nobody holds; a model that had just made room for another gets its name back."""
    lock = _lock(folder)
    try:
        if (folder / OLD).exists() and not target.exists():
            (folder / OLD).rename(target)
        _remove(folder)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what a kill leaves of it is still known to be left."""
    for entry in folder.iterdir():
        if entry.name != _LOCK:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    with suppress(OSError):  # a sweep that locks it between these two removes it
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()
