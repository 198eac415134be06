"""Permutation importance on rows that a model was not fitted on, correlated columns together, within a time.

scikit-learn's `permutation_importance` permutes one column at a time: of two that say the same neither then matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skdl import results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.metrics import Scorer
    from skdl.report.sections._columns import Columns

__all__ = ["Deadline", "Refit", "permuted_losses", "settle_effort"]

_MOST_REPEATS = 5


class Deadline:
    """How much of a time is left."""

    def __init__(self, seconds: float) -> None:
        self._end = perf_counter() + seconds

    @property
    def left(self) -> float:
        """Seconds; below 0 where there is none."""
        return self._end - perf_counter()


@dataclass(frozen=True)
class Refit:
    """A fitted model with test rows of its fold, what it scores there (greater is better), and how long that takes."""

    model: Any
    X: Any
    y: NDArray[Any]
    score: float
    score_s: float


def settle_effort(groups: Sequence[list[int]], refits: Sequence[Refit], seconds: float) -> tuple[int, int]:
    """Say how often each group is permuted, and how many groups, so that it takes no more than so many seconds.

    Examples
    --------
    >>> refit = Refit(None, None, np.array([]), score=0.0, score_s=0.1)
    >>> [settle_effort([[0], [1]], [refit], seconds) for seconds in (100.0, 0.7, 0.1)]
    [(5, 2), (3, 2), (1, 1)]
    """
    a_round = sum(refit.score_s for refit in refits)  # one group, permuted once on every fold
    n_repeats = min(_MOST_REPEATS, int(seconds / max(a_round * len(groups), 1e-9)))
    if n_repeats:
        return n_repeats, len(groups)
    return 1, max(1, int(seconds / a_round))


def permuted_losses(
    refits: Sequence[Refit],
    groups: Sequence[list[int]],
    columns: Columns,
    scorer: Scorer,
    n_repeats: int,
    deadline: Deadline,
) -> list[results.Importance]:
    """Permute one group of columns after another while there is time, and say what the score loses.

    Returns
    -------
    list of results.Importance
        In the order of the groups; fewer where there was no time, or where the metric had no value.
    """
    found: list[results.Importance] = []
    for group in groups:
        if found and deadline.left < 0.0:
            break
        rng = np.random.default_rng(0)
        losses = np.array(
            [
                refit.score - scorer(refit.model, _permuted(refit.X, group, rng.permutation(len(refit.y))), refit.y)
                for refit in refits
                for _ in range(n_repeats)
            ]
        )
        if np.isfinite(losses).all():
            spread = float(losses.std(ddof=1)) if len(losses) > 1 else None
            found.append(results.Importance([columns.names[place] for place in group], float(losses.mean()), spread))
    return found


def _permuted(X: Any, group: list[int], order: NDArray[np.intp]) -> Any:
    """Give rows of some columns in another order, the types as they were."""
    mixed = X.copy()
    for place in group:
        if isinstance(X, pd.DataFrame):
            mixed.isetitem(place, X.iloc[order, place].set_axis(X.index))
        else:
            mixed[:, place] = X[order, place]
    return mixed
