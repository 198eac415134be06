"""Estimators inside searches, pipelines and other wrappers."""

from __future__ import annotations

from inspect import signature
from typing import Any

from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer
from sklearn.metrics._scorer import _BaseScorer
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from skdl.boosting import BoostingClassifier, BoostingRegressor
from skdl.weighted import ClassWeightedClassifier

_WRAPPER_LABELS = {
    BaseSearchCV: "tuned",
    CalibratedClassifierCV: "calibrated",
    ClassWeightedClassifier: "classes weighted",
    TunedThresholdClassifierCV: "threshold tuned",
}


def final_estimator(estimator: Any) -> Any:
    """Return the estimator inside all searches, pipelines and wrappers; the fitted one where there is one."""
    inner = _inner_estimator(estimator)
    return estimator if inner is None else final_estimator(inner)


def is_dummy(estimator: Any) -> bool:
    """Whether a model ignores every column."""
    return isinstance(final_estimator(estimator), DummyClassifier | DummyRegressor)


def parameter_prefix(estimator: Any) -> str:
    """Return the prefix that ``set_params`` needs for parameters of the final estimator of an unfitted model.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> parameter_prefix(CalibratedClassifierCV(make_pipeline(LogisticRegression())))
    'estimator__logisticregression__'
    """
    inner = _inner_estimator(estimator)
    if inner is None:
        return ""
    step = estimator.steps[-1][0] if isinstance(estimator, Pipeline) else "estimator"
    return f"{step}__{parameter_prefix(inner)}"


def wrapper_labels(estimator: Any) -> list[str]:
    """Describe the wrappers of a model from the inside out: resampling of rows, calibration, threshold, search."""
    inner = _inner_estimator(estimator)
    if inner is None:
        return []
    if isinstance(estimator, Pipeline):
        labels = [type(step).__name__ for _, step in estimator.steps if hasattr(step, "fit_resample")]
    else:
        labels = [label for wrapper, label in _WRAPPER_LABELS.items() if isinstance(estimator, wrapper)]
    return [*wrapper_labels(inner), *labels]


def _inner_estimator(estimator: Any) -> Any:
    """Return the estimator one layer further in; None for one that wraps nothing."""
    if isinstance(estimator, BaseSearchCV):
        return getattr(estimator, "best_estimator_", estimator.estimator)
    if isinstance(
        estimator, TunedThresholdClassifierCV | ClassWeightedClassifier | BoostingClassifier | BoostingRegressor
    ):
        return getattr(estimator, "estimator_", estimator.estimator)
    if isinstance(estimator, CalibratedClassifierCV):
        # Several copies were fitted on different rows, and none of them is the model.
        copies = getattr(estimator, "calibrated_classifiers_", [])
        return copies[0].estimator if len(copies) == 1 else estimator.estimator
    return estimator[-1] if isinstance(estimator, Pipeline) else None


def takes_weights(estimator: Any) -> bool:
    """Whether the fit of the estimator inside all wrappers takes weights of the rows, and they reach it."""
    layer = estimator
    while (inner := _inner_estimator(layer)) is not None:
        if isinstance(layer, BoostingClassifier | BoostingRegressor):
            # The wrapper calls the fit of its model, which metadata routing may not know, itself.
            return bool(has_fit_parameter(inner, "sample_weight"))
        layer = inner
    if layer is estimator and not _has_routing(layer):
        return bool(has_fit_parameter(layer, "sample_weight"))
    with config_context(enable_metadata_routing=True):
        final = clone(final_estimator(estimator))
        _request_weights(final)
        return bool(get_routing_for_object(final).consumes("fit", ["sample_weight"]))


def fit_with_groups(model: Any, X: Any, y: Any, groups: Any = None, sample_weight: Any = None) -> Any:
    """Fit a model in place; inner folds (of a search, a calibration, a threshold) that use groups get them.

    Weights of the rows reach every part that takes them: the estimator, scaling, calibration, the scores of a search.
    scikit-learn's metadata routing passes both through all wrappers. A search with a custom splitter, which routing
    does not know, gets the groups as an argument of its ``fit``.
    """
    given = {"groups": groups, "sample_weight": sample_weight}
    given = {name: values for name, values in given.items() if values is not None}
    if not given:
        return model.fit(X, y)
    # Switched on for this fit only: as a global setting it changes which arguments other estimators of the process
    # accept.
    with config_context(enable_metadata_routing=True):
        if sample_weight is not None:
            _request_weights(model)
        # Asked first: scikit-learn raises where an argument is passed that nothing in the model requests.
        consumed = get_routing_for_object(model).consumes("fit", given.keys())
        if sample_weight is not None and not _has_routing(model) and has_fit_parameter(model, "sample_weight"):
            return model.fit(X, y, sample_weight=sample_weight)
        if sample_weight is not None or consumed:
            return model.fit(X, y, **{name: given[name] for name in given if name in consumed})
    return model.fit(X, y, groups=groups) if isinstance(model, BaseSearchCV) else model.fit(X, y)


def _has_routing(estimator: Any) -> bool:
    return hasattr(estimator, "get_metadata_routing")


def _request_weights(model: Any) -> None:
    """Make every part of a model, and the scorers in it, ask for weights of rows where it can take them."""
    parts = [model, *model.get_params(deep=True).values()]
    for part in parts:
        scoring = getattr(part, "scoring", None) if hasattr(part, "cv") else None
        if isinstance(scoring, str):
            part.set_params(scoring=get_scorer(scoring).set_score_request(sample_weight=True))
        elif isinstance(scoring, _BaseScorer):
            scoring.set_score_request(sample_weight=True)
        for method in ("fit", "score"):
            request = getattr(part, f"set_{method}_request", None)
            if request is None or "sample_weight" not in signature(request).parameters:
                continue
            # What a user has requested, or not, stays.
            if getattr(part._get_metadata_request(), method).requests["sample_weight"] is None:  # noqa: SLF001
                request(sample_weight=True)
