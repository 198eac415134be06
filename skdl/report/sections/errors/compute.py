"""Errors out of fold, of the recommended model and the leader: counts, curves, calibration, residuals, thresholds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
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
_TWO_CLASSES = 2


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
    y = np.searchsorted(labels, np.asarray(comparison.table.y))
    pairs = zip(comparison.splits.members, comparison.by_model[predictions.model], strict=True)
    return [(y[split.test], result.class_scores.scores) for split, result in pairs if result.class_scores is not None]


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
    errors = predicted - actual
    # A constant target has no range; its size, or 1, replaces it.
    span = float(np.ptp(actual)) or abs(float(actual[0])) or 1.0
    core = (float(actual.min()) - span, float(actual.max()) + span)  # a few extreme predictions must not set the scale
    along, across = _limits(np.concatenate([actual, predicted]), core), _limits(errors, (-span, span))
    return results.RegressionErrors(
        model=predictions.model,
        predicted=_cloud(actual, predicted, along, along),
        errors=_cloud(predicted, errors, _limits(predicted, core), across),
        running_median=_running_median(predicted, errors),
        largest=_seven_digits(np.quantile(np.abs(errors), _SHARES)),
    )


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
    x, y, ranges = x[inside], y[inside], (_seven_digits(x_range), _seven_digits(y_range))
    if len(x) <= MAX_POINTS:
        return results.Cloud(_seven_digits(x), _seven_digits(y), *ranges, n_outside=n_outside)
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_CLOUD_BINS, range=(x_range, y_range))
    held = np.nonzero(counts)
    width, height = x_edges[1] - x_edges[0], y_edges[1] - y_edges[0]
    middles = _seven_digits(x_edges[held[0]] + width / 2), _seven_digits(y_edges[held[1]] + height / 2)
    return results.Cloud(
        *middles, *ranges, counts[held].astype(int).tolist(), _seven_digits([width, height]), n_outside
    )


def _running_median(fitted: NDArray[np.float64], errors: NDArray[np.float64]) -> results.Line | None:
    """Median error by quantile bins of the predictions."""
    n_parts = min(_MOST_MEDIANS, len(fitted) // _FEWEST_ROWS_A_MEDIAN)
    if n_parts < _FEWEST_MEDIANS:
        return None
    parts = np.array_split(np.argsort(fitted, kind="stable"), n_parts)
    return results.Line(*(_seven_digits(np.median(values[part]) for part in parts) for values in (fitted, errors)))


_MOST_POINTS = 200  # of a curve
_CALIBRATION_BINS = 10

Floats = npt.NDArray[np.float64]
RatedFold = tuple[npt.NDArray[np.intp], Floats]  # of the test rows: codes of the actual classes, class scores


def class_errors(predictions: OutOfFold, labels: NDArray[Any], folds: list[RatedFold]) -> results.ClassErrors:
    """Errors of one classifier; ``labels`` are the table's classes, sorted.

    Areas under curves are means over the folds, as in the leaderboard. All else is of the pooled rows of a repeat.
    """
    codes = np.arange(len(labels))
    actual, predicted = (np.searchsorted(labels, values) for values in (predictions.actual, predictions.predicted))
    measures = precision_recall_fscore_support(actual, predicted, labels=codes, zero_division=np.nan)
    class_scores = predictions.class_scores
    areas = [_mean_area(folds, code) for code in range(len(labels))]
    # Decision values order the rows, which is enough for curves; calibration is defined for probabilities alone.
    known = _curves(folds, areas)
    is_binary = len(labels) == _TWO_CLASSES
    if class_scores is not None and class_scores.kind == "probabilities":
        known |= _calibration(actual, predicted, class_scores.scores)
    return results.ClassErrors(
        model=predictions.model,
        counts=confusion_matrix(actual, predicted, labels=codes).tolist(),
        measures=[
            # Of two classes the area is the same for both, and stands with the curves.
            results.ClassMeasures(_number(p), _number(r), _number(f), int(n), None if is_binary else area)
            for p, r, f, n, area in zip(*measures, areas, strict=True)
        ],
        ratings=predictions.missing_scores if class_scores is None else class_scores.kind,
        thresholds=threshold_costs(predictions, labels) if is_binary else None,
        **known,
    )


def _curves(folds: list[RatedFold], areas: list[float | None]) -> dict[str, Any]:
    """ROC and precision-recall curves, means over the folds: of the last of two classes, or of all that occur."""
    judged = [code for code, area in enumerate(areas) if area is not None]
    if len(areas) == _TWO_CLASSES:
        judged = judged[1:]
    if not judged:
        return {}
    rated = [one for code in judged for one in _rated(folds, code)]
    roc = [roc_curve(*one)[:2] for one in rated]
    recall = [precision_recall_curve(*one, drop_intermediate=True) for one in rated]
    falling = [(found[1][::-1], found[0][::-1]) for found in recall]  # recall rising
    return {
        "roc": _thinned(*roc[0]) if len(rated) == 1 else _mean_roc(roc),
        "roc_auc": float(np.mean([areas[code] for code in judged])),
        "precision_recall": _thinned(*falling[0]) if len(rated) == 1 else _mean_precision(falling),
        "average_precision": float(np.mean([average_precision_score(*one) for one in rated])),
    }


def _rated(folds: list[RatedFold], code: int) -> list[tuple[NDArray[np.bool_], Floats]]:
    """Rows that are of a class, and their scores for it, of the folds that have rows of this class and of others."""
    found = [(actual == code, scores[:, code]) for actual, scores in folds]
    return [(is_it, scores) for is_it, scores in found if is_it.any() and not is_it.all()]


def _mean_area(folds: list[RatedFold], code: int) -> float | None:
    """Area under the ROC curve of a class, mean over the folds; None where no fold has rows of it and of others."""
    areas = [roc_auc_score(*one) for one in _rated(folds, code)]
    return float(np.mean(areas)) if areas else None


def _thinned(x: Floats, y: Floats) -> results.Line:
    """Keep at most 200 points of a curve, evenly along its length."""
    if len(x) > _MOST_POINTS:
        way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], _MOST_POINTS)))
        x, y = x[kept], y[kept]
    return results.Line(_seven_digits(x), _seven_digits(y))


def _mean_roc(curves: list[tuple[Floats, Floats]]) -> results.Line:
    alarms = np.linspace(0.0, 1.0, _MOST_POINTS)
    # The macro average: mean true positive rate at equal false positive rates.
    found = np.mean([np.interp(alarms, *curve) for curve in curves], axis=0)
    return results.Line(_seven_digits([0.0, *alarms]), _seven_digits([0.0, *found]))


def _mean_precision(curves: list[tuple[Floats, Floats]]) -> results.Line:
    """Mean precision by recall; between two points a curve is a step."""
    recall = np.linspace(0.0, 1.0, _MOST_POINTS)
    steps = [precision[np.searchsorted(found, recall).clip(max=len(found) - 1)] for found, precision in curves]
    return results.Line(_seven_digits(recall), _seven_digits(np.mean(steps, axis=0)))


def _calibration(actual: NDArray[np.intp], predicted: NDArray[np.intp], probabilities: Floats) -> dict[str, Any]:
    """Calibration: of the last of two classes, or of the predicted class."""
    if probabilities.shape[1] == _TWO_CLASSES:
        given, came_true = probabilities[:, 1], actual == 1
    else:
        given, came_true = probabilities[np.arange(len(actual)), predicted], actual == predicted
    bins = _calibration_bins(given, came_true)
    # Expected calibration error: |mean probability - observed share| over the bins, weighted by their rows.
    distance = sum(one.n_rows * abs(one.given - one.came_true) for one in bins) / len(actual)
    (brier,) = resolve_metrics(["brier"], "classification")
    codes = np.arange(probabilities.shape[1])
    return {
        "calibration": bins,
        "calibration_error": distance,
        "brier": brier.measure(actual, predicted, probabilities, codes),
    }


def _calibration_bins(given: Floats, came_true: NDArray[np.bool_]) -> list[results.CalibrationBin]:
    """Ten quantile bins, as in scikit-learn's ``calibration_curve``; with ties there are fewer."""
    edges = np.quantile(given, np.linspace(0.0, 1.0, _CALIBRATION_BINS + 1))
    # By the inner edges, so that the lowest and the highest value are in the first and the last bin.
    bin_of_row = np.searchsorted(edges[1:-1], given)
    bins = []
    for index in np.unique(bin_of_row):
        inside = bin_of_row == index
        n_rows, n_true = int(inside.sum()), int(came_true[inside].sum())
        # Wilson's interval has a width also where the share is 0 or 1.
        interval = binomtest(n_true, n_rows).proportion_ci(method="wilson")
        mean = float(given[inside].mean())
        given_mean, came_true_share, low, high = _seven_digits([mean, n_true / n_rows, interval.low, interval.high])
        bins.append(results.CalibrationBin(given_mean, came_true_share, low, high, n_rows))
    return bins


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


_PRICES = ((1.0, 1.0), (1.0, 5.0), (5.0, 1.0))  # cost of a false positive, of a false negative
_STEPS = 100
_USUAL = 0.5


def threshold_costs(predictions: OutOfFold, labels: NDArray[Any]) -> results.Thresholds | None:
    """Cost per 1,000 rows at each threshold in hundredths; None without probabilities.

    Of thresholds with the same cost, the one nearest to 0.5 is the best.
    """
    if predictions.class_scores is None or predictions.class_scores.kind != "probabilities":
        return None
    given, is_last = predictions.class_scores.scores[:, 1], predictions.actual == labels[1]
    # The division gives exactly 0.5, which is looked up below; accumulated steps would not.
    thresholds = np.arange(_STEPS + 1) / _STEPS
    # From sorted probabilities, searchsorted counts those below each threshold. A row at the threshold itself is
    # predicted as the last class.
    misses = np.searchsorted(np.sort(given[is_last]), thresholds)
    n_others = int(np.sum(~is_last))
    alarms = n_others - np.searchsorted(np.sort(given[~is_last]), thresholds)
    curves = []
    for false_alarm, miss in _PRICES:
        costs = 1000.0 * (false_alarm * alarms + miss * misses) / len(given)
        cheapest = thresholds[costs == costs.min()]
        best = float(cheapest[np.argmin(np.abs(cheapest - _USUAL))])
        curves.append(
            results.CostCurve(
                false_alarm,
                miss,
                costs=_seven_digits(costs),
                best_threshold=best,
                best_cost=float(costs.min()),
                best_called=int(np.sum(given >= best)),
                usual_cost=float(costs[thresholds == _USUAL][0]),
            )
        )
    return results.Thresholds(predictions.model, _seven_digits(thresholds), curves)


def _seven_digits(values: Iterable[float]) -> list[float]:
    """Round numbers to seven significant digits, more than a picture shows.

    Examples
    --------
    >>> _seven_digits([1 / 3, 2e9])
    [0.3333333, 2000000000.0]
    """
    return [float(f"{value:.7g}") for value in values]
