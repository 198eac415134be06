"""A results folder that is whole or plainly not: held by one run, files made aside and moved in at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError, TryAgainError
from skdl.saved_models import is_saved_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PAGES", "RESULT_FILES", "held", "publish", "staged"]

# The page comes last: where it is, everything else is there too.
PAGES = ("report_files", "report.md", "report.html")
RESULT_FILES = (
    "folds.csv",
    "leaderboard.csv",
    "lock.yaml",
    "results.json",
    "model",
    *PAGES,
)
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
    try:
        made = not folder.exists()
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
    except OSError:  # this file system has no locks, as some that are mounted over a network
        pass
    try:
        for left_by_a_killed_run in folder.glob(f"{_STAGING}*"):
            shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
        yield folder
    finally:
        os.close(descriptor)
        if made:
            with suppress(OSError):  # there is something in it, or somebody took it away
                folder.rmdir()


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a place inside ``folder`` to make results in; it is gone at the end.

    Raises
    ------
    OutputError
        Where it cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder, ignore_cleanup_errors=True) as staging:
            yield Path(staging)
    except OSError as error:
        raise OutputError(
            f"{folder}: results must be writable there; {error}. Free the place or name another with --out."
        ) from error


def publish(staging: Path, folder: Path, *, names: Sequence[str] = RESULT_FILES, keep_model: bool = False) -> None:
    """Let results replace those of an earlier run in ``folder``; whatever else lies there is left alone.

    Parameters
    ----------
    staging : pathlib.Path
        Where the results were made.
    folder : pathlib.Path
        Where they go.
    names : sequence of str
        Which results, the one that says that all are there last.
    keep_model : bool, default=False
        Whether the saved model there is the one of these results.

    Raises
    ------
    OutputError
        Where ``folder`` holds something of another kind that is called ``model``.
    """
    if "model" in names and not is_saved_model(folder / "model"):
        raise OutputError(
            f"{folder / 'model'}: must be a saved model, or not be there. Move it, or name another folder with --out."
        )
    names = [name for name in names if not (keep_model and name == "model")]
    for name in reversed(names):  # the old page goes first, so that no mixture looks whole
        _remove(folder / name)
    for name in names:
        if (staging / name).exists():
            (staging / name).replace(folder / name)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: the output folder must be writable; {error.strerror}. Name another with --out.")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
