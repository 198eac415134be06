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

__all__ = ["Purpose", "derive_seed", "own_random", "row_order", "split_rows"]

_SEED_LIMIT = 2**31 - 1
_GLOBAL_RANDOM = threading.RLock()


class Purpose(IntEnum):
    """What a derived seed is for; the number is part of every reproducible result and never changes."""

    NETWORK = 0
    ORDER = 1
    SPLIT = 2


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


def row_order(n_rows: int, *, seed: int, epoch: int, shuffle: bool) -> NDArray[np.intp]:
    """Order in which an epoch visits its rows; epoch counts from 0 over the life of a network.

    Because the order depends on the epoch's number alone, two epochs in one fit and one epoch in each of two meet the
    rows alike.
    """
    if not shuffle:
        return np.arange(n_rows)
    return np.random.default_rng(derive_seed(seed, Purpose.ORDER, epoch)).permutation(n_rows)


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
