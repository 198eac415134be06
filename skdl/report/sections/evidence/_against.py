"""Every model against one, as text: by how much, how surely, and whether it matters in practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, at_least_one_digit, decimals_for, fixed, p_value, probability

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import AgainstRow, Summary

__all__ = ["AgainstLine", "AgainstText", "against_text"]


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


def against_text(summary: Summary, words: Words) -> AgainstText | None:
    """Write down the comparison with the reference; None where there is nothing to compare, or no test."""
    found = summary.against
    if found is None or not any(row.p_value is not None for row in found.rows):
        return None
    metric = summary.columns[0].label
    decimals = decimals_for(row.scores[summary.columns[0].name] for row in summary.models if row.rank is not None)
    note = words(
        "against.note_named" if found.named_before else "against.note_leader",
        metric=metric,
        n=len(found.rows),
        width=at_least_one_digit(found.equivalence, decimals),
    )
    return AgainstText(
        title=words("against.title", model=found.reference),
        note=note,
        forest_note=words(
            "evidence.forest_note",
            model=found.reference,
            width=at_least_one_digit(found.equivalence, decimals),
        ),
        lines=tuple(_line(row, decimals, words) for row in found.rows),
    )


def _line(row: AgainstRow, decimals: int, words: Words) -> AgainstLine:
    interval = DASH
    if row.low is not None and row.high is not None:
        interval = words("interval.to", low=fixed(row.low, decimals), high=fixed(row.high, decimals))
    sign = "+" if row.difference > 0 else ""
    return AgainstLine(
        model=row.model,
        difference=f"{sign}{at_least_one_digit(row.difference, decimals)}",
        interval=interval,
        p=p_value(row.p_value),
        better=_odds(row.p_better),
        equivalent=_odds(row.p_equivalent),
        worse=_odds(row.p_worse),
    )


def _odds(value: float | None) -> str:
    return DASH if value is None else probability(value)
