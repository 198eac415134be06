"""Errors of the best models as text: of a regression, and between classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, MINUS, count, decimals_of, fixed, share, shorten
from skdl.report._pictures import png_uri

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ClassErrors, Cloud, CostCurve, MisreadImage, RegressionErrors, Summary, WorstRow


@dataclass(frozen=True)
class ErrorsSection:
    """The best models' errors; one of the two is None."""

    regression: RegressionErrorsText | None
    classification: ClassErrorsText | None


def describe(summary: Summary, strings: Strings) -> ErrorsSection | None:
    """Describe the errors of the best models; None if no predictions were kept."""
    errors = summary.errors
    if not errors.regression and not errors.classification:
        return None
    return ErrorsSection(
        regression=_regression_errors(summary, strings) if errors.regression else None,
        classification=_class_errors(summary, strings) if errors.classification else None,
    )


_LONGEST_VALUE = 20  # characters in a cell
_LARGE, _HUGE = 1e3, 1e9


@dataclass(frozen=True)
class TextTable:
    """A table: a heading per column, and lines that begin with their name."""

    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ModelResiduals:
    """One model, and a note on the rows in its pictures."""

    model: str
    note: str


@dataclass(frozen=True)
class RegressionErrorsText:
    """Absolute errors of the best models, a note per model, and the rows with the leader's largest errors."""

    sizes_note: str
    sizes: TextTable
    models: tuple[ModelResiduals, ...]
    worst_title: str
    worst: TextTable


def _regression_errors(summary: Summary, strings: Strings) -> RegressionErrorsText:
    """Describe the size of the errors, and the rows where they are largest."""
    errors = summary.errors
    leader = errors.regression[0]
    # Digits of the median error, so that the columns of the table share their decimals.
    decimals = decimals_of(leader.largest[0])
    sizes = [
        (regressor.model, *(fixed(value, decimals) for value in regressor.largest)) for regressor in errors.regression
    ]
    target, unit = summary.data.target, summary.data.unit
    return RegressionErrorsText(
        sizes_note=strings("errors.sizes_note", target=target)
        if unit is None
        else strings("errors.sizes_note_unit", target=target, unit=unit),
        sizes=TextTable(
            tuple(strings(f"errors.{key}") for key in ("model", "within_50", "within_80", "within_95", "within_all")),
            tuple(sizes),
        ),
        models=tuple(_model_residuals(regressor, summary, strings) for regressor in errors.regression),
        worst_title=strings("errors.worst", model=leader.model, n=len(errors.worst)),
        worst=TextTable(
            (
                *(strings(f"errors.{key}") for key in ("row", "actual", "predicted_value", "error")),
                *errors.worst_columns,
            ),
            tuple(_worst_line(row, decimals) for row in errors.worst),
        ),
    )


def _model_residuals(regressor: RegressionErrors, summary: Summary, strings: Strings) -> ModelResiduals:
    rows = count(summary.errors.n_rows)
    parts = [strings("errors.rows" if regressor.predicted.counts is None else "errors.binned", n=rows)]
    outside = _most_outside(regressor.predicted, regressor.errors)
    if outside:
        parts.append(strings("errors.outside", n=count(outside)))
    return ModelResiduals(regressor.model, "; ".join(parts))


def _most_outside(*clouds: Cloud) -> int:
    return max(cloud.n_outside for cloud in clouds)


def _worst_line(row: WorstRow, decimals: int) -> tuple[str, ...]:
    error = fixed(row.predicted - row.actual, decimals)
    signed = error if error.startswith(MINUS) else f"+{error}"
    return (
        count(row.row),
        fixed(row.actual, decimals),
        fixed(row.predicted, decimals),
        signed,
        *map(_table_value, row.cells),
    )


def _table_value(value: str | float | bool | None) -> str:
    """Format a cell of the table: text as it is, a decimal number with four digits or as an integer."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, float):
        value = f"{value:.0f}" if _LARGE <= abs(value) < _HUGE else f"{value:.4g}"
        return value.replace("-", MINUS)
    return shorten(str(value), _LONGEST_VALUE)


_TWO_CLASSES = 2
_RATINGS = ("model", "roc_auc", "average_precision", "calibration_error", "brier")
_MEASURES = ("class", "precision", "recall", "f1", "n_rows", "roc_auc")


@dataclass(frozen=True)
class ConfusionCell:
    """A cell of the confusion matrix: number of rows, and their share of the actual class as text and for the shade."""

    n: str
    share: str
    shade: float


@dataclass(frozen=True)
class ModelClasses:
    """One classifier: confusion matrix and metrics by class."""

    model: str
    note: str
    rows: tuple[tuple[ConfusionCell, ...], ...]
    measures: tuple[tuple[str, ...], ...]  # a line per class: precision, recall, F1, rows, ROC AUC


@dataclass(frozen=True)
class ImageText:
    """A misclassified image: data URI, caption and row."""

    uri: str
    caption: str
    row: str


@dataclass(frozen=True)
class ClassErrorsText:
    """The best classifiers, best first."""

    classes: tuple[str, ...]
    curves_note: str
    calibration_note: str
    rating_headings: tuple[str, ...]
    ratings: tuple[tuple[str, ...], ...]  # a line per model: areas, calibration error, Brier score
    unrated: tuple[str, ...]  # why a model has no curves, or no calibration curve
    threshold_title: str
    thresholds: tuple[str, ...]  # sentences; empty without a picture
    class_headings: tuple[str, ...]
    models: tuple[ModelClasses, ...]
    misread_title: str
    misread: tuple[ImageText, ...]


def _class_errors(summary: Summary, strings: Strings) -> ClassErrorsText:
    """Describe discrimination, calibration, thresholds, confusion matrices and misclassified images."""
    errors = summary.errors
    two = len(errors.classes) == _TWO_CLASSES
    thresholds = errors.thresholds
    leader = errors.classification[0].model
    rated = [classifier for classifier in errors.classification if classifier.roc is not None]
    return ClassErrorsText(
        classes=tuple(errors.classes),
        curves_note=strings("errors.curves_two", label=errors.classes[-1]) if two else strings("errors.curves_many"),
        calibration_note=strings("errors.calibration_two" if two else "errors.calibration_many"),
        rating_headings=tuple(strings(f"errors.{key}") for key in _RATINGS),
        ratings=tuple(_ratings_line(classifier) for classifier in rated),
        unrated=tuple(
            strings(f"errors.ratings_{classifier.ratings}", model=classifier.model)
            for classifier in errors.classification
            if classifier.ratings != "probabilities"
        ),
        threshold_title=strings("errors.threshold", model=leader),
        thresholds=()
        if thresholds is None
        else tuple(_threshold_text(curve, summary, strings) for curve in thresholds.curves),
        class_headings=tuple(strings(f"errors.{key}") for key in _MEASURES),
        models=tuple(_model_classes(classifier, errors.classes, strings) for classifier in errors.classification),
        misread_title=strings("errors.misread", model=leader, n=len(errors.misread), all=count(errors.n_misread)),
        misread=tuple(_image(image, strings) for image in errors.misread),
    )


def _ratings_line(classifier: ClassErrors) -> tuple[str, ...]:
    off = DASH if classifier.calibration_error is None else share(classifier.calibration_error)
    return (
        classifier.model,
        fixed(classifier.roc_auc, 3),
        fixed(classifier.average_precision, 3),
        off,
        fixed(classifier.brier, 3),
    )


def _threshold_text(curve: CostCurve, summary: Summary, strings: Strings) -> str:
    """Describe the best threshold at one cost ratio, and what it saves."""
    label = summary.errors.classes[-1]
    # Costs are compared as they are shown: a saving that rounding hides is not mentioned.
    price = "equal" if curve.miss == curve.false_alarm else "miss" if curve.miss > curve.false_alarm else "alarm"
    best, usual = _cost(curve.best_cost), _cost(curve.usual_cost)
    key = f"errors.threshold_{price}" if best != usual else f"errors.threshold_{price}_usual"
    ratio = f"{max(curve.miss, curve.false_alarm) / min(curve.miss, curve.false_alarm):g}"
    threshold = fixed(curve.best_threshold, 2)
    sentences = [strings(key, label=label, ratio=ratio, threshold=threshold, cost=best, usual=usual)]
    if curve.best_called in {0, summary.errors.n_rows} and best != usual:
        sentences.append(strings("errors.threshold_all" if curve.best_called else "errors.threshold_none", label=label))
    return " ".join(sentences)


def _cost(value: float) -> str:
    return fixed(value, 0 if value >= 10 else 1)  # two digits


def _model_classes(classifier: ClassErrors, classes: list[str], strings: Strings) -> ModelClasses:
    rows = tuple(tuple(_cell(n, sum(counts)) for n in counts) for counts in classifier.counts)
    right, n_rows = sum(counts[code] for code, counts in enumerate(classifier.counts)), sum(map(sum, classifier.counts))
    measures = tuple(
        (name, *(fixed(value, 3) for value in (m.precision, m.recall, m.f1)), count(m.n_rows), fixed(m.roc_auc, 3))
        for name, m in zip(classes, classifier.measures, strict=True)
    )
    note = strings("errors.right", right=count(right), n=count(n_rows))
    return ModelClasses(classifier.model, note, rows, measures)


def _cell(n: int, n_rows: int) -> ConfusionCell:
    part = n / n_rows if n_rows else 0.0
    return ConfusionCell(count(n), share(part), round(part, 3))


def _image(image: MisreadImage, strings: Strings) -> ImageText:
    key = "errors.image" if image.probability is None else "errors.image_sure"
    sure = "" if image.probability is None else share(image.probability)
    caption = strings(key, actual=image.actual, called=image.called, share=sure)
    return ImageText(png_uri(image.pixels), caption, strings("errors.image_row", row=count(image.row)))
