"""How many fits a comparison takes."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["n_fits", "search_rounds"]


def n_fits(estimator: Any, n_splits: int, n_rows: int | None = None) -> int:
    """Count the fits of one model over the folds of a comparison.

    Parameters
    ----------
    estimator : estimator
        Unfitted; a search counts its candidates on its inner folds, and one fit more of the best; calibration and the
        tuning of a threshold likewise count their inner folds.
    n_splits : int
        Folds times repeats.
    n_rows : int, default=None
        Rows of a training part, which decide on the rounds of a halving search; None is enough for all of them.

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
    return n_splits * _fits_of(estimator, n_rows)


def search_rounds(search: Any, n_rows: int | None = None) -> list[tuple[int, float]]:
    """Give the rounds of a search: how many candidates, on what share of the rows.

    Examples
    --------
    >>> from sklearn.experimental import enable_halving_search_cv
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import HalvingGridSearchCV
    >>> search_rounds(HalvingGridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0, 100.0]}), 900)
    [(4, 0.333...), (2, 1.0)]
    """
    from sklearn.model_selection import ParameterGrid
    from sklearn.model_selection._search_successive_halving import BaseSuccessiveHalving

    candidates = len(ParameterGrid(search.param_grid)) if hasattr(search, "param_grid") else int(search.n_iter)
    if not isinstance(search, BaseSuccessiveHalving):
        return [(candidates, 1.0)]
    n_rounds = 1 + math.floor(math.log(candidates, search.factor))
    share = search.factor ** (1.0 - n_rounds)  # of the first round, where it exhausts the rows
    if isinstance(search.min_resources, int) and n_rows is not None:
        possible = 1 + math.floor(math.log(max(1, n_rows // search.min_resources), search.factor))
        n_rounds = min(n_rounds, possible)
        share = search.min_resources / n_rows
    return [
        (math.ceil(candidates / search.factor**number), min(1.0, share * search.factor**number))
        for number in range(n_rounds)
    ]


def _fits_of(estimator: Any, n_rows: int | None) -> int:
    """Count the fits of the innermost model in one fit of a whole one."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import TunedThresholdClassifierCV, check_cv
    from sklearn.model_selection._search import BaseSearchCV
    from sklearn.pipeline import Pipeline

    if isinstance(estimator, Pipeline):
        return _fits_of(estimator[-1], n_rows)
    if not isinstance(estimator, BaseSearchCV | CalibratedClassifierCV | TunedThresholdClassifierCV):
        return 1
    folds = int(check_cv(estimator.cv).get_n_splits())
    if isinstance(estimator, BaseSearchCV):
        folds *= sum(candidates for candidates, _ in search_rounds(estimator, n_rows))
    last = 0 if isinstance(estimator, CalibratedClassifierCV) and estimator.ensemble is not False else 1
    return (folds + last) * _fits_of(estimator.estimator, n_rows)
