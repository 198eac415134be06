"""Estimators inside searches, pipelines and other wrappers."""

from __future__ import annotations

from typing import Any

from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from skdl._fitting import has_routing, request_weights
from skdl.boosting import BoostingClassifier, BoostingRegressor
from skdl.ensemble import Ensemble
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


def ensemble_weights(estimator: Any) -> dict[str, float]:
    """Return the weight of each model in a fitted ensemble, by its name; none for other models.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl.ensemble import BlendRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
    >>> ensemble_weights(BlendRegressor([("mean", DummyRegressor()), ("linear", LinearRegression())], cv=2).fit(X, y))
    {'mean': 0.0, 'linear': 1.0}
    """
    final = final_estimator(estimator)
    weights = getattr(final, "weights_", None) if isinstance(final, Ensemble) else None
    if weights is None:
        return {}
    return {name: float(weight) for (name, _), weight in zip(final.estimators, weights, strict=True)}


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
    if layer is estimator and not has_routing(layer):
        return bool(has_fit_parameter(layer, "sample_weight"))
    with config_context(enable_metadata_routing=True):
        final = clone(final_estimator(estimator))
        request_weights(final)
        return bool(get_routing_for_object(final).consumes("fit", ["sample_weight"]))
