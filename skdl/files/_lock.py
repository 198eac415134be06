"""Lock files: one holder at a time, by `filelock` (flock on Linux and macOS, LockFileEx on Windows).

The operating system releases a lock when its process ends, also by SIGKILL, so a lock file that was left behind locks
nothing. A forked child does not hold its parent's locks.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

# Errors of file systems without locks, such as some that are mounted over a network.
_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}


class LockedError(OSError):
    """Another holder has the lock."""


class LocksUnsupportedError(OSError):
    """The file system has no locks."""


class LockFile:
    """A lock file, held from construction to `release`, which removes it; also a context manager.

    Construction does not wait: it raises LockedError if another holder has it, and LocksUnsupportedError, without
    leaving a file, if the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        import filelock  # takes tens of milliseconds, and a process that only loads a model locks nothing

        self._path = path
        # Not thread-local: the thread that releases may be another one. No soft lock, which a killed holder keeps.
        self._lock = filelock.FileLock(path, thread_local=False, fallback_to_soft=False)
        try:
            # A file that was removed between its opening and its locking counts as held: its holder has just ended.
            self._lock.acquire(blocking=False)
        except filelock.Timeout as error:
            raise LockedError(errno.EWOULDBLOCK, "locked by another process", str(path)) from error
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise LocksUnsupportedError(error.errno, "no locks available", str(path)) from error

    def release(self) -> None:
        """Remove the file and let others lock it."""
        try:
            if sys.platform != "win32":
                # Before the lock is released: a process that then locks the file must not lose it to this removal.
                # Windows does not remove an open file; there filelock removes it.
                self._path.unlink(missing_ok=True)
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(path: str) -> bool | None:
    """Return whether a process of this machine holds a lock file; a missing file is free, None is unknown."""
    import filelock

    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a named pipe must not block
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        # flock belongs to the open file, not to the process: the test holds also for a lock of this process.
        return not filelock.lock_descriptor(descriptor, blocking=False)
    except OSError:
        return None
    finally:
        os.close(descriptor)  # releases the lock, where it was taken
