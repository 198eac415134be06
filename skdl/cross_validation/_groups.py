"""Fitting a model whose inner folds keep groups together: a search, a calibration, a threshold, one in another."""

from __future__ import annotations

from typing import Any

from sklearn import config_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils.metadata_routing import get_routing_for_object

__all__ = ["fit_in_groups"]


def fit_in_groups(model: Any, X: Any, y: Any, groups: Any = None) -> Any:
    """Fit a model in place, and hand the groups to whatever inside it asks for them.

    scikit-learn's metadata routing takes them through what stands around a model. A search of one's own splitter, which
    routing knows nothing of, gets them as it always did.
    """
    if groups is None:
        return model.fit(X, y)
    with config_context(enable_metadata_routing=True):
        if get_routing_for_object(model).consumes("fit", ["groups"]):
            return model.fit(X, y, groups=groups)
    return model.fit(X, y, groups=groups) if isinstance(model, BaseSearchCV) else model.fit(X, y)
