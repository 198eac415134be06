"""What speaks against a winner, and what was compared, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import count, duration
from skdl.report._meaning import score_meanings
from skdl.report._sentence import reason_sentence, splits_line
from skdl.report.sections.data._text_checks import check_texts

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import Summary

__all__ = ["Badge", "VerdictSection", "verdict_section"]

# Flaws that make a comparison wrong, not only short; shown in red.
GRAVE = frozenset({"dummy", "failed_folds", "shuffled_groups", "shuffled_time"})


@dataclass(frozen=True)
class Badge:
    """A reason against a winner: how grave, in two words, and in a sentence."""

    kind: str  # "grave" or "mild"
    label: str
    sentence: str


@dataclass(frozen=True)
class VerdictSection:
    """What stands below the verdict's sentence."""

    lead: tuple[str, ...]
    badges: tuple[Badge, ...]
    doubts: tuple[Badge, ...]  # what in the table may make every score too good
    stands: str | None  # what speaks for a winner that is named
    meanings: tuple[tuple[str, str], ...]  # (metric, what the recommended model's score means)


def verdict_section(summary: Summary, words: Words) -> VerdictSection:
    """Say what was compared, what weakens the verdict or speaks for it, and what the scores mean."""
    found = _badges(summary, words)
    by_holdout = summary.verdict.evidence == "holdout"
    return VerdictSection(
        lead=tuple(_lead(summary, words)),
        badges=tuple(found),
        doubts=tuple(_doubts(summary, words)),
        stands=None if found else words("winner.stands_holdout" if by_holdout else "winner.stands"),
        meanings=tuple(score_meanings(summary, words)),
    )


def _doubts(summary: Summary, words: Words) -> list[Badge]:
    """Give what checks of the table found that may make every score too good to be true."""
    found, _ = check_texts(summary.data, words)
    return [Badge("grave", check.label, check.sentence) for check in found if check.level == "grave"]


def _badges(summary: Summary, words: Words) -> list[Badge]:
    """Reasons against a winner, the grave ones first."""
    found = [
        Badge(
            "grave" if reason.code in GRAVE else "mild",
            words(key) if words.has(key := f"badge.{reason.code}") else reason.code.replace("_", " "),
            reason_sentence(reason, summary, words),
        )
        for reason in summary.verdict.reasons
    ]
    return sorted(found, key=lambda badge: badge.kind != "grave")


def _lead(summary: Summary, words: Words) -> list[str]:
    """One line on data and protocol, in parts."""
    data, protocol = summary.data, summary.protocol
    elapsed = duration(protocol.elapsed_s, words)
    return [
        words("lead.data", rows=count(data.n_rows), columns=count(data.n_columns), target=data.target),
        splits_line(protocol, words.lang),
        words("lead.models", n=len(summary.models), fits=count(protocol.fits), elapsed=elapsed),
    ]
