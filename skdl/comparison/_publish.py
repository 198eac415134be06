"""A results folder that is whole or plainly not: held by one run, files made aside and moved in at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RESULT_FILES", "held", "publishing"]

# The page comes last: where it is, everything else is there too.
RESULT_FILES = ("folds.csv", "leaderboard.csv", "lock.yaml", "results.json", "model", "report.md", "report.html")
_STAGING = ".skdl-"


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Make a folder where there is none, and hold it for this run alone.

    Raises
    ------
    OutputError
        Where the folder cannot be made or written.
    TryAgainError
        Where another run holds it.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
    except BlockingIOError as error:
        os.close(descriptor)
        raise TryAgainError(
            f"{folder}: another comparison is writing there. Wait for it, or name another folder with --out."
        ) from error
    try:
        for left_by_a_killed_run in folder.glob(f"{_STAGING}*"):
            shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
        yield folder
    finally:
        os.close(descriptor)
        if made and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """Give a folder to write results into; at the end they replace the results of an earlier run in ``folder``.

    Whatever else lies in ``folder`` is left alone, and a model where none was written. If the block raises, ``folder``
    stays as it was.

    Raises
    ------
    OutputError
        Where the folder cannot be written.
    """
    try:
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield staging
        names = [name for name in RESULT_FILES if name != "model" or (staging / name).exists()]
        for name in reversed(names):  # the old page goes first, so that no mixture looks whole
            _remove(folder / name)
        for name in names:
            if (staging / name).exists():
                (staging / name).replace(folder / name)
    except OSError as error:
        raise OutputError(
            f"{folder}: results must be writable there; {error}. Free the place or name another with --out."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: the output folder must be writable; {error.strerror}. Name another with --out.")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
