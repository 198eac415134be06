"""Fitting of any model with groups and weights of the rows, which reach every part that takes them."""

from __future__ import annotations

from inspect import signature
from typing import Any

from sklearn import config_context
from sklearn.metrics import get_scorer
from sklearn.metrics._scorer import _BaseScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

__all__ = ["fit_with_groups", "has_routing", "request_weights"]


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
            request_weights(model)
        # Asked first: scikit-learn raises where an argument is passed that nothing in the model requests.
        consumed = get_routing_for_object(model).consumes("fit", given.keys())
        if sample_weight is not None and not has_routing(model) and has_fit_parameter(model, "sample_weight"):
            return model.fit(X, y, sample_weight=sample_weight)
        if sample_weight is not None or consumed:
            return model.fit(X, y, **{name: given[name] for name in given if name in consumed})
    return model.fit(X, y, groups=groups) if isinstance(model, BaseSearchCV) else model.fit(X, y)


def has_routing(estimator: Any) -> bool:
    """Whether scikit-learn's metadata routing knows the arguments of an estimator."""
    return hasattr(estimator, "get_metadata_routing")


def request_weights(model: Any) -> None:
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
