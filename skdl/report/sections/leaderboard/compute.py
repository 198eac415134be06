"""Leaderboard: scores, costs, and the standing of each model; scores of each fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl._note import Note
from skdl.analysis import mean_interval
from skdl.cross_validation import final_estimator, plain_value, wrapper_labels
from skdl.ensemble import Ensemble

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison, FoldResult
    from skdl.metrics import Metric
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the fields ``columns``, ``models`` and ``folds`` of the summary; failed models come last."""
    failed = [model.name for model in comparison.models if model.name not in comparison.ranked]
    return {
        "columns": [_column(metric) for metric in comparison.metrics],
        "models": [model_row(comparison, name) for name in [*comparison.verdict.ranking, *failed]],
        "folds": [fold_row(result, comparison.metrics) for result in comparison.results],
    }


def _column(metric: Metric) -> results.ScoreColumn:
    low, high = metric.bounds
    return results.ScoreColumn(
        metric.name,
        metric.label,
        metric.greater_is_better,
        metric.in_target_unit,
        metric.unit,
        widest=high - low if np.isfinite(high - low) else None,
    )


def model_row(comparison: FinishedComparison, name: str) -> results.ModelRow:
    """Row of one model."""
    estimator = comparison.job.estimators[name]
    verdict = comparison.verdict
    ranked = name in verdict.ranking
    difference = verdict.differences.get(name)
    cost = comparison.cost(name)
    fit_s, predict_s = comparison.seconds(name)
    error = comparison.errors.get(name) or (None if ranked else comparison.unranked)
    return results.ModelRow(
        model=name,
        description=_describe(estimator),
        status="ok" if error is None else "failed",
        error=error,
        rank=verdict.ranking.index(name) + 1 if ranked else None,
        group=verdict.letters.get(name, "") if ranked else "",
        scores={metric.name: _score(comparison, name, metric) for metric in comparison.metrics},
        difference=difference.worse_by if difference else None,
        p_vs_leader=difference.p_value if difference else None,
        fit_s=fit_s,
        predict_s=predict_s,
        is_network=comparison.is_network(name),
        is_dummy=name == comparison.dummy,
        parameters=[_plain(result.parameters) for result in comparison.by_model[name] if result.parameters],
        call_s=cost.call_s,
        rows_per_s=1.0 / cost.row_s if cost.row_s else None,
        saved_bytes=cost.size_bytes,
        **_against_others(comparison, name),
        n_failed=sum(result.error is not None for result in comparison.by_model[name]),
        peak_memory_bytes=_peak_memory(comparison.by_model[name]),
    )


def _peak_memory(folds: list[FoldResult]) -> int | None:
    """Largest rise of memory over the folds."""
    measured = [fold for fold in folds if fold.peak_bytes is not None]
    # Measuring the cost loads a second copy of the model, so that fold counts only where there is no other.
    of_fits = [fold for fold in measured if fold.cost is None] or measured
    return max((fold.peak_bytes for fold in of_fits if fold.peak_bytes is not None), default=None)


def _against_others(comparison: FinishedComparison, name: str) -> dict[str, Any]:
    """Compare a model's score with those on its training rows, of the dummy and of the leader."""
    first = comparison.metrics[0]
    sign = 1.0 if first.greater_is_better else -1.0
    test, dummy = (_mean(comparison.scores(one, first.name)) for one in (name, comparison.dummy))
    train = _mean([r.train_score for r in comparison.by_model[name] if r.error is None])
    gain = None if test is None or dummy is None or name == comparison.dummy else sign * (test - dummy)
    error = None if gain is None or first.greater_is_better else comparison.dummy_error(first)
    leads = comparison.verdict.differences.get(name)
    return {
        "train_mean": train,
        # Positive where the model is better on its training rows, whatever the direction of the metric.
        "gap": None if train is None or test is None else sign * (train - test),
        "gain": gain,
        "gain_share": gain / error if gain is not None and error else None,
        "p_leader_better": leads.p_worse if leads else None,
    }


def _mean(values: Any) -> float | None:
    """Mean over the folds; None if one of them has no value."""
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return float(numbers.mean()) if len(numbers) and np.isfinite(numbers).all() else None


def _score(comparison: FinishedComparison, name: str, metric: Metric) -> results.Score:
    if metric is comparison.metrics[0] and name in comparison.verdict.intervals:
        return comparison.verdict.intervals[name]
    values = comparison.scores(name, metric.name)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return results.Score(float("nan"), None, None, None)
    if len(finite) < 2 or len(finite) < len(values):  # an interval takes every fold, and two of them
        return results.Score(float(finite.mean()), None, None, None)
    return mean_interval(finite, test_train_ratio=comparison.test_train_ratio, bounds=metric.bounds)


def fold_row(result: FoldResult, metrics: tuple[Metric, ...]) -> results.FoldRow:
    """Row of one model on one fold."""
    scores = {metric.name: result.scores.get(metric.name) for metric in metrics}
    finite = {name: value if value is not None and np.isfinite(value) else None for name, value in scores.items()}
    status = "ok" if result.error is None else "failed"
    return results.FoldRow(
        result.model,
        result.repeat + 1,
        result.fold + 1,
        finite,
        result.fit_s,
        result.predict_s,
        status,
        result.peak_bytes,
    )


def _describe(estimator: Any) -> Note | str:
    """Describe the estimator: class, parameters that are not defaults, and what it is wrapped in."""
    final = final_estimator(estimator)
    members = [name for name, _ in final.estimators] if isinstance(final, Ensemble) else []
    text = f"{type(final).__name__}({', '.join(members)})" if members else " ".join(repr(final).split())
    added = wrapper_labels(estimator)
    return Note("model", ", ".join([text, *added]), {"model": text, "additions": added}) if added else text


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Parameters as plain values, or else as text."""
    # Without the path through the pipeline to the model.
    return {key.rpartition("model__")[2]: plain_value(value) for key, value in values.items()}
