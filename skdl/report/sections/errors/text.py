"""Errors of the recommended model and the leader as text: of a regression, and between classes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, MINUS, count, decimals_of, fixed, share, shorten
from skdl.report._pictures import png_uri

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ClassErrors, CostCurve, MisreadImage, RegressionErrors, Summary, WorstRow


_LONGEST_VALUE = 20  # characters in a cell
_LARGE, _HUGE = 1e3, 1e9
_SIZES = ("model", "within_50", "within_80", "within_95", "within_all")
_WORST = ("row", "actual", "predicted_value", "error")
_RATINGS = ("model", "roc_auc", "average_precision", "calibration_error", "brier")
_MEASURES = ("class", "precision", "recall", "f1", "n_rows", "roc_auc")


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the errors, of a regression or of classifiers; None if no predictions were kept.

    A table has headings, and lines that begin with their name.
    """
    errors = summary.errors
    if not errors.regression and not errors.classification:
        return None
    kind = "numbers" if errors.regression else "classes"
    models = [one.model for one in errors.regression or errors.classification]
    names, verdict = ", ".join(models), summary.verdict
    leads = models == [verdict.recommended] == [verdict.leader]
    shown = "shown" if len(models) > 1 else "shown_leader" if leads else "shown_one"
    note = "note_holdout" if verdict.evidence == "holdout" else "note"
    return {
        "note": strings(f"errors.{note}", shown=strings(f"errors.{shown}", model=models[0])),
        "contents": strings(f"errors.contents_{kind}", models=names),
        "regression": _regression(summary, strings) if errors.regression else None,
        "classification": _classification(summary, strings) if errors.classification else None,
    }


def _headings(keys: tuple[str, ...], strings: Strings) -> list[str]:
    return [strings(f"errors.{key}") for key in keys]


def _regression(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe the size of the errors, and the rows where they are largest."""
    errors, data = summary.errors, summary.data
    first = errors.regression[0]
    # Digits of the median error, so that the columns of the table share their decimals.
    decimals = decimals_of(first.largest[0])
    sizes_note = "errors.sizes_note" if data.unit is None else "errors.sizes_note_unit"
    return {
        "sizes_note": strings(sizes_note, target=data.target, unit=data.unit),
        "sizes": {
            "headings": _headings(_SIZES, strings),
            "lines": [(one.model, *(fixed(value, decimals) for value in one.largest)) for one in errors.regression],
        },
        "models": [{"model": one.model, "note": _rows_note(one, summary, strings)} for one in errors.regression],
        "worst_title": strings("errors.worst", model=first.model, n=len(errors.worst)),
        "worst": {
            "headings": [*_headings(_WORST, strings), *errors.worst_columns],
            "lines": [_worst_line(row, decimals) for row in errors.worst],
        },
    }


def _rows_note(regressor: RegressionErrors, summary: Summary, strings: Strings) -> str:
    rows = count(summary.errors.n_rows)
    note = strings("errors.rows" if regressor.predicted.counts is None else "errors.binned", n=rows)
    outside = max(regressor.predicted.n_outside, regressor.errors.n_outside)
    return f"{note}; {strings('errors.outside', n=count(outside))}" if outside else note


def _worst_line(row: WorstRow, decimals: int) -> list[str]:
    error = fixed(row.predicted - row.actual, decimals)
    signed = error if error.startswith(MINUS) else f"+{error}"
    numbers = [count(row.row), fixed(row.actual, decimals), fixed(row.predicted, decimals), signed]
    return [*numbers, *map(_table_value, row.cells)]


def _table_value(value: str | float | bool | None) -> str:
    """Format a cell of the table: text as it is, a decimal number with four digits or as an integer."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, float):
        value = f"{value:.0f}" if _LARGE <= abs(value) < _HUGE else f"{value:.4g}"
        return value.replace("-", MINUS)
    return shorten(str(value), _LONGEST_VALUE)


def _classification(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe discrimination, calibration, thresholds, confusion matrices and misclassified images."""
    errors = summary.errors
    classes, models = errors.classes, errors.classification
    kind = "two" if len(classes) == 2 else "many"
    return {
        "classes": classes,
        "curves_note": strings(f"errors.curves_{kind}", label=classes[-1]),
        "calibration_note": strings(f"errors.calibration_{kind}"),
        "rating_headings": _headings(_RATINGS, strings),
        "ratings": [_ratings_line(one) for one in models if one.roc is not None],
        # Why a model has no curves, or no calibration curve.
        "unrated": [
            strings(f"errors.ratings_{one.ratings}", model=one.model)
            for one in models
            if one.ratings != "probabilities"
        ],
        # Of a model without probabilities there is neither a picture nor a sentence.
        "thresholds": [
            {
                "title": strings("errors.threshold", model=one.model),
                "picture": f"thresholds-{index}",
                "sentences": [_threshold(curve, summary, strings) for curve in one.thresholds.curves],
            }
            for index, one in enumerate(models)
            if one.thresholds is not None
        ],
        "class_headings": _headings(_MEASURES[:-1] if kind == "two" else _MEASURES, strings),
        "models": [_confusion(one, classes, strings) for one in models],
        "misread_title": strings(
            "errors.misread", model=models[0].model, n=len(errors.misread), all=count(errors.n_misread)
        ),
        "misread": [_image(image, strings) for image in errors.misread],
    }


def _ratings_line(classifier: ClassErrors) -> list[str]:
    areas = [fixed(classifier.roc_auc, 3), fixed(classifier.average_precision, 3)]
    off = DASH if classifier.calibration_error is None else share(classifier.calibration_error)
    return [classifier.model, *areas, off, fixed(classifier.brier, 3)]


def _threshold(curve: CostCurve, summary: Summary, strings: Strings) -> str:
    """Describe the best threshold at one cost ratio, and what it saves."""
    label = summary.errors.classes[-1]
    price = "equal" if curve.miss == curve.false_alarm else "miss" if curve.miss > curve.false_alarm else "alarm"
    # Costs are compared as they are shown, with two digits: a saving that rounding hides is not mentioned.
    best, usual = (fixed(cost, 0 if cost >= 10 else 1) for cost in (curve.best_cost, curve.usual_cost))
    key = f"errors.threshold_{price}" if best != usual else f"errors.threshold_{price}_usual"
    ratio = f"{max(curve.miss, curve.false_alarm) / min(curve.miss, curve.false_alarm):g}"
    threshold = fixed(curve.best_threshold, 2)
    sentence = strings(key, label=label, ratio=ratio, threshold=threshold, cost=best, usual=usual)
    if curve.best_called not in {0, summary.errors.n_rows} or best == usual:
        return sentence
    extreme = "errors.threshold_all" if curve.best_called else "errors.threshold_none"
    return f"{sentence} {strings(extreme, label=label)}"


def _confusion(classifier: ClassErrors, classes: list[str], strings: Strings) -> dict[str, Any]:
    """Describe a confusion matrix, with the share of the actual class in each cell, and metrics by class."""
    counts = classifier.counts
    right, n_rows = sum(row[code] for code, row in enumerate(counts)), sum(map(sum, counts))
    measures = [
        [name, *(fixed(value, 3) for value in (m.precision, m.recall, m.f1)), count(m.n_rows), fixed(m.roc_auc, 3)]
        for name, m in zip(classes, classifier.measures, strict=True)
    ]
    return {
        "model": classifier.model,
        "note": strings("errors.right", right=count(right), n=count(n_rows)),
        "rows": confusion_rows(counts),
        "measures": [line[:-1] for line in measures] if len(classes) == 2 else measures,
    }


def confusion_rows(counts: list[list[int | float]]) -> list[list[dict[str, Any]]]:
    """Describe the cells of a confusion matrix, with their shares of the actual class."""
    return [[_cell(n, sum(map(float, row))) for n in row] for row in counts]


def _cell(n: float, n_rows: float) -> dict[str, Any]:
    part = n / n_rows if n_rows else 0.0
    return {"n": count(n), "share": share(part), "shade": round(part, 3)}


def _image(image: MisreadImage, strings: Strings) -> dict[str, str]:
    key = "errors.image" if image.probability is None else "errors.image_sure"
    sure = "" if image.probability is None else share(image.probability)
    caption = strings(key, actual=image.actual, called=image.called, share=sure)
    return {"uri": png_uri(image.pixels), "caption": caption, "row": strings("errors.image_row", row=count(image.row))}
