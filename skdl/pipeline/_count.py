"""How many fits a comparison takes."""

from __future__ import annotations

from typing import Any

__all__ = ["n_fits"]


def n_fits(estimator: Any, n_splits: int) -> int:
    """Count the fits of one model over the folds of a comparison.

    Parameters
    ----------
    estimator : estimator
        Unfitted; a search counts its candidates on its inner folds, and one fit more of the best.
    n_splits : int
        Folds times repeats.

    Returns
    -------
    int
        Fits, without the last one on all rows.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import GridSearchCV
    >>> n_fits(Ridge(), 10), n_fits(GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=3), 10)
    (10, 70)
    """
    from sklearn.model_selection import GridSearchCV, ParameterGrid, RandomizedSearchCV, check_cv

    if isinstance(estimator, GridSearchCV):
        candidates = len(ParameterGrid(estimator.param_grid))
    elif isinstance(estimator, RandomizedSearchCV):
        candidates = int(estimator.n_iter)
    else:
        return n_splits
    return n_splits * (candidates * int(check_cv(estimator.cv).get_n_splits()) + 1)
