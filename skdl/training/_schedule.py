"""Which rows a fit visits when: everything of a fit but the network and the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skdl.training._order import row_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Schedule"]

_ORDER_BYTES = 64 * 2**20  # of row numbers drawn at a time
_SMALLEST_CAPACITY = 64  # batches in a block; capacities are powers of two, so that there are few shapes


@dataclass(frozen=True)
class Schedule:
    """Batches, epochs and their row orders; epochs count from 0 over the life of a network."""

    batch_size: int
    epochs: int
    first_epoch: int
    shuffle: bool
    seed: int

    def blocks(self, n_rows: int, *, one_by_one: bool) -> list[tuple[int, int]]:
        """Cut the epochs into blocks (first, number): one epoch each, or as many as 64 MB of row order hold."""
        steps = math.ceil(n_rows / self.batch_size)
        most = 1 if one_by_one else max(1, _ORDER_BYTES // (4 * steps * self.batch_size))
        last = self.first_epoch + self.epochs
        return [(first, min(most, last - first)) for first in range(self.first_epoch, last, most)]

    def order(self, n_rows: int, first: int, n_epochs: int) -> NDArray[np.int32]:
        """Draw the row order of a block, a batch a line; what does not fill a line names row 0 and weighs nothing."""
        steps = math.ceil(n_rows / self.batch_size)
        capacity = max(_SMALLEST_CAPACITY, 2 ** math.ceil(math.log2(n_epochs * steps)))
        drawn = np.zeros((capacity, self.batch_size), dtype=np.int32)
        flat = drawn[: n_epochs * steps].reshape(n_epochs, steps * self.batch_size)
        for number in range(n_epochs):
            flat[number, :n_rows] = row_order(n_rows, seed=self.seed, epoch=first + number, shuffle=self.shuffle)
        return drawn
