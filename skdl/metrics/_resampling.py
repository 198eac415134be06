"""Scores on bootstrap samples of one hold-out set.

A sample is a row of ``counts``, shape ``(n_samples, n_rows)``: how often it holds each row of the set. The metric's
own function on the rows of a sample is right for every metric, but 2,000 samples of 5,000 rows and eight models take
15 seconds with the fastest of scikit-learn's functions, and ten minutes with F1. Most metrics are functions of a
weighted mean over the rows, of a confusion matrix, or of the order of the rows. Each has a form below that computes
all samples at once from the counts, to the same numbers but for the order of summing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from skdl.metrics._metric import Floats, Metric, OnCounts, Predictions


def bootstrap_scores(metric: Metric, predictions: Predictions, counts: Floats) -> Floats:
    """Compute the score of a model on each bootstrap sample, by any metric but scorers of scikit-learn."""
    if metric.on_counts is not None and _has_counts_form(metric, predictions):
        return metric.on_counts(predictions, counts if predictions.weights is None else counts * predictions.weights)
    # No form on counts: each sample is written out as rows, and the metric's function is called once a sample.
    rows = np.arange(counts.shape[1])
    return np.array([_score(metric, predictions, np.repeat(rows, sample.astype(np.intp))) for sample in counts])


def _score(metric: Metric, predictions: Predictions, rows: NDArray[np.intp]) -> float:
    try:
        return predictions.measure(metric, rows)
    except UsageError:  # a user's function that fails, for example on rows of one class
        return float("nan")


def row_values(metric: Metric, predictions: Predictions) -> Floats | None:
    """Values of the rows whose mean is the score, and differs with the rows as the score does to first order.

    None for a metric that is no such mean, such as one of a ranking, and where a class was not trained on.
    """
    values = metric.on_rows or getattr(metric.on_counts, "loss", None)
    return values(predictions) if values is not None and _has_counts_form(metric, predictions) else None


def _has_counts_form(metric: Metric, predictions: Predictions) -> bool:
    """Whether there is one target, and no class that the model was not trained on."""
    # The columns of the matrices and of the class scores are the trained classes; a row of another class has none.
    known = metric.task == "regression" or (
        predictions.classes is not None and bool(np.isin(predictions.truth, predictions.classes).all())
    )
    return predictions.truth.ndim == 1 and known


@dataclass(frozen=True)
class MeanOf:
    """The weighted mean of a loss a row."""

    loss: Callable[[Predictions], Floats]

    def __call__(self, predictions: Predictions, counts: Floats) -> Floats:
        """Compute the mean of each sample."""
        # sum_i c_i l_i / sum_i c_i for each sample: (n_samples, n_rows) @ (n_rows,). The row sums differ between
        # samples where whole groups are resampled.
        return np.asarray(counts @ self.loss(predictions) / counts.sum(axis=1))


def of_confusion_matrix(measure: Callable[[Floats], Floats]) -> OnCounts:
    """Make a function of the confusion matrices, shape ``(n_samples, true class, predicted class)``."""

    def on_counts(predictions: Predictions, counts: Floats) -> Floats:
        assert predictions.classes is not None
        labels = np.union1d(predictions.classes, predictions.predicted)
        # Index of each row's cell in the flattened matrix: true class * n_labels + predicted class. (n_rows,)
        cells = np.searchsorted(labels, predictions.truth) * len(labels)
        cells += np.searchsorted(labels, predictions.predicted)
        matrix = np.zeros((len(counts), len(labels) ** 2))
        # Rows are sorted by cell, so that reduceat sums each run of equal cells, for all samples at once. Only cells
        # that occur are written: reduceat cannot sum an empty run.
        order = np.argsort(cells, kind="stable")
        present, starts = np.unique(cells[order], return_index=True)
        matrix[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
        return measure(matrix.reshape(len(counts), len(labels), len(labels)))

    return on_counts


def of_ranking(measure: Callable[[Floats, Floats], Floats]) -> OnCounts:
    """Make a function of how many rows inside and outside a class have each distinct score, highest score first.

    Each class is measured against the rest; the result is the mean over the classes for which it is defined, of two
    classes that of the second.
    """

    def on_counts(predictions: Predictions, counts: Floats) -> Floats:
        assert predictions.response is not None
        assert predictions.classes is not None
        scores = np.asarray(predictions.response, dtype=np.float64)
        # The class's index and its scores. With two classes a decision function has one column, that of the second.
        columns = {1: scores if scores.ndim == 1 else scores[:, 1]}
        if len(predictions.classes) > 2:
            columns = dict(enumerate(scores.T))
        by_class = []
        for number, column in columns.items():
            order = np.argsort(-column, kind="stable")
            # First position of each distinct score: rows of equal score form one step of the curve, so that its area
            # does not depend on their order.
            starts = np.unique(-column[order], return_index=True)[1]
            sampled, is_class = counts[:, order], predictions.truth[order] == predictions.classes[number]
            inside = np.add.reduceat(sampled * is_class, starts, axis=1)  # (n_samples, distinct scores)
            by_class.append(measure(inside, np.add.reduceat(sampled, starts, axis=1) - inside))
        # A class that a sample lacks has no score there; the mean is over the others. (n_classes, n_samples)
        defined = np.isfinite(by_class)
        mean = np.where(defined, by_class, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1)
        return np.where(defined.any(axis=0), mean, np.nan)

    return on_counts


def divide(part: Floats, whole: Floats, *, by_zero: float = 0.0) -> Floats:
    """Divide; where ``whole`` is zero the result is ``by_zero``."""
    # `where` leaves `out` as it is where the divisor is 0, and no warning is raised.
    out = np.full(np.broadcast_shapes(part.shape, whole.shape), by_zero)
    return np.asarray(np.divide(part, whole, out=out, where=whole > 0))
