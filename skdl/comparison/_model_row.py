"""One model's row of the leaderboard, and of the folds: scores, costs, and how it stands to the others."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import report
from skdl._note import Note
from skdl.analysis import mean_interval
from skdl.comparison._networks import additions, final_estimator
from skdl.comparison._plain import plain_value

if TYPE_CHECKING:
    from skdl.comparison._contest import Contest
    from skdl.comparison._fold import FoldResult
    from skdl.pipeline import Metric

__all__ = ["fold_row", "model_row"]


def model_row(contest: Contest, name: str) -> report.ModelRow:
    """Put together what is known of one model."""
    estimator = next(one.estimator for one in contest.contestants if one.name == name)
    verdict = contest.verdict
    ranked = name in verdict.ranking
    difference = verdict.differences.get(name)
    fit_s, predict_s = contest.seconds(name)
    error = contest.errors.get(name) or (None if ranked else contest.unranked)
    return report.ModelRow(
        model=name,
        description=_describe(estimator),
        status="ok" if error is None else "failed",
        error=error,
        rank=verdict.ranking.index(name) + 1 if ranked else None,
        group=verdict.letters.get(name, "") if ranked else "",
        scores={metric.name: _score(contest, name, metric) for metric in contest.metrics},
        difference=difference.worse_by if difference else None,
        p_vs_leader=difference.p_value if difference else None,
        fit_s=fit_s,
        predict_s=predict_s,
        is_network=any(result.trace is not None for result in contest.by_model[name]),
        is_dummy=name == contest.dummy,
        parameters=[_plain(result.parameters) for result in contest.by_model[name] if result.parameters],
        rows_per_s=contest.rows_per_second(name),
        saved_bytes=next((r.saved_bytes for r in contest.by_model[name] if r.saved_bytes is not None), None),
        **_against_others(contest, name),
        n_failed=sum(result.error is not None for result in contest.by_model[name]),
        peak_memory_bytes=max((r.peak_bytes for r in contest.by_model[name] if r.peak_bytes is not None), default=None),
    )


def _against_others(contest: Contest, name: str) -> dict[str, Any]:
    """Hold a model's score against that of its own training rows, of the dummy and of the leader."""
    first = contest.metrics[0]
    sign = 1.0 if first.greater_is_better else -1.0
    test, dummy = (_mean(contest.scores(one, first.name)) for one in (name, contest.dummy))
    train = _mean([r.train_score for r in contest.by_model[name] if r.error is None])
    gain = None if test is None or dummy is None or name == contest.dummy else sign * (test - dummy)
    leads = contest.verdict.differences.get(name)
    return {
        "train_mean": train,
        "gap": None if train is None or test is None else sign * (train - test),
        "gain": gain,
        "gain_share": gain / dummy if gain is not None and dummy and not first.greater_is_better else None,
        "p_leader_better": leads.p_worse if leads else None,
    }


def _mean(values: Any) -> float | None:
    """Mean over the folds; None where one of them has no value."""
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return float(numbers.mean()) if len(numbers) and np.isfinite(numbers).all() else None


def _score(contest: Contest, name: str, metric: Metric) -> report.Score:
    if metric is contest.metrics[0] and name in contest.verdict.intervals:
        return report.Score(**asdict(contest.verdict.intervals[name]))
    values = contest.scores(name, metric.name)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return report.Score(float("nan"), None, None, None)
    if len(finite) < 2 or len(finite) < len(values):  # noqa: PLR2004 - an interval takes every fold, and two of them
        return report.Score(float(finite.mean()), None, None, None)
    interval = mean_interval(finite, test_train_ratio=contest.splits.test_train_ratio, bounds=metric.bounds)
    return report.Score(interval.mean, interval.low, interval.high, float(finite.std(ddof=1)))


def fold_row(result: FoldResult, metrics: tuple[Metric, ...]) -> report.FoldRow:
    """Put together what one model did on one fold."""
    scores = {metric.name: result.scores.get(metric.name) for metric in metrics}
    finite = {name: value if value is not None and np.isfinite(value) else None for name, value in scores.items()}
    status = "ok" if result.error is None else "failed"
    return report.FoldRow(
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
    """Name the class, the parameters that are not its defaults, and what is put around it."""
    text = " ".join(repr(final_estimator(estimator)).split())
    added = additions(estimator)
    return Note("model", ", ".join([text, *added]), {"model": text, "additions": added}) if added else text


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Make parameters JSON: their own value where it is plain, else its text."""
    return {key.rpartition("model__")[2]: plain_value(value) for key, value in values.items()}
