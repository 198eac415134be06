"""Which rows a fit visits when: everything of a fit but the network and the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skdl.training._batching import roomy
from skdl.training._order import RowOrders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.training._batching import Batching

__all__ = ["Schedule"]

_ORDER_BYTES = 2**20  # of row numbers drawn at a time, or one epoch's


@dataclass(frozen=True)
class Schedule:
    """Batches, epochs and their row orders; epochs count from 0 over the life of a network."""

    batch_size: int
    epochs: int
    first_epoch: int
    shuffle: bool
    seed: int

    def row_orders(self, n_rows: int) -> RowOrders:
        """Return what draws the row order of each epoch."""
        return RowOrders(n_rows, seed=self.seed, shuffle=self.shuffle)

    def blocks(self, batching: Batching, *, one_by_one: bool) -> list[tuple[int, int]]:
        """Cut the epochs into blocks (first, number): one epoch each, or as many as one row order holds."""
        most = 1 if one_by_one else capacity(batching, one_by_one=False) // max(1, batching.n_batches)
        last = self.first_epoch + self.epochs
        return [(first, min(most, last - first)) for first in range(self.first_epoch, last, most)]

    def order(
        self, batching: Batching, first: int, n_epochs: int, *, one_by_one: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
        """Draw the row order of a block, a batch a line, and the last batches that are not padded, an epoch a line.

        Their shapes do not depend on the number of epochs. What does not fill a line names row 0 and weighs nothing.
        """
        n_lines = capacity(batching, one_by_one=one_by_one)
        drawn = np.zeros((n_lines, batching.width), dtype=np.int32)
        tails = np.zeros((n_lines // batching.n_batches, batching.n_tail), dtype=np.int32)
        flat = drawn[: n_epochs * batching.n_batches].reshape(n_epochs, batching.n_batches * batching.width)
        orders = self.row_orders(batching.n_rows)
        for number in range(n_epochs):
            rows = orders.of(first + number)
            flat[number, : batching.n_in_batches] = rows[: batching.n_in_batches]
            tails[number] = rows[batching.n_in_batches :]
        return drawn, tails if batching.n_tail else None


def capacity(batching: Batching, *, one_by_one: bool) -> int:
    """Count the lines of a block's row order."""
    fitting = 0 if one_by_one else _ORDER_BYTES // (4 * batching.width)
    return max(fitting, roomy(batching.n_batches))
