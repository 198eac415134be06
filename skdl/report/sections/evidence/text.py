"""Evidence as text: the differences to the reference, the p-values of all pairs, and the detectable difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, Cell, at_least_one_digit, decimals_for, fixed, p_value, probability, shorten
from skdl.report.sections.verdict.text import detectable_sentence

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import AgainstRow, Summary


SIGNIFICANT = 0.05
MOST_LETTERS = 18  # of a vertical heading
FEWEST = 3  # models in a table of pairs: fewer are in the table of differences


@dataclass(frozen=True)
class PairCell:
    """The p-value of two models; empty on the diagonal and above it."""

    cell: Cell | None
    significant: bool = False


@dataclass(frozen=True)
class PairTable:
    """The p-values of all pairs, best model first: the first model has no row, the last no column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PairCell, ...]], ...]


@dataclass(frozen=True)
class EvidenceSection:
    """Differences and pairs are None without a test."""

    against: AgainstText | None
    pairs: PairTable | None
    detectable: str | None


def describe(summary: Summary, strings: Strings) -> EvidenceSection | None:
    """Describe the evidence; None without scores by fold."""
    if not summary.folds:
        return None
    return EvidenceSection(_against(summary, strings), _pairs(summary), detectable_sentence(summary, strings.lang))


def _pairs(summary: Summary) -> PairTable | None:
    known = {(pair.first, pair.second): pair.p_value for pair in summary.pairs if pair.p_value is not None}
    ranked = [row.model for row in summary.models if row.rank is not None]
    if not known or len(ranked) < FEWEST:
        return None
    rows = []
    for rank, lower in enumerate(ranked[1:], start=1):
        p_values = [known.get((upper, lower)) if column < rank else None for column, upper in enumerate(ranked[:-1])]
        rows.append((lower, tuple(_pair_cell(value) for value in p_values)))
    return PairTable(tuple(shorten(model, MOST_LETTERS) for model in ranked[:-1]), tuple(rows))


def _pair_cell(value: float | None) -> PairCell:
    return PairCell(None) if value is None else PairCell(Cell(p_value(value), value), value < SIGNIFICANT)


@dataclass(frozen=True)
class AgainstLine:
    """The difference of one model to the reference."""

    model: str
    difference: str
    interval: str
    p: str
    better: str
    equivalent: str
    worse: str


@dataclass(frozen=True)
class AgainstText:
    """Differences to the reference: title, notes, and a line per model."""

    title: str
    note: str
    forest_note: str
    lines: tuple[AgainstLine, ...]


def _against(summary: Summary, strings: Strings) -> AgainstText | None:
    """Describe the differences to the reference; None without a test."""
    against = summary.against
    if against is None or not any(row.p_value is not None for row in against.rows):
        return None
    metric = summary.columns[0].label
    decimals = decimals_for(row.scores[summary.columns[0].name] for row in summary.models if row.rank is not None)
    note = strings(
        "against.note_named" if against.named_before else "against.note_leader",
        metric=metric,
        n=len(against.rows),
        width=at_least_one_digit(against.equivalence, decimals),
    )
    return AgainstText(
        title=strings("against.title", model=against.reference),
        note=note,
        forest_note=strings(
            "evidence.forest_note",
            model=against.reference,
            width=at_least_one_digit(against.equivalence, decimals),
        ),
        lines=tuple(_line(row, decimals, strings) for row in against.rows),
    )


def _line(row: AgainstRow, decimals: int, strings: Strings) -> AgainstLine:
    interval = DASH
    if row.low is not None and row.high is not None:
        interval = strings("interval.to", low=fixed(row.low, decimals), high=fixed(row.high, decimals))
    sign = "+" if row.difference > 0 else ""
    return AgainstLine(
        model=row.model,
        difference=f"{sign}{at_least_one_digit(row.difference, decimals)}",
        interval=interval,
        p=p_value(row.p_value),
        better=_probability(row.p_better),
        equivalent=_probability(row.p_equivalent),
        worse=_probability(row.p_worse),
    )


def _probability(value: float | None) -> str:
    return DASH if value is None else probability(value)
