"""The errors of a regression: clouds, their spread against the normal distribution, and the rows missed by most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from skdl import results
from skdl.cross_validation import plain_value, short

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from skdl.cross_validation import OutOfFold

__all__ = ["MOST_POINTS", "regression_errors", "worst_rows"]

MOST_POINTS = 2000  # more are binned
_BINS = 40  # along an axis
_MOST_QUANTILES = 200
_FEWEST_ROWS_A_MEDIAN, _MOST_MEDIANS, _FEWEST_MEDIANS = 25, 12, 4
_FEWEST_QUANTILES = 10
_SHARES = (0.5, 0.8, 0.95, 1.0)
_N_WORST = 10

Limits = tuple[float, float]


def regression_errors(answers: OutOfFold) -> results.RegressionErrors:
    """Read the errors of one model; an answer that is no number is left out."""
    actual, predicted = (np.asarray(values, dtype=np.float64) for values in (answers.actual, answers.predicted))
    known = np.isfinite(actual) & np.isfinite(predicted)
    actual, predicted = actual[known], predicted[known]
    errors = predicted - actual
    span = float(np.ptp(actual)) or abs(float(actual[0])) or 1.0
    core = (float(actual.min()) - span, float(actual.max()) + span)  # a few that ran away do not set the scale
    along, across = _limits(np.concatenate([actual, predicted]), core), _limits(errors, (-span, span))
    quantiles, normal = _quantiles(errors)
    return results.RegressionErrors(
        model=answers.model,
        predicted=_cloud(actual, predicted, along, along),
        errors=_cloud(predicted, errors, _limits(predicted, core), across),
        running_median=_running_median(predicted, errors),
        quantiles=quantiles,
        normal=normal,
        largest=short(np.quantile(np.abs(errors), _SHARES)),
    )


def worst_rows(answers: OutOfFold, columns: pd.DataFrame) -> list[results.WorstRow]:
    """Give the ten rows that a model misses by most, with the values of some columns; fewer where others are right."""
    actual, predicted = (np.asarray(values, dtype=np.float64) for values in (answers.actual, answers.predicted))
    errors = np.abs(predicted - actual)
    places = [place for place in np.argsort(-errors, kind="stable")[:_N_WORST].tolist() if 0.0 < errors[place] < np.inf]
    return [
        results.WorstRow(
            row=int(answers.rows[place]) + 1,
            actual=float(actual[place]),
            predicted=float(predicted[place]),
            cells=[plain_value(value) for value in columns.iloc[answers.rows[place]].astype(object)],
        )
        for place in places
    ]


def _limits(values: NDArray[np.float64], core: Limits) -> Limits:
    """Range of an axis: that of the values, but no further than the core, with a margin."""
    low, high = max(float(values.min()), core[0]), min(float(values.max()), core[1])
    margin = 0.03 * (high - low) or 0.03 * abs(high) or 0.03
    return low - margin, high + margin


def _cloud(x: NDArray[np.float64], y: NDArray[np.float64], x_range: Limits, y_range: Limits) -> results.Cloud:
    """Give the points, or bins of them where they are many."""
    inside = (x >= x_range[0]) & (x <= x_range[1]) & (y >= y_range[0]) & (y <= y_range[1])
    n_outside = int(np.sum(~inside))
    x, y, ranges = x[inside], y[inside], (short(x_range), short(y_range))
    if len(x) <= MOST_POINTS:
        return results.Cloud(short(x), short(y), *ranges, n_outside=n_outside)
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_BINS, range=(x_range, y_range))
    held = np.nonzero(counts)
    width, height = x_edges[1] - x_edges[0], y_edges[1] - y_edges[0]
    middles = short(x_edges[held[0]] + width / 2), short(y_edges[held[1]] + height / 2)
    return results.Cloud(*middles, *ranges, counts[held].astype(int).tolist(), short([width, height]), n_outside)


def _running_median(fitted: NDArray[np.float64], errors: NDArray[np.float64]) -> results.Line | None:
    """Median error over parts of equally many rows, from the lowest prediction to the highest."""
    n_parts = min(_MOST_MEDIANS, len(fitted) // _FEWEST_ROWS_A_MEDIAN)
    if n_parts < _FEWEST_MEDIANS:
        return None
    parts = np.array_split(np.argsort(fitted, kind="stable"), n_parts)
    return results.Line(*(short(np.median(values[part]) for part in parts) for values in (fitted, errors)))


def _quantiles(errors: NDArray[np.float64]) -> tuple[results.Line | None, list[float] | None]:
    """Sorted errors over quantiles of the normal distribution, and the line through their quartiles."""
    if len(errors) < _FEWEST_QUANTILES:
        return None, None
    ordered = np.sort(errors)
    expected = norm.ppf((np.arange(len(errors)) + 0.5) / len(errors))
    evenly = np.linspace(expected[0], expected[-1], _MOST_QUANTILES)
    kept = np.unique(np.searchsorted(expected, evenly))
    quarters = np.quantile(ordered, [0.25, 0.75])
    slope = float(np.diff(quarters)[0] / (2 * norm.ppf(0.75)))
    return results.Line(short(expected[kept]), short(ordered[kept])), short([quarters.mean(), slope])
