"""Crash points: a run that stops dead before its n-th change of a folder, as a killed process does, in this process.

Python's audit events show each change before it happens. From the chosen one on every further change fails too, so that
no `finally` tidies up what a killed process would have left.
"""

import gc
import os
import sys
from pathlib import Path

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class KilledError(BaseException):
    """Ends a run at a crash point; nothing that handles errors catches it."""


class CrashPoints:
    """The changes that a run makes in a folder, one after the other.

    Parameters
    ----------
    folder : pathlib.Path
        Where changes are counted; those elsewhere do not count.
    """

    _active = None
    _hooked = False

    def __init__(self, folder):
        self._prefix = str(folder)
        self._n_changes = 0
        self._fatal = None

    def count(self, work):
        """Run `work` to its end; return how many changes it made."""
        self._run(work, None)
        return self._n_changes

    def kill(self, work, at, *, half_written=False):
        """Run `work`, and stop it before its change number `at`, counted from 0.

        Where that change gives a file its name, `half_written` first cuts the file in two, as an unsynced write may be.
        """
        self._half_written = half_written
        # The second collection then visits only what the run made. Nothing is unfrozen: later ones, of all tests, would
        # visit every imported module.
        gc.collect()
        gc.freeze()
        try:
            self._run(work, at)
        except KilledError:
            pass
        else:
            raise AssertionError(f"it ended after {self._n_changes} changes, before number {at}")
        gc.collect()  # a dead process holds no lock

    def _run(self, work, fatal):
        if not CrashPoints._hooked:
            sys.addaudithook(_audit)
            CrashPoints._hooked = True
        self._n_changes, self._fatal, CrashPoints._active = 0, fatal, self
        try:
            work()
        finally:
            CrashPoints._active = None

    def see(self, event, arguments):
        """Count a change; stop the run where it is the fatal one, or comes after it."""
        if event == "open":
            path, _, flags = arguments
            changes = bool((flags or 0) & _WRITES)
        else:
            path, changes = arguments[0], event in _CHANGES
        if not changes or isinstance(path, int) or not os.fsdecode(path).startswith(self._prefix):
            return
        if self._fatal is not None and self._n_changes >= self._fatal:
            if self._n_changes == self._fatal and self._half_written and event == "os.rename":
                _cut(Path(os.fsdecode(path)))
            self._n_changes += 1
            raise KilledError
        self._n_changes += 1


def _cut(path):
    if path.is_file():
        CrashPoints._active, active = None, CrashPoints._active
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        CrashPoints._active = active


def _audit(event, arguments):
    if CrashPoints._active is not None and (event == "open" or event in _CHANGES):
        CrashPoints._active.see(event, arguments)
