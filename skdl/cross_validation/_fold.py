"""One model on one fold: fit, predict, measure. A failure is a result too."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing

from skdl.cross_validation._array_json import Array  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._class_scores import ClassScores, score_classes, scored_classes
from skdl.cross_validation._nested_estimators import fit_with_groups
from skdl.cross_validation._network_trace import NetworkTrace, trace_network
from skdl.metrics import Scorer
from skdl.saved_models import saved_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl._task import Task
    from skdl.cross_validation._splits import Split, Splits
    from skdl.metrics import Metric
    from skdl.pipeline import LoadedTable

__all__ = ["ComparedModel", "FoldResult", "FoldTask", "Job", "Table", "chosen_model", "plain_value", "run_fold"]

_MAX_TRAINING_ROWS_SCORED = 2000


@dataclass(frozen=True)
class Table:
    """The data as models get it: features as they came; target, groups and time as arrays with a value a row."""

    X: Any
    y: Any
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None

    @classmethod
    def from_loaded(cls, loaded: LoadedTable) -> Table:
        """Take features, target, groups and time of the table of a pipeline file."""
        return cls(
            loaded.X,
            loaded.y.to_numpy(),
            None if loaded.groups is None else loaded.groups.to_numpy(),
            None if loaded.time is None else loaded.time.to_numpy(),
        )


@dataclass(frozen=True)
class ComparedModel:
    """A named, unfitted model."""

    name: str
    estimator: Any


@dataclass(frozen=True)
class FoldResult:
    """Scores, predictions and times of one model on one fold.

    Attributes
    ----------
    model, repeat, fold
        Name of the model, and the fold; repeats and folds count from 0.
    scores : dict of str to float
        By metric, in natural sign; NaN where a metric is not defined on these rows.
    fit_s, predict_s : float or None
        Seconds.
    predicted : ndarray or None
        Predictions for the test rows; kept for the first repeat only.
    response : ndarray or None
        Probabilities or decision values that the first metric was computed from; kept for a single split only.
    class_scores : ClassScores or None
        Score of each test row for each class of the table; kept for the first repeat only.
    parameters : dict
        Parameters that a search chose, as plain values; a value without a plain form is its text.
    candidate : int or None
        Index of the chosen candidate in the grid of a search; None without one.
    train_score : float or None
        Score in the ranking metric on the training rows, or on 2,000 of them sampled by repeat and fold. None where it
        is not defined.
    inner_score : float or None
        Score of the chosen candidate inside the search, in the ranking metric; None without a search by it.
    trace : NetworkTrace or None
        Training history of a network.
    warnings : tuple of str
        Warnings that the model gave.
    peak_bytes : int or None
        Rise of memory during fit and predict; None where it was not measured.
    saved_bytes : int or None
        Size of the fitted model on disk; for the first fold only.
    error : str or None
        Exception that made the model fail; None without one.
    cut_short : {None, "timeout", "lost", "left out"}
        What ended the fold from outside: its time was up, its process ended, or it was not tried.
    limit_s : float or None
        Seconds that were allowed, where time was up.
    """

    model: str
    repeat: int
    fold: int
    scores: dict[str, float] = field(default_factory=dict)
    fit_s: float | None = None
    predict_s: float | None = None
    predicted: Array | None = None
    response: Array | None = None
    class_scores: ClassScores | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    candidate: int | None = None
    train_score: float | None = None
    inner_score: float | None = None
    trace: NetworkTrace | None = None
    warnings: tuple[str, ...] = ()
    peak_bytes: int | None = None
    saved_bytes: int | None = None
    error: str | None = None
    cut_short: Literal["timeout", "lost", "left out"] | None = None
    limit_s: float | None = None


class FoldTask(NamedTuple):
    """One model on one fold, by their positions in the job."""

    model: int
    split: int


@dataclass(frozen=True)
class Job:
    """Models, data, folds and metrics of a comparison: all that any process needs to run one of its tasks."""

    models: tuple[ComparedModel, ...]
    table: Table
    splits: Splits
    metrics: tuple[Metric, ...]  # the first one ranks

    @property
    def task(self) -> Task:
        """Return "regression" or "classification"."""
        return self.metrics[0].task

    @cached_property
    def estimators(self) -> dict[str, Any]:
        """Unfitted estimators by name."""
        return {model.name: model.estimator for model in self.models}

    @property
    def is_holdout(self) -> bool:
        """Whether there is a single split, whose predictions are resampled row by row."""
        return len(self.splits.members) == 1

    @cached_property
    def classes(self) -> NDArray[Any] | None:
        """Sorted classes whose scores are kept; None for regression, several targets, or too many scores."""
        return scored_classes(self.table.y, len(self.models)) if self.task == "classification" else None

    def run(self, task: FoldTask) -> FoldResult:
        """Fit and measure one model on one fold."""
        model, split = self.models[task.model], self.splits.members[task.split]
        return run_fold(model, self.table, split, self.metrics, keep_response=self.is_holdout, classes=self.classes)

    def cut_short(self, task: FoldTask, how: Literal["timeout", "lost", "left out"], error: str) -> FoldResult:
        """Return the result of a task that was ended from outside, or not tried."""
        split = self.splits.members[task.split]
        name = self.models[task.model].name
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how)


def run_fold(
    model: ComparedModel,
    table: Table,
    split: Split,
    metrics: Sequence[Metric],
    *,
    keep_response: bool = False,
    classes: NDArray[Any] | None = None,
) -> FoldResult:
    """Fit a clone of the model on the training rows and measure it on the test rows.

    With ``classes`` (sorted), the result of a fold of the first repeat has class scores.
    """
    with warnings.catch_warnings(record=True) as caught:
        # By default Python shows a warning once for each line of code, so only the first fold would have it.
        warnings.simplefilter("always")
        try:
            values = _measure(model, table, split, metrics, keep_response=keep_response, classes=classes)
        except Exception as error:  # noqa: BLE001 - a failed model is a result, and the other models run
            values = {"error": _printable(f"{type(error).__name__}: {error}")}
    messages = (f"{w.category.__name__}: {w.message}" for w in caught if issubclass(w.category, UserWarning))
    # Some libraries append a traceback to the first line.
    distinct = dict.fromkeys(_printable(message.partition("\n")[0]) for message in messages)
    return FoldResult(model.name, split.repeat, split.fold, warnings=tuple(distinct), **values)


def _printable(text: str) -> str:
    """Escape lone surrogates, which neither the journal nor a report in UTF-8 can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _measure(
    model: ComparedModel,
    table: Table,
    split: Split,
    metrics: Sequence[Metric],
    *,
    keep_response: bool,
    classes: NDArray[Any] | None,
) -> dict[str, Any]:
    # A clone for each fold: the job is shared by all tasks of a process, and fitting changes an estimator.
    estimator = clone(model.estimator)
    # _safe_indexing takes rows of DataFrames, arrays, sparse matrices and lists alike.
    X_train, y_train = _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train)
    X_test, y_test = _safe_indexing(table.X, split.test), _safe_indexing(table.y, split.test)
    is_search = isinstance(estimator, BaseSearchCV)
    groups = None if table.groups is None else table.groups[split.train]
    started = perf_counter()
    fit_with_groups(estimator, X_train, y_train, groups)
    fit_s = perf_counter() - started
    started = perf_counter()
    predicted = estimator.predict(X_test)
    # Class probabilities are computed after this, so that all models are timed on the same call.
    predict_s = perf_counter() - started
    responses = _responses(estimator, X_test, metrics)
    class_scores = None
    if classes is not None and split.repeat == 0:
        class_scores = score_classes(estimator, X_test, responses, classes)
    return {
        "scores": _scores(estimator, X_test, y_test, predicted, responses, metrics),
        "fit_s": fit_s,
        "predict_s": predict_s,
        "predicted": np.asarray(predicted) if split.repeat == 0 else None,
        "response": responses.get(metrics[0].response) if keep_response else None,
        "train_score": _train_score(estimator, X_train, y_train, split, metrics[0]),
        "class_scores": class_scores,
        "parameters": {k: plain_value(value) for k, value in estimator.best_params_.items()} if is_search else {},
        "candidate": _candidate_index(estimator) if is_search else None,
        "inner_score": _inner_score(estimator, metrics[0]) if is_search else None,
        "trace": trace_network(estimator),
        "saved_bytes": saved_size(estimator) if split.repeat == split.fold == 0 else None,
    }


def _train_score(model: Any, X: Any, y: Any, split: Split, metric: Metric) -> float | None:
    """Score the model on its training rows, or on a sample of them that is large enough to compare with the test."""
    # Seeded by repeat and fold alone: every model is scored on the same sample, and a resumed run draws it again.
    n_rows = min(len(split.train), _MAX_TRAINING_ROWS_SCORED)
    sample = np.random.default_rng([split.repeat, split.fold]).choice(len(split.train), n_rows, replace=False)
    rows = np.sort(sample)
    X_sample, y_sample = _safe_indexing(X, rows), _safe_indexing(y, rows)
    responses = _responses(model, X_sample, [metric])
    predicted = model.predict(X_sample) if metric.response == "predict" else None
    score = _scores(model, X_sample, y_sample, predicted, responses, [metric])[metric.name]
    return score if np.isfinite(score) else None


def _candidate_index(search: BaseSearchCV) -> int | None:
    """Find the chosen candidate in the grid of a search: values may not survive the journal, an index does."""
    for index, candidate in enumerate(ParameterGrid(getattr(search, "param_grid", {}))):
        # Compared by identity: the search passes on the objects of its grid, and `==` of arrays or estimators gives no
        # bool.
        same_keys = candidate.keys() == search.best_params_.keys()
        if same_keys and all(candidate[name] is value for name, value in search.best_params_.items()):
            return index
    return None


def _inner_score(search: BaseSearchCV, metric: Metric) -> float | None:
    """Return the score of the chosen candidate inside the search, where the search scored by ``metric``."""
    if not isinstance(search.scoring, Scorer) or search.scoring.metric.name != metric.name:
        return None
    # scikit-learn maximises, so the score of an error metric is negated inside the search.
    return float(search.best_score_ if metric.greater_is_better else -search.best_score_)


def _responses(model: Any, X: Any, metrics: Sequence[Metric]) -> dict[str, Any]:
    """Compute probabilities or decision values, where a metric needs them and the model has them."""
    if all(metric.response == "predict" for metric in metrics):
        return {}
    if hasattr(model, "predict_proba"):
        # Probabilities serve metrics that need a ranking too, so decision_function is not called as well.
        return dict.fromkeys(("proba", "score"), model.predict_proba(X))
    return {"score": model.decision_function(X)} if hasattr(model, "decision_function") else {}


def _scores(
    model: Any, X: Any, y: Any, predicted: Any, responses: dict[str, Any], metrics: Sequence[Metric]
) -> dict[str, float]:
    """Compute the metrics; NaN for one that needs probabilities of a model that has none."""
    classes = getattr(model, "classes_", None)
    return {
        metric.name: metric.of_model(model, X, y)
        if metric.scorer_name is not None
        else metric.measure(y, predicted, responses.get(metric.response), classes)
        if metric.response == "predict" or metric.response in responses
        else float("nan")
        for metric in metrics
    }


def plain_value(value: Any) -> Any:
    """Return the value of a parameter as JSON can hold it: numbers, text, None, lists of them; else its text.

    Examples
    --------
    >>> plain_value((np.float64(0.5), 32)), plain_value({"a": 1})
    ([0.5, 32], "{'a': 1}")
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else repr(value)


def chosen_model(estimator: Any, result: FoldResult) -> Any:
    """Return the unfitted model; for a search, the candidate that it chose on the fold of ``result``."""
    if not isinstance(estimator, BaseSearchCV):
        return estimator
    parameters = result.parameters
    if result.candidate is not None:  # the grid holds the values themselves, `parameters` only their plain form
        parameters = ParameterGrid(estimator.param_grid)[result.candidate]
    return clone(estimator.estimator).set_params(**parameters)
