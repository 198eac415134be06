"""The report as one HTML page, as the output of a notebook's cell, and as GitHub's Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skdl.report._strings import strings_of
from skdl.report._translation import translate_summary
from skdl.report.sections import SECTIONS, describe_sections, section_file
from skdl.report.sections.leaderboard import text as leaderboard
from skdl.report.sections.verdict import text as verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import Summary

__all__ = ["PICTURES", "render_html", "render_markdown", "render_notebook"]

PICTURES = "report_files"  # folder of the Markdown's pictures, next to it


def render_html(summary: Summary, strings: Strings, figures: Mapping[str, Picture]) -> str:
    """Render the whole report with its pictures inside; names and errors, which come from users, are escaped."""
    pages = _html_templates(strings)
    return pages.get_template("report.html").render(
        strings=strings,
        style=Markup(_style(pages)),  # noqa: S704 - files of the package
        script=Markup(pages.get_template("page.js").render()),  # noqa: S704 - likewise
        summary=summary,
        sentence=verdict.verdict_markup(summary, strings),
        sections=describe_sections(summary, strings),
        figures=figures,
    )


def _style(pages: Environment) -> str:
    """Join the style sheets: what sections share, each section's own, then narrow screens and paper, which override."""
    shared, media = (pages.get_template(name).render() for name in ("style.css", "media.css"))
    return "\n".join([shared, *filter(None, (section_file(name, "style.css") for name in SECTIONS)), media])


def render_notebook(summary: Summary, lang: str = "en") -> str:
    """Render verdict and leaderboard as a piece of HTML, for a notebook's cell."""
    strings = strings_of(lang)
    summary = translate_summary(summary, strings)
    return (
        _html_templates(strings)
        .get_template("notebook.html")
        .render(
            strings=strings,
            sentence=verdict.verdict_markup(summary, strings),
            verdict=verdict.describe(summary, strings),
            board=leaderboard.describe(summary, strings),
        )
    )


def _html_templates(strings: Strings) -> Environment:
    return Environment(
        loader=_loader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=strings.set_spacing,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _loader() -> ChoiceLoader:
    return ChoiceLoader([PackageLoader("skdl.report", folder) for folder in ("templates", "sections")])


class _Verbatim(str):
    """Text that is Markdown already."""

    __slots__ = ()


def render_markdown(summary: Summary, strings: Strings, figures: Mapping[str, Picture]) -> str:
    """Render the whole report; its pictures are expected as ``report_files/NAME.svg``."""

    def picture(name: str) -> _Verbatim:
        if name not in figures:
            return _Verbatim()
        return _Verbatim(f"![{_escape_markdown(figures[name].label)}]({PICTURES}/{name}.svg)")

    pages = Environment(  # noqa: S701 - the output is Markdown; `_escaped` escapes what Markdown and HTML would interpret
        loader=_loader(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _escaped(strings.set_spacing(value)),
    )
    pages.filters["code"] = _code
    rendered = pages.get_template("report.md").render(
        strings=strings,
        summary=summary,
        sentence=verdict.verdict_sentence(summary, strings.lang),
        sections=describe_sections(summary, strings),
        picture=picture,
    )
    return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"


def _escaped(value: Any) -> str:
    """Escape what a template inserts, unless it is Markdown already."""
    return value if isinstance(value, _Verbatim) else _escape_markdown(str(value))


def _code(text: str, language: str = "sh") -> _Verbatim:
    """Fence a text, with a fence longer than any run of backticks within it."""
    # In Markdown a fence ends at a line of at least as many backticks.
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return _Verbatim(f"{fence}{language}\n{text}\n{fence}")


def _escape_markdown(value: str) -> str:
    """Escape what Markdown and HTML would interpret, and keep it on one line.

    An underscore inside a word (``keras_mlp``) is no emphasis, and stays.
    """
    return re.sub(r"([\\`*{}\[\]|~$]|<(?=[a-zA-Z/!?])|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(value.split()))
