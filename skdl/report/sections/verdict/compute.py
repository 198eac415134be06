"""Verdict and protocol, from a finished comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.model_selection._search import BaseSearchCV

from skdl import results

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the fields ``verdict`` and ``protocol`` of the summary."""
    return {"verdict": _verdict(comparison), "protocol": _protocol(comparison, info)}


def _verdict(comparison: FinishedComparison) -> results.VerdictSummary:
    verdict = comparison.verdict
    to_runner_up = verdict.differences.get(verdict.runner_up) if verdict.runner_up else None
    return results.VerdictSummary(
        leader=verdict.leader,
        winner=verdict.winner,
        recommended=verdict.recommended,
        group=list(verdict.group),
        runner_up=verdict.runner_up,
        difference=to_runner_up.mean if to_runner_up else None,
        p_value=to_runner_up.p_value if to_runner_up else None,
        p_equivalent=to_runner_up.p_equivalent if to_runner_up else None,
        reasons=list(verdict.reasons),
        recommended_because=verdict.recommended_because,
        price=verdict.price,
        equivalence=comparison.equivalence,
        preview=verdict.preview,
        detectable=verdict.detectable,
        evidence=verdict.evidence,
        after_choosing=comparison.after_choosing,
    )


def _protocol(comparison: FinishedComparison, info: RunInfo) -> results.Protocol:
    weights = comparison.table.weights
    tuned = [model.name for model in comparison.models if isinstance(model.estimator, BaseSearchCV)]
    return results.Protocol(
        splitter=comparison.planned.splitter,
        folds=comparison.planned.folds,
        repeats=comparison.planned.repeats,
        seed=comparison.planned.seed,
        tuned_models=tuned,
        tune_folds=info.tune_folds if tuned else None,
        splits_hash=comparison.planned.digest,
        data_hash=info.data_hash,
        fits=len(comparison.results),
        elapsed_s=comparison.elapsed_s,
        holdout=comparison.splits.holdout,
        fold_column=comparison.splits.column,
        weights=info.weights,
        effective_rows=None if weights is None else float(weights.sum() ** 2 / (weights**2).sum()),
    )
