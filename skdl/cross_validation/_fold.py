"""One model on one fold: fit, predict, measure. A failure is a result too."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing

from skdl._fitting import fit_with_groups
from skdl._settings import default_settings
from skdl.analysis import Cost  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._array_json import Array  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._class_scores import (
    MAX_KEPT_SCORES,
    ClassScores,
    align_scores,
    score_classes,
    scored_classes,
)
from skdl.cross_validation._cost import measure_cost
from skdl.cross_validation._identity import metric_identity
from skdl.cross_validation._nested_estimators import ensemble_weights
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
    """The data as models get it: features as they came; target, groups, time, weights as arrays with a value a row."""

    X: Any
    y: Any
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    weights: NDArray[np.float64] | None = None  # above 0

    @classmethod
    def from_loaded(cls, loaded: LoadedTable) -> Table:
        """Take features, target, groups, time and weights of the table of a pipeline file."""
        columns = (loaded.groups, loaded.time, loaded.weights)
        return cls(loaded.X, loaded.y.to_numpy(), *(None if one is None else one.to_numpy() for one in columns))

    def weights_of(self, rows: NDArray[np.intp]) -> NDArray[np.float64] | None:
        """Weights of some rows; None where they have none."""
        return None if self.weights is None else self.weights[rows]


@dataclass(frozen=True)
class ComparedModel:
    """A named, unfitted model."""

    name: str
    estimator: Any


@dataclass(frozen=True)
class Outputs:
    """What a fitted model returned for some rows: all that a metric takes of a model, unless it calls it itself."""

    predicted: Array
    response: Array | None = None  # probabilities or decision values, as the model gave them
    is_proba: bool = False
    classes: Array | None = None  # of the model

    @property
    def responses(self) -> dict[str, Any]:
        """Probabilities and decision values by what a metric asks for."""
        if self.response is None:
            return {}
        return dict.fromkeys(("proba", "score") if self.is_proba else ("score",), self.response)


@dataclass(frozen=True)
class KeptOutputs:
    """What other metrics than those of a run need of a fold, so that they can be computed without a fit.

    Outputs are None where the model gave them with a warning that the metrics of the run did not call for, or where
    there would be too many of them.
    """

    metrics: dict[str, str]  # those of the run: by name, with `metric_identity`; the first one ranks
    n_warnings: int  # that the model gave before it was scored, of all warnings of the result
    is_by_metrics: bool  # whether error or warnings come from scoring
    test: Outputs | None = None
    train: Outputs | None = None  # for the training rows that are scored


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
    members: dict[str, float] = field(default_factory=dict)  # weight of each model in an ensemble
    inner_score: float | None = None  # of the chosen candidate inside a search by the ranking metric
    trace: NetworkTrace | None = None  # training history of a network
    warnings: tuple[str, ...] = ()
    peak_bytes: int | None = None  # rise of memory during fit and predict; None where it was not measured
    cost: Cost | None = None  # of using the fitted model; of the first fold only
    error: str | None = None  # exception that made the model fail, or what ended the fold from outside
    cut_short: Literal["timeout", "lost", "left out"] | None = None  # time was up, process ended, or not tried
    limit_s: float | None = None  # seconds that were allowed, where time was up
    kept: KeptOutputs | None = None  # for the journal; never in a finished comparison


class _Fitted(NamedTuple):
    """A model that was fitted on a fold, with its first predictions."""

    estimator: Any
    X_train: Any
    X_test: Any
    predicted: Any
    values: dict[str, Any]  # of the result: seconds, training, cost


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
    keeps_outputs: bool = False  # whether results hold what other metrics need

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

    @cached_property
    def metric_identities(self) -> dict[str, str]:
        """What the scores of each metric depend on, by its name; the first one ranks."""
        return {metric.name: metric_identity(metric) for metric in self.metrics}

    @property
    def n_outputs(self) -> int:
        """Numbers to keep, so that other metrics could be computed."""
        width = 1 + len(np.unique(self.table.y)) if self.task == "classification" else np.size(self.table.y[:1])
        n_rows = sum(
            len(split.test) + min(len(split.train), _MAX_TRAINING_ROWS_SCORED) for split in self.splits.members
        )
        return n_rows * width * len(self.models)

    def keeping_outputs(self) -> Job:
        """Return the job with results that hold what other metrics need, unless that would be too much."""
        return replace(self, keeps_outputs=self.n_outputs <= MAX_KEPT_SCORES)

    @default_settings()
    def run(self, task: FoldTask) -> FoldResult:
        """Fit a clone of a model on the training rows of a fold and measure it on the test rows."""
        model, split = self.models[task.model], self.splits.members[task.split]
        messages = None
        with limit_openmp_threads(len(split.train)), warnings.catch_warnings(record=True) as caught:
            # By default Python shows a warning once for each line of code, so only the first fold would have it.
            warnings.simplefilter("always")
            try:
                fitted = self._fit(model.estimator, split)
                messages = _messages(caught)
                values = {**fitted.values, **self._measure(fitted, split, caught)}
            except Exception as error:  # noqa: BLE001 - a failed model is a result, and the other models run
                values = {"error": _printable(f"{type(error).__name__}: {error}")}
        before, distinct = messages or [], _messages(caught)
        is_by_metrics = messages is not None and ("error" in values or len(distinct) > len(before))
        kept = KeptOutputs(self.metric_identities, len(before), is_by_metrics, **values.pop("outputs", {}))
        return FoldResult(model.name, split.repeat, split.fold, warnings=tuple(distinct), kept=kept, **values)

    def _fit(self, unfitted: Any, split: Split) -> _Fitted:
        table = self.table
        # A clone for each fold: the job is shared by all tasks of a process, and fitting changes an estimator.
        estimator = clone(unfitted)
        # _safe_indexing takes rows of DataFrames, arrays, sparse matrices and lists alike.
        X_train, y_train = _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train)
        X_test = _safe_indexing(table.X, split.test)
        is_search = isinstance(estimator, BaseSearchCV)
        is_first_fold = split.repeat == split.fold == 0
        groups = None if table.groups is None else table.groups[split.train]
        started = perf_counter()
        fit_with_groups(estimator, X_train, y_train, groups, table.weights_of(split.train))
        fit_s = perf_counter() - started
        started = perf_counter()
        predicted = estimator.predict(X_test)
        # Class probabilities are computed after this, so that all models are timed on the same call.
        predict_s = perf_counter() - started
        predicted = _plain_column(predicted, _safe_indexing(table.y, split.test))
        values = {
            "fit_s": fit_s,
            "predict_s": predict_s,
            "parameters": {k: plain_value(value) for k, value in estimator.best_params_.items()} if is_search else {},
            "candidate": _candidate_index(estimator) if is_search else None,
            "inner_score": _inner_score(estimator, self.metrics[0]) if is_search else None,
            "members": ensemble_weights(estimator),
            "trace": trace_network(estimator),
            "cost": measure_cost(estimator, X_test) if is_first_fold and self.measures_cost else None,
        }
        return _Fitted(estimator, X_train, X_test, predicted, values)

    def _measure(self, fitted: _Fitted, split: Split, caught: list[warnings.WarningMessage]) -> dict[str, Any]:
        estimator, X_train, X_test, predicted, _ = fitted
        y_test = _safe_indexing(self.table.y, split.test)
        known = {*_messages(caught)}
        responses = _responses(estimator, X_test, self.metrics)
        # A warning of this call belongs to results whose metrics call for it.
        is_silent = known.issuperset(_messages(caught))
        weights = self.table.weights_of(split.test)
        scores = _scores(estimator, X_test, y_test, predicted, responses, self.metrics, weights)
        train_score, train = self._score_training(estimator, X_train, split, known)
        test = self._outputs(estimator, X_test, y_test, predicted, responses, known) if is_silent else None
        class_scores = None
        if split.repeat == 0 and self.classes is not None:
            responses = responses or ({} if test is None else test.responses)
            class_scores = score_classes(estimator, X_test, responses, self.classes)
        return {
            "scores": scores,
            "train_score": train_score,
            "class_scores": class_scores,
            "outputs": {"test": test, "train": train},
            "predicted": np.asarray(predicted) if split.repeat == 0 else None,
            # The test rows of a single split are resampled, and the metric is computed again on each sample.
            "response": responses.get(self.metrics[0].response) if len(self.splits.members) == 1 else None,
        }

    def _score_training(
        self, model: Any, X_train: Any, split: Split, known: set[str]
    ) -> tuple[float | None, Outputs | None]:
        """Score the model on its training rows, or on a sample of them that is large enough to compare with the test.

        The outputs that other metrics need are returned as well.
        """
        X, y = _safe_indexing(X_train, _scored_training_rows(split)), self._scored_target(split)
        metric = self.metrics[0]
        responses = _responses(model, X, [metric])
        takes_predicted = metric.response == "predict" or (metric.costs is not None and "proba" not in responses)
        predicted = _plain_column(model.predict(X), y) if takes_predicted else None
        weights = self.table.weights_of(split.train[_scored_training_rows(split)])
        score = _scores(model, X, y, predicted, responses, [metric], weights)[metric.name]
        return _finite(score), self._outputs(model, X, y, predicted, responses, known)

    def _scored_target(self, split: Split) -> Any:
        return _safe_indexing(_safe_indexing(self.table.y, split.train), _scored_training_rows(split))

    def _outputs(
        self, model: Any, X: Any, y: Any, predicted: Any, responses: dict[str, Any], known: set[str]
    ) -> Outputs | None:
        """Return all that a metric may take of a model; None where that fails, or gives a warning that is not known."""
        if not self.keeps_outputs:
            return None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                predicted = np.asarray(_plain_column(model.predict(X), y) if predicted is None else predicted)
                if not responses and self.task == "classification":
                    responses = _all_responses(model, X)
                response = np.asarray(responses["score"]) if responses else None
                classes = np.asarray(model.classes_) if hasattr(model, "classes_") else None
            except Exception:  # noqa: BLE001 - no metric of this run needs it
                return None
        arrays = [predicted] if response is None else [predicted, response]
        # Other layouts in memory cannot be kept, and the order of a sum may depend on it.
        is_plain = all(array.flags.c_contiguous or array.flags.f_contiguous for array in arrays)
        if not is_plain or not known.issuperset(_messages(caught)):
            return None
        return Outputs(predicted, response, "proba" in responses, classes)

    @default_settings()
    def take_over(self, result: FoldResult, task: FoldTask) -> FoldResult | None:
        """Return the result that this job would have measured, from an equal fit of another one; None if it cannot."""
        model, split, kept = self.models[task.model], self.splits.members[task.split], result.kept
        if result.predicted is not None and len(result.predicted) != len(split.test):
            return None  # a valid line of another length; without this check it would fail only in the report
        result = replace(result, model=model.name, kept=None)
        if kept is not None and [*kept.metrics.items()] != [*self.metric_identities.items()]:
            if result.error is not None:
                return None if kept.is_by_metrics else result
            is_search = isinstance(model.estimator, BaseSearchCV)
            scored = None if is_search and not self._has_ranking(kept) else self._score_again(result, kept, split)
            if scored is None:
                return None
            result = scored
        test = None if kept is None else kept.test
        if test is None:
            return result
        class_scores = None
        if split.repeat == 0 and self.classes is not None and test.response is not None:
            try:
                class_scores = align_scores(test.response, test.classes, self.classes, are_probabilities=test.is_proba)
            except Exception:  # noqa: BLE001 - as in `score_classes`
                class_scores = None
        return replace(
            result,
            predicted=test.predicted if split.repeat == 0 else None,
            class_scores=class_scores,
            response=test.responses.get(self.metrics[0].response) if len(self.splits.members) == 1 else None,
        )

    def _has_ranking(self, kept: KeptOutputs) -> bool:
        return next(iter(kept.metrics.items())) == next(iter(self.metric_identities.items()))

    def _score_again(self, result: FoldResult, kept: KeptOutputs, split: Split) -> FoldResult | None:
        """Compute what other metrics change in a result; None where they need more than was kept."""
        known = {} if kept.is_by_metrics else result.scores
        same = {name for name in known if kept.metrics.get(name) == self.metric_identities.get(name)}
        missing = [metric for metric in self.metrics if metric.name not in same]
        ranking = [] if self._has_ranking(kept) and not kept.is_by_metrics else [self.metrics[0]]
        train_score = result.train_score
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                weights, of_training = self.table.weights_of, split.train[_scored_training_rows(split)]
                y_test = _safe_indexing(self.table.y, split.test)
                scores = known | _scores_of_outputs(kept.test, y_test, missing, weights(split.test))
                if ranking:
                    y_train = self._scored_target(split)
                    again = _scores_of_outputs(kept.train, y_train, ranking, weights(of_training))
                    train_score = _finite(again[ranking[0].name])
            except Exception:  # noqa: BLE001 - the fold is fitted again, and reports what happens
                return None
        scores = {metric.name: scores[metric.name] for metric in self.metrics}
        messages = dict.fromkeys((*result.warnings[: kept.n_warnings], *_messages(caught)))
        return replace(result, scores=scores, train_score=train_score, warnings=tuple(messages))

    def cut_short(
        self, task: FoldTask, how: Literal["timeout", "lost", "left out"], error: str, limit_s: float | None = None
    ) -> FoldResult:
        """Return the result of a task that was ended from outside, or not tried."""
        name, split = self.models[task.model].name, self.splits.members[task.split]
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how, limit_s=limit_s)


def _printable(text: str) -> str:
    """Escape lone surrogates, which neither the journal nor a report in UTF-8 can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _messages(caught: Sequence[warnings.WarningMessage]) -> list[str]:
    """Return the distinct warnings for users."""
    messages = (f"{w.category.__name__}: {w.message}" for w in caught if issubclass(w.category, UserWarning))
    # Some libraries append a traceback to the first line.
    return list(dict.fromkeys(_printable(message.partition("\n")[0]) for message in messages))


def _plain_column(predicted: Any, y: Any) -> Any:
    """Return predictions in the shape of the target: CatBoost gives a column of classes, if there are three or more."""
    return predicted[:, 0] if np.shape(predicted) == (*np.shape(y), 1) else predicted


def _scored_training_rows(split: Split) -> NDArray[np.intp]:
    """Return the rows of a training part on which every model is scored."""
    # Seeded by repeat and fold alone: every model is scored on the same sample, and a resumed run draws it again.
    n_rows = min(len(split.train), _MAX_TRAINING_ROWS_SCORED)
    sample = np.random.default_rng([split.repeat, split.fold]).choice(len(split.train), n_rows, replace=False)
    return np.sort(sample)


def _finite(score: float) -> float | None:
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
    return {} if all(metric.response == "predict" for metric in metrics) else _all_responses(model, X)


def _all_responses(model: Any, X: Any) -> dict[str, Any]:
    if hasattr(model, "predict_proba"):
        # Probabilities serve metrics that need a ranking too, so decision_function is not called as well.
        return dict.fromkeys(("proba", "score"), model.predict_proba(X))
    return {"score": model.decision_function(X)} if hasattr(model, "decision_function") else {}


def _scores_of_outputs(
    outputs: Outputs | None, y: Any, metrics: Sequence[Metric], weights: NDArray[np.float64] | None
) -> dict[str, float]:
    """Compute metrics from what a model returned; a ValueError where they need the model itself."""
    if metrics and (outputs is None or any(metric.scorer_name is not None for metric in metrics)):
        raise ValueError("the model is needed")
    if outputs is None:
        return {}
    return _scores(outputs, None, y, outputs.predicted, outputs.responses, metrics, weights)


def _scores(
    model: Any,
    X: Any,
    y: Any,
    predicted: Any,
    responses: dict[str, Any],
    metrics: Sequence[Metric],
    weights: NDArray[np.float64] | None,
) -> dict[str, float]:
    """Compute the metrics; NaN for one that needs probabilities of a model that has none."""
    classes = getattr(model, "classes" if isinstance(model, Outputs) else "classes_", None)
    scores = {}
    for number, metric in enumerate(metrics):
        if metric.scorer_name is not None:
            scores[metric.name] = metric.of_model(model, X, y, weights)
        elif metric.response == "predict" or metric.response in responses or metric.costs is not None:
            try:
                scores[metric.name] = metric.measure(y, predicted, responses.get(metric.response), classes, weights)
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
