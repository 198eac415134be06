"""Scores by slices: for which rows the verdict holds, from the predictions of the test rows; nothing is fitted.

A metric that is a mean over rows has its standard errors from the values of the rows, any other from resamples. Both
keep the rows of a group together, and the neighbours in the order of time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from skdl.analysis import holm, row_error
from skdl.cross_validation._finished import (
    FEWEST_UNITS,
    TestedFold,
    defined_samples,
    n_draws_of,
    n_lags,
    pool_folds,
    resample,
    resampling_units,
    score_samples,
    tested_folds,
)
from skdl.metrics import Predictions, row_values
from skdl.pipeline import LEAST_ROWS
from skdl.results import Reason, Slice, SliceDifference, SliceRow, SliceScore, SlicesSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation._finished import FinishedComparison
    from skdl.metrics import Metric
    from skdl.pipeline import RowSlices

_ALPHA = 0.05


@dataclass(frozen=True)
class _Measured:
    """Scores of the models on a slice, with the standard errors of scores and of differences to the first model."""

    scores: NDArray[np.float64]  # (n_models,)
    errors: NDArray[np.float64] | None = None
    of_differences: NDArray[np.float64] | None = None
    df: int = 0
    missing: Reason | None = None


def score_slices(comparison: FinishedComparison, cuts: Sequence[RowSlices]) -> SlicesSummary:
    """Score the recommended model, its best rival and the dummy on each slice, and test the differences to the first.

    Differences are tested on slices of at least 30 rows, and the p-values are adjusted over all of them.
    """
    metric, verdict = comparison.metrics[0], comparison.verdict
    model, dummy = verdict.recommended, comparison.dummy if comparison.dummy in comparison.ranked else None
    rivals = [name for name in (verdict.leader, verdict.runner_up) if name not in (None, model, dummy)]
    summary = SlicesSummary(
        model,
        rivals[0] if rivals else None,
        dummy if dummy != model else None,
        [cut.column for cut in cuts],
        least_rows=LEAST_ROWS,
        by_fold=metric.response == "score",
    )
    names = [name for name in (model, summary.rival, summary.dummy) if name is not None]
    folds = [] if metric.scorer_name is not None else tested_folds(comparison, names)
    if not folds:
        code = "predictions" if metric.scorer_name is None else "scorer"
        return replace(summary, missing=Reason(code, {"metric": metric.label}))
    if not summary.by_fold:
        folds = [pool_folds(folds)]
    n_rows = len(comparison.table.y)
    rows_of = [(Slice(None, "all"), np.ones(n_rows, dtype=bool))]
    rows_of += [(one, cut.codes == code) for cut in cuts for code, one in enumerate(cut.slices)]
    measured = [(one, *_measure(comparison, metric, folds, is_in)) for one, is_in in rows_of]
    # (n_slices, n_models - 1), signed as the metric is; the first slice is all rows, which the verdict is about.
    tested = [number for number, (*_, found) in enumerate(measured) if number and found.of_differences is not None]
    n_tests = len(tested) * (len(names) - 1)
    p_values = [_p_values(measured[number][2]) for number in tested]
    adjusted = dict(zip(tested, holm(np.ravel(p_values)).reshape(len(tested), -1) if n_tests else [], strict=False))
    rows = [
        SliceRow(
            one,
            n,
            {name: _score(found, place, metric) for place, name in enumerate(names)},
            _differences(found, names[1:], adjusted[number], n_tests) if number in adjusted else {},
            found.missing,
        )
        for number, (one, n, found) in enumerate(measured)
    ]
    return replace(summary, rows=rows, n_tests=n_tests)


def _measure(
    comparison: FinishedComparison, metric: Metric, folds: Sequence[TestedFold], is_in: NDArray[np.bool_]
) -> tuple[int, _Measured]:
    """Return the number of test rows of a slice, and the scores there."""
    parts = [part for part in (_rows_in(fold, is_in) for fold in folds) if len(part.rows)]
    n_models = len(folds[0].models)
    if not parts:
        return 0, _Measured(np.full(n_models, np.nan), missing=Reason("few_rows", {"needed": LEAST_ROWS}))
    rows = np.unique(np.concatenate([part.rows for part in parts]))
    y = np.asarray(comparison.table.y)
    with np.errstate(divide="ignore", invalid="ignore"):  # R² of equal true values
        values = [row_values(metric, known) for known in parts[0].models.values()] if len(parts) == 1 else [None]
    is_mean = all(one is not None for one in values)
    if comparison.task == "classification" and not is_mean and len(np.unique(y[rows])) < 2:
        return len(rows), _Measured(np.full(n_models, np.nan), missing=Reason("one_class", {"metric": metric.label}))
    places = [np.searchsorted(rows, part.rows) for part in parts]
    scores = score_samples(metric, parts, places, np.ones((1, len(rows))))[:, 0]
    labels, lags = _units(comparison, rows, is_mean=is_mean)
    n_units = len(rows) if labels is None else len(np.unique(labels))
    missing = None
    if not np.isfinite(scores).all():
        missing = Reason("undefined", {"metric": metric.label})
    elif len(rows) < LEAST_ROWS:
        missing = Reason("few_rows", {"needed": LEAST_ROWS})
    elif metric.of_one_row:  # the largest of a resample is at most that of the rows
        missing = Reason("one_row", {"metric": metric.label})
    elif n_units < FEWEST_UNITS:
        missing = Reason("few_units", {"n": n_units, "needed": FEWEST_UNITS})
    if missing is not None:
        return len(rows), _Measured(scores, missing=missing)
    if is_mean:
        found = _errors_of_rows(comparison, scores, values, rows, places[0], labels, n_lags(n_units) if lags else 0)
    else:
        found = _errors_of_resamples(comparison, metric, scores, parts, places, rows, labels)
    return len(rows), found


def _rows_in(fold: TestedFold, is_in: NDArray[np.bool_]) -> TestedFold:
    keep = is_in[fold.rows]

    def kept(values: Any) -> Any:
        return None if values is None else values[keep]

    models = {
        name: Predictions(kept(one.truth), kept(one.predicted), kept(one.response), one.classes, kept(one.weights))
        for name, one in fold.models.items()
    }
    return TestedFold(fold.rows[keep], models)


def _units(
    comparison: FinishedComparison, rows: NDArray[np.intp], *, is_mean: bool
) -> tuple[NDArray[Any] | None, bool]:
    """Label the rows that are not independent, and whether those labels follow one another."""
    table = comparison.table
    if is_mean and table.groups is None and table.time is not None:
        return table.time[rows], True
    return resampling_units(comparison, rows), False


def _errors_of_rows(
    comparison: FinishedComparison,
    scores: NDArray[np.float64],
    values: Sequence[Any],
    rows: NDArray[np.intp],
    place: NDArray[np.intp],
    units: NDArray[Any] | None,
    lags: int,
) -> _Measured:
    """Standard errors of means over rows; a row that several folds test has the mean of its values."""
    weights = comparison.table.weights_of(rows)
    scale = 1.0 if weights is None else weights / weights.mean()
    means = np.array([np.bincount(place, weights=one) for one in values]) / np.bincount(place)  # (n_models, n_rows)
    # A weighted mean changes with a row by its weight times the distance from the mean.
    changes = scale * (means - np.average(means, axis=1, weights=weights)[:, None])
    if not np.isfinite(changes).all():
        return _Measured(scores, missing=Reason("undefined", {"metric": comparison.metrics[0].label}))
    errors = [row_error(score + one, units=units, lags=lags) for score, one in zip(scores, changes, strict=True)]
    differences = scores[0] - scores[1:, None] + changes[0] - changes[1:]
    return _Measured(
        scores,
        np.array([error for error, _ in errors]),
        np.array([row_error(one, units=units, lags=lags)[0] for one in differences]),
        errors[0][1],
    )


def _errors_of_resamples(
    comparison: FinishedComparison,
    metric: Metric,
    scores: NDArray[np.float64],
    folds: Sequence[TestedFold],
    places: Sequence[NDArray[np.intp]],
    rows: NDArray[np.intp],
    units: NDArray[Any] | None,
) -> _Measured:
    """Standard errors of any other metric: standard deviations over bootstrap samples."""
    n_draws = n_draws_of(metric, len(comparison.table.y))  # for each column all slices together have its rows
    blocks = resample(comparison, rows, n_draws, units)
    drawn = defined_samples(np.concatenate([score_samples(metric, folds, places, counts) for counts in blocks], axis=1))
    if drawn is None:
        return _Measured(scores, missing=Reason("undefined", {"metric": metric.label}))
    n_units = len(rows) if units is None else len(np.unique(units))
    return _Measured(scores, drawn.std(axis=1, ddof=1), (drawn[0] - drawn[1:]).std(axis=1, ddof=1), n_units - 1)


def _p_values(found: _Measured) -> NDArray[np.float64]:
    """Two-sided p-values of the differences; without any variation 1 for a difference of 0, and 0 for any other."""
    assert found.of_differences is not None
    differences = found.scores[0] - found.scores[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(differences == 0.0, 0.0, np.abs(differences) / found.of_differences)
    return np.asarray(2.0 * stats.t.sf(t, found.df))


def _score(found: _Measured, place: int, metric: Metric) -> SliceScore:
    score = float(found.scores[place])
    if not np.isfinite(score):
        return SliceScore(None)
    error = 0.0 if found.errors is None else float(found.errors[place])
    if error == 0.0:  # equal values of all rows say nothing about others
        return SliceScore(score)
    half, (low, high) = float(stats.t.isf(_ALPHA / 2, found.df)) * error, metric.bounds
    return SliceScore(score, max(score - half, low), min(score + half, high))


def _differences(
    found: _Measured, names: Sequence[str], p_values: NDArray[np.float64], n_tests: int
) -> dict[str, SliceDifference]:
    assert found.of_differences is not None
    width = float(stats.t.isf(_ALPHA / 2 / n_tests, found.df))
    differences = {}
    for place, name in enumerate(names):
        mean, half = float(found.scores[0] - found.scores[place + 1]), width * float(found.of_differences[place])
        low, high = (mean - half, mean + half) if half else (None, None)
        differences[name] = SliceDifference(mean, low, high, float(p_values[place]))
    return differences
