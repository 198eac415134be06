"""Differences to the reference, and p-values of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl import results

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the fields ``against`` and ``pairs`` of the summary."""
    p_values = comparison.verdict.p_values
    return {
        "against": _against(comparison),
        "pairs": [results.Pair(first, second, p) for (first, second), p in p_values.items()],
    }


def _against(comparison: FinishedComparison) -> results.Against | None:
    """Compare every ranked model with the reference."""
    reference = comparison.reference
    rows = [
        results.AgainstRow(
            difference.model,
            difference.mean,
            difference.low,
            difference.high,
            difference.p_value,
            difference.p_better,
            difference.p_equivalent,
            difference.p_worse,
        )
        for difference in comparison.differences(reference)
    ]
    return (
        results.Against(reference, reference == comparison.job.reference, comparison.equivalence, rows)
        if rows
        else None
    )
