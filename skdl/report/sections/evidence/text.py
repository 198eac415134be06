"""Evidence as text: the differences to the reference, the p-values of all pairs, and the detectable difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, Cell, at_least_one_digit, p_value, probability, shorten
from skdl.report.sections._scores import interval_text, score_decimals, signed
from skdl.report.sections.verdict.text import detectable_sentence

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import AgainstRow, Summary


SIGNIFICANT = 0.05
MOST_LETTERS = 18  # of a vertical heading
FEWEST = 3  # models in a table of pairs: fewer are in the table of differences


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the evidence; None without scores by fold. Differences and pairs are None without a test."""
    if not summary.folds:
        return None
    return {
        "against": _against(summary, strings),
        "pairs": _pairs(summary),
        "detectable": detectable_sentence(summary, strings.lang),
    }


def _pairs(summary: Summary) -> dict[str, Any] | None:
    """P-values of all pairs, best model first, and whether they are significant; None on the diagonal and above it.

    The first model has no row, the last no column.
    """
    known = {(pair.first, pair.second): pair.p_value for pair in summary.pairs if pair.p_value is not None}
    ranked = [row.model for row in summary.models if row.rank is not None]
    if not known or len(ranked) < FEWEST:
        return None
    rows = []
    for rank, lower in enumerate(ranked[1:], start=1):
        p_values = [known.get((upper, lower)) if column < rank else None for column, upper in enumerate(ranked[:-1])]
        rows.append((lower, [None if p is None else (Cell(p_value(p), p), p < SIGNIFICANT) for p in p_values]))
    return {"columns": [shorten(model, MOST_LETTERS) for model in ranked[:-1]], "rows": rows}


def _against(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the differences to the reference; None without a test."""
    against = summary.against
    if against is None or not any(row.p_value is not None for row in against.rows):
        return None
    decimals = score_decimals(summary)
    width = at_least_one_digit(against.equivalence, decimals)
    note = "against.note_named" if against.named_before else "against.note_leader"
    headings = ("difference", "interval", "p", "better", "equivalent", "worse")
    return {
        "title": strings("against.title", model=against.reference),
        "note": strings(note, metric=summary.columns[0].label, n=len(against.rows), width=width),
        "forest_note": strings("evidence.forest_note", model=against.reference, width=width),
        "headings": [strings(f"against.{key}") for key in headings],
        "lines": [(row.model, _cells(row, decimals, strings)) for row in against.rows],
    }


def _cells(row: AgainstRow, decimals: int, strings: Strings) -> list[str]:
    """Difference to the reference, its interval, its p-value, and the probabilities of better, equivalent and worse."""
    probabilities = (row.p_better, row.p_equivalent, row.p_worse)
    return [
        signed(row.difference, decimals),
        interval_text(row.low, row.high, decimals, strings),
        p_value(row.p_value),
        *(DASH if value is None else probability(value) for value in probabilities),
    ]
