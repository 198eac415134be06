"""Row order and seeds: all randomness of a fit, drawn from one integer and from no global state."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Purpose", "RowOrders", "derive_seed", "own_random", "split_rows"]

_SEED_LIMIT = 2**31 - 1
_EPOCH_WORD = 2  # of the generator's counter: each epoch has 2**128 numbers of its own
_GLOBAL_RANDOM = threading.RLock()


class Purpose(IntEnum):
    """What a derived seed is for; the number is part of every reproducible result and never changes."""

    NETWORK = 0
    ORDER = 1
    SPLIT = 2
    SAMPLE = 3


def derive_seed(seed: int, purpose: Purpose, index: int = 0) -> int:
    """Derive an independent seed below 2**31 - 1 for one use of a fit's seed.

    Parameters
    ----------
    seed : int
        The fit's own seed, 0 or more.
    purpose : Purpose
        What the seed is for.
    index : int, default=0
        Number of the use: the layer, the epoch.

    Examples
    --------
    >>> derive_seed(0, Purpose.NETWORK) == derive_seed(0, Purpose.NETWORK)
    True
    >>> derive_seed(0, Purpose.NETWORK) == derive_seed(0, Purpose.NETWORK, 1)
    False
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(int(purpose), index))
    return int(sequence.generate_state(1)[0]) % _SEED_LIMIT


@contextmanager
def own_random(seed: int = 0) -> Iterator[None]:
    """Give Keras' layers without a seed one of our own, and leave no trace in Python's global generator.

    Keras draws the seed of such a layer from the module ``random`` whenever one is made, from a configuration too.
    Within this context the generator is seeded; then it is put back. One thread at a time is in it.
    """
    with _GLOBAL_RANDOM:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


class RowOrders:
    """Orders in which the epochs of a fit visit its rows; epochs count from 0 over the life of a network.

    Because an order depends on the epoch's number alone, two epochs in one fit and one epoch in each of two meet the
    rows alike. A counter-based generator is set to an epoch's own counter, which is faster than to seed one anew.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    seed : int
        The fit's own seed.
    shuffle : bool
        Whether rows are visited in another order than they stand in.

    Examples
    --------
    >>> orders = RowOrders(5, seed=0, shuffle=True)
    >>> bool((orders.of(3) == RowOrders(5, seed=0, shuffle=True).of(3)).all())
    True
    """

    def __init__(self, n_rows: int, *, seed: int, shuffle: bool) -> None:
        self._n_rows = n_rows
        self._shuffle = shuffle
        self._bits = np.random.Philox(key=derive_seed(seed, Purpose.ORDER))
        self._draw = np.random.Generator(self._bits)
        self._state: Any = self._bits.state

    def of(self, epoch: int) -> NDArray[np.intp]:
        """Return the row numbers of an epoch in their order."""
        if not self._shuffle:
            return np.arange(self._n_rows)
        self._state["state"]["counter"][_EPOCH_WORD] = epoch
        self._bits.state = self._state
        return self._draw.permutation(self._n_rows)


def split_rows(
    n_rows: int, *, share: float, seed: int, strata: NDArray[Any] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Draw the rows that are held out and watched: never the tail of the table, each class in its share.

    Parameters
    ----------
    n_rows : int
        Rows in the table.
    share : float
        Share to hold out, between 0 and 1.
    seed : int
        The fit's own seed.
    strata : ndarray of shape (n_rows,), default=None
        Class codes. Every class keeps at least one row for training.

    Returns
    -------
    training, validation : ndarray
        Row numbers, ascending.

    Examples
    --------
    >>> training, validation = split_rows(10, share=0.2, seed=0)
    >>> len(training), len(validation)
    (8, 2)
    """
    draw = np.random.default_rng(derive_seed(seed, Purpose.SPLIT)).permutation(n_rows)
    wanted = min(max(round(share * n_rows), 1), n_rows - 1)
    held = draw[:wanted] if strata is None else _stratified(draw, np.asarray(strata), wanted)
    mask = np.zeros(n_rows, dtype=bool)
    mask[held] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def _stratified(draw: NDArray[np.intp], strata: NDArray[Any], wanted: int) -> NDArray[np.intp]:
    """Deal each class' rows out evenly: the k-th of m stands at (k + 1/2) / m, and the lowest are held out."""
    codes = strata[draw]
    place = np.empty(len(draw))
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
        place[members[-1]] = 1.0  # the last one always trains
    return draw[np.argsort(place, kind="stable")[:wanted]]
