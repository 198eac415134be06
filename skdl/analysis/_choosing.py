"""Optimism of choosing: how much of the leader's score is due to its being the best of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


_LEAST_DEFINED = 0.5  # share of the resamples; the others would be a selected part


def optimism_of_choosing(
    in_bag: ArrayLike, out_of_bag: ArrayLike, leader: int, *, greater_is_better: bool
) -> float | None:
    """Expected loss of the best of several models on rows that it was not chosen by, in the metric's unit.

    Bootstrap bias corrected cross-validation [1]_ chooses the model with the best score on each resample of the rows,
    and measures it on the rows that the resample lacks. The leader of all rows is measured on these, too: the mean
    difference is what its score owes to the choice. Taking the difference keeps out what a metric of fewer rows, or of
    pooled rather than separate folds, changes for every model.

    Parameters
    ----------
    in_bag : array-like of shape (n_models, n_draws)
        Scores of each model on the rows of each resample, in the metric's own sign.
    out_of_bag : array-like of shape (n_models, n_draws)
        Scores on the rows that each resample lacks.
    leader : int
        Position of the model that was chosen by all rows.
    greater_is_better : bool
        Direction of the metric.

    Returns
    -------
    float or None
        At least 0; None where the metric is not defined on half of the resamples.

    References
    ----------
    .. [1] Tsamardinos, Greasidou & Borboudakis, "Bootstrapping the out-of-sample predictions for efficient and accurate
       cross-validation", Machine Learning 107, 2018.

    Examples
    --------
    Either of two models leads on two of four resamples, and does not on the other rows:

    >>> in_bag = [[3.0, 3.0, 4.0, 4.0], [4.0, 4.0, 3.0, 3.0]]
    >>> out_of_bag = [[4.0, 4.0, 3.0, 3.0], [3.0, 3.0, 4.0, 4.0]]
    >>> optimism_of_choosing(in_bag, out_of_bag, 0, greater_is_better=False)
    0.5
    """
    inside, outside = np.asarray(in_bag, dtype=np.float64), np.asarray(out_of_bag, dtype=np.float64)
    if inside.ndim != 2 or inside.shape != outside.shape or not inside.size:
        raise UsageError(
            "optimism_of_choosing: in_bag and out_of_bag must both have shape (n_models, n_draws); "
            f"got {inside.shape!r} and {outside.shape!r}."
        )
    sign = 1.0 if greater_is_better else -1.0
    defined = np.isfinite(inside).all(axis=0) & np.isfinite(outside).all(axis=0)
    if defined.mean() < _LEAST_DEFINED:
        return None
    inside, outside = sign * inside[:, defined], sign * outside[:, defined]
    chosen = outside[inside.argmax(axis=0), np.arange(inside.shape[1])]
    # The leader of all rows does better on the rows left out wherever it did worse on the resample, so the mean is
    # above 0 but for chance, and for a leader of several repeats that does not lead in the repeat at hand.
    return max(0.0, float(np.mean(outside[leader] - chosen)))
