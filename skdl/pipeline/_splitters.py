"""Splitters that scikit-learn lacks: stratified by quantiles of numbers, and a stratified hold-out of whole groups.

Searches use them; a saved model never holds one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Parts = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]

_MAX_BINS = 10
_MAX_PARTS = 20  # of a hold-out of groups, whose size is a multiple of a part


def quantile_bins(y: ArrayLike, fewest: int) -> NDArray[np.intp]:
    """Put numbers into bins of about equal size, so that a split can be stratified by them.

    There are as many bins as have ``fewest`` rows each, up to 10; equal numbers are in the same bin.

    Examples
    --------
    >>> quantile_bins([0, 0, 0, 0, 0, 7, 8, 9, 10, 11], fewest=2)
    array([0, 0, 0, 0, 0, 2, 2, 2, 3, 3])
    """
    values = np.asarray(y, dtype=float)
    # Number of smaller values, (n_samples,). Equal values share it, and with it their bin.
    n_below = np.searchsorted(np.sort(values), values)
    # From many bins to few, because ties can leave a bin with too few rows.
    for n_bins in range(min(_MAX_BINS, len(values) // fewest), 1, -1):
        bins = n_below * n_bins // len(values)
        if np.unique(bins, return_counts=True)[1].min() >= fewest:
            return bins
    return np.zeros(len(values), dtype=int)


class ByQuantiles:
    """A stratified splitter of scikit-learn for numbers: their bins, of at least ``fewest`` rows, replace classes."""

    def __init__(self, splitter: Any, fewest: int) -> None:
        self.splitter = splitter
        self.fewest = fewest

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits."""
        return int(self.splitter.get_n_splits(X, y, groups))

    def split(self, X: Any, y: Any, groups: Any = None) -> Parts:
        """Yield the indices of the training and the test rows of each split."""
        yield from self.splitter.split(X, quantile_bins(y, self.fewest), groups)

    def get_metadata_routing(self) -> Any:
        """Return the routing of the inner splitter, which may need groups."""
        return self.splitter.get_metadata_routing()


class StratifiedGroupHoldOut:
    """A single split into training and test rows, stratified by class, that keeps groups whole.

    `StratifiedGroupKFold` divides the rows into equal parts, and some parts, drawn at random, are the test rows: a of b
    parts, where a/b is closest to the share ``test_size``.
    """

    def __init__(self, test_size: float, random_state: int) -> None:
        self.test_size = test_size
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits: one."""
        del X, y, groups
        return 1

    def split(self, X: Any, y: Any, groups: Any) -> Parts:
        """Yield the indices of the training and the test rows."""
        from sklearn.model_selection import StratifiedGroupKFold

        n_drawn, n_parts = self._parts_to_draw(y, groups)
        folds = StratifiedGroupKFold(n_parts, shuffle=True, random_state=self.random_state)
        parts = [test for _, test in folds.split(X, y, groups)]
        drawn = np.random.default_rng(self.random_state).permutation(n_parts)[:n_drawn]
        tested = np.isin(np.arange(len(y)), np.concatenate([parts[number] for number in drawn]))
        yield np.flatnonzero(~tested), np.flatnonzero(tested)

    def _parts_to_draw(self, y: ArrayLike, groups: ArrayLike) -> tuple[int, int]:
        """Return how many parts to draw, and the number of parts: the closest to the share, with the fewest parts."""
        n_groups, n_rarest = len(np.unique(np.asarray(groups))), int(np.unique(y, return_counts=True)[1].min())

        def drawn(n_parts: int) -> int:
            return min(max(round(self.test_size * n_parts), 1), n_parts - 1)

        most = max(2, min(n_groups, n_rarest, _MAX_PARTS))
        n_parts = min(range(2, most + 1), key=lambda n: abs(drawn(n) / n - self.test_size))
        return drawn(n_parts), n_parts
