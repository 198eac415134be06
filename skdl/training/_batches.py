"""Rows of a fit, their batches and row orders, in few distinct shapes: XLA compiles a program for each shape."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl._randomness import RowOrders

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIN_WIDTH = 32  # rows of a batch, where the table has fewer
_SIGNIFICANT_BITS = 4
_ORDER_BYTES = 2**20  # of row numbers drawn at a time, unless one epoch takes more


@dataclass(frozen=True)
class Rows:
    """Training or validation rows."""

    X: Any  # array (n_rows, ...) or CSR matrix
    y: NDArray[Any]  # (n_rows, n_outputs)
    weight: NDArray[Any] | None = None  # (n_rows,)

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, rows: NDArray[np.intp] | slice) -> Rows:
        """Return the numbered rows; a sparse table stays sparse."""
        return Rows(self.X[rows], self.y[rows], None if self.weight is None else self.weight[rows])


def dense(block: Any) -> NDArray[Any]:
    """Return a block of rows as an array; callers keep blocks small, because a sparse one becomes dense."""
    return np.asarray(block.toarray() if hasattr(block, "toarray") else block)


@dataclass(frozen=True)
class Batching:
    """Batches of ``width`` rows, ``n_batches`` an epoch, and ``n_tail`` rows in a last one of its own shape.

    Padded batches have no such tail: the last one is filled up with rows of weight 0. A table smaller than a batch gets
    a batch of the next power of two, so that tables which differ by a row have one shape.

    Examples
    --------
    >>> Batching.of(70, 16, rows_interact=False)
    Batching(n_rows=70, width=16, n_batches=5, n_tail=0)
    >>> Batching.of(70, 16, rows_interact=True)
    Batching(n_rows=70, width=16, n_batches=4, n_tail=6)
    >>> [Batching.of(n_rows, 200, rows_interact=False).width for n_rows in (1, 33, 128, 129, 201)]
    [32, 64, 128, 200, 200]
    """

    n_rows: int
    width: int
    n_batches: int
    n_tail: int

    @classmethod
    def of(cls, n_rows: int, batch_size: int, *, rows_interact: bool) -> Batching:
        """Divide ``n_rows`` into batches; where rows of a batch interact, padding would change the result."""
        if rows_interact:
            width = min(batch_size, n_rows)
            return cls(n_rows, width, n_rows // width, n_rows % width)
        next_power_of_two = 1 << (n_rows - 1).bit_length()
        # Tables between two powers of two share a width, and with it a program.
        width = min(batch_size, max(_MIN_WIDTH, next_power_of_two))
        return cls(n_rows, width, math.ceil(n_rows / width), 0)

    @property
    def n_in_batches(self) -> int:
        """Rows in batches of this width, that is, all but the tail."""
        return self.n_rows - self.n_tail


def round_up_size(size: int) -> int:
    """Round up to a coarse grid: at most an eighth more, and eight sizes between powers of two.

    Examples
    --------
    >>> [round_up_size(size) for size in (3, 16, 17, 350)]
    [3, 16, 18, 352]
    >>> all(size <= round_up_size(size) <= size * 9 / 8 for size in range(1, 3000))
    True
    """
    # Keep the four leading bits: sizes from 2**k to 2**(k + 1) share the step 2**(k - 3).
    step = 1 << max(0, size.bit_length() - _SIGNIFICANT_BITS)
    return math.ceil(size / step) * step


class CompiledSizes:
    """Numbers of batches that a program was compiled for; a table that nearly fills one of them is padded to it.

    Padding changes no result, so the choice may depend on which tables came before.

    Examples
    --------
    >>> sizes = CompiledSizes()
    >>> sizes.choose(26, width=16), sizes.choose(25, width=16), sizes.choose(5, width=16)
    (26, 26, 5)
    >>> sizes.choose(23, width=16), sizes.choose(23, width=32)  # a size counts for its own width
    (26, 24)
    """

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()  # (n_batches, width)
        self._lock = threading.Lock()

    def choose(self, n_batches: int, width: int) -> int:
        """Return a number of batches of this width, at least ``n_batches``."""
        with self._lock:
            # About a quarter more is accepted, so that folds of a few rows' difference share a program. Programs loop
            # over the batches with real rows alone, so padding costs memory and no time.
            fitting = [
                size for size, known in self._known if known == width and n_batches <= size <= n_batches * 1.25 + 1
            ]
            chosen = min(fitting, default=round_up_size(n_batches))
            self._known.add((chosen, width))
            return chosen


@dataclass(frozen=True)
class Schedule:
    """Batch size, epochs and row orders of a fit; epochs count from 0 over the life of a network."""

    batch_size: int
    epochs: int
    first_epoch: int
    shuffle: bool
    seed: int

    def row_orders(self, n_rows: int) -> RowOrders:
        """Return the generator of each epoch's row order."""
        return RowOrders(n_rows, seed=self.seed, shuffle=self.shuffle)

    def blocks(self, batching: Batching, *, single_epochs: bool) -> list[tuple[int, int]]:
        """Divide the epochs into blocks (first, number): single epochs, or as many as one row order holds."""
        most = 1 if single_epochs else _order_capacity(batching, single_epochs=False) // max(1, batching.n_batches)
        last = self.first_epoch + self.epochs
        return [(first, min(most, last - first)) for first in range(self.first_epoch, last, most)]

    def order(
        self, batching: Batching, first: int, n_epochs: int, *, single_epochs: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
        """Draw the row order of a block of epochs, and the rows of the last batches that are not padded.

        The order is (capacity, width): a batch a line, epoch after epoch. Its shape does not depend on the number of
        epochs; what is left over names row 0, which the program skips or gives weight 0. The tails are
        (n_epochs_at_most, n_tail), an epoch a line, or None.
        """
        capacity = _order_capacity(batching, single_epochs=single_epochs)
        order = np.zeros((capacity, batching.width), dtype=np.int32)
        tails = np.zeros((capacity // batching.n_batches, batching.n_tail), dtype=np.int32)
        # A view of the same memory with an epoch a line: (n_epochs, n_batches * width).
        by_epoch = order[: n_epochs * batching.n_batches].reshape(n_epochs, batching.n_batches * batching.width)
        orders = self.row_orders(batching.n_rows)
        for number in range(n_epochs):
            rows = orders.of(first + number)
            by_epoch[number, : batching.n_in_batches] = rows[: batching.n_in_batches]
            tails[number] = rows[batching.n_in_batches :]
        return order, tails if batching.n_tail else None


def _order_capacity(batching: Batching, *, single_epochs: bool) -> int:
    """Return the number of batches in a block's row order: a megabyte of them, and at least one epoch."""
    fitting = 0 if single_epochs else _ORDER_BYTES // (4 * batching.width)  # row numbers have 4 bytes
    return max(fitting, round_up_size(batching.n_batches))
