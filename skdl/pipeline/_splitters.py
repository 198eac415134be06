"""The splitters that scikit-learn lacks: stratified for numbers, and one hold-out of whole groups by class.

They take part in searches, but in no saved model.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Parts = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]

__all__ = ["ByQuantiles", "StratifiedGroupHoldOut", "fewest_in_a_bin", "quantile_bins"]

_MOST_BINS = 10
_MOST_PARTS = 20  # of which a hold-out of groups takes some: shares to a twentieth


def quantile_bins(y: ArrayLike, fewest: int) -> NDArray[np.intp]:
    """Put numbers into bins by their rank, for splits that have low and high ones in their share.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Numbers; equal ones are in the same bin.
    fewest : int
        Rows that every bin must have.

    Returns
    -------
    ndarray of shape (n_samples,)
        The bin of each row, from 0: as many bins as have that many rows each, 10 at most.

    Examples
    --------
    >>> quantile_bins([0, 0, 0, 0, 0, 7, 8, 9, 10, 11], fewest=2)
    array([0, 0, 0, 0, 0, 2, 2, 2, 3, 3])
    """
    values = np.asarray(y, dtype=float)
    n_below = np.searchsorted(np.sort(values), values)
    for n_bins in range(min(_MOST_BINS, len(values) // fewest), 1, -1):
        bins = n_below * n_bins // len(values)
        if np.unique(bins, return_counts=True)[1].min() >= fewest:
            return bins
    return np.zeros(len(values), dtype=int)


class ByQuantiles:
    """A stratified splitter of scikit-learn, for numbers: it is shown the bin of each in place of a class.

    Parameters
    ----------
    splitter : splitter
        One of those that stratify.
    fewest : int
        Rows of a bin.
    """

    def __init__(self, splitter: Any, fewest: int) -> None:
        self.splitter = splitter
        self.fewest = fewest

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Count the splits."""
        return int(self.splitter.get_n_splits(X, y, groups))

    def split(self, X: Any, y: Any, groups: Any = None) -> Parts:
        """Give the rows to train on and the rows to test on, a pair a split."""
        yield from self.splitter.split(X, quantile_bins(y, self.fewest), groups)

    def get_metadata_routing(self) -> Any:
        """Ask for groups where the splitter inside does."""
        return self.splitter.get_metadata_routing()


class StratifiedGroupHoldOut:
    """One split that keeps groups whole and classes in their share.

    The groups are dealt into equal parts as `StratifiedGroupKFold` deals them, and some of the parts are drawn: as
    many of as many as come nearest to the share asked for.

    Parameters
    ----------
    test_size : float
        Share of the rows to test on, above 0 and below 1.
    random_state : int
        Draws the parts.
    """

    def __init__(self, test_size: float, random_state: int) -> None:
        self.test_size = test_size
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Count the splits: one."""
        del X, y, groups
        return 1

    def split(self, X: Any, y: Any, groups: Any) -> Parts:
        """Give the rows to train on and the rows to test on."""
        from sklearn.model_selection import StratifiedGroupKFold

        n_drawn, n_parts = self.parts_to_draw(y, groups)
        dealt = StratifiedGroupKFold(n_parts, shuffle=True, random_state=self.random_state).split(X, y, groups)
        parts = [test for _, test in dealt]
        drawn = np.random.default_rng(self.random_state).permutation(n_parts)[:n_drawn]
        tested = np.isin(np.arange(len(y)), np.concatenate([parts[number] for number in drawn]))
        yield np.flatnonzero(~tested), np.flatnonzero(tested)

    def parts_to_draw(self, y: ArrayLike, groups: ArrayLike) -> tuple[int, int]:
        """Give how many of how many parts come nearest to the share; the fewest parts that do."""
        n_groups, n_rarest = len(np.unique(np.asarray(groups))), int(np.unique(y, return_counts=True)[1].min())

        def drawn(n_parts: int) -> int:
            return min(max(round(self.test_size * n_parts), 1), n_parts - 1)

        most = max(2, min(n_groups, n_rarest, _MOST_PARTS))
        n_parts = min(range(2, most + 1), key=lambda n: abs(drawn(n) / n - self.test_size))
        return drawn(n_parts), n_parts


def fewest_in_a_bin(holdout: float) -> int:
    """Give the rows of which a hold-out has one, and leaves one."""
    return ceil(1 / min(holdout, 1 - holdout))
