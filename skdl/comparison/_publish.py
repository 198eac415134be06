"""A results folder, written by one run at a time: results are made in a staging folder inside and moved at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError, TryAgainError
from skdl.files import LockedError, LockFile, LocksUnsupportedError
from skdl.saved_models import is_saved_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PAGES", "RESULT_FILES", "lock_results", "publish", "staging_folder"]

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
_LOCK = ".lock"
_STAGING = ".skdl-"


@contextmanager
def lock_results(folder: Path) -> Iterator[Path]:
    """Make a results folder where there is none, and keep other runs from writing into it.

    Raises
    ------
    OutputError
        Where the folder cannot be made or written.
    TryAgainError
        Where another run is writing there.
    """
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    with ExitStack() as at_end:
        if is_new:
            # Registered before the lock and so called after its release, which removes the lock file: only then can the
            # folder be empty.
            at_end.callback(_remove_empty, folder)
        try:
            at_end.enter_context(LockFile(folder / _LOCK))
        except LockedError as error:
            raise TryAgainError(
                f"{folder}: another comparison is writing there. Wait for it, or name another folder with --out."
            ) from error
        except LocksUnsupportedError:  # two runs at once are then the user's to avoid
            pass
        except OSError as error:
            raise _unwritable(folder, error) from error
        # The lock is held, so no running comparison has a staging folder here (on file systems with locks).
        for left_by_a_killed_run in folder.glob(f"{_STAGING}*"):
            shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
        yield folder


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder inside ``folder`` to make results in; it is removed at the end.

    Raises
    ------
    OutputError
        Where it cannot be written.
    """
    try:
        # Inside the results folder, so that each result is moved by a rename within one file system.
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder, ignore_cleanup_errors=True) as staging:
            yield Path(staging)
    except OSError as error:
        raise OutputError(
            f"{folder}: results must be writable there; {error}. Free the space or name another folder with --out."
        ) from error


def publish(staging: Path, folder: Path, *, names: Sequence[str] = RESULT_FILES, keep_model: bool = False) -> None:
    """Replace the results of an earlier run in ``folder``; its other files are left alone.

    Parameters
    ----------
    staging : pathlib.Path
        Where the results were made.
    folder : pathlib.Path
        Where they go.
    names : sequence of str
        Which results, in this order; the last one shows that all are there.
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
    for name in reversed(names):  # the old page goes first, so that a mixture of two runs never looks complete
        _remove(folder / name)
    for name in names:
        if (staging / name).exists():
            # Several renames are not one step. A kill in between leaves a folder without the page, which shows that it
            # is not complete; the next run resumes from the journal.
            (staging / name).replace(folder / name)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: the output folder must be writable; {error.strerror}. Name another with --out.")


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds results, or is gone already
        folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
