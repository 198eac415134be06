"""Errors out of fold, of the recommended model and the leader: counts, curves, calibration, residuals, thresholds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from skdl import results
from skdl.cross_validation import out_of_fold, plain_value
from skdl.metrics import resolve_metrics
from skdl.report.sections._columns import as_frame
from skdl.report.sections.errors.images import misclassified_images
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison, OutOfFold
    from skdl.report._compute import RunInfo
    from skdl.tables import ColumnKinds


_MOST_COLUMNS = 5  # of the table, shown with a row
_FEWEST_TO_RANK = 50  # rows of a fold, of which five are a tenth


def compute(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the field ``errors`` of the summary."""
    return {"errors": errors_summary(comparison, comparison.reported, info.kinds)}


def errors_summary(
    comparison: FinishedComparison, names: Sequence[str], kinds: ColumnKinds | None = None
) -> results.ErrorsSummary:
    """Summarise the errors of ranked models; rows with the largest errors are those of the first one.

    Empty for several targets.
    """
    if np.ndim(comparison.table.y) > 1 or not names:
        return results.ErrorsSummary()
    predictions = [out_of_fold(comparison, name) for name in names]
    first = predictions[0]
    if comparison.task == "regression":
        frame = as_frame(comparison.table.X)
        used = set((kinds or column_kinds(frame)).used)
        columns = [column for column in frame.columns if column in used][:_MOST_COLUMNS]
        return results.ErrorsSummary(
            n_rows=len(first.rows),
            regression=[regression_errors(one) for one in predictions],
            worst_columns=[str(column) for column in columns],
            worst=worst_rows(first, frame[columns]),
        )
    labels = np.unique(np.asarray(comparison.table.y))
    images = misclassified_images(first, comparison.table.X, labels, kinds)
    return results.ErrorsSummary(
        n_rows=len(first.rows),
        classes=[str(label) for label in labels],
        classification=[
            replace(
                class_errors(one, labels, _rated_folds(comparison, one, labels)), **_by_metrics(comparison, one.model)
            )
            for one in predictions
        ],
        misread=images,
        n_misread=int(np.sum(first.actual != first.predicted)) if images else 0,
    )


def _by_metrics(comparison: FinishedComparison, name: str) -> dict[str, Any]:
    """What depends on the metrics: areas under curves, if they are among them; no supposed costs beside the user's."""
    # As in the leaderboard: means over all repeats.
    areas = {
        metric.name: float(comparison.scores(name, metric.name).mean())
        for metric in comparison.metrics
        if metric.name in {"roc_auc", "average_precision"}
    }
    has_costs = any(metric.costs is not None for metric in comparison.metrics)
    known: dict[str, Any] = {"thresholds": None} if has_costs else {}
    return known | {metric: area for metric, area in areas.items() if np.isfinite(area)}


def _rated_folds(comparison: FinishedComparison, predictions: OutOfFold, labels: NDArray[Any]) -> list[RatedFold]:
    """Actual classes and class scores of every fold of the first repeat; empty where scores were not kept."""
    if predictions.class_scores is None:
        return []
    y, weights_of = np.searchsorted(labels, np.asarray(comparison.table.y)), comparison.table.weights_of
    return [
        (y[split.test], result.class_scores.scores, weights_of(split.test))
        for split, result in zip(comparison.splits.members, comparison.by_model[predictions.model], strict=True)
        if result.class_scores is not None
    ]


MAX_POINTS = 2000  # more are binned
_CLOUD_BINS = 40  # along an axis
_FEWEST_ROWS_A_MEDIAN, _MOST_MEDIANS, _FEWEST_MEDIANS = 25, 12, 4
_SHARES = (0.5, 0.8, 0.95, 1.0)
_N_WORST = 10

Limits = tuple[float, float]


def regression_errors(predictions: OutOfFold) -> results.RegressionErrors:
    """Errors of one model; predictions that are not finite are left out."""
    actual, predicted = (np.asarray(values, dtype=np.float64) for values in (predictions.actual, predictions.predicted))
    known = np.isfinite(actual) & np.isfinite(predicted)
    actual, predicted = actual[known], predicted[known]
    weights = None if predictions.weights is None else predictions.weights[known]
    errors = predicted - actual
    # A constant target has no range; its size, or 1, replaces it.
    span = float(np.ptp(actual)) or abs(float(actual[0])) or 1.0
    core = (float(actual.min()) - span, float(actual.max()) + span)  # a few extreme predictions must not set the scale
    along, across = _limits(np.concatenate([actual, predicted]), core), _limits(errors, (-span, span))
    return results.RegressionErrors(
        model=predictions.model,
        predicted=_cloud(actual, predicted, along, along),
        errors=_cloud(predicted, errors, _limits(predicted, core), across),
        running_median=_running_median(predicted, errors, weights),
        largest=seven_digits(_quantiles(np.abs(errors), _SHARES, weights)),
    )


def _quantiles(values: Floats, shares: Sequence[float], weights: Floats | None) -> Floats:
    method: Any = "linear" if weights is None else "inverted_cdf"  # of NumPy's methods the one that takes weights
    return np.asarray(np.quantile(values, shares, method=method, weights=weights))


def worst_rows(predictions: OutOfFold, columns: pd.DataFrame) -> list[results.WorstRow]:
    """The ten rows with the largest absolute errors, with values of some columns; exact rows are left out."""
    actual, predicted = (np.asarray(values, dtype=np.float64) for values in (predictions.actual, predictions.predicted))
    errors = np.abs(predicted - actual)
    rows = [index for index in np.argsort(-errors, kind="stable")[:_N_WORST].tolist() if 0.0 < errors[index] < np.inf]
    return [
        results.WorstRow(
            row=int(predictions.rows[index]) + 1,
            actual=float(actual[index]),
            predicted=float(predicted[index]),
            cells=[plain_value(value) for value in columns.iloc[predictions.rows[index]].astype(object)],
        )
        for index in rows
    ]


def _limits(values: NDArray[np.float64], core: Limits) -> Limits:
    """Range of an axis: that of the values, cut at the core, with a margin."""
    low, high = max(float(values.min()), core[0]), min(float(values.max()), core[1])
    margin = 0.03 * (high - low) or 0.03 * abs(high) or 0.03
    return low - margin, high + margin


def _cloud(x: NDArray[np.float64], y: NDArray[np.float64], x_range: Limits, y_range: Limits) -> results.Cloud:
    """The points, or bins if there are more than `MAX_POINTS`."""
    inside = (x >= x_range[0]) & (x <= x_range[1]) & (y >= y_range[0]) & (y <= y_range[1])
    n_outside = int(np.sum(~inside))
    x, y, ranges = x[inside], y[inside], (seven_digits(x_range), seven_digits(y_range))
    if len(x) <= MAX_POINTS:
        return results.Cloud(seven_digits(x), seven_digits(y), *ranges, n_outside=n_outside)
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_CLOUD_BINS, range=(x_range, y_range))
    held = np.nonzero(counts)
    width, height = x_edges[1] - x_edges[0], y_edges[1] - y_edges[0]
    middles = seven_digits(x_edges[held[0]] + width / 2), seven_digits(y_edges[held[1]] + height / 2)
    return results.Cloud(*middles, *ranges, counts[held].astype(int).tolist(), seven_digits([width, height]), n_outside)


def _running_median(fitted: Floats, errors: Floats, weights: Floats | None) -> results.Line | None:
    """Median error by quantile bins of the predictions."""
    n_parts = min(_MOST_MEDIANS, len(fitted) // _FEWEST_ROWS_A_MEDIAN)
    if n_parts < _FEWEST_MEDIANS:
        return None
    parts = np.array_split(np.argsort(fitted, kind="stable"), n_parts)

    def medians(values: Floats) -> list[float]:
        of_parts = [(values[part], None if weights is None else weights[part]) for part in parts]
        return seven_digits(_quantiles(inside, (0.5,), weighted)[0] for inside, weighted in of_parts)

    return results.Line(medians(fitted), medians(errors))


_MOST_POINTS = 200  # of a curve
_CALIBRATION_BINS = 10

Floats = npt.NDArray[np.float64]
# Of the test rows: codes of the actual classes, class scores, weights.
RatedFold = tuple[npt.NDArray[np.intp], Floats, Floats | None]


def class_errors(predictions: OutOfFold, labels: NDArray[Any], folds: list[RatedFold]) -> results.ClassErrors:
    """Errors of one classifier; ``labels`` are the table's classes, sorted.

    Areas under curves are means over the folds, as in the leaderboard. All else is of the pooled rows of a repeat.
    """
    codes = np.arange(len(labels))
    actual, predicted = (np.searchsorted(labels, values) for values in (predictions.actual, predictions.predicted))
    weights = predictions.weights
    measures = precision_recall_fscore_support(
        actual, predicted, labels=codes, zero_division=np.nan, sample_weight=weights
    )
    n_rows = np.bincount(actual, minlength=len(labels))
    class_scores = predictions.class_scores
    areas = [_mean_area(folds, code) for code in range(len(labels))]
    tops = [_share_at_top(folds, code) for code in range(len(labels))]
    # Decision values order the rows, which is enough for curves; calibration is defined for probabilities alone.
    known = _curves(folds, areas)
    is_binary = len(labels) == 2
    if class_scores is not None and class_scores.kind == "probabilities":
        known |= _calibration(actual, predicted, class_scores.scores, weights)
    return results.ClassErrors(
        model=predictions.model,
        counts=confusion_matrix(actual, predicted, labels=codes, sample_weight=weights).tolist(),
        measures=[
            # Of two classes the area is the same for both, and stands with the curves.
            results.ClassMeasures(_number(p), _number(r), _number(f), int(n), None if is_binary else area, top)
            for p, r, f, n, area, top in zip(*measures[:3], n_rows, areas, tops, strict=True)
        ],
        ratings=predictions.missing_scores if class_scores is None else class_scores.kind,
        thresholds=threshold_costs(predictions, labels) if is_binary else None,
        **known,
    )


def _curves(folds: list[RatedFold], areas: list[float | None]) -> dict[str, Any]:
    """ROC and precision-recall curves, means over the folds: of the last of two classes, or of all that occur."""
    judged = [code for code, area in enumerate(areas) if area is not None]
    if len(areas) == 2:
        judged = judged[1:]
    if not judged:
        return {}
    rated = [one for code in judged for one in _rated(folds, code)]
    roc = [roc_curve(is_it, scores, sample_weight=weights)[:2] for is_it, scores, weights in rated]
    recall = [
        precision_recall_curve(is_it, scores, sample_weight=weights, drop_intermediate=True)
        for is_it, scores, weights in rated
    ]
    falling = [(found[1][::-1], found[0][::-1]) for found in recall]  # recall rising
    return {
        "roc": _thinned(*roc[0]) if len(rated) == 1 else _mean_roc(roc),
        "roc_auc": float(np.mean([areas[code] for code in judged])),
        "precision_recall": _thinned(*falling[0]) if len(rated) == 1 else _mean_precision(falling),
        "average_precision": float(np.mean([average_precision_score(a, b, sample_weight=c) for a, b, c in rated])),
    }


def _rated(folds: list[RatedFold], code: int) -> list[tuple[NDArray[np.bool_], Floats, Floats | None]]:
    """Rows that are of a class, scores for it, and weights, of the folds that have rows of it and of others."""
    found = [(actual == code, scores[:, code], weights) for actual, scores, weights in folds]
    return [one for one in found if one[0].any() and not one[0].all()]


def _mean_area(folds: list[RatedFold], code: int) -> float | None:
    """Area under the ROC curve of a class, mean over the folds; None where no fold has rows of it and of others."""
    areas = [roc_auc_score(is_it, scores, sample_weight=weights) for is_it, scores, weights in _rated(folds, code)]
    return float(np.mean(areas)) if areas else None


def _share_at_top(folds: list[RatedFold], code: int) -> float | None:
    """Share of a class among the tenth of the rows with the highest scores for it, mean over the folds.

    Of rows with equal scores, of which only some belong to the tenth, each counts in part. None where a fold has too
    few rows.
    """
    shares = []
    for actual, scores, weights in folds:
        if len(actual) < _FEWEST_TO_RANK:
            return None
        weight = np.ones(len(actual)) if weights is None else weights
        _, ranks = np.unique(-scores[:, code], return_inverse=True)
        total = np.bincount(ranks, weight)
        left = 0.1 * total.sum() - (np.cumsum(total) - total)  # of the tenth, when the better scores are in it
        part = np.clip(left / np.where(total, total, 1.0), 0.0, 1.0)[ranks]
        shares.append(np.average(actual == code, weights=weight * part))
    return float(np.mean(shares)) if shares else None


def _thinned(x: Floats, y: Floats) -> results.Line:
    """Keep at most 200 points of a curve, evenly along its length."""
    if len(x) > _MOST_POINTS:
        way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], _MOST_POINTS)))
        x, y = x[kept], y[kept]
    return results.Line(seven_digits(x), seven_digits(y))


def _mean_roc(curves: list[tuple[Floats, Floats]]) -> results.Line:
    alarms = np.linspace(0.0, 1.0, _MOST_POINTS)
    # The macro average: mean true positive rate at equal false positive rates.
    found = np.mean([np.interp(alarms, *curve) for curve in curves], axis=0)
    return results.Line(seven_digits([0.0, *alarms]), seven_digits([0.0, *found]))


def _mean_precision(curves: list[tuple[Floats, Floats]]) -> results.Line:
    """Mean precision by recall; between two points a curve is a step."""
    recall = np.linspace(0.0, 1.0, _MOST_POINTS)
    steps = [precision[np.searchsorted(found, recall).clip(max=len(found) - 1)] for found, precision in curves]
    return results.Line(seven_digits(recall), seven_digits(np.mean(steps, axis=0)))


def _calibration(
    actual: NDArray[np.intp], predicted: NDArray[np.intp], probabilities: Floats, weights: Floats | None
) -> dict[str, Any]:
    """Calibration: of the last of two classes, or of the predicted class."""
    if probabilities.shape[1] == 2:
        given, came_true = probabilities[:, 1], actual == 1
    else:
        given, came_true = probabilities[np.arange(len(actual)), predicted], actual == predicted
    bins, error = _calibration_bins(given, came_true, np.ones(len(actual)) if weights is None else weights)
    (brier,) = resolve_metrics(["brier"], "classification")
    codes = np.arange(probabilities.shape[1])
    return {
        "calibration": bins,
        "calibration_error": error,
        "brier": brier.measure(actual, predicted, probabilities, codes, weights),
    }


def _calibration_bins(
    given: Floats, came_true: NDArray[np.bool_], weights: Floats
) -> tuple[list[results.CalibrationBin], float]:
    """Ten quantile bins, as in scikit-learn's ``calibration_curve``, and their error; with ties there are fewer."""
    edges = np.quantile(given, np.linspace(0.0, 1.0, _CALIBRATION_BINS + 1))
    # By the inner edges, so that the lowest and the highest value are in the first and the last bin.
    bin_of_row = np.searchsorted(edges[1:-1], given)
    bins, error = [], 0.0
    for index in np.unique(bin_of_row):
        inside = bin_of_row == index
        weight = weights[inside]
        mean, share = np.average(given[inside], weights=weight), np.average(came_true[inside], weights=weight)
        # Rows of equal weight that are as informative (Kish).
        low, high = _wilson_interval(float(share), float(weight.sum() ** 2 / (weight**2).sum()))
        given_mean, came_true_share, low, high = seven_digits([mean, share, low, high])
        one = results.CalibrationBin(given_mean, came_true_share, low, high, int(inside.sum()))
        bins.append(one)
        # Expected calibration error: |mean probability - observed share| over the bins, weighted by their rows.
        error += weight.sum() * abs(one.given - one.came_true)
    return bins, float(error / weights.sum())


def _wilson_interval(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval, which has a width also where the share is 0 or 1; ``n`` need not be whole."""
    z = norm.isf(0.025)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return 0.0 if share == 0.0 else float(middle - half), 1.0 if share == 1.0 else float(middle + half)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


_PRICES = ((1.0, 1.0), (1.0, 5.0), (5.0, 1.0))  # cost of a false positive, of a false negative
_STEPS = 100
_USUAL = 0.5


def cost_by_threshold(given: Floats, first: Floats, last: Floats, thresholds: Floats) -> Floats:
    """Total cost at each threshold of the probability ``given`` of the last of two classes.

    ``first`` and ``last`` are what each row costs where it is predicted as the first or as the last class, as which
    rows at the threshold itself are predicted.
    """
    order = np.argsort(given, kind="stable")
    below = np.concatenate([[0.0], np.cumsum((first - last)[order])])
    return np.asarray(last.sum() + below[np.searchsorted(given[order], thresholds)])


def threshold_costs(predictions: OutOfFold, labels: NDArray[Any]) -> results.Thresholds | None:
    """Cost per 1,000 rows at each threshold in hundredths; None without probabilities.

    Of thresholds with the same cost, the one nearest to 0.5 is the best.
    """
    if predictions.class_scores is None or predictions.class_scores.kind != "probabilities":
        return None
    given, is_last = predictions.class_scores.scores[:, 1], predictions.actual == labels[1]
    weights = np.ones(len(given)) if predictions.weights is None else predictions.weights
    # The division gives exactly 0.5, which is looked up below; accumulated steps would not.
    thresholds = np.arange(_STEPS + 1) / _STEPS
    curves = []
    for false_alarm, miss in _PRICES:
        totals = cost_by_threshold(given, weights * miss * is_last, weights * false_alarm * ~is_last, thresholds)
        costs = 1000.0 * totals / weights.sum()
        cheapest = thresholds[costs == costs.min()]
        best = float(cheapest[np.argmin(np.abs(cheapest - _USUAL))])
        curves.append(
            results.CostCurve(
                false_alarm,
                miss,
                costs=seven_digits(costs),
                best_threshold=best,
                best_cost=float(costs.min()),
                best_called=int(np.sum(given >= best)),
                usual_cost=float(costs[thresholds == _USUAL][0]),
            )
        )
    return results.Thresholds(predictions.model, seven_digits(thresholds), curves)


def seven_digits(values: Iterable[float]) -> list[float]:
    """Round numbers to seven significant digits, more than a picture shows.

    Examples
    --------
    >>> seven_digits([1 / 3, 2e9])
    [0.3333333, 2000000000.0]
    """
    return [float(f"{value:.7g}") for value in values]
