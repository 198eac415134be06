"""Each section of a report as text that is ready to be placed: a renderer places, it does not compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report.sections.data._text import data_section
from skdl.report.sections.errors._text import errors_section
from skdl.report.sections.evidence._text import evidence_section
from skdl.report.sections.inspection._text import inspection_section
from skdl.report.sections.leaderboard._text import leaderboard_section
from skdl.report.sections.networks._text import networks_section
from skdl.report.sections.ship._text import ship_section
from skdl.report.sections.tuning._text import edge_sentences, tuning_section
from skdl.report.sections.verdict._text import verdict_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.report._words import Words
    from skdl.results import Summary

__all__ = ["edge_sentences", "leaderboard_section", "sections_of", "verdict_section"]

_IN_ORDER: dict[str, Callable[[Summary, Words], Any]] = {
    "verdict": verdict_section,
    "leaderboard": leaderboard_section,
    "evidence": evidence_section,
    "tuning": tuning_section,
    "networks": networks_section,
    "errors": errors_section,
    "inspection": inspection_section,
    "data": data_section,
    "ship": ship_section,
}


def sections_of(summary: Summary, words: Words) -> dict[str, Any]:
    """Give every section that has something to say, by name, in the page's order."""
    made = {name: section(summary, words) for name, section in _IN_ORDER.items()}
    return {name: section for name, section in made.items() if section is not None}
