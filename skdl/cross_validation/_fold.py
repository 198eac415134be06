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

from skdl._settings import default_settings
from skdl.analysis import Cost  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._array_json import Array  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._class_scores import ClassScores, score_classes, scored_classes
from skdl.cross_validation._cost import measure_cost
from skdl.cross_validation._nested_estimators import fit_with_groups
from skdl.cross_validation._network_trace import NetworkTrace, trace_network
from skdl.exceptions import UsageError
from skdl.metrics import Scorer
from skdl.workers import limit_openmp_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl._task import Task
    from skdl.cross_validation._splits import Split, Splits
    from skdl.metrics import Metric
    from skdl.pipeline import LoadedTable

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
    """Scores, predictions and times of one model on one fold; repeats and folds count from 0."""

    model: str
    repeat: int
    fold: int
    scores: dict[str, float] = field(default_factory=dict)  # by metric, in natural sign; NaN where it is not defined
    fit_s: float | None = None
    predict_s: float | None = None
    predicted: Array | None = None  # for the test rows; of the first repeat only
    response: Array | None = None  # probabilities or decision values for the first metric; of a single split only
    class_scores: ClassScores | None = None  # (n_test_rows, n_classes of the table); of the first repeat only
    parameters: dict[str, Any] = field(default_factory=dict)  # that a search chose, by `plain_value`
    candidate: int | None = None  # index of the chosen one in the grid of a search
    train_score: float | None = None  # in the ranking metric, on up to 2,000 training rows; None where not defined
    inner_score: float | None = None  # of the chosen candidate inside a search by the ranking metric
    trace: NetworkTrace | None = None  # training history of a network
    warnings: tuple[str, ...] = ()
    peak_bytes: int | None = None  # rise of memory during fit and predict; None where it was not measured
    cost: Cost | None = None  # of using the fitted model; of the first fold only
    error: str | None = None  # exception that made the model fail, or what ended the fold from outside
    cut_short: Literal["timeout", "lost", "left out"] | None = None  # time was up, process ended, or not tried
    limit_s: float | None = None  # seconds that were allowed, where time was up


class FoldTask(NamedTuple):
    """One model on one fold, by their positions in the job."""

    model: int
    split: int


@dataclass(frozen=True)
class Job:
    """A comparison before it is run: models, data, folds and metrics, and the rules of the verdict.

    It is all that a process needs to run one of its tasks. The rules are fixed before any score is known.
    """

    models: tuple[ComparedModel, ...]
    table: Table
    splits: Splits
    metrics: tuple[Metric, ...]  # the first one ranks
    reference: str | None = None  # model that the others are compared with; None is the leader
    equivalence: float | None = None  # differences below it do not matter; None: by `equivalence_region`
    measures_cost: bool = True  # whether the cost of using each model is measured, on the first fold

    @property
    def task(self) -> Task:
        """Return "regression" or "classification"."""
        return self.metrics[0].task

    @cached_property
    def estimators(self) -> dict[str, Any]:
        """Unfitted estimators by name."""
        return {model.name: model.estimator for model in self.models}

    @cached_property
    def classes(self) -> NDArray[Any] | None:
        """Sorted classes whose scores are kept; None for regression, several targets, or too many scores."""
        return scored_classes(self.table.y, len(self.models)) if self.task == "classification" else None

    @default_settings()
    def run(self, task: FoldTask) -> FoldResult:
        """Fit a clone of a model on the training rows of a fold and measure it on the test rows."""
        model, split = self.models[task.model], self.splits.members[task.split]
        with limit_openmp_threads(len(split.train)), warnings.catch_warnings(record=True) as caught:
            # By default Python shows a warning once for each line of code, so only the first fold would have it.
            warnings.simplefilter("always")
            try:
                values = self._measure(model.estimator, split)
            except Exception as error:  # noqa: BLE001 - a failed model is a result, and the other models run
                values = {"error": _printable(f"{type(error).__name__}: {error}")}
        messages = (f"{w.category.__name__}: {w.message}" for w in caught if issubclass(w.category, UserWarning))
        # Some libraries append a traceback to the first line.
        distinct = dict.fromkeys(_printable(message.partition("\n")[0]) for message in messages)
        return FoldResult(model.name, split.repeat, split.fold, warnings=tuple(distinct), **values)

    def _measure(self, unfitted: Any, split: Split) -> dict[str, Any]:
        table, ranking_metric = self.table, self.metrics[0]
        # A clone for each fold: the job is shared by all tasks of a process, and fitting changes an estimator.
        estimator = clone(unfitted)
        # _safe_indexing takes rows of DataFrames, arrays, sparse matrices and lists alike.
        X_train, y_train = _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train)
        X_test, y_test = _safe_indexing(table.X, split.test), _safe_indexing(table.y, split.test)
        is_search = isinstance(estimator, BaseSearchCV)
        is_first_repeat = split.repeat == 0
        is_first_fold = is_first_repeat and split.fold == 0
        groups = None if table.groups is None else table.groups[split.train]
        started = perf_counter()
        fit_with_groups(estimator, X_train, y_train, groups)
        fit_s = perf_counter() - started
        started = perf_counter()
        predicted = estimator.predict(X_test)
        # Class probabilities are computed after this, so that all models are timed on the same call.
        predict_s = perf_counter() - started
        # CatBoost returns a column of classes, where there are three or more.
        predicted = predicted[:, 0] if np.shape(predicted) == (*np.shape(y_test), 1) else predicted
        responses = _responses(estimator, X_test, self.metrics)
        class_scores = None
        if is_first_repeat and self.classes is not None:
            class_scores = score_classes(estimator, X_test, responses, self.classes)
        return {
            "scores": _scores(estimator, X_test, y_test, predicted, responses, self.metrics),
            "fit_s": fit_s,
            "predict_s": predict_s,
            "predicted": np.asarray(predicted) if is_first_repeat else None,
            # The test rows of a single split are resampled, and the metric is computed again on each sample.
            "response": responses.get(ranking_metric.response) if len(self.splits.members) == 1 else None,
            "train_score": _train_score(estimator, X_train, y_train, split, ranking_metric),
            "class_scores": class_scores,
            "parameters": {k: plain_value(value) for k, value in estimator.best_params_.items()} if is_search else {},
            "candidate": _candidate_index(estimator) if is_search else None,
            "inner_score": _inner_score(estimator, ranking_metric) if is_search else None,
            "trace": trace_network(estimator),
            "cost": measure_cost(estimator, X_test) if is_first_fold and self.measures_cost else None,
        }

    def cut_short(
        self, task: FoldTask, how: Literal["timeout", "lost", "left out"], error: str, limit_s: float | None = None
    ) -> FoldResult:
        """Return the result of a task that was ended from outside, or not tried."""
        name, split = self.models[task.model].name, self.splits.members[task.split]
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how, limit_s=limit_s)


def _printable(text: str) -> str:
    """Escape lone surrogates, which neither the journal nor a report in UTF-8 can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


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
    scores = {}
    for number, metric in enumerate(metrics):
        if metric.scorer_name is not None:
            scores[metric.name] = metric.of_model(model, X, y)
        elif metric.response == "predict" or metric.response in responses:
            try:
                scores[metric.name] = metric.measure(y, predicted, responses.get(metric.response), classes)
            except UsageError as error:  # of a user's function
                if number == 0:  # without the metric that ranks, the model has no place
                    raise
                warnings.warn(str(error), stacklevel=2)
                scores[metric.name] = float("nan")
        else:
            scores[metric.name] = float("nan")
    return scores


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
