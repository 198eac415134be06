"""Locks of this machine's files: each ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from typing import IO

__all__ = ["is_locked", "try_lock"]


def try_lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; False where somebody else has it."""
    return _try_lock(file.fileno())


def is_locked(path: str) -> bool:
    """Tell whether somebody has a file locked; one that is not there is nobody's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # another user's
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
