"""Files and folders, replaced in one step: written under a temporary name, synced to disk, renamed.

A temporary folder is a sibling of its target that a lock protects. If its lock is free it was left by a killed writer,
and the next one into the same parent removes it, holding the lock itself; if its lock is held it is in use.
"""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.files._lock import LockedError, LockFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEMPORARY = ".tmp-"  # batch scoring knows by this prefix what a killed run left in its folder
_OLD = "old"  # name of the target while the new folder takes its name, if the two cannot be exchanged
_LOCK = "lock"
# The last eight characters are the random part of tempfile.mkdtemp.
_NAME = re.compile(r"\.(.+)\.saving-[a-z0-9_]{8}", re.DOTALL)
_AT_FDCWD = -100  # renameat2(2): paths are relative to the working directory
_RENAME_EXCHANGE = 2


@contextmanager
def replace_file(target: Path, *, within: Path | None = None, sync: bool = True) -> Iterator[Path]:
    """Give a temporary file to write; it takes the target's name when the block ends without an error.

    Until then the target is as it was. The temporary file has its suffix; it is in the folder ``within`` of the same
    file system, by default the target's own. With ``sync`` the file outlasts a power failure: content before name, name
    before return.
    """
    # A random part, so that two writers of one target do not write into each other's file.
    temporary = (within or target.parent) / f"{_TEMPORARY}{secrets.token_hex(4)}-{target.name}"
    try:
        yield temporary
        if sync:
            # Before the rename: a file system may write the new name to disk before the content, and a power failure in
            # between would leave an empty file under the target's name.
            _sync_file(temporary)
        os.replace(temporary, target)  # noqa: PTH105 - atomic on every system; Path.rename fails on Windows
        if sync:
            # The name is part of the folder. Without this sync the old file may be back after a power failure, although
            # this function has returned.
            _sync_folder(target.parent)
    # Also KeyboardInterrupt and GeneratorExit: no temporary file is left unless the process is killed.
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _sync_file(path: Path) -> None:
    """Write a file's content through to the disk."""
    with path.open("r+b") as file:  # Windows syncs only what is open for writing
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Write a folder's names through to the disk, where a folder can be opened."""
    if sys.platform == "win32":
        return
    # POSIX: fsync of a file does not sync the folder entry that names it.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that takes the target's name when all are synced to disk; until then that stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_sibling(target) as temporary:
        new = temporary / "new"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
            _sync_file(new / name)
        _sync_folder(new)  # before the rename: a name must not lead to a folder without its files
        _swap(new, target, temporary / _OLD)
        # The rename reaches the disk with the folder that holds the name.
        _sync_folder(target.parent)


@contextmanager
def temporary_sibling(target: Path) -> Iterator[Path]:
    """Give a temporary folder on the target's file system; remove those that killed processes left there."""
    _sweep(target.parent)
    folder, lock = _make_locked(target)
    try:
        yield folder
    finally:
        _remove(folder, lock)


def _make_locked(target: Path) -> tuple[Path, LockFile | None]:
    """Make a folder and lock it; another one, where a sweep came between making and locking."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.saving-", dir=target.parent))
        try:
            return folder, LockFile(folder / _LOCK)
        except (LockedError, FileNotFoundError, FileExistsError):
            continue  # FileExistsError: filelock makes a missing folder, which a sweep removed at the same moment
        except OSError:
            return folder, None  # without locks nothing is swept here either


def _sweep(parent: Path) -> None:
    """Remove what killed processes left, where that is allowed: it must not stop the new writer."""
    with suppress(OSError):
        # A list, because entries are removed while it is walked.
        for folder in list(parent.iterdir()):
            named = _NAME.fullmatch(folder.name)
            if named is not None and not folder.is_symlink():
                with suppress(OSError):
                    _sweep_one(folder, parent / named[1])


def _sweep_one(folder: Path, target: Path) -> None:
    """Remove a folder whose lock is free; a target that was killed halfway through its replacement comes back."""
    # Raises LockedError where the writer is alive. It is an OSError, so the caller leaves that folder alone.
    lock = LockFile(folder / _LOCK)
    try:
        # Under the lock, and before anything is removed: this may be the only copy of the target.
        if (folder / _OLD).exists() and not target.exists():
            (folder / _OLD).rename(target)
    finally:
        _remove(folder, lock)


def _remove(folder: Path, lock: LockFile | None) -> None:
    """Remove a folder, its lock last: what a kill leaves of it is still seen as left behind."""
    try:
        # A kill in this loop leaves a folder with a lock file that is free, which the next sweep recognises.
        for entry in folder.iterdir():
            if entry.name != _LOCK:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    finally:
        if lock is not None:
            lock.release()
    with suppress(OSError):  # a sweep that locks it between these two steps removes it
        folder.rmdir()


def _swap(new: Path, target: Path, old: Path) -> None:
    if not target.exists():
        new.rename(target)
    elif not _exchange(new, target):
        # This file system cannot exchange two names in one step. Killed between the two renames, the old folder is
        # whole in the temporary one, and the next sweep gives it its name back.
        try:
            target.rename(old)
            new.rename(target)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            raise


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step, where Linux and the file system can; return whether that was done."""
    # Called through ctypes because the os module has no renameat2. Remove the ctypes call when Python offers an
    # exchange of two names.
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    # A file system without exchange gives an error (EINVAL); the caller then renames twice.
    return bool(
        renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), ctypes.c_uint(_RENAME_EXCHANGE)) == 0
    )
