"""A results folder that is whole or plainly not: files are made aside and moved in at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RESULT_FILES", "publishing"]

# The page comes last: where it is, everything else is there too.
RESULT_FILES = ("folds.csv", "leaderboard.csv", "lock.yaml", "results.json", "model", "report.md", "report.html")


@contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """Give a folder to write results into; at the end they replace the results of an earlier run in ``folder``.

    Whatever else lies in ``folder`` is left alone. If the block raises, ``folder`` stays as it was.

    Raises
    ------
    OutputError
        Where the folder cannot be made or written.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".skdl-", dir=folder))
    except OSError as error:
        raise OutputError(
            f"{folder}: the output folder must be writable; {error.strerror}. Name another with --out."
        ) from error
    try:
        yield staging
        for name in reversed(RESULT_FILES):  # the old page goes first, so that no mixture looks whole
            _remove(folder / name)
        for name in RESULT_FILES:
            if (staging / name).exists():
                (staging / name).replace(folder / name)
    except OSError as error:
        raise OutputError(
            f"{folder}: results must be writable there; {error}. Free the place or name another with --out."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
