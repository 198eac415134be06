"""Writing a report: every rendering of a summary into a folder, or the page alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError
from skdl.files import replace_file
from skdl.report._pages import PICTURES, render_html, render_markdown
from skdl.report._pictures import standalone
from skdl.report._results import render_folds, render_leaderboard, render_results
from skdl.report._strings import strings_of
from skdl.report._translation import translate_summary
from skdl.report.sections import draw_pictures

if TYPE_CHECKING:
    from skdl.results import Summary

__all__ = ["write_page", "write_report"]


def write_report(summary: Summary, folder: Path | str, *, lang: str = "en") -> None:
    """Write ``report.html``, ``report.md``, ``leaderboard.csv``, ``folds.csv`` and ``results.json`` into a folder.

    All are rendered before the first is written, and each file is replaced as a whole.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    folder : path-like
        A folder that exists.
    lang : str, default="en"
        Language of the page and of the sentences; names of columns and keys stay as they are.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written to.
    UsageError
        For a language without strings.
    """
    strings = strings_of(lang)
    translated = translate_summary(summary, strings)
    figures = draw_pictures(translated, strings)
    rendered = {
        **{f"{PICTURES}/{name}.svg": standalone(figures[name]) for name in figures if not name.endswith("-narrow")},
        "folds.csv": render_folds(summary),
        "leaderboard.csv": render_leaderboard(summary),
        "report.md": render_markdown(translated, strings, figures),
        "report.html": render_html(translated, strings, figures),
        "results.json": render_results(summary, strings),
    }
    target = Path(folder)
    if not target.is_dir():
        raise OutputError(f"write_report: folder must exist; got {str(target)!r}. Create it first.")
    (target / PICTURES).mkdir(exist_ok=True)
    for name, text in rendered.items():
        _replace(target / name, text)


def write_page(summary: Summary, path: Path, *, lang: str = "en") -> Path:
    """Write the page alone; the file is replaced as a whole.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
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
        For a language without strings.
    """
    strings = strings_of(lang)
    translated = translate_summary(summary, strings)
    _replace(path, render_html(translated, strings, draw_pictures(translated, strings)))
    return path


def _replace(path: Path, text: str) -> None:
    """Replace a file whole, so that a reader sees the old text or the new one."""
    try:
        with replace_file(path, sync=False) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(
            f"report: {path} must be writable; got {error.strerror!r}. Free it or choose another folder."
        ) from error
