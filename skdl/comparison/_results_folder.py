"""The results folder, written by one run at a time: results are made in a staging folder inside and moved at the end.

`render_report` renders the report of such a folder again: in another language, or by a later version.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from skdl import report
from skdl._note import Note
from skdl.exceptions import DataError, OutputError, TryAgainError
from skdl.files import LockedError, LockFile, LocksUnsupportedError
from skdl.saved_models import is_saved_model

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

# The page comes last: where it is, everything else is there too.
_PAGES = ("report_files", "report.md", "report.html")
_RESULT_FILES = ("folds.csv", "leaderboard.csv", "lock.yaml", "results.json", "model", *_PAGES)
_LOCK = ".lock"
_STAGING = ".skdl-"


@contextmanager
def lock_results(folder: Path) -> Iterator[Path]:
    """Make a results folder where there is none, and keep other runs from writing into it."""
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
            text = f"{folder}: another comparison is writing there. Wait for it, or name another folder with --out."
            raise TryAgainError(Note("folder_in_use", text, {"where": str(folder)})) from error
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
    """Give a temporary folder inside ``folder`` to make results in; it is removed at the end."""
    try:
        # Inside the results folder, so that each result is moved by a rename within one file system.
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder, ignore_cleanup_errors=True) as staging:
            yield Path(staging)
    except OSError as error:
        text = "{folder}: results must be writable there; {reason}. Free the space or name another folder with --out."
        raise OutputError.of("results_not_writable", text, folder=folder, reason=str(error)) from error


def publish(staging: Path, folder: Path, *, names: Sequence[str] = _RESULT_FILES, keep_model: bool = False) -> None:
    """Replace the results of an earlier run in ``folder``; its other files are left alone.

    The last of the ``names`` shows that all are there. With ``keep_model`` the saved model there is that of these
    results.
    """
    if "model" in names and not is_saved_model(folder / "model"):
        text = "{where}: must be a saved model, or not be there. Move it, or name another folder with --out."
        raise OutputError.of("no_saved_model_there", text, where=folder / "model")
    names = [name for name in names if not (keep_model and name == "model")]
    for name in reversed(names):  # the old page goes first, so that a mixture of two runs never looks complete
        _remove(folder / name)
    for name in names:
        if (staging / name).exists():
            # Several renames are not one step. A kill in between leaves a folder without the page, which shows that it
            # is not complete; the next run resumes from the journal.
            (staging / name).replace(folder / name)


def render_report(
    folder: str | os.PathLike[str], *, output_dir: str | os.PathLike[str] | None = None, lang: str | None = None
) -> Path:
    """Render the report of a results folder again, from its ``results.json``; nothing is fitted.

    It is written to ``output_dir``, or into the folder itself, in the language of the comparison unless ``lang`` is
    another one. Return the page.
    """
    source, target = Path(folder), Path(folder if output_dir is None else output_dir)
    if not (source / "results.json").exists():
        text = (
            f"{source}: must be a folder that a comparison wrote, with results.json in it. "
            "Run `skdl compare FILE` first, or name its folder."
        )
        raise DataError(Note("no_results", text, {"folder": str(source)}))
    # Validated before the target is locked or created: a damaged results.json changes nothing.
    summary = report.read_results(source / "results.json")
    with lock_results(target), staging_folder(target) as staging:
        report.write_report(summary, staging, lang=lang)
        publish(staging, target, names=_PAGES)
    return target / "report.html"


def _unwritable(folder: Path, error: OSError) -> OutputError:
    text = "{folder}: the output folder must be writable; {reason}. Name another with --out."
    return OutputError.of("output_not_writable", text, folder=folder, reason=error.strerror)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds results, or is gone already
        folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
