"""The report as one HTML page with nothing outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skdl.report._language import in_language
from skdl.report._sentence import verdict_markup
from skdl.report._words import words_of
from skdl.report.sections import leaderboard_section, sections_of, verdict_section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.report._words import Words
    from skdl.report.plots import Picture
    from skdl.results import Summary

__all__ = ["render_html", "render_notebook"]


def render_html(summary: Summary, words: Words, figures: Mapping[str, Picture]) -> str:
    """Render the whole report with its pictures, by name; names and errors, which come from users, are escaped."""
    pages = _templates(words)
    style, script = (Markup(pages.get_template(name).render()) for name in ("style.css", "page.js"))  # noqa: S704 - ours
    return pages.get_template("report.html").render(
        words=words,
        style=style,
        script=script,
        summary=summary,
        sentence=verdict_markup(summary, words),
        sections=sections_of(summary, words),
        figures=figures,
    )


def render_notebook(summary: Summary, lang: str = "en") -> str:
    """Render verdict and leaderboard as a piece of HTML, for a notebook's cell."""
    words = words_of(lang)
    summary = in_language(summary, words)
    return (
        _templates(words)
        .get_template("notebook.html")
        .render(
            words=words,
            sentence=verdict_markup(summary, words),
            verdict=verdict_section(summary, words),
            board=leaderboard_section(summary, words),
        )
    )


def _templates(words: Words) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader("skdl.report", folder) for folder in ("templates", "sections")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.typeset,
        trim_blocks=True,
        lstrip_blocks=True,
    )
