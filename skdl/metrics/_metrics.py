"""Metrics: natural unit, natural sign, and right on a fold that lacks a class."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from skdl.exceptions import UsageError
from skdl.metrics import _measures
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Metric", "Scorer", "default_metrics", "metric_names", "resolve_metrics", "scorer_names"]

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
    scorer_name : str or None
        scikit-learn's name of it, where it is one of its scorers and none of ours.
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
    scorer_name: str | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value it can take."""
        if self.scorer_name is not None:
            return (-np.inf if self.greater_is_better else 0.0, np.inf)
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

    def of_model(self, estimator: Any, X: Any, y: Any) -> float:
        """Measure a fitted estimator by scikit-learn's scorer of that name.

        Returns
        -------
        float
            In the natural sign; NaN where the scorer has no value for these rows.
        """
        from sklearn.metrics import get_scorer

        try:
            value = float(get_scorer(self.scorer_name)(estimator, X, y))
        except ValueError:  # such as a class that these rows lack
            return float("nan")
        return value if self.greater_is_better else -value

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
        if metric.scorer_name is not None:
            value = metric.of_model(estimator, X, y)
            return value if metric.greater_is_better else -value
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
        Names of the catalogue, or of scikit-learn's scorers, as ``neg_mean_squared_log_error``; None for the defaults.
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
        metric = _METRICS.get(name) or _of_scikit_learn(name)
        known = metric_names(task)
        if metric is None:
            raise UsageError(
                f"no such metric for {task}: {name!r}{did_you_mean(name, known) or '.'} There are: {', '.join(known)}; "
                "and the names of scikit-learn's scorers."
            )
        if metric.task != task:
            raise UsageError(f"{name} is a metric for {metric.task}, not for {task}. There are: {', '.join(known)}.")
        metrics.append(metric)
    return metrics


def scorer_names() -> tuple[str, ...]:
    """Give the names of scikit-learn's scorers that measure a regression or a classification."""
    from sklearn.metrics import get_scorer_names

    return tuple(name for name in get_scorer_names() if _of_scikit_learn(name) is not None)


def _of_scikit_learn(name: str) -> Metric | None:
    """Make a metric of a scorer, under its own name and in its natural sign; None for any other name."""
    from sklearn.metrics import get_scorer, get_scorer_names

    if name not in get_scorer_names():
        return None
    scorer = get_scorer(name)
    function = scorer._score_func  # noqa: SLF001 - nothing public tells what a scorer is for
    task = _TASK_OF.get(str(getattr(function, "__module__", "")).rpartition(".")[2])
    if task is None:
        return None
    needs = getattr(scorer, "_response_method", "predict")
    response: Literal["predict", "proba", "score"] = (
        "predict" if needs == "predict" else "proba" if needs == "predict_proba" else "score"
    )
    loses = name.startswith("neg_")
    label = name.removeprefix("neg_").replace("_", " ")
    label = label[:1].upper() + label[1:]
    describe = f"scikit-learn's {name}" + (", its sign turned back." if loses else ".")
    return Metric(name, label, task, not loses, response, False, False, function, describe, name)  # noqa: FBT003 - as below


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


def _error(name: str, label: str, function: Callable[..., float], describe: str, *, unit: bool = True) -> Metric:
    return Metric(name, label, "regression", False, "predict", unit, False, function, describe)  # noqa: FBT003 - as above


def _gain(
    name: str,
    label: str,
    task: Task,
    response: Literal["predict", "score"],
    function: Callable[..., float],
    describe: str,
) -> Metric:
    return Metric(name, label, task, True, response, False, True, function, describe)  # noqa: FBT003 - as above


def _share(name: str, label: str, function: Callable[..., float], describe: str) -> Metric:
    return Metric(name, label, "classification", True, "predict", False, True, function, describe)  # noqa: FBT003 - as above


# Modules of scikit-learn that hold what scorers compute; those of clusterings are left out.
_TASK_OF: Mapping[str, Task] = MappingProxyType(
    {"_regression": "regression", "_classification": "classification", "_ranking": "classification"}
)
_UNUSUAL_BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "r2": (-np.inf, 1.0),
        "explained_variance": (-np.inf, 1.0),
        "smape": (0.0, 2.0),
        "mcc": (-1.0, 1.0),
        "kappa": (-1.0, 1.0),
        "brier": (0.0, 2.0),
    }
)
_ALL = (
    _error("rmse", "RMSE", _measures.rmse, "Root of the mean squared error; large errors weigh most."),
    _error("mse", "MSE", _measures.mse, "Mean squared error, in the target's unit squared.", unit=False),
    _error("mae", "MAE", _measures.mae, "Mean absolute error."),
    _error(
        "median_error", "Median error", _measures.median_error,
        "Median absolute error; half of the rows are closer.",
    ),
    _error(
        "mape", "MAPE", _measures.mape,
        "Mean absolute error as a share of the truth; none for zeros.", unit=False,
    ),
    _gain("r2", "R²", "regression", "predict", _measures.r2, "Share of the target's variance explained."),
    _error(
        "smape", "SMAPE", _measures.smape,
        "Absolute error as a share of the mean of truth and answer; takes zeros.", unit=False,
    ),
    _gain(
        "explained_variance", "Explained variance", "regression", "predict", _measures.explained_variance,
        "As R², with a constant shift forgiven.",
    ),
    _error(
        "poisson_deviance", "Poisson deviance", _measures.deviance(1),
        "For counts, which vary more the larger they are; answers must be above zero.", unit=False,
    ),
    _error(
        "gamma_deviance", "Gamma deviance", _measures.deviance(2),
        "For amounts above zero: errors count in proportion to the amount.", unit=False,
    ),
    _error(
        "pinball_10", "Pinball (10 %)", _measures.pinball(0.1),
        "For what one in ten lies below: too high costs nine times as much.",
    ),
    _error("pinball_50", "Pinball (50 %)", _measures.pinball(0.5), "For the median: half the mean absolute error."),
    _error(
        "pinball_90", "Pinball (90 %)", _measures.pinball(0.9),
        "For what nine in ten lie below: too low costs nine times as much.",
    ),
    _error("max_error", "Largest error", _measures.max_error, "The largest absolute error of all rows."),
    _share("accuracy", "Accuracy", _measures.accuracy, "Share of rows whose class is right."),
    _share(
        "balanced_accuracy", "Balanced accuracy", _measures.balanced_accuracy,
        "Mean over the classes of the share found.",
    ),
    _share(
        "f1", "F1", _measures.by_class("f1"),
        "Harmonic mean of precision and recall, of the second class of two.",
    ),
    _share(
        "f1_macro", "F1 (macro)", _measures.by_class("f1", "macro"),
        "F1 of each class, every class counting the same.",
    ),
    _share(
        "f1_weighted", "F1 (weighted)", _measures.by_class("f1", "weighted"),
        "F1 of each class, weighted by its rows.",
    ),
    _share(
        "precision", "Precision", _measures.by_class("precision"),
        "Share of the rows called a class that are of it.",
    ),
    _share("recall", "Recall", _measures.by_class("recall"), "Share of the rows of a class that are called so."),
    _gain(
        "roc_auc", "ROC AUC", "classification", "score", _measures.roc_auc,
        "Probability that a row of the class is put before a row outside it.",
    ),
    _gain(
        "average_precision", "Average precision", "classification", "score", _measures.average_precision,
        "Mean precision over all thresholds; tells more than ROC AUC where the class is rare.",
    ),
    Metric(
        "log_loss", "Log loss", "classification", False, "proba", False, False, _measures.log_loss,  # noqa: FBT003 - as above
        "Mean surprise at the truth under the probabilities; confident mistakes weigh most.",
    ),
    Metric(
        "brier", "Brier score", "classification", False, "proba", False, True, _measures.brier,  # noqa: FBT003 - as above
        "Mean squared distance of the probabilities from the truth.",
    ),
    _share(
        "mcc", "MCC", _measures.mcc,
        "Correlation of predicted and true classes; fair where classes are of unequal size.",
    ),
    _share(
        "kappa", "Cohen's kappa", _measures.kappa,
        "Agreement beyond what guessing by the classes' shares would reach.",
    ),
)  # fmt: skip
_METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})
