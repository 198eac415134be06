"""Differences to the reference, and p-values of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl import results

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the fields ``against`` and ``pairs`` of the summary."""
    p_values, by_rows = comparison.verdict.p_values, comparison.row_tests()
    return {
        "against": _against(comparison),
        "pairs": [
            results.Pair(*pair, p, None if isinstance(by_rows, results.Reason) else by_rows[frozenset(pair)])
            for pair, p in p_values.items()
        ],
    }


def _against(comparison: FinishedComparison) -> results.Against | None:
    """Compare every ranked model with the reference."""
    reference = comparison.reference
    named_before = reference == comparison.job.reference
    by_rows = comparison.row_tests(reference if named_before else None)
    reason = by_rows if isinstance(by_rows, results.Reason) else None
    rows = []
    for one in comparison.differences(reference):
        p_rows = None if isinstance(by_rows, results.Reason) else by_rows[frozenset((reference, one.model))]
        p_values = one.p_value, one.p_better, one.p_equivalent, one.p_worse, p_rows
        rows.append(results.AgainstRow(one.model, one.mean, one.low, one.high, *p_values))
    return results.Against(reference, named_before, comparison.equivalence, rows, reason) if rows else None
