"""What a search chose on a fold, as a model that searches no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV

if TYPE_CHECKING:
    from skdl.cross_validation._fold import FoldResult

__all__ = ["chosen_model"]


def chosen_model(estimator: Any, result: FoldResult) -> Any:
    """Give the model, or what its search chose on the fold."""
    if not isinstance(estimator, BaseSearchCV):
        return estimator
    chosen = result.parameters
    if result.candidate is not None:
        chosen = ParameterGrid(estimator.param_grid)[result.candidate]
    return clone(estimator.estimator).set_params(**chosen)
