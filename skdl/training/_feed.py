"""Rows on their way to the program: dense ones all at once, sparse ones a block of batches at a time."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from skdl.training._batches import Batching, dense
from skdl.training._program import average_weights
from skdl.training._state import Block, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from skdl.training._batches import Rows, Schedule
    from skdl.training._program import Program
    from skdl.training._state import EarlyStoppingState, NetworkState, Patience

_BLOCK_BYTES = 64 * 2**20  # of dense rows made at a time from a sparse table
_MAX_BATCHES = 64  # in such a block: it is padded to this number, or to the table's
_ALIGNMENT = 64  # bytes: JAX on a CPU uses a NumPy buffer that begins at a multiple of it in place


@dataclass
class _Feed:
    """Rows of a fit, divided into batches, and its epochs, divided into blocks."""

    program: Program
    rows: Rows
    validation: Rows | None
    schedule: Schedule
    _: KW_ONLY
    rows_interact: bool
    single_epochs: bool

    def __post_init__(self) -> None:
        self._batching = self._divide(self.rows)

    def _divide(self, rows: Rows) -> Batching:
        return Batching.of(len(rows), self.schedule.batch_size, rows_interact=self.rows_interact)

    def blocks(self) -> list[tuple[int, int]]:
        """Divide the epochs into blocks (first, number)."""
        return self.schedule.blocks(self._batching, single_epochs=self.single_epochs)

    def _batches(self, rows: Rows, order: NDArray[np.intp] | None = None, most: float = math.inf) -> Iterator[Table]:
        """Bring rows to the device in this order, in tables of at most ``most`` batches, and a tail that is not padded.

        Without an order they come as they are, and are not copied before they go to the device.

        The tables have one shape, so that a program is compiled once for them: the last one is filled with rows of
        weight 0, and the program skips batches without a real row.
        """
        batching = self._divide(rows)
        n_batches, width = int(min(batching.n_batches, most)), batching.width
        if batching.n_batches <= most:
            n_batches = self.program.sizes.choose(n_batches, width)
        size = n_batches * width

        def part(start: int, stop: int) -> Rows:
            return rows.take(slice(start, stop) if order is None else order[start:stop])

        for start in range(0, batching.n_in_batches, size):
            stop = min(start + size, batching.n_in_batches)
            yield _on_device(part(start, stop), size, (n_batches, width))
        if batching.n_tail:
            yield _on_device(part(batching.n_in_batches, len(rows)), batching.n_tail, (1, batching.n_tail))


class DenseFeed(_Feed):
    """Dense rows: they go to the device once, and a block of epochs is one call."""

    def __post_init__(self) -> None:
        super().__post_init__()
        # Training rows follow one another and are gathered, so only their padded number matters; it is a number of
        # batches that the program may know from another table.
        rows, width = self.rows, self._batching.width
        self._table = _on_device(rows, self.program.sizes.choose(math.ceil(len(rows) / width), width) * width)
        self._validation_tables = () if self.validation is None else tuple(self._batches(self.validation))

    def train(
        self, net: NetworkState, stopping: EarlyStoppingState, first: int, n_epochs: int, patience: Patience
    ) -> tuple[NetworkState, EarlyStoppingState, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return their records (n_names, n_epochs)."""
        order, tails = self.schedule.order(self._batching, first, n_epochs, single_epochs=self.single_epochs)
        block = Block(order, tails, np.int32(first), np.int32(n_epochs), patience)
        # Shapes for which jit compiles. Numbers go in as np.int32, whose type does not depend on double precision.
        shapes = (order.shape, self._table.X.shape, *(table.X.shape for table in self._validation_tables))
        with self.program.compile_once(shapes):
            done, net, records, stopping = self.program.run(net, self._table, self._validation_tables, block, stopping)
        return net, stopping, np.asarray(records)[:, : int(done)]


class SparseFeed(_Feed):
    """Sparse rows: blocks of some batches are made dense, so that the whole table never is."""

    def train(
        self, net: NetworkState, stopping: EarlyStoppingState, first: int, n_epochs: int, patience: Patience
    ) -> tuple[NetworkState, EarlyStoppingState, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return their records (n_names, n_epochs)."""
        records = []
        program = self.program
        orders = self.schedule.row_orders(len(self.rows))
        n_rows = tuple(np.int32(len(table)) for table in (self.rows, self.validation) if table is not None)
        for epoch in range(first, first + n_epochs):
            before = net  # no copy: arrays of JAX are immutable, and a step makes new ones
            sums = program.zero_sums(self.rows.y.dtype)
            for table in self._dense_batches(self.rows, orders.of(epoch)):
                net, sums = program.steps(net, table, sums)
                # JAX returns before it has computed. Without waiting, dense blocks would queue up and fill the memory.
                sums.loss.block_until_ready()
            epoch_sums = [sums]
            judged, stopping = average_weights(net, stopping, patience, np.int32(epoch))
            if self.validation is not None:
                validation_sums = program.zero_sums(self.rows.y.dtype)
                for table in self._dense_batches(self.validation):
                    validation_sums = program.evaluate(judged, table, validation_sums)
                epoch_sums.append(validation_sums)
            stopping, record = program.update_early_stopping(
                judged, stopping, before, tuple(epoch_sums), n_rows, np.int32(epoch), patience
            )
            records.append(np.asarray(record))
            if bool(stopping.stopped):  # waits for the device
                break
        return net, stopping, np.stack(records, axis=1)

    def _dense_batches(self, rows: Rows, order: NDArray[np.intp] | None = None) -> Iterator[Table]:
        """Take rows in this order, and only then make them dense."""
        row_bytes = math.prod(rows.X.shape[1:]) * rows.y.dtype.itemsize
        fitting = max(1, _BLOCK_BYTES // (row_bytes * self._divide(rows).width))
        return self._batches(rows, order, min(fitting, _MAX_BATCHES))


def _on_device(rows: Rows, size: int, leading: tuple[int, ...] = (-1,)) -> Table:
    """Bring rows to the device, padded to ``size`` with rows of weight 0; ``leading`` replaces the axis of rows."""
    weight = np.ones(len(rows), dtype=rows.y.dtype) if rows.weight is None else rows.weight
    padded = (_padded(part, size) for part in (dense(rows.X), rows.y, weight))
    X, y, weights = (jax.device_put(part.reshape(*leading, *part.shape[1:])) for part in padded)
    return Table(X, y, weights, np.int32(len(rows)))


def _padded(part: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy rows, padded, into an aligned buffer: JAX would copy one that is not aligned a second time."""
    shape = (size, *part.shape[1:])
    n_bytes = math.prod(shape) * part.dtype.itemsize
    raw = np.empty(n_bytes + _ALIGNMENT, dtype=np.uint8)  # more than needed, to begin at an aligned byte
    start = -raw.ctypes.data % _ALIGNMENT
    whole = raw[start : start + n_bytes].view(part.dtype).reshape(shape)
    whole[: len(part)] = part
    whole[len(part) :] = 0
    return whole
