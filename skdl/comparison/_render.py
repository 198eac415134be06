"""The report of a finished comparison, rendered again from its results: in another language, or by a later version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skdl import report
from skdl.comparison._publish import PAGES, lock_results, publish, staging_folder
from skdl.exceptions import DataError

if TYPE_CHECKING:
    import os

__all__ = ["render_report"]


def render_report(
    folder: str | os.PathLike[str], *, output_dir: str | os.PathLike[str] | None = None, lang: str = "en"
) -> Path:
    """Render the report of a results folder again, from its ``results.json``; nothing is fitted.

    Parameters
    ----------
    folder : path-like
        What `compare` wrote.
    output_dir : path-like, default=None
        Where page, Markdown and pictures go; None is ``folder``.
    lang : {"en", "ko"}, default="en"
        Language of the report.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    DataError
        If there are no results, or they cannot be read.
    OutputError
        If the report cannot be written.
    UsageError
        For an unknown language.
    """
    source, target = Path(folder), Path(folder if output_dir is None else output_dir)
    if not (source / "results.json").exists():
        raise DataError(
            f"{source}: must be a folder that a comparison wrote, with results.json in it. "
            "Run `skdl compare FILE` first, or name its folder."
        )
    # Validated before the target is locked or created: a damaged results.json changes nothing.
    summary = report.read_results(source / "results.json")
    with lock_results(target), staging_folder(target) as staging:
        report.write_report(summary, staging, lang=lang)
        publish(staging, target, names=PAGES)
    return target / "report.html"
