"""Every model against one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._standings import Difference, Standings, evidence_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from skdl.analysis._bootstrap import Holdout

__all__ = ["differences_from"]


def differences_from(
    reference: str,
    scores: Mapping[str, ArrayLike] | Holdout,
    *,
    greater_is_better: bool,
    test_train_ratio: float | None = None,
    rope: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    named_before: bool = False,
) -> list[Difference]:
    """Hold every model against one, over the folds that they share or on their hold-out set.

    Parameters
    ----------
    reference : str
        The model that the others are held against.
    scores : mapping of str to array-like of shape (n_folds,), or Holdout
        Scores of each model in the metric's own unit and sign, the folds in one order; or what a hold-out set shows.
    greater_is_better : bool
        Which way the metric goes.
    test_train_ratio : float, default=None
        Rows in a test fold over rows in a training fold; None for a hold-out set.
    rope : float
        Region of practical equivalence, in the metric's unit.
    bounds : tuple of two floats, default=(-inf, inf)
        Values that the metric cannot leave.
    named_before : bool, default=False
        Whether the reference was chosen before any score was seen. Then there are as many comparisons as other models,
        and p-values are adjusted over these; else over all pairs, as in `decide`.

    Returns
    -------
    list of Difference
        Best model first, the reference left out.

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
    evidence = evidence_of(scores, test_train_ratio)
    standings = Standings(evidence, 1.0 if greater_is_better else -1.0, rope, 0.05, "", {}, {})
    ranking = standings.ranking()
    pairs = standings.pairs(ranking, reference if named_before else None)
    return [standings.difference(model, reference, pairs, bounds) for model in ranking if model != reference]
