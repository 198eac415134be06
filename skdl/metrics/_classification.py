"""Metrics of classifications: their functions, their forms on bootstrap counts, and a record each.

Truth and predictions have shape ``(n_samples,)``; probabilities and scores have a column for each of the sorted
``classes``. Every function is right on rows that lack a class.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from skdl.metrics._metric import Array, Metric
from skdl.metrics._resampling import MeanOf, divide, of_confusion_matrix, of_ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.metrics._decision_costs import DecisionCosts
    from skdl.metrics._metric import Floats, Predictions


EXPECTED_COST = "expected_cost"


def cost_metric(costs: DecisionCosts) -> Metric:
    """Make the metric of decisions by the costs of a pipeline file."""

    def losses(predictions: Predictions) -> Floats:
        decided = costs.decide(predictions.predicted, predictions.response, predictions.classes)
        return costs.of_rows(predictions.truth, decided)

    return Metric(
        name=EXPECTED_COST,
        label="Expected cost",
        description="Mean cost a row of decisions by compare.costs; a gain is below 0.",
        task="classification",
        function=costs,
        greater_is_better=False,
        response="proba",
        unit=costs.unit,
        bounds=(float(np.min(costs.matrix)), float(np.max(costs.matrix))),
        is_weighted=True,
        on_counts=MeanOf(losses),
        costs=costs,
    )


def accuracy(truth: Array, predicted: Array) -> float:
    """Share of the rows whose class is right."""
    return float(np.mean(truth == predicted))


def balanced_accuracy(truth: Array, predicted: Array) -> float:
    """Mean recall over the classes that the rows hold."""
    return float(np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]))


def precision_recall_f1(truth: Array, predicted: Array, classes: Array | None = None, *, kind: str) -> float:
    """Precision, recall or F1: of the last class where there are two, else the mean over the classes."""
    from sklearn.metrics import precision_recall_fscore_support

    labels = np.union1d(truth, predicted) if classes is None else np.union1d(classes, truth)
    counted = labels[-1:] if len(labels) == 2 else np.union1d(truth, predicted)
    scores = precision_recall_fscore_support(truth, predicted, labels=counted, average="macro", zero_division=0)
    return float(scores[("precision", "recall", "f1").index(kind)])


def averaged_f1(truth: Array, predicted: Array, *, average: str) -> float:
    """F1 of each class that occurs, averaged."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, predicted, average=average, zero_division=0))


def roc_auc(truth: Array, scores: Array, classes: Array) -> float:
    """Area under the ROC curve; with several classes the mean of each against the rest, where that is defined."""
    from sklearn.metrics import roc_auc_score

    defined = [number for number, label in enumerate(classes) if 0 < np.count_nonzero(truth == label) < len(truth)]
    if not defined:
        return float("nan")
    if len(classes) == 2:
        defined = [1]
    return float(np.mean([roc_auc_score(truth == classes[number], scores[:, number]) for number in defined]))


def average_precision(truth: Array, scores: Array, classes: Array) -> float:
    """Mean precision over all thresholds; with several classes the mean over those that the rows hold."""
    from sklearn.metrics import average_precision_score

    defined = [number for number, label in enumerate(classes) if (truth == label).any()]
    if len(classes) == 2:
        defined = [number for number in defined if number == 1]
    if not defined:
        return float("nan")
    return float(np.mean([average_precision_score(truth == classes[number], scores[:, number]) for number in defined]))


def log_loss(truth: Array, probabilities: Array, classes: Array) -> float:
    """Mean negative logarithm of the probability of the true class."""
    of_truth = probabilities[np.arange(len(truth)), np.searchsorted(classes, truth)] / probabilities.sum(axis=1)
    return float(-np.mean(np.log(np.clip(of_truth, np.finfo(np.float64).eps, None))))


def brier(truth: Array, probabilities: Array, classes: Array) -> float:
    """Mean squared distance of probabilities and truth; halved for two classes, as is usual."""
    distance = ((probabilities - (truth[:, None] == classes)) ** 2).sum(axis=1).mean()
    return float(distance / 2 if len(classes) == 2 else distance)


def mcc(truth: Array, predicted: Array) -> float:
    """Matthews correlation coefficient."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(truth, predicted))


def kappa(truth: Array, predicted: Array) -> float:
    """Cohen's kappa; 1 for rows of one class that are all right, where scikit-learn divides by zero."""
    from sklearn.metrics import cohen_kappa_score

    one_class = len(np.union1d(truth, predicted)) == 1
    return 1.0 if one_class else float(cohen_kappa_score(truth, predicted))


# Forms on bootstrap counts: losses of rows.


def _is_right(predictions: Predictions) -> Floats:
    return np.asarray(predictions.truth == predictions.predicted, dtype=np.float64)


def _log_losses(predictions: Predictions) -> Floats:
    probabilities, column = _probabilities(predictions)
    of_truth = probabilities[np.arange(len(column)), column] / probabilities.sum(axis=1)
    # Limited by the machine epsilon, as in `log_loss`: a probability of 0 would make every mean infinite.
    return np.asarray(-np.log(np.clip(of_truth, np.finfo(np.float64).eps, None)))


def _brier_losses(predictions: Predictions) -> Floats:
    probabilities, column = _probabilities(predictions)
    # np.eye holds the indicator row of each class.
    distance = ((probabilities - np.eye(probabilities.shape[1])[column]) ** 2).sum(axis=1)
    return np.asarray(distance / 2 if probabilities.shape[1] == 2 else distance)


def _probabilities(predictions: Predictions) -> tuple[Floats, NDArray[np.intp]]:
    """Return the probabilities, and the column of each row's true class."""
    assert predictions.response is not None
    assert predictions.classes is not None
    column = np.searchsorted(predictions.classes, predictions.truth)
    return np.asarray(predictions.response, dtype=np.float64), column


# Of confusion matrices, shape (n_samples, true class, predicted class).


def _margins(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Return, of each class, the rows predicted correctly, all its rows, and the rows predicted as it."""
    return np.einsum("bii->bi", matrix), matrix.sum(axis=2), matrix.sum(axis=1)


def _balanced_accuracy(matrix: Floats) -> Floats:
    right, actual, _ = _margins(matrix)
    # A class that a sample lacks has the quotient 0 and is not counted.
    return np.asarray(divide(right, actual).sum(axis=1) / (actual > 0).sum(axis=1))


def _of_each_class(matrix: Floats, kind: str, average: str | None = None) -> Floats:
    right, actual, predicted = _margins(matrix)
    # F1 = TP / ((TP + FN + TP + FP) / 2), precision = TP / (TP + FP), recall = TP / (TP + FN).
    whole = {"f1": (actual + predicted) / 2, "precision": predicted, "recall": actual}[kind]
    scores = divide(right, whole)
    if average is None and matrix.shape[1] == 2:
        return scores[:, 1]
    # As in scikit-learn, the mean is over the classes that occur in truth or predictions of the sample.
    weights = actual if average == "weighted" else ((actual + predicted) > 0).astype(np.float64)
    return np.asarray((scores * weights).sum(axis=1) / weights.sum(axis=1))


def _mcc(matrix: Floats) -> Floats:
    right, actual, predicted = _margins(matrix)
    n_rows = actual.sum(axis=1)
    # The correlation coefficient of several classes (Gorodkin 2004), from the margins of the confusion matrix.
    covariance = right.sum(axis=1) * n_rows - (actual * predicted).sum(axis=1)
    variances = (n_rows**2 - (actual**2).sum(axis=1)) * (n_rows**2 - (predicted**2).sum(axis=1))
    return divide(covariance, np.sqrt(variances))


def _kappa(matrix: Floats) -> Floats:
    right, actual, predicted = _margins(matrix)
    n_rows = actual.sum(axis=1)
    # Cohen (1960): 1 - observed disagreement / disagreement expected by chance. All rows in one class: no chance of
    # disagreement, and kappa is 1.
    beyond_chance = 1.0 - (actual * predicted).sum(axis=1) / n_rows**2
    return np.where(beyond_chance > 0, 1.0 - divide(1.0 - right.sum(axis=1) / n_rows, beyond_chance), 1.0)


# Of the ranking by scores, shape (n_samples, distinct scores), which fall from left to right.


def _roc_auc(inside: Floats, outside: Floats) -> Floats:
    """Share of the pairs of rows inside and outside the class that are in the right order; ties count half."""
    # Scores fall along the axis, so that rows at later positions rank below; rows at the same position are ties.
    below = outside.sum(axis=1, keepdims=True) - np.cumsum(outside, axis=1)
    right = (inside * (below + outside / 2)).sum(axis=1)
    return divide(right, inside.sum(axis=1) * outside.sum(axis=1), by_zero=np.nan)


def _average_precision(inside: Floats, outside: Floats) -> Floats:
    # The sum over all thresholds of recall gained times precision; rows of equal score share a threshold.
    above = np.cumsum(inside, axis=1)
    precision = divide(above, above + np.cumsum(outside, axis=1))
    return divide((inside * precision).sum(axis=1), inside.sum(axis=1), by_zero=np.nan)


_share = partial(Metric, task="classification", greater_is_better=True, bounds=(0.0, 1.0), bounded=True)
_loss = partial(Metric, task="classification", greater_is_better=False, response="proba")

CLASSIFICATION = (
    _share(
        name="accuracy",
        label="Accuracy",
        description="Share of rows whose class is right.",
        function=accuracy,
        on_counts=MeanOf(_is_right),
        equivalent_scorer="accuracy",
    ),
    _share(
        name="balanced_accuracy",
        label="Balanced accuracy",
        description="Mean over the classes of the share of their rows that is found.",
        function=balanced_accuracy,
        on_counts=of_confusion_matrix(_balanced_accuracy),
        equivalent_scorer="balanced_accuracy",
    ),
    _share(
        name="f1",
        label="F1",
        description="Harmonic mean of precision and recall, of the second class of two.",
        function=partial(precision_recall_f1, kind="f1"),
        needs_classes=True,
        on_counts=of_confusion_matrix(partial(_of_each_class, kind="f1")),
    ),
    _share(
        name="f1_macro",
        label="F1 (macro)",
        description="F1 of each class, every class counting the same.",
        function=partial(averaged_f1, average="macro"),
        on_counts=of_confusion_matrix(partial(_of_each_class, kind="f1", average="macro")),
        equivalent_scorer="f1_macro",
    ),
    _share(
        name="f1_weighted",
        label="F1 (weighted)",
        description="F1 of each class, weighted by its rows.",
        function=partial(averaged_f1, average="weighted"),
        on_counts=of_confusion_matrix(partial(_of_each_class, kind="f1", average="weighted")),
        equivalent_scorer="f1_weighted",
    ),
    _share(
        name="precision",
        label="Precision",
        description="Share of the rows predicted as a class that are of it.",
        function=partial(precision_recall_f1, kind="precision"),
        needs_classes=True,
        on_counts=of_confusion_matrix(partial(_of_each_class, kind="precision")),
    ),
    _share(
        name="recall",
        label="Recall",
        description="Share of the rows of a class that are predicted as it.",
        function=partial(precision_recall_f1, kind="recall"),
        needs_classes=True,
        on_counts=of_confusion_matrix(partial(_of_each_class, kind="recall")),
    ),
    _share(
        name="roc_auc",
        label="ROC AUC",
        description="Probability that a row of the class is ranked before a row outside it.",
        function=roc_auc,
        response="score",
        on_counts=of_ranking(_roc_auc),
    ),
    _share(
        name="average_precision",
        label="Average precision",
        description="Mean precision over all thresholds; tells more than ROC AUC where the class is rare.",
        function=average_precision,
        response="score",
        on_counts=of_ranking(_average_precision),
    ),
    _loss(
        name="log_loss",
        label="Log loss",
        description="Mean negative log-probability of the true class; confident errors weigh most.",
        function=log_loss,
        on_counts=MeanOf(_log_losses),
    ),
    _loss(
        name="brier",
        label="Brier score",
        description="Mean squared distance of the probabilities from the truth.",
        function=brier,
        bounds=(0.0, 2.0),
        bounded=True,
        on_counts=MeanOf(_brier_losses),
    ),
    _share(
        name="mcc",
        label="MCC",
        description="Correlation of predicted and true classes; fair where classes are of unequal size.",
        function=mcc,
        bounds=(-1.0, 1.0),
        on_counts=of_confusion_matrix(_mcc),
        equivalent_scorer="matthews_corrcoef",
    ),
    _share(
        name="kappa",
        label="Cohen's kappa",
        description="Agreement beyond what guessing by the shares of the classes would reach.",
        function=kappa,
        bounds=(-1.0, 1.0),
        on_counts=of_confusion_matrix(_kappa),
    ),
)
