"""Ensembles: weights of their models over the folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl.cross_validation import final_estimator
from skdl.ensemble import BlendClassifier, BlendRegressor

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the field ``ensembles`` of the summary, best ensemble first."""
    found = [_ensemble_summary(comparison, name) for name in comparison.verdict.ranking]
    return {"ensembles": [summary for summary in found if summary is not None]}


def _ensemble_summary(comparison: FinishedComparison, name: str) -> results.EnsembleSummary | None:
    """Summarise an ensemble, the greatest mean weight first; None for other models."""
    by_fold = [result.members for result in comparison.by_model[name] if result.members]
    if not by_fold:
        return None
    weights = {member: np.array([fold[member] for fold in by_fold]) for member in by_fold[0]}
    members = [
        results.EnsembleMember(one, float(of.mean()), float(of.min()), float(of.max()), int(np.count_nonzero(of)))
        for one, of in weights.items()
    ]
    is_blend = isinstance(final_estimator(comparison.job.estimators[name]), BlendClassifier | BlendRegressor)
    ordered = sorted(members, key=lambda member: -member.mean)
    return results.EnsembleSummary(name, "blend" if is_blend else "stacking", len(by_fold), ordered)
