"""The errors between classes: who was taken for whom, the curves of ratings, and whether probabilities come true."""

from __future__ import annotations

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
from skdl.cross_validation import short
from skdl.metrics import resolve_metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.cross_validation import OutOfFold

__all__ = ["class_errors"]

_MOST_POINTS = 200  # of a curve
_BINS = 10
_TWO_CLASSES = 2

Floats = npt.NDArray[np.float64]


def class_errors(answers: OutOfFold, labels: NDArray[Any]) -> results.ClassErrors:
    """Read the errors of one model; ``labels`` are the table's, sorted."""
    codes = np.arange(len(labels))
    actual, predicted = (np.searchsorted(labels, values) for values in (answers.actual, answers.predicted))
    measures = precision_recall_fscore_support(actual, predicted, labels=codes, zero_division=np.nan)
    ratings = answers.ratings
    areas: list[float | None] = [None] * len(labels)
    if ratings is not None:
        areas = [_area(actual == code, ratings.numbers[:, code]) for code in codes]
    known: dict[str, Any] = {} if ratings is None else _curves(actual, ratings.numbers, areas)
    if ratings is not None and ratings.are == "probabilities":
        known |= _calibration(actual, predicted, ratings.numbers)
    return results.ClassErrors(
        model=answers.model,
        counts=confusion_matrix(actual, predicted, labels=codes).tolist(),
        measures=[
            results.ClassMeasures(_number(p), _number(r), _number(f), int(n), area)
            for p, r, f, n, area in zip(*measures, areas, strict=True)
        ],
        ratings=answers.why_unrated if ratings is None else ratings.are,
        **known,
    )


def _curves(actual: NDArray[np.intp], ratings: Floats, areas: list[float | None]) -> dict[str, Any]:
    """ROC and precision-recall of the last of two classes, or their means over the classes that rows are of."""
    n_classes = ratings.shape[1]
    judged = [code for code in range(n_classes) if areas[code] is not None]
    if n_classes == _TWO_CLASSES:
        judged = judged[1:]
    if not judged:
        return {}
    roc = [roc_curve(actual == code, ratings[:, code])[:2] for code in judged]
    recall = [precision_recall_curve(actual == code, ratings[:, code], drop_intermediate=True) for code in judged]
    falling = [(found[1][::-1], found[0][::-1]) for found in recall]  # recall rising
    average = [average_precision_score(actual == code, ratings[:, code]) for code in judged]
    return {
        "roc": _thinned(*roc[0]) if len(judged) == 1 else _mean_roc(roc),
        "roc_auc": float(np.mean([areas[code] for code in judged])),
        "precision_recall": _thinned(*falling[0]) if len(judged) == 1 else _mean_precision(falling),
        "average_precision": float(np.mean(average)),
    }


def _area(is_it: NDArray[np.bool_], rated: Floats) -> float | None:
    """Area under the ROC curve; None where all rows are of the class, or none."""
    return float(roc_auc_score(is_it, rated)) if is_it.any() and not is_it.all() else None


def _thinned(x: Floats, y: Floats) -> results.Line:
    """Keep at most 200 points of a curve, evenly along its way."""
    if len(x) > _MOST_POINTS:
        way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], _MOST_POINTS)))
        x, y = x[kept], y[kept]
    return results.Line(short(x), short(y))


def _mean_roc(curves: list[tuple[Floats, Floats]]) -> results.Line:
    alarms = np.linspace(0.0, 1.0, _MOST_POINTS)
    found = np.mean([np.interp(alarms, *curve) for curve in curves], axis=0)
    return results.Line(short([0.0, *alarms]), short([0.0, *found]))


def _mean_precision(curves: list[tuple[Floats, Floats]]) -> results.Line:
    """Mean precision where at least so much is found; between two points the curve is a step."""
    recall = np.linspace(0.0, 1.0, _MOST_POINTS)
    steps = [precision[np.searchsorted(found, recall).clip(max=len(found) - 1)] for found, precision in curves]
    return results.Line(short(recall), short(np.mean(steps, axis=0)))


def _calibration(actual: NDArray[np.intp], predicted: NDArray[np.intp], probabilities: Floats) -> dict[str, Any]:
    """Hold probabilities against what came true: of the last of two classes, or of the class that was called."""
    if probabilities.shape[1] == _TWO_CLASSES:
        given, came_true = probabilities[:, 1], actual == 1
    else:
        given, came_true = probabilities[np.arange(len(actual)), predicted], actual == predicted
    bins = _calibration_bins(given, came_true)
    distance = sum(one.n_rows * abs(one.given - one.came_true) for one in bins) / len(actual)
    (brier,) = resolve_metrics(["brier"], "classification")
    codes = np.arange(probabilities.shape[1])
    return {
        "calibration": bins,
        "calibration_error": distance,
        "brier": brier.measure(actual, predicted, probabilities, codes),
    }


def _calibration_bins(given: Floats, came_true: NDArray[np.bool_]) -> list[results.CalibrationBin]:
    """Ten bins of equally many rows, as scikit-learn's ``calibration_curve`` draws them; ties make fewer."""
    edges = np.quantile(given, np.linspace(0.0, 1.0, _BINS + 1))
    places = np.searchsorted(edges[1:-1], given)
    bins = []
    for place in np.unique(places):
        held = places == place
        n_rows, n_true = int(held.sum()), int(came_true[held].sum())
        interval = binomtest(n_true, n_rows).proportion_ci(method="wilson")
        mean = float(given[held].mean())
        given_mean, came_true_share, low, high = short([mean, n_true / n_rows, interval.low, interval.high])
        bins.append(results.CalibrationBin(given_mean, came_true_share, low, high, n_rows))
    return bins


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
