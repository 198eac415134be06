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


def describe(summary: Summary, strings: Strings) -> EvidenceSection | None:
    """Put the evidence into text; None where no fold was kept."""
    if not summary.folds:
        return None
    return EvidenceSection(_against(summary, strings), _pairs(summary), detectable_sentence(summary, strings.lang))


def _pairs(summary: Summary) -> PairTable | None:
    known = {(pair.first, pair.second): pair.p_value for pair in summary.pairs if pair.p_value is not None}
    ranked = [row.model for row in summary.models if row.rank is not None]
    if not known or len(ranked) < FEWEST:
        return None
    rows = []
    for place, lower in enumerate(ranked[1:], start=1):
        found = [known.get((upper, lower)) if column < place else None for column, upper in enumerate(ranked[:-1])]
        rows.append((lower, tuple(_pair_cell(value) for value in found)))
    return PairTable(tuple(shorten(model, MOST_LETTERS) for model in ranked[:-1]), tuple(rows))


def _pair_cell(value: float | None) -> PairCell:
    return PairCell(None) if value is None else PairCell(Cell(p_value(value), value), value < SIGNIFICANT)


@dataclass(frozen=True)
class AgainstLine:
    """One model against the reference."""

    model: str
    difference: str
    interval: str
    p: str
    better: str
    equivalent: str
    worse: str


@dataclass(frozen=True)
class AgainstText:
    """A heading, what the columns mean, and a line a model."""

    title: str
    note: str
    forest_note: str
    lines: tuple[AgainstLine, ...]


def _against(summary: Summary, strings: Strings) -> AgainstText | None:
    """Write down the comparison with the reference; None where there is nothing to compare, or no test."""
    found = summary.against
    if found is None or not any(row.p_value is not None for row in found.rows):
        return None
    metric = summary.columns[0].label
    decimals = decimals_for(row.scores[summary.columns[0].name] for row in summary.models if row.rank is not None)
    note = strings(
        "against.note_named" if found.named_before else "against.note_leader",
        metric=metric,
        n=len(found.rows),
        width=at_least_one_digit(found.equivalence, decimals),
    )
    return AgainstText(
        title=strings("against.title", model=found.reference),
        note=note,
        forest_note=strings(
            "evidence.forest_note",
            model=found.reference,
            width=at_least_one_digit(found.equivalence, decimals),
        ),
        lines=tuple(_line(row, decimals, strings) for row in found.rows),
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
