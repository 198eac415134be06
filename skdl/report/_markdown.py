"""The report as GitHub's Markdown, with its pictures beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from skdl.report._sentence import verdict_sentence
from skdl.report.sections import sections_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.report._words import Words
    from skdl.report.plots import Picture
    from skdl.results import Summary

__all__ = ["PICTURES", "render_markdown"]

PICTURES = "report_files"  # the folder beside the Markdown that holds them


class _Verbatim(str):
    """Text that is Markdown already."""

    __slots__ = ()


def render_markdown(summary: Summary, words: Words, figures: Mapping[str, Picture]) -> str:
    """Render the whole report; its pictures are expected as ``report_files/NAME.svg``."""

    def picture(name: str) -> _Verbatim:
        return _Verbatim(f"![{_text(figures[name].label)}]({PICTURES}/{name}.svg)" if name in figures else "")

    pages = Environment(  # noqa: S701 - the text is Markdown; `_placed` escapes what Markdown and HTML read as their own
        loader=ChoiceLoader([PackageLoader("skdl.report", folder) for folder in ("templates", "sections")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _placed(words.typeset(value)),
    )
    pages.filters["code"] = _code
    rendered = pages.get_template("report.md").render(
        words=words,
        summary=summary,
        sentence=verdict_sentence(summary, words.lang),
        sections=sections_of(summary, words),
        picture=picture,
    )
    return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"


def _placed(value: Any) -> str:
    """Escape what a template puts in, unless it is Markdown already."""
    return value if isinstance(value, _Verbatim) else _text(str(value))


def _code(text: str, language: str = "sh") -> _Verbatim:
    """Fence a text, with a fence longer than any run of backticks within it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return _Verbatim(f"{fence}{language}\n{text}\n{fence}")


def _text(value: str) -> str:
    """Escape what Markdown and HTML would read as their own, and keep it on one line.

    An underscore inside a word (``keras_mlp``) is no emphasis, and stays.
    """
    return re.sub(r"([\\`*{}\[\]|~$]|<(?=[a-zA-Z/!?])|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(value.split()))
