"""Where the best models err, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import count
from skdl.report.plots import MOST_POINTS

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.summary import Confusion, PredictedActual, Summary

__all__ = ["ConfusionTable", "ErrorsSection", "PredictedText", "errors_section"]


@dataclass(frozen=True)
class ConfusionTable:
    """Counts with the share of their row, and how many rows came out right."""

    model: str
    classes: tuple[str, ...]
    rows: tuple[tuple[tuple[str, float], ...], ...]
    note: str


@dataclass(frozen=True)
class PredictedText:
    """One model's predictions: how many there are."""

    model: str
    note: str


@dataclass(frozen=True)
class ErrorsSection:
    """The best models, best first; one of the two kinds is empty."""

    predicted: tuple[PredictedText, ...]
    confusions: tuple[ConfusionTable, ...]


def errors_section(summary: Summary, words: Words) -> ErrorsSection | None:
    """Say where the best models err; None where no prediction was kept."""
    predicted = tuple(_predicted_text(pairs, words) for pairs in summary.predicted_actual)
    confusions = tuple(_confusion_table(confusion, words) for confusion in summary.confusions)
    return ErrorsSection(predicted, confusions) if predicted or confusions else None


def _predicted_text(pairs: PredictedActual, words: Words) -> PredictedText:
    n_rows = len(pairs.actual)
    key = "errors.binned" if n_rows > MOST_POINTS else "errors.rows"
    return PredictedText(pairs.model, words(key, n=count(n_rows)))


def _confusion_table(confusion: Confusion, words: Words) -> ConfusionTable:
    """Prepare a confusion matrix: counts with the share of their row, to shade by."""
    rows = []
    for counts in confusion.counts:
        total = sum(counts) or 1
        rows.append(tuple((count(n), round(n / total, 3)) for n in counts))
    right = sum(counts[place] for place, counts in enumerate(confusion.counts))
    n_rows = sum(map(sum, confusion.counts))
    note = words("errors.confusion_note", right=count(right), n=count(n_rows))
    return ConfusionTable(confusion.model, tuple(confusion.classes), tuple(rows), note)
