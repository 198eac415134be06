"""Whether a network is too small for its table: what its curve cannot show, and other models' scores can."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["is_underfit"]

_IN_ORDER = {"healthy", "jagged_validation"}


def is_underfit(
    codes: Collection[str],
    *,
    train_score: float,
    classical_score: float,
    greater_is_better: bool,
    region: float,
) -> bool:
    """Whether a network with a healthy curve does worse on its own training rows than a classical model on new ones.

    A classical model's *training* score would not do as the bar: a forest knows its training rows nearly by heart, and
    every sound network does worse than that.

    Parameters
    ----------
    codes : collection of str
        What the network's curves show, as of `over_folds`. Only where they are healthy, but for a validation loss that
        jumps, is size the cause to look for.
    train_score : float
        The network's mean score on rows that it was trained on.
    classical_score : float
        The best mean test score of the classical models, in the same metric.
    greater_is_better : bool
        The metric's direction.
    region : float
        A difference that does not matter in practice, in the metric's unit.

    Returns
    -------
    bool
        False where a score is not a number.

    Examples
    --------
    >>> is_underfit(["healthy"], train_score=0.72, classical_score=0.85, greater_is_better=True, region=0.01)
    True
    >>> is_underfit(["undertrained"], train_score=0.72, classical_score=0.85, greater_is_better=True, region=0.01)
    False
    """
    worse_by = classical_score - train_score if greater_is_better else train_score - classical_score
    return bool(codes) and set(codes) <= _IN_ORDER and worse_by > region
