"""One model on one fold: fit, predict, measure; a failure is a result too."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing

from skdl.cross_validation._class_scores import rate_classes
from skdl.cross_validation._groups import fit_in_groups
from skdl.cross_validation._network_trace import NetworkTrace, trace_network
from skdl.cross_validation._plain_values import plain_value
from skdl.metrics import Scorer
from skdl.saved_models import saved_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation._splits import Split
    from skdl.metrics import Metric

__all__ = ["ComparedModel", "FoldResult", "Table", "run_fold"]

MOST_TRAINING_ROWS = 2000


@dataclass(frozen=True)
class Table:
    """The data of a comparison: features as they came, target as an array, groups for nested searches, time."""

    X: Any
    y: Any
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None


@dataclass(frozen=True)
class ComparedModel:
    """A named, unfitted model."""

    name: str
    estimator: Any


@dataclass(frozen=True)
class FoldResult:
    """What one model did on one fold.

    Attributes
    ----------
    model, repeat, fold
        Which; repeats and folds count from 0.
    scores : dict of str to float
        By metric, in natural sign; NaN where a metric is not defined on these rows.
    fit_s, predict_s : float or None
        Seconds.
    predicted : ndarray or None
        Answers for the test rows; kept of the first repeat alone.
    response : ndarray or None
        Probabilities or scores that the first metric was measured on; kept where there is one split alone.
    class_scores : ndarray of shape (n_test, n_classes) or None
        How each test row was rated for each class of the table, in the order of the sorted labels; kept of the first
        repeat alone.
    scores_are : {None, "probabilities", "margins"}
        What those are; margins are what a decision function gives.
    parameters : dict
        What a search chose, as plain values: what has no plain form is its text.
    candidate : int or None
        Which of the candidates of a search's grid that is; None without one.
    train_score : float or None
        In the metric that ranks, on the rows that the model was trained on, or on 2,000 of them drawn by repeat and
        fold. None where it is not defined.
    inner_score : float or None
        What the chosen candidate scored inside the search, in the metric that ranks; None without a search by it.
    trace : NetworkTrace or None
        The training of a network.
    warnings : tuple of str
        What the model warned of.
    peak_bytes : int or None
        How far memory rose above where it stood before the fit; None where it was not measured.
    saved_bytes : int or None
        Size of the fitted model on disk; of the first fold alone.
    error : str or None
        Why it failed; None where it went well.
    cut_short : {None, "timeout", "lost", "left out"}
        What ended it from outside: its time was up, its process ended, or it was not tried.
    limit_s : float or None
        Seconds that it had, where its time was up.
    """

    model: str
    repeat: int
    fold: int
    scores: dict[str, float] = field(default_factory=dict)
    fit_s: float | None = None
    predict_s: float | None = None
    predicted: NDArray[Any] | None = None
    response: NDArray[Any] | None = None
    class_scores: NDArray[np.float64] | None = None
    scores_are: Literal["probabilities", "margins"] | None = None
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


def run_fold(
    model: ComparedModel,
    table: Table,
    split: Split,
    metrics: Sequence[Metric],
    *,
    keep_response: bool = False,
    classes: NDArray[Any] | None = None,
) -> FoldResult:
    """Fit a fresh copy of the model on the training rows and measure it on the test rows.

    Where the sorted classes of the table are given, what the model gave each of them is kept of the first repeat.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = _measure(model, table, split, metrics, keep_response=keep_response, classes=classes)
        except Exception as error:  # noqa: BLE001 - whatever a model does wrong is its own result, and the others go on
            result = {"error": f"{type(error).__name__}: {error}"}
    heard = (f"{w.category.__name__}: {w.message}" for w in caught if issubclass(w.category, UserWarning))
    said = dict.fromkeys(text.partition("\n")[0] for text in heard)  # without the traceback that some bring along
    return FoldResult(model.name, split.repeat, split.fold, warnings=tuple(said), **result)


def _measure(
    model: ComparedModel,
    table: Table,
    split: Split,
    metrics: Sequence[Metric],
    *,
    keep_response: bool,
    classes: NDArray[Any] | None,
) -> dict[str, Any]:
    estimator = clone(model.estimator)
    X_train, y_train = _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train)
    X_test, y_test = _safe_indexing(table.X, split.test), _safe_indexing(table.y, split.test)
    searched = isinstance(estimator, BaseSearchCV)
    groups = None if table.groups is None else table.groups[split.train]
    started = perf_counter()
    fit_in_groups(estimator, X_train, y_train, groups)
    fit_s = perf_counter() - started
    started = perf_counter()
    predicted = estimator.predict(X_test)
    predict_s = perf_counter() - started
    responses = _responses(estimator, X_test, metrics)
    rated = None if classes is None or split.repeat > 0 else rate_classes(estimator, X_test, responses, classes)
    return {
        "scores": _scores(estimator, X_test, y_test, predicted, responses, metrics),
        "fit_s": fit_s,
        "predict_s": predict_s,
        "predicted": np.asarray(predicted) if split.repeat == 0 else None,
        "response": responses.get(metrics[0].response) if keep_response else None,
        "train_score": _train_score(estimator, X_train, y_train, split, metrics[0]),
        "class_scores": None if rated is None else rated.numbers,
        "scores_are": None if rated is None else rated.are,
        "parameters": {name: plain_value(value) for name, value in estimator.best_params_.items()} if searched else {},
        "candidate": _candidate(estimator) if searched else None,
        "inner_score": _inner_score(estimator, metrics[0]) if searched else None,
        "trace": trace_network(estimator),
        "saved_bytes": saved_size(estimator) if split.repeat == split.fold == 0 else None,
    }


def _train_score(model: Any, X: Any, y: Any, split: Split, ranks: Metric) -> float | None:
    """Measure the rows that the model was trained on; of many some, enough to hold against the test rows."""
    n_rows = min(len(split.train), MOST_TRAINING_ROWS)
    drawn = np.random.default_rng([split.repeat, split.fold]).choice(len(split.train), n_rows, replace=False)
    rows = np.sort(drawn)
    X_some, y_some = _safe_indexing(X, rows), _safe_indexing(y, rows)
    responses = _responses(model, X_some, [ranks])
    predicted = model.predict(X_some) if ranks.response == "predict" else None
    score = _scores(model, X_some, y_some, predicted, responses, [ranks])[ranks.name]
    return score if np.isfinite(score) else None


def _candidate(search: BaseSearchCV) -> int | None:
    """Find what was chosen in the search's own grid; its values may have no form that lasts, its place has."""
    for place, candidate in enumerate(ParameterGrid(getattr(search, "param_grid", {}))):
        same = candidate.keys() == search.best_params_.keys()
        if same and all(candidate[name] is value for name, value in search.best_params_.items()):
            return place
    return None


def _inner_score(search: BaseSearchCV, ranks: Metric) -> float | None:
    """Give what the chosen candidate scored inside the search, where that was in the metric that ranks."""
    if not isinstance(search.scoring, Scorer) or search.scoring.metric.name != ranks.name:
        return None
    return float(search.best_score_ if ranks.greater_is_better else -search.best_score_)


def _responses(model: Any, X: Any, metrics: Sequence[Metric]) -> dict[str, Any]:
    """Probabilities and scores of the rows, where a metric needs them and the model has them."""
    if all(metric.response == "predict" for metric in metrics):
        return {}
    if hasattr(model, "predict_proba"):
        return dict.fromkeys(("proba", "score"), model.predict_proba(X))
    return {"score": model.decision_function(X)} if hasattr(model, "decision_function") else {}


def _scores(
    model: Any, X: Any, y: Any, predicted: Any, responses: dict[str, Any], metrics: Sequence[Metric]
) -> dict[str, float]:
    """Measure predictions; NaN for a metric that needs probabilities of a model that has none."""
    classes = getattr(model, "classes_", None)
    return {
        metric.name: metric.of_model(model, X, y)
        if metric.scorer_name is not None
        else metric.measure(y, predicted, responses.get(metric.response), classes)
        if metric.response == "predict" or metric.response in responses
        else float("nan")
        for metric in metrics
    }
