"""Embeddings: what networks learned of their columns, over the folds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from skdl import results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the field ``learned_inputs`` of the summary, best model first."""
    found = {}
    for name in (*comparison.verdict.ranking, *comparison.by_model):
        folds = [result.trace.inputs for result in comparison.by_model[name] if result.trace is not None]
        inputs = _over_folds([fold for fold in folds if fold is not None])
        if inputs is not None:
            found[name] = inputs
    return {"learned_inputs": found}


def _over_folds(folds: Sequence[results.LearnedInputs]) -> results.LearnedInputs | None:
    """Return the mean scales of the folds, with the embeddings of the first; None without folds."""
    if not folds:
        return None
    by_column: dict[str, list[float]] = {}
    for fold in folds:
        for scale in fold.scales:
            by_column.setdefault(scale.column, []).append(scale.mean)
    scales = [
        results.InputScale(column, sum(values) / len(values), min(values), max(values))
        for column, values in by_column.items()
    ]
    return replace(folds[0], n_folds=len(folds), scales=sorted(scales, key=lambda scale: -scale.mean))
