"""Evidence as text: the differences to the reference, and the detectable difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, at_least_one_digit, p_value, probability
from skdl.report.sections._scores import interval_text, score_decimals, signed
from skdl.report.sections.verdict.text import detectable_sentence

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import AgainstRow, Summary


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the evidence; None without scores by fold. Differences are None without a test."""
    if not summary.folds:
        return None
    return {
        "contents": strings("evidence.contents"),
        "against": _against(summary, strings),
        "detectable": detectable_sentence(summary, strings.lang),
        "choosing": _choosing(summary, strings),
    }


def _choosing(summary: Summary, strings: Strings) -> str | None:
    """Describe how the score after choosing was computed, or why it was not; None in older results."""
    choice = summary.verdict.after_choosing
    if choice is None:
        return None
    if choice.missing is not None:
        return strings(f"not_corrected.{choice.missing.code}", **choice.missing.values)
    column = summary.columns[0]
    leader = next(row.scores[column.name].mean for row in summary.models if row.model == summary.verdict.leader)
    optimism = abs(leader - (choice.score or 0.0))
    size = at_least_one_digit(optimism, score_decimals(summary)) if optimism else "0"
    return strings("choosing.note", n=choice.n_models, optimism=size, metric=column.label)


def _against(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the differences to the reference; None without a test."""
    against = summary.against
    if against is None or not any(row.p_value is not None for row in against.rows):
        return None
    decimals = score_decimals(summary)
    width = at_least_one_digit(against.equivalence, decimals)
    note = "against.note_named" if against.named_before else "against.note_leader"
    reason, has_rows = against.no_row_test, any(row.p_rows is not None for row in against.rows)
    by_rows = strings("against.by_rows") if has_rows else ""
    if reason is not None:
        by_rows = strings(f"no_row_test.{reason.code}", **reason.values)
    headings = ("difference", "interval", "p", *(("p_rows",) if has_rows else ()), "better", "equivalent", "worse")
    return {
        "title": strings("against.title", model=against.reference),
        "note": strings(note, metric=summary.columns[0].label, n=len(against.rows), width=width),
        "by_rows": by_rows,
        "forest_note": strings("evidence.forest_note", model=against.reference, width=width),
        "headings": [strings("table.model"), *(strings(f"against.{key}") for key in headings)],
        "lines": [[row.model, *_cells(row, decimals, strings, has_rows=has_rows)] for row in against.rows],
    }


def _cells(row: AgainstRow, decimals: int, strings: Strings, *, has_rows: bool) -> list[str]:
    """Difference to the reference, its interval, its p-values, and the probabilities of better, equal and worse."""
    probabilities = (row.p_better, row.p_equivalent, row.p_worse)
    return [
        signed(row.difference, decimals),
        interval_text(row.low, row.high, decimals, strings),
        p_value(row.p_value),
        *([p_value(row.p_rows)] if has_rows else []),
        *(DASH if value is None else probability(value) for value in probabilities),
    ]
