"""A metric on many draws of the same rows.

A draw is how often it holds each row. `Metric.measure` on the rows of each draw is right for every metric and takes a
millisecond, or a minute for ten models and their draws. The metrics are functions of a few weighted means over the
rows, of how often each class was called each, or of the order of the rows; they are computed for all draws of a block
at once, to the same numbers. Several targets, and classes that the model never met, go the long way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.metrics import Metric

__all__ = ["Answers", "replicates"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """The truth of a hold-out set, and what one model answered to its rows.

    ``response`` is probabilities or scores, for the metrics that need them; ``classes`` are its columns.
    """

    truth: NDArray[Any]
    predicted: NDArray[Any]
    response: NDArray[Any] | None = None
    classes: NDArray[Any] | None = None

    def measured(self, metric: Metric, rows: NDArray[np.intp] | slice = slice(None)) -> float:
        """Score on some of the rows, as often as they are named."""
        response = None if self.response is None else self.response[rows]
        return metric.measure(self.truth[rows], self.predicted[rows], response, self.classes)


Replicator = Callable[[Answers, Floats], Floats]


def replicates(metric: Metric, answers: Answers, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score of a model on each draw.

    Parameters
    ----------
    metric : Metric
        What is measured; none of scikit-learn's scorers, which need the model itself.
    answers : Answers
        What the model answered.
    counts : ndarray of shape (n_draws, n_rows)
        How often each draw holds each row.

    Returns
    -------
    ndarray of shape (n_draws,)
        ``metric.measure`` of the rows of each draw.
    """
    fast = _FAST.get(metric.name)
    if fast is not None and _is_plain(metric, answers):
        return fast(answers, counts)
    rows = np.arange(counts.shape[1])
    return np.array([answers.measured(metric, np.repeat(rows, draw.astype(np.intp))) for draw in counts])


def _is_plain(metric: Metric, answers: Answers) -> bool:
    """One target, and no class that the model never met."""
    known = metric.task == "regression" or (
        answers.classes is not None and bool(np.isin(answers.truth, answers.classes).all())
    )
    return answers.truth.ndim == 1 and known


# Functions of weighted means over the rows.


def _mean(loss: Callable[[Answers], Floats]) -> Replicator:
    return lambda answers, counts: counts @ loss(answers) / counts.sum(axis=1)


def _error(answers: Answers) -> Floats:
    return np.asarray(answers.truth, dtype=np.float64) - np.asarray(answers.predicted, dtype=np.float64)


def _squared(answers: Answers) -> Floats:
    return _error(answers) ** 2


def _relative(answers: Answers) -> Floats:
    return np.asarray(np.abs(_error(answers) / answers.truth))


def _symmetric(answers: Answers) -> Floats:
    size = np.abs(answers.truth) + np.abs(answers.predicted)
    return np.asarray(np.divide(2 * np.abs(_error(answers)), size, out=np.zeros(len(size)), where=size > 0))


def _pinball(quantile: float) -> Callable[[Answers], Floats]:
    def loss(answers: Answers) -> Floats:
        error = _error(answers)
        return np.maximum(quantile * error, (quantile - 1) * error)

    return loss


def _poisson(answers: Answers) -> Floats:
    truth, predicted = answers.truth, answers.predicted
    return np.asarray(2 * (special.xlogy(truth, truth / predicted) - truth + predicted))


def _gamma(answers: Answers) -> Floats:
    ratio = answers.truth / answers.predicted
    return np.asarray(2 * (ratio - 1 - np.log(ratio)))


def _right(answers: Answers) -> Floats:
    return np.asarray(answers.truth == answers.predicted, dtype=np.float64)


def _surprise(answers: Answers) -> Floats:
    probabilities, own = _probabilities(answers)
    given = probabilities[np.arange(len(own)), own] / probabilities.sum(axis=1)
    return np.asarray(-np.log(np.clip(given, np.finfo(np.float64).eps, None)))


def _brier(answers: Answers) -> Floats:
    probabilities, own = _probabilities(answers)
    distance = ((probabilities - np.eye(probabilities.shape[1])[own]) ** 2).sum(axis=1)
    return np.asarray(distance / 2 if probabilities.shape[1] == 2 else distance)  # noqa: PLR2004 - two classes


def _probabilities(answers: Answers) -> tuple[Floats, NDArray[np.intp]]:
    """Probabilities, and the column of each row's own class."""
    assert answers.response is not None
    assert answers.classes is not None
    return np.asarray(answers.response, dtype=np.float64), np.searchsorted(answers.classes, answers.truth)


def _rmse(answers: Answers, counts: Floats) -> Floats:
    return np.sqrt(_mean(_squared)(answers, counts))


def _r2(answers: Answers, counts: Floats) -> Floats:
    return 1.0 - _mean(_squared)(answers, counts) / _variance(np.asarray(answers.truth), counts)


def _explained(answers: Answers, counts: Floats) -> Floats:
    return 1.0 - _variance(_error(answers), counts) / _variance(np.asarray(answers.truth), counts)


def _variance(values: Floats, counts: Floats) -> Floats:
    centred = values - values.mean()  # keeps the digits that the difference of squares would lose
    total = counts.sum(axis=1)
    return np.asarray(counts @ centred**2 / total - (counts @ centred / total) ** 2)


# Functions of the order of the errors.


def _median(answers: Answers, counts: Floats) -> Floats:
    """Take the middle one of the drawn errors, or the mean of the two in the middle."""
    errors = np.abs(_error(answers))
    order = np.argsort(errors)
    upto = np.cumsum(counts[:, order], axis=1)
    n_rows = upto[:, -1:]
    middle = [errors[order][(upto < place).sum(axis=1)] for place in ((n_rows + 1) // 2, n_rows // 2 + 1)]
    return np.asarray(np.mean(middle, axis=0))


def _largest(answers: Answers, counts: Floats) -> Floats:
    return np.asarray(np.where(counts > 0, np.abs(_error(answers)), 0.0).max(axis=1))


# Functions of how often each class was called each.


def _of_classes(measure: Callable[[Floats], Floats]) -> Replicator:
    def replicate(answers: Answers, counts: Floats) -> Floats:
        assert answers.classes is not None
        labels = np.union1d(answers.classes, answers.predicted)
        cells = np.searchsorted(labels, answers.truth) * len(labels) + np.searchsorted(labels, answers.predicted)
        table = np.zeros((len(counts), len(labels) ** 2))
        order = np.argsort(cells, kind="stable")
        present, starts = np.unique(cells[order], return_index=True)
        table[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
        return measure(table.reshape(len(counts), len(labels), len(labels)))  # (draw, true class, called class)

    return replicate


def _share(part: Floats, whole: Floats) -> Floats:
    """Divide, a share of nothing being none."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def _parts(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Rows of each class that were found, rows of it, and rows called it."""
    return np.einsum("bii->bi", table), table.sum(axis=2), table.sum(axis=1)


def _balanced_accuracy(table: Floats) -> Floats:
    found, actual, _ = _parts(table)
    return np.asarray(_share(found, actual).sum(axis=1) / (actual > 0).sum(axis=1))


def _by_class(kind: str, average: str | None = None) -> Callable[[Floats], Floats]:
    def measure(table: Floats) -> Floats:
        found, actual, called = _parts(table)
        whole = {"f1": (actual + called) / 2, "precision": called, "recall": actual}[kind]
        scores = _share(found, whole)
        if average is None and table.shape[1] == 2:  # noqa: PLR2004 - two classes
            return scores[:, 1]
        weights = actual if average == "weighted" else ((actual + called) > 0).astype(np.float64)
        return np.asarray((scores * weights).sum(axis=1) / weights.sum(axis=1))

    return measure


def _mcc(table: Floats) -> Floats:
    found, actual, called = _parts(table)
    n_rows = actual.sum(axis=1)
    together = found.sum(axis=1) * n_rows - (actual * called).sum(axis=1)
    spread = (n_rows**2 - (actual**2).sum(axis=1)) * (n_rows**2 - (called**2).sum(axis=1))
    return _share(together, np.sqrt(spread))


def _kappa(table: Floats) -> Floats:
    found, actual, called = _parts(table)
    n_rows = actual.sum(axis=1)
    by_chance = (actual * called).sum(axis=1) / n_rows**2
    beyond = 1.0 - by_chance
    return np.where(beyond > 0, 1.0 - _share(1.0 - found.sum(axis=1) / n_rows, beyond), 1.0)


# Functions of the order that scores put the rows in.


def _of_order(measure: Callable[[Floats, Floats], Floats]) -> Replicator:
    """Measure each class against the rest, by what stands at each distinct score; the mean over those with a value."""

    def replicate(answers: Answers, counts: Floats) -> Floats:
        assert answers.response is not None
        assert answers.classes is not None
        scores = np.asarray(answers.response, dtype=np.float64)
        columns = {1: scores if scores.ndim == 1 else scores[:, 1]}
        if len(answers.classes) > 2:  # noqa: PLR2004 - two classes
            columns = dict(enumerate(scores.T))
        found = []
        for number, column in columns.items():
            order = np.argsort(-column, kind="stable")
            starts = np.unique(-column[order], return_index=True)[1]
            drawn, is_class = counts[:, order], answers.truth[order] == answers.classes[number]
            inside = np.add.reduceat(drawn * is_class, starts, axis=1)
            found.append(measure(inside, np.add.reduceat(drawn, starts, axis=1) - inside))
        judged = np.isfinite(found)
        mean = np.where(judged, found, 0.0).sum(axis=0) / np.maximum(judged.sum(axis=0), 1)
        return np.where(judged.any(axis=0), mean, np.nan)

    return replicate


def _area(inside: Floats, outside: Floats) -> Floats:
    """Area under the curve: pairs put in the right order, ties counting half. Scores fall from left to right."""
    below = outside.sum(axis=1, keepdims=True) - np.cumsum(outside, axis=1)
    right = (inside * (below + outside / 2)).sum(axis=1)
    pairs = inside.sum(axis=1) * outside.sum(axis=1)
    return np.asarray(np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))


def _average_precision(inside: Floats, outside: Floats) -> Floats:
    above = np.cumsum(inside, axis=1)
    precision = _share(above, above + np.cumsum(outside, axis=1))
    n_inside = inside.sum(axis=1)
    total = (inside * precision).sum(axis=1)
    return np.asarray(np.divide(total, n_inside, out=np.full(len(total), np.nan), where=n_inside > 0))


_FAST: Mapping[str, Replicator] = MappingProxyType(
    {
        "mse": _mean(_squared),
        "mae": _mean(lambda answers: np.abs(_error(answers))),
        "mape": _mean(_relative),
        "smape": _mean(_symmetric),
        "pinball_10": _mean(_pinball(0.1)),
        "pinball_50": _mean(_pinball(0.5)),
        "pinball_90": _mean(_pinball(0.9)),
        "poisson_deviance": _mean(_poisson),
        "gamma_deviance": _mean(_gamma),
        "median_error": _median,
        "max_error": _largest,
        "accuracy": _mean(_right),
        "log_loss": _mean(_surprise),
        "brier": _mean(_brier),
        "rmse": _rmse,
        "r2": _r2,
        "explained_variance": _explained,
        "balanced_accuracy": _of_classes(_balanced_accuracy),
        "f1": _of_classes(_by_class("f1")),
        "f1_macro": _of_classes(_by_class("f1", "macro")),
        "f1_weighted": _of_classes(_by_class("f1", "weighted")),
        "precision": _of_classes(_by_class("precision")),
        "recall": _of_classes(_by_class("recall")),
        "mcc": _of_classes(_mcc),
        "kappa": _of_classes(_kappa),
        "roc_auc": _of_order(_area),
        "average_precision": _of_order(_average_precision),
    }
)
