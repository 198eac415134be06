"""Every model against one of them, fold by fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._contest import Contest, Difference, check_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

__all__ = ["differences_from"]


def differences_from(
    reference: str,
    scores: Mapping[str, ArrayLike],
    *,
    greater_is_better: bool,
    test_train_ratio: float,
    rope: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> list[Difference]:
    """Hold every model against one, over the folds that they share.

    Parameters
    ----------
    reference : str
        The model that the others are held against.
    scores : mapping of str to array-like of shape (n_folds,)
        Scores of each model in the metric's own unit and sign, the folds in one order.
    greater_is_better : bool
        Which way the metric goes.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold.
    rope : float
        Region of practical equivalence, in the metric's unit.
    bounds : tuple of two floats, default=(-inf, inf)
        Values that the metric cannot leave.

    Returns
    -------
    list of Difference
        Best model first, the reference left out. P-values are adjusted over all pairs, as in `decide`.

    Raises
    ------
    UsageError
        As `decide`.

    Examples
    --------
    >>> folds = {"a": [1.0, 1.2, 1.1, 1.0], "b": [2.0, 2.3, 2.1, 2.1]}
    >>> (found,) = differences_from("a", folds, greater_is_better=False, test_train_ratio=1 / 3, rope=0.1)
    >>> found.model, round(found.mean, 3), round(found.p_value, 4)
    ('b', 1.05, 0.0002)
    """
    contest = Contest(
        check_scores(scores), 1.0 if greater_is_better else -1.0, test_train_ratio, rope, 0.05, "", {}, {}
    )
    ranking = contest.ranking()
    pairs = contest.pairs(ranking)
    return [contest.difference(model, reference, pairs, bounds) for model in ranking if model != reference]
