"""What each metric computes: of truth and answers, in natural unit and sign, right on a fold that lacks a class.

Where a fold has no value, the value is NaN: a share of nothing, a curve of one class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "by_class",
    "deviance",
    "explained_variance",
    "kappa",
    "log_loss",
    "mae",
    "mape",
    "max_error",
    "mcc",
    "median_error",
    "mse",
    "pinball",
    "r2",
    "rmse",
    "roc_auc",
    "smape",
]

Array = npt.NDArray[Any]


def rmse(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(truth, predicted))


def mse(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import mean_squared_error

    return float(mean_squared_error(truth, predicted))


def mae(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(truth, predicted))


def median_error(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(truth, predicted))


def mape(truth: Array, predicted: Array) -> float:
    if (truth == 0).any():
        return float("nan")  # a share of nothing; dividing by a tiny number instead would give 1e15
    return float(np.mean(np.abs((truth - predicted) / truth)))


def smape(truth: Array, predicted: Array) -> float:
    """Share of the mean of both sizes; a zero that is called zero is right."""
    size = np.abs(truth) + np.abs(predicted)
    return float(np.mean(np.divide(2 * np.abs(truth - predicted), size, out=np.zeros(size.shape), where=size > 0)))


def explained_variance(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import explained_variance_score

    return float(explained_variance_score(truth, predicted)) if len(truth) > 1 else float("nan")


def deviance(power: int) -> Callable[[Array, Array], float]:
    """Make the mean deviance of Poisson (1) or gamma (2) laws; none where one cannot have given such numbers."""

    def measure(truth: Array, predicted: Array) -> float:
        from sklearn.metrics import mean_tweedie_deviance

        possible = (truth >= 0).all() if power == 1 else (truth > 0).all()
        if truth.ndim > 1 or not possible or (predicted <= 0).any():
            return float("nan")
        return float(mean_tweedie_deviance(truth, predicted, power=power))

    return measure


def pinball(quantile: float) -> Callable[[Array, Array], float]:
    def measure(truth: Array, predicted: Array) -> float:
        from sklearn.metrics import mean_pinball_loss

        return float(mean_pinball_loss(truth, predicted, alpha=quantile))

    return measure


def r2(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(truth, predicted)) if len(truth) > 1 else float("nan")


def max_error(truth: Array, predicted: Array) -> float:
    return float(np.max(np.abs(truth - predicted)))


def accuracy(truth: Array, predicted: Array, classes: Array | None) -> float:
    del classes
    return float(np.mean(truth == predicted))


def balanced_accuracy(truth: Array, predicted: Array, classes: Array | None) -> float:
    """Mean recall over the classes that the rows hold."""
    del classes
    return float(np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]))


def by_class(kind: str, average: str | None = None) -> Callable[[Array, Array, Array | None], float]:
    """Make precision, recall or F1: of the last class where there are two, else the mean over the classes."""

    def measure(truth: Array, predicted: Array, classes: Array | None) -> float:
        from sklearn.metrics import precision_recall_fscore_support

        labels = np.union1d(truth, predicted) if classes is None else np.union1d(classes, truth)
        binary = average is None and len(labels) == 2  # noqa: PLR2004 - two classes
        asked = labels[-1:] if binary else np.union1d(truth, predicted)
        how = "macro" if average is None else average
        scores = precision_recall_fscore_support(truth, predicted, labels=asked, average=how, zero_division=0)
        return float(scores[("precision", "recall", "f1").index(kind)])

    return measure


def roc_auc(truth: Array, scores: Array, classes: Array) -> float:
    """Area under the curve; with several classes the mean of each against the rest, over those that can be judged."""
    from sklearn.metrics import roc_auc_score

    judged = [number for number, label in enumerate(classes) if 0 < np.count_nonzero(truth == label) < len(truth)]
    if not judged:
        return float("nan")
    if len(classes) == 2:  # noqa: PLR2004 - two classes
        judged = [1]
    return float(np.mean([roc_auc_score(truth == classes[number], scores[:, number]) for number in judged]))


def average_precision(truth: Array, scores: Array, classes: Array) -> float:
    """Area under precision over recall; with several classes the mean over those that the rows hold."""
    from sklearn.metrics import average_precision_score

    judged = [number for number, label in enumerate(classes) if (truth == label).any()]
    if len(classes) == 2:  # noqa: PLR2004 - two classes
        judged = [number for number in judged if number == 1]
    if not judged:
        return float("nan")
    return float(np.mean([average_precision_score(truth == classes[number], scores[:, number]) for number in judged]))


def kappa(truth: Array, predicted: Array, classes: Array | None) -> float:
    from sklearn.metrics import cohen_kappa_score

    del classes
    alike = len(np.union1d(truth, predicted)) == 1  # nothing but one class, and all of it right
    return 1.0 if alike else float(cohen_kappa_score(truth, predicted))


def log_loss(truth: Array, probabilities: Array, classes: Array) -> float:
    own = probabilities[np.arange(len(truth)), np.searchsorted(classes, truth)] / probabilities.sum(axis=1)
    return float(-np.mean(np.log(np.clip(own, np.finfo(np.float64).eps, None))))


def brier(truth: Array, probabilities: Array, classes: Array) -> float:
    """Mean squared distance between probabilities and truth; halved for two classes, as is usual."""
    distance = ((probabilities - (truth[:, None] == classes)) ** 2).sum(axis=1).mean()
    return float(distance / 2 if len(classes) == 2 else distance)  # noqa: PLR2004 - two classes


def mcc(truth: Array, predicted: Array, classes: Array | None) -> float:
    from sklearn.metrics import matthews_corrcoef

    del classes
    return float(matthews_corrcoef(truth, predicted))
