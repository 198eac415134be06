"""One file, replaced in one step: written under a temporary name, synced to disk, renamed."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["replace_file", "sync_file", "sync_folder"]

_TEMPORARY = ".tmp-"  # batch scoring knows by this prefix what a killed run left in its folder


@contextmanager
def replace_file(target: Path, *, within: Path | None = None, sync: bool = True) -> Iterator[Path]:
    """Give a temporary file to write; it takes the target's name when the block ends without an error.

    Parameters
    ----------
    target : pathlib.Path
        Until the end it is as it was. The temporary file has its suffix.
    within : pathlib.Path, optional
        Folder of the temporary file, on the same file system; None is the target's own.
    sync : bool, default=True
        Whether the file outlasts a power failure: content before name, name before return.

    Raises
    ------
    OSError
        If the file cannot be written. The temporary one is removed then.
    """
    # A random part, so that two writers of one target do not write into each other's file.
    temporary = (within or target.parent) / f"{_TEMPORARY}{secrets.token_hex(4)}-{target.name}"
    try:
        yield temporary
        if sync:
            # Before the rename: a file system may write the new name to disk before the content, and a power failure in
            # between would leave an empty file under the target's name.
            sync_file(temporary)
        os.replace(temporary, target)  # noqa: PTH105 - atomic on every system; Path.rename fails on Windows
        if sync:
            # The name is part of the folder. Without this sync the old file may be back after a power failure, although
            # this function has returned.
            sync_folder(target.parent)
    # Also KeyboardInterrupt and GeneratorExit: no temporary file is left unless the process is killed.
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync_file(path: Path) -> None:
    """Write a file's content through to the disk."""
    with path.open("r+b") as file:  # Windows syncs only what is open for writing
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write a folder's names through to the disk, where a folder can be opened."""
    if sys.platform == "win32":
        return
    # POSIX: fsync of a file does not sync the folder entry that names it.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
