"""The face of the package: one summary, every rendering of it, into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError
from skdl.report._html import render_html
from skdl.report._language import in_language
from skdl.report._markdown import PICTURES, render_markdown
from skdl.report._results import render_results
from skdl.report._tables import render_folds, render_leaderboard
from skdl.report._words import words_of
from skdl.report.plots import draw_all, standalone

if TYPE_CHECKING:
    from skdl.results import Summary

__all__ = ["write_page", "write_report"]


def write_report(summary: Summary, folder: Path | str, *, lang: str = "en") -> None:
    """Write ``report.html``, ``report.md``, ``leaderboard.csv``, ``folds.csv`` and ``results.json`` into a folder.

    All are rendered before the first is written, and each is put in its place whole: no file is ever half a file.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    folder : path-like
        A folder that exists.
    lang : str, default="en"
        Language of the page and of the sentences; names of columns and keys stay as they are.

    Raises
    ------
    OutputError
        Where the folder is missing or cannot be written to.
    UsageError
        For a language that is not there.
    """
    words = words_of(lang)
    told = in_language(summary, words)
    figures = draw_all(told, words)
    rendered = {
        **{f"{PICTURES}/{name}.svg": standalone(figures[name]) for name in figures if not name.endswith("-narrow")},
        "folds.csv": render_folds(summary),
        "leaderboard.csv": render_leaderboard(summary),
        "report.md": render_markdown(told, words, figures),
        "report.html": render_html(told, words, figures),
        "results.json": render_results(summary, words),
    }
    place = Path(folder)
    if not place.is_dir():
        raise OutputError(f"write_report: folder must exist; got {str(place)!r}. Create it first.")
    (place / PICTURES).mkdir(exist_ok=True)
    for name, text in rendered.items():
        _replace(place / name, text)


def write_page(summary: Summary, path: Path, *, lang: str = "en") -> Path:
    """Write the page alone, whole or not at all.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    path : pathlib.Path
        The file.
    lang : str, default="en"
        Language of the page.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    UsageError
        For a language that is not there.
    """
    words = words_of(lang)
    told = in_language(summary, words)
    _replace(path, render_html(told, words, draw_all(told, words)))
    return path


def _replace(path: Path, text: str) -> None:
    """Write beside the file first, so that a reader sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.replace(draft, path)  # noqa: PTH105 - the atomic one, on every system
    except OSError as error:
        raise OutputError(
            f"report: {path} must be writable; got {error.strerror!r}. Free it or choose another folder."
        ) from error
