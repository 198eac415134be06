"""The report as one HTML page, as the output of a notebook's cell, and as GitHub's Markdown; writing all its files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skdl.exceptions import OutputError
from skdl.files import replace_file
from skdl.report._pictures import standalone, theme_style
from skdl.report._results import render_folds, render_leaderboard, render_results
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections import SECTIONS, describe_sections, draw_pictures, section_file
from skdl.report.sections.leaderboard import text as leaderboard
from skdl.report.sections.verdict import text as verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import Summary


_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_PICTURES = "report_files"  # folder of the Markdown's pictures, next to it


def write_report(summary: Summary, folder: Path | str, *, lang: str | None = None) -> None:
    """Write ``report.html``, ``report.md``, ``leaderboard.csv``, ``folds.csv`` and ``results.json`` into a folder.

    All are rendered before the first is written, and each file is replaced as a whole.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    folder : path-like
        A folder that exists.
    lang : str, default=None
        Language of the page and of the sentences; names of columns and keys stay as they are. None is that of the
        summary.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written to.
    UsageError
        For a language without strings.
    """
    strings = strings_of(summary.lang if lang is None else lang)
    translated = translate_summary(summary, strings)
    figures = draw_pictures(translated, strings)
    rendered = {
        **{f"{_PICTURES}/{name}.svg": standalone(figures[name]) for name in figures if not name.endswith("-narrow")},
        "folds.csv": render_folds(summary),
        "leaderboard.csv": render_leaderboard(summary),
        "report.md": _render_markdown(translated, strings, figures),
        "report.html": _render_html(translated, strings, figures),
        "results.json": render_results(summary, strings),
    }
    target = Path(folder)
    if not target.is_dir():
        raise OutputError(f"write_report: folder must exist; got {str(target)!r}. Create it first.")
    (target / _PICTURES).mkdir(exist_ok=True)
    for name, text in rendered.items():
        _replace(target / name, text)


def write_page(summary: Summary, path: Path, *, lang: str | None = None) -> Path:
    """Write the page alone, and return its path; errors as of `write_report`."""
    strings = strings_of(summary.lang if lang is None else lang)
    translated = translate_summary(summary, strings)
    _replace(path, _render_html(translated, strings, draw_pictures(translated, strings)))
    return path


def _replace(path: Path, text: str) -> None:
    """Replace a file whole, so that a reader sees the old text or the new one."""
    try:
        with replace_file(path, sync=False) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        text = "report: {path} must be writable; got {reason!r}. Free it or choose another folder."
        raise OutputError.of("report_not_writable", text, path=path, reason=error.strerror) from error


def render_notebook(summary: Summary, lang: str | None = None) -> str:
    """Render verdict and leaderboard as a piece of HTML, for a notebook's cell."""
    strings = strings_of(summary.lang if lang is None else lang)
    summary = translate_summary(summary, strings)
    template = _html_templates(strings.lang).get_template("notebook.html")
    return template.render(
        strings=strings,
        sentence=verdict.verdict_markup(summary, strings),
        verdict=verdict.describe(summary, strings),
        board=leaderboard.describe(summary, strings),
    )


def _render_html(summary: Summary, strings: Strings, figures: Mapping[str, Picture]) -> str:
    """Render the whole report with its pictures inside; names and errors, which come from users, are escaped."""
    pages = _html_templates(strings.lang)
    # What sections share, each section's own, then narrow screens and paper, which override.
    shared, media = (pages.get_template(name).render() for name in ("style.css", "media.css"))
    styles = [theme_style(), shared, *filter(None, (section_file(name, "style.css") for name in SECTIONS)), media]
    return pages.get_template("report.html").render(
        strings=strings,
        style=Markup("\n".join(styles)),  # noqa: S704 - files of the package
        script=Markup(pages.get_template("page.js").render()),  # noqa: S704 - likewise
        summary=summary,
        sentence=verdict.verdict_markup(summary, strings),
        sections=describe_sections(summary, strings),
        figures=figures,
    )


@cache  # an environment keeps its compiled templates
def _html_templates(lang: str) -> Environment:
    strings = strings_of(lang)

    def spaced(value: Any) -> Any:
        value = strings.set_spacing(value)
        # No line ends between a number and its %.
        return type(value)(_BEFORE_PERCENT.sub("\u00a0", value)) if isinstance(value, str) else value

    return _templates(spaced, autoescape=True)


def _templates(finalize: Callable[[Any], Any], *, autoescape: bool) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader("skdl.report", folder) for folder in ("templates", "sections")]),
        autoescape=autoescape,  # noqa: S701 - off for Markdown, which escapes by `finalize`
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _Verbatim(str):
    """Text that is Markdown already."""

    __slots__ = ()


def _render_markdown(summary: Summary, strings: Strings, figures: Mapping[str, Picture]) -> str:
    """Render the whole report; its pictures are expected as ``report_files/NAME.svg``."""

    def picture(name: str) -> _Verbatim:
        if name not in figures:
            return _Verbatim()
        return _Verbatim(f"![{_escape_markdown(figures[name].label)}]({_PICTURES}/{name}.svg)")

    rendered = (
        _markdown_templates(strings.lang)
        .get_template("report.md")
        .render(
            strings=strings,
            summary=summary,
            sentence=verdict.verdict_sentence(summary, strings.lang),
            sections=describe_sections(summary, strings),
            picture=picture,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"


@cache
def _markdown_templates(lang: str) -> Environment:
    strings = strings_of(lang)

    def escaped(value: Any) -> str:
        spaced = strings.set_spacing(value)
        return spaced if isinstance(spaced, _Verbatim) else _escape_markdown(str(spaced))

    pages = _templates(escaped, autoescape=False)

    def table(lines: Iterable[Iterable[Any]], headings: list[Any], n_left: int = 1) -> _Verbatim:
        """Write a table, whose first columns are aligned left and the others right."""
        written = [f"| {' | '.join(map(escaped, cells))} |" for cells in (headings, *lines)]
        rule = f"|{'---|' * n_left}{'---:|' * (len(headings) - n_left)}"
        return _Verbatim("\n".join([written[0], rule, *written[1:]]))

    pages.filters |= {"code": _code, "table": table}
    return pages


def _code(text: str, language: str = "sh") -> _Verbatim:
    """Fence a text, with a fence longer than any run of backticks within it, which would end it."""
    fence = "`" * (1 + max(2, *map(len, re.findall("`*", text))))
    return _Verbatim(f"{fence}{language}\n{text}\n{fence}")


def _escape_markdown(value: str) -> str:
    """Escape what Markdown and HTML would interpret, and keep it on one line.

    An underscore inside a word (``keras_mlp``) is no emphasis, and stays.
    """
    return re.sub(r"([\\`*{}\[\]|~$]|<(?=[a-zA-Z/!?])|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(value.split()))
