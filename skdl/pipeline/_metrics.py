"""Metrics: natural unit, natural sign, and right on a fold that lacks a class."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from skdl.exceptions import UsageError
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Metric", "Scorer", "default_metrics", "metric_names", "resolve_metrics"]

Task = Literal["regression", "classification"]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Metric:
    """One way to measure predictions.

    Attributes
    ----------
    name : str
        What a file calls it.
    label : str
        What a report calls it.
    task : {"regression", "classification"}
        What it measures.
    greater_is_better : bool
        Its natural direction; no sign is ever turned.
    response : {"predict", "proba", "score"}
        What it needs of a model: predictions, probabilities, or anything that orders the rows.
    in_target_unit : bool
        Whether its unit is the target's.
    bounded : bool
        Whether 1 is the best or the worst it can be.
    function : callable
        ``function(y_true, predicted)`` for "predict", else ``function(y_true, scores, classes)``.
    describe : str
        What it is, in one sentence.
    """

    name: str
    label: str
    task: Task
    greater_is_better: bool
    response: Literal["predict", "proba", "score"]
    in_target_unit: bool
    bounded: bool
    function: Callable[..., float]
    describe: str

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value it can take."""
        if self.name in _UNUSUAL_BOUNDS:
            return _UNUSUAL_BOUNDS[self.name]
        return (0.0, 1.0) if self.bounded else (0.0, np.inf)

    def measure(self, y_true: Any, predicted: Any, probabilities: Any = None, classes: Any = None) -> float:
        """Measure a model's answers.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The truth.
        predicted : array-like of the same shape
            What ``predict`` gave.
        probabilities : array-like of shape (n_samples, n_classes) or (n_samples,), optional
            What ``predict_proba`` gave; for ``response="score"`` also what ``decision_function`` gave.
        classes : array-like of shape (n_classes,), optional
            The columns' classes, the model's ``classes_``. Classes of ``y_true`` that are not among them count as given
            probability 0.

        Returns
        -------
        float
            In the natural unit and sign; NaN where the metric has no value for these rows.

        Raises
        ------
        UsageError
            If the metric needs probabilities and there are none.

        Examples
        --------
        >>> resolve_metrics(["rmse"], "regression")[0].measure([1.0, 2.0], [1.0, 4.0])
        1.4142...
        """
        truth = np.asarray(y_true)
        if self.response == "predict":
            known = None if classes is None else np.asarray(classes)
            arguments = (
                (truth, np.asarray(predicted)) if self.task == "regression" else (truth, np.asarray(predicted), known)
            )
            return float(self.function(*arguments))
        if probabilities is None or classes is None:
            raise UsageError(
                f"{self.name} needs probabilities and classes; got none. "
                "Choose a model with predict_proba, or another metric."
            )
        return float(
            self.function(truth, *_aligned(truth, np.asarray(probabilities, dtype=np.float64), np.asarray(classes)))
        )

    def scorer(self) -> Scorer:
        """Give a scorer for scikit-learn's searches, where greater is always better.

        Returns
        -------
        Scorer
            ``scorer(estimator, X, y)``; the metric, with its sign turned where smaller is better.
        """
        return Scorer(self)


@dataclass(frozen=True)
class Scorer:
    """A metric as scikit-learn's searches want it: greater is better."""

    metric: Metric

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Measure a fitted estimator."""
        metric = self.metric
        predicted = estimator.predict(X) if metric.response == "predict" else None
        scores = None
        if metric.response != "predict":
            by_score = metric.response == "score" and not hasattr(estimator, "predict_proba")
            scores = estimator.decision_function(X) if by_score else estimator.predict_proba(X)
        value = metric.measure(y, predicted, scores, getattr(estimator, "classes_", None))
        return value if metric.greater_is_better else -value


def metric_names(task: Task) -> tuple[str, ...]:
    """Give the names of the metrics for a task, in the catalogue's order."""
    return tuple(name for name, metric in _METRICS.items() if metric.task == task)


def default_metrics(task: Task) -> list[Metric]:
    """Give the metrics that stand for a task where a file names none; the first one ranks.

    Examples
    --------
    >>> [metric.name for metric in default_metrics("regression")]
    ['rmse', 'mae', 'mape', 'r2']
    """
    names = {
        "regression": ("rmse", "mae", "mape", "r2"),
        "classification": ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss"),
    }
    return [_METRICS[name] for name in names[task]]


def resolve_metrics(names: Iterable[str] | None, task: Task) -> list[Metric]:
    """Turn names into metrics.

    Parameters
    ----------
    names : iterable of str or None
        Names of the catalogue; None for the defaults.
    task : {"regression", "classification"}
        What they are to measure.

    Returns
    -------
    list of Metric
        In the order given.

    Raises
    ------
    UsageError
        For a name that does not exist or belongs to the other task; it offers the nearest right word.

    Examples
    --------
    >>> resolve_metrics(["rsme"], "regression")
    Traceback (most recent call last):
        ...
    skdl.exceptions.UsageError: no such metric for regression: 'rsme'; did you mean rmse? There are: rmse, mse, ...
    """
    if names is None:
        return default_metrics(task)
    metrics = []
    for name in names:
        metric = _METRICS.get(name)
        known = metric_names(task)
        if metric is None:
            raise UsageError(
                f"no such metric for {task}: {name!r}{did_you_mean(name, known) or '.'} There are: {', '.join(known)}."
            )
        if metric.task != task:
            raise UsageError(f"{name} is a metric for {metric.task}, not for {task}. There are: {', '.join(known)}.")
        metrics.append(metric)
    return metrics


def _aligned(truth: Array, scores: Array, classes: Array) -> tuple[Array, Array]:
    """Give scores a column for every class of model and truth, in the classes' order."""
    if scores.ndim == 1:
        return np.column_stack([-scores, scores]), classes
    labels = np.union1d(classes, truth)
    if len(labels) == len(classes):
        return scores, classes
    wide = np.zeros((len(scores), len(labels)))
    wide[:, np.searchsorted(labels, classes)] = scores
    return wide, labels


def _rmse(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(truth, predicted))


def _mse(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import mean_squared_error

    return float(mean_squared_error(truth, predicted))


def _mae(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(truth, predicted))


def _median_error(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(truth, predicted))


def _mape(truth: Array, predicted: Array) -> float:
    if (truth == 0).any():
        return float("nan")  # a share of nothing; dividing by a tiny number instead would give 1e15
    return float(np.mean(np.abs((truth - predicted) / truth)))


def _r2(truth: Array, predicted: Array) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(truth, predicted)) if len(truth) > 1 else float("nan")


def _max_error(truth: Array, predicted: Array) -> float:
    return float(np.max(np.abs(truth - predicted)))


def _accuracy(truth: Array, predicted: Array, classes: Array | None) -> float:
    del classes
    return float(np.mean(truth == predicted))


def _balanced_accuracy(truth: Array, predicted: Array, classes: Array | None) -> float:
    """Mean recall over the classes that the rows hold."""
    del classes
    return float(np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]))


def _by_class(kind: str, average: str | None = None) -> Callable[[Array, Array, Array | None], float]:
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


def _roc_auc(truth: Array, scores: Array, classes: Array) -> float:
    """Area under the curve; with several classes the mean of each against the rest, over those that can be judged."""
    from sklearn.metrics import roc_auc_score

    judged = [number for number, label in enumerate(classes) if 0 < np.count_nonzero(truth == label) < len(truth)]
    if not judged:
        return float("nan")
    if len(classes) == 2:  # noqa: PLR2004 - two classes
        judged = [1]
    return float(np.mean([roc_auc_score(truth == classes[number], scores[:, number]) for number in judged]))


def _log_loss(truth: Array, probabilities: Array, classes: Array) -> float:
    own = probabilities[np.arange(len(truth)), np.searchsorted(classes, truth)] / probabilities.sum(axis=1)
    return float(-np.mean(np.log(np.clip(own, np.finfo(np.float64).eps, None))))


def _brier(truth: Array, probabilities: Array, classes: Array) -> float:
    """Mean squared distance between probabilities and truth; halved for two classes, as is usual."""
    distance = ((probabilities - (truth[:, None] == classes)) ** 2).sum(axis=1).mean()
    return float(distance / 2 if len(classes) == 2 else distance)  # noqa: PLR2004 - two classes


def _mcc(truth: Array, predicted: Array, classes: Array | None) -> float:
    from sklearn.metrics import matthews_corrcoef

    del classes
    return float(matthews_corrcoef(truth, predicted))


def _error(name: str, label: str, function: Callable[..., float], describe: str, *, unit: bool = True) -> Metric:
    return Metric(name, label, "regression", False, "predict", unit, False, function, describe)  # noqa: FBT003 - as above


def _share(name: str, label: str, function: Callable[..., float], describe: str) -> Metric:
    return Metric(name, label, "classification", True, "predict", False, True, function, describe)  # noqa: FBT003 - as above


_UNUSUAL_BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"r2": (-np.inf, 1.0), "mcc": (-1.0, 1.0), "brier": (0.0, 2.0)}
)
_ALL = (
    _error("rmse", "RMSE", _rmse, "Root of the mean squared error; large errors weigh most."),
    _error("mse", "MSE", _mse, "Mean squared error, in the target's unit squared.", unit=False),
    _error("mae", "MAE", _mae, "Mean absolute error."),
    _error("median_error", "Median error", _median_error, "Median absolute error; half of the rows are closer."),
    _error("mape", "MAPE", _mape, "Mean absolute error as a share of the truth; none for zeros.", unit=False),
    Metric("r2", "R²", "regression", True, "predict", False, True, _r2, "Share of the target's variance explained."),  # noqa: FBT003 - as above
    _error("max_error", "Largest error", _max_error, "The largest absolute error of all rows."),
    _share("accuracy", "Accuracy", _accuracy, "Share of rows whose class is right."),
    _share("balanced_accuracy", "Balanced accuracy", _balanced_accuracy, "Mean over the classes of the share found."),
    _share("f1", "F1", _by_class("f1"), "Harmonic mean of precision and recall, of the second class of two."),
    _share("f1_macro", "F1 (macro)", _by_class("f1", "macro"), "F1 of each class, every class counting the same."),
    _share("f1_weighted", "F1 (weighted)", _by_class("f1", "weighted"), "F1 of each class, weighted by its rows."),
    _share("precision", "Precision", _by_class("precision"), "Share of the rows called a class that are of it."),
    _share("recall", "Recall", _by_class("recall"), "Share of the rows of a class that are called so."),
    Metric(
        "roc_auc", "ROC AUC", "classification", True, "score", False, True, _roc_auc,  # noqa: FBT003 - as above
        "Probability that a row of the class is put before a row outside it.",
    ),
    Metric(
        "log_loss", "Log loss", "classification", False, "proba", False, False, _log_loss,  # noqa: FBT003 - as above
        "Mean surprise at the truth under the probabilities; confident mistakes weigh most.",
    ),
    Metric(
        "brier", "Brier score", "classification", False, "proba", False, True, _brier,  # noqa: FBT003 - as above
        "Mean squared distance of the probabilities from the truth.",
    ),
    _share("mcc", "MCC", _mcc, "Correlation of predicted and true classes; fair where classes are of unequal size."),
)  # fmt: skip
_METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})
