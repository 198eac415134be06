"""The errors between classes as text: measures, matrices, what a threshold would save, and misread images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, count, fixed, share
from skdl.report.plots import png_uri

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import ClassErrors, CostCurve, MisreadImage, Summary

__all__ = ["Cell", "ClassErrorsText", "ImageText", "ModelClasses", "class_errors_text"]

_TWO_CLASSES = 2
_RATINGS = ("model", "roc_auc", "average_precision", "calibration_error", "brier")
_MEASURES = ("class", "precision", "recall", "f1", "n_rows", "roc_auc")


@dataclass(frozen=True)
class Cell:
    """Rows of one class called another: their number, and their share of the row's class as text and to shade by."""

    n: str
    share: str
    shade: float


@dataclass(frozen=True)
class ModelClasses:
    """One model: its confusion matrix, and its measures a class."""

    model: str
    note: str
    rows: tuple[tuple[Cell, ...], ...]
    measures: tuple[tuple[str, ...], ...]  # a line a class: precision, recall, F1, rows, area


@dataclass(frozen=True)
class ImageText:
    """A misread image: its data, what is seen, and its row."""

    uri: str
    caption: str
    row: str


@dataclass(frozen=True)
class ClassErrorsText:
    """The best models, best first."""

    classes: tuple[str, ...]
    curves_note: str
    calibration_note: str
    rating_headings: tuple[str, ...]
    ratings: tuple[tuple[str, ...], ...]  # a line a model: areas, calibration error, Brier score; empty where none is
    unrated: tuple[str, ...]  # why a model has no curves, or no calibration
    threshold_title: str
    thresholds: tuple[str, ...]  # sentences; empty where there is no picture
    class_headings: tuple[str, ...]
    models: tuple[ModelClasses, ...]
    misread_title: str
    misread: tuple[ImageText, ...]


def class_errors_text(summary: Summary, words: Words) -> ClassErrorsText:
    """Say which classes are taken for which, and how far probabilities can be trusted."""
    errors = summary.errors
    two = len(errors.classes) == _TWO_CLASSES
    found = errors.thresholds
    leader = errors.classification[0].model
    rated = [one for one in errors.classification if one.roc is not None]
    return ClassErrorsText(
        classes=tuple(errors.classes),
        curves_note=words("errors.curves_two", label=errors.classes[-1]) if two else words("errors.curves_many"),
        calibration_note=words("errors.calibration_two" if two else "errors.calibration_many"),
        rating_headings=tuple(words(f"errors.{key}") for key in _RATINGS),
        ratings=tuple(_ratings_line(one) for one in rated),
        unrated=tuple(
            words(f"errors.ratings_{one.ratings}", model=one.model)
            for one in errors.classification
            if one.ratings != "probabilities"
        ),
        threshold_title=words("errors.threshold", model=leader),
        thresholds=() if found is None else tuple(_threshold_text(curve, summary, words) for curve in found.curves),
        class_headings=tuple(words(f"errors.{key}") for key in _MEASURES),
        models=tuple(_model(one, errors.classes, words) for one in errors.classification),
        misread_title=words("errors.misread", model=leader, n=len(errors.misread), all=count(errors.n_misread)),
        misread=tuple(_image(one, words) for one in errors.misread),
    )


def _ratings_line(one: ClassErrors) -> tuple[str, ...]:
    off = DASH if one.calibration_error is None else share(one.calibration_error)
    return one.model, fixed(one.roc_auc, 3), fixed(one.average_precision, 3), off, fixed(one.brier, 3)


def _threshold_text(curve: CostCurve, summary: Summary, words: Words) -> str:
    """Say from where on to call a row the last class, and what that saves."""
    label = summary.errors.classes[-1]
    price = "equal" if curve.miss == curve.false_alarm else "miss" if curve.miss > curve.false_alarm else "alarm"
    best, usual = _cost(curve.best_cost), _cost(curve.usual_cost)
    key = f"errors.threshold_{price}" if best != usual else f"errors.threshold_{price}_usual"
    ratio = f"{max(curve.miss, curve.false_alarm) / min(curve.miss, curve.false_alarm):g}"
    threshold = fixed(curve.best_threshold, 2)
    sentences = [words(key, label=label, ratio=ratio, threshold=threshold, cost=best, usual=usual)]
    if curve.best_called in {0, summary.errors.n_rows} and best != usual:
        sentences.append(words("errors.threshold_all" if curve.best_called else "errors.threshold_none", label=label))
    return " ".join(sentences)


def _cost(value: float) -> str:
    return fixed(value, 0 if value >= 10 else 1)  # noqa: PLR2004 - two digits


def _model(one: ClassErrors, classes: list[str], words: Words) -> ModelClasses:
    rows = tuple(tuple(_cell(n, sum(counts)) for n in counts) for counts in one.counts)
    right, n_rows = sum(counts[place] for place, counts in enumerate(one.counts)), sum(map(sum, one.counts))
    measures = tuple(
        (name, *(fixed(value, 3) for value in (m.precision, m.recall, m.f1)), count(m.n_rows), fixed(m.roc_auc, 3))
        for name, m in zip(classes, one.measures, strict=True)
    )
    note = words("errors.right", right=count(right), n=count(n_rows))
    return ModelClasses(one.model, note, rows, measures)


def _cell(n: int, n_rows: int) -> Cell:
    part = n / n_rows if n_rows else 0.0
    return Cell(count(n), share(part), round(part, 3))


def _image(one: MisreadImage, words: Words) -> ImageText:
    key = "errors.image" if one.probability is None else "errors.image_sure"
    sure = "" if one.probability is None else share(one.probability)
    caption = words(key, actual=one.actual, called=one.called, share=sure)
    return ImageText(png_uri(one.pixels), caption, words("errors.image_row", row=count(one.row)))
