"""Seeds, row orders and validation splits: all randomness of a fit, from one integer and from no global state."""

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

_SEED_LIMIT = 2**31 - 1
# Philox counts with four 64-bit words. An epoch's number is the third, so each epoch has 2**128 numbers before
# it reaches those of the next one.
_EPOCH_WORD = 2
_PYTHON_RANDOM_LOCK = threading.RLock()


class Purpose(IntEnum):
    """Use of a derived seed; the number is part of every reproducible result and never changes."""

    NETWORK = 0
    ORDER = 1
    SPLIT = 2
    SAMPLE = 3


def derive_seed(seed: int, purpose: Purpose, index: int = 0) -> int:
    """Derive an independent seed below 2**31 - 1 for one use of a fit's seed; ``index`` counts uses, as layers."""
    # SeedSequence hashes (seed, purpose, index): seeds of neighbouring layers are as independent as any two.
    sequence = np.random.SeedSequence(seed, spawn_key=(int(purpose), index))
    return int(sequence.generate_state(1)[0]) % _SEED_LIMIT


@contextmanager
def seeded_python_random(seed: int = 0) -> Iterator[None]:
    """Seed Python's global generator, and restore its state afterwards.

    Keras draws the seed of a layer without one from the module ``random`` whenever such a layer is made, also from a
    configuration. Only one thread at a time is inside this context: the generator is global.
    """
    with _PYTHON_RANDOM_LOCK:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


class RowOrders:
    """Orders in which the epochs of a fit visit its rows; epochs count from 0 over the life of a network.

    An order depends on the seed and the epoch's number alone, so that two epochs in one fit and one epoch in each of
    two fits visit the rows in the same order.

    Examples
    --------
    >>> orders = RowOrders(200, seed=3, shuffle=True)
    >>> drawn = [tuple(orders.of(epoch)) for epoch in range(5)]
    >>> all(sorted(order) == list(range(200)) for order in drawn), len(set(drawn))
    (True, 5)
    >>> tuple(RowOrders(200, seed=3, shuffle=True).of(4)) == drawn[4]
    True
    >>> tuple(RowOrders(200, seed=4, shuffle=True).of(4)) == drawn[4]
    False
    """

    def __init__(self, n_rows: int, *, seed: int, shuffle: bool) -> None:
        self._n_rows = n_rows
        self._shuffle = shuffle
        self._bits = np.random.Philox(key=derive_seed(seed, Purpose.ORDER))
        self._generator = np.random.Generator(self._bits)
        self._initial: Any = self._bits.state

    def of(self, epoch: int) -> NDArray[np.intp]:
        """Return the row numbers of an epoch in their order."""
        if not self._shuffle:
            return np.arange(self._n_rows)
        # Setting the counter of a counter-based generator is faster than seeding a generator for each epoch.
        self._initial["state"]["counter"][_EPOCH_WORD] = epoch
        self._bits.state = self._initial
        return self._generator.permutation(self._n_rows)


def split_rows(
    n_rows: int,
    *,
    share: float,
    seed: int,
    strata: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Draw the validation rows; return the row numbers for training and for validation, both ascending.

    ``strata`` are class codes: each class is in the validation rows in its share, and keeps a row for training. Of
    ``groups``, the rows of one are all for training or all for validation; classes are then as they come, but keep a
    row for training. Where that is impossible, as with a single group, rows are drawn.
    """
    order = np.random.default_rng(derive_seed(seed, Purpose.SPLIT)).permutation(n_rows)
    # At least one row on either side.
    n_validation = min(max(round(share * n_rows), 1), n_rows - 1)
    drawn = order[:0] if groups is None else _whole_groups(order, np.asarray(groups), strata, n_validation)
    if not len(drawn):
        drawn = order[:n_validation] if strata is None else _stratified(order, np.asarray(strata), n_validation)
    mask = np.zeros(n_rows, dtype=bool)
    mask[drawn] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def _stratified(order: NDArray[np.intp], strata: NDArray[Any], n_validation: int) -> NDArray[np.intp]:
    """Return the validation rows, each class in its share.

    The k-th of a class' m rows gets the rank (k + 1/2) / m; the lowest ranks of all classes are taken. So the first
    share s of the ranks holds the share s of each class, to within a row.
    """
    codes = strata[order]
    rank = np.empty(len(order))
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
        rank[members[-1]] = 1.0  # the last row of a class always trains
    return order[np.argsort(rank, kind="stable")[:n_validation]]


def _whole_groups(
    order: NDArray[np.intp], groups: NDArray[Any], strata: NDArray[Any] | None, n_validation: int
) -> NDArray[np.intp]:
    """Return the rows of random groups, as near to the wanted number as they come; none where that is impossible."""
    classes = np.zeros(len(order), np.intp) if strata is None else np.unique(strata, return_inverse=True)[1]
    _, first, codes = np.unique(groups[order], return_index=True, return_inverse=True)
    counts = np.zeros((len(first), classes.max() + 1), np.intp)  # rows of each class in each group
    np.add.at(counts, (codes, classes[order]), 1)
    training, is_taken, n_taken = counts.sum(axis=0), np.zeros(len(first), bool), 0
    for group in np.argsort(first):  # in the random order of their first rows
        size = counts[group].sum()
        if abs(n_taken + size - n_validation) < abs(n_taken - n_validation) and (training > counts[group]).all():
            is_taken[group], n_taken, training = True, n_taken + size, training - counts[group]
    return order[is_taken[codes]]
