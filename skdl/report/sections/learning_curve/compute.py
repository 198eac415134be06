"""Learning curves over training rows, and their extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl.analysis import learning_curves, mean_interval

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison, RowScores
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the field ``learning_curve`` of the summary."""
    rows = comparison.row_scores
    if rows is None:
        return {}
    table = comparison.table
    drawn = "groups" if table.groups is not None else "time" if table.time is not None else "rows"
    if drawn == "rows" and comparison.task == "classification" and np.ndim(table.y) == 1:
        drawn = "classes"
    curves = [] if rows.n_rows is None or not rows.scores else _curves(comparison, rows, rows.n_rows)
    return {"learning_curve": results.RowsSummary(len(rows.folds), drawn, curves, list(rows.failed), rows.missing)}


def _curves(comparison: FinishedComparison, rows: RowScores, n_rows: Any) -> list[results.RowsCurve]:
    metric, ratio = comparison.metrics[0], comparison.test_train_ratio
    # Moved by what the folds of the first repeat differ from all, so that the last point is the score of the
    # leaderboard.
    scores = {
        name: values + (comparison.scores(name, metric.name).mean() - values[:, -1].mean())
        for name, values in rows.scores.items()
    }
    shares, n_all = (n_rows / n_rows[:, -1:]).mean(axis=0), n_rows[:, -1].mean()
    found = learning_curves(
        shares,
        scores,
        test_train_ratio=ratio,
        greater_is_better=metric.greater_is_better,
        bounds=metric.bounds,
        rope=comparison.equivalence,
    )
    curves = []
    for name, curve in found.items():
        intervals = [mean_interval(one, test_train_ratio=ratio, bounds=metric.bounds) for one in scores[name].T]
        curves.append(
            results.RowsCurve(
                model=name,
                is_network=comparison.is_network(name),
                trend=curve.trend,
                exponent=curve.exponent,
                points=[
                    results.RowsPoint(float(share * n_all), interval.mean, interval.low, interval.high)
                    for share, interval in zip(shares, intervals, strict=True)
                ],
                ahead=list(curve.ahead),
                overtakes=curve.overtakes,
                line=results.Line([float(multiple * n_all) for multiple in curve.multiples], curve.scores),
                low=curve.low,
                high=curve.high,
            )
        )
    return curves
