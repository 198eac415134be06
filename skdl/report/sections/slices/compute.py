"""Scores and tests by slices of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.cross_validation import score_slices

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the field ``slices`` of the summary, if slices were asked for."""
    return {"slices": score_slices(comparison, info.slices)} if info.slices else {}
