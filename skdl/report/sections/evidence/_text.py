"""What the verdict rests on, as text: every model against one, every pair, and what the folds could have shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import p_value, shorten
from skdl.report._sentence import detectable_sentence
from skdl.report.sections._cell import Cell
from skdl.report.sections.evidence._against import against_text

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.sections.evidence._against import AgainstText
    from skdl.results import Summary

__all__ = ["EvidenceSection", "PairCell", "PairTable", "evidence_section"]

SIGNIFICANT = 0.05
MOST_LETTERS = 18  # of a name that stands upright
FEWEST = 3  # models, from where a table of pairs says more than a list against one


@dataclass(frozen=True)
class PairCell:
    """The p-value of two models; empty on the diagonal and above it."""

    cell: Cell | None
    significant: bool = False


@dataclass(frozen=True)
class PairTable:
    """The p-value of every pair: a row and a column a model, best first; the first has no row, the last no column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PairCell, ...]], ...]


@dataclass(frozen=True)
class EvidenceSection:
    """Differences and pairs are None where there is no test."""

    against: AgainstText | None
    pairs: PairTable | None
    detectable: str | None


def evidence_section(summary: Summary, words: Words) -> EvidenceSection | None:
    """Put the evidence into text; None where no fold was kept."""
    if not summary.folds:
        return None
    return EvidenceSection(against_text(summary, words), _pairs(summary), detectable_sentence(summary, words.lang))


def _pairs(summary: Summary) -> PairTable | None:
    known = {(pair.first, pair.second): pair.p_value for pair in summary.pairs if pair.p_value is not None}
    ranked = [row.model for row in summary.models if row.rank is not None]
    if not known or len(ranked) < FEWEST:
        return None
    rows = []
    for place, lower in enumerate(ranked[1:], start=1):
        found = [known.get((upper, lower)) if column < place else None for column, upper in enumerate(ranked[:-1])]
        rows.append((lower, tuple(_cell(value) for value in found)))
    return PairTable(tuple(shorten(model, MOST_LETTERS) for model in ranked[:-1]), tuple(rows))


def _cell(value: float | None) -> PairCell:
    return PairCell(None) if value is None else PairCell(Cell(p_value(value), value), value < SIGNIFICANT)
