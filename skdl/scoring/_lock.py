"""Locks of this machine's files: each ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from typing import IO

__all__ = ["is_locked", "try_lock"]


def try_lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; False where somebody else has it."""
    return _try(file.fileno(), fcntl.LOCK_EX)


def is_locked(path: str) -> bool | None:
    """Tell whether somebody has a file locked; one that is not there is nobody's, one that is shut is not known."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
