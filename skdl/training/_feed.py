"""How rows reach the program: all of them on the device at once, or a block of batches at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from skdl.training._batching import Batching
from skdl.training._rows import dense
from skdl.training._values import Block, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from skdl.training._program import Program
    from skdl.training._rows import Rows
    from skdl.training._schedule import Schedule
    from skdl.training._values import Patience, Watch
    from skdl.training._variables import Net

__all__ = ["Resident", "Streamed"]

_BLOCK_BYTES = 64 * 2**20  # of dense rows made at a time from a sparse table
_MOST_BATCHES = 64  # in such a block: it is padded to this number, or to the table's
_ALIGNED = 64  # bytes: a buffer that begins at a multiple of it is used where it lies


class _Feed:
    """Rows of a fit, and how they are cut into batches and blocks of epochs."""

    def __init__(self, program: Program, rows: Rows, schedule: Schedule, *, exact: bool, one_by_one: bool) -> None:
        self._program = program
        self._schedule = schedule
        self._exact = exact
        self._one_by_one = one_by_one
        self._batching = Batching.of(len(rows), schedule.batch_size, exact=exact)

    def blocks(self) -> list[tuple[int, int]]:
        """Cut the epochs into blocks (first, number)."""
        return self._schedule.blocks(self._batching, one_by_one=self._one_by_one)


class Resident(_Feed):
    """Dense rows: they go to the device once, and a block of epochs is one call."""

    def __init__(
        self, program: Program, rows: Rows, validation: Rows | None, schedule: Schedule, **settings: bool
    ) -> None:
        super().__init__(program, rows, schedule, **settings)
        size = program.sizes.pick(math.ceil(len(rows) / self._batching.width), self._batching.width)
        self._rows = _on_device(rows, size * self._batching.width)
        self._held: tuple[Table, ...] = ()
        if validation is not None:
            held = Batching.of(len(validation), schedule.batch_size, exact=self._exact)
            n_batches = program.sizes.pick(held.n_batches, held.width)
            self._held = tuple(_pieces(validation, held, n_batches))

    def train(
        self, net: Net, watch: Watch, first: int, n_epochs: int, patience: Patience
    ) -> tuple[Net, Watch, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return what each recorded, a column each."""
        order, tails = self._schedule.order(self._batching, first, n_epochs, one_by_one=self._one_by_one)
        block = Block(order, tails, np.int32(first), np.int32(n_epochs), patience)
        shapes = (order.shape, self._rows.X.shape, *(table.X.shape for table in self._held))
        with self._program.one_compiles(shapes):
            done, net, records, watch = self._program.run(net, self._rows, self._held, block, watch)
        return net, watch, np.asarray(records)[:, : int(done)]


class Streamed(_Feed):
    """Sparse rows: dense blocks of some batches are made from them, so that the whole is never dense."""

    def __init__(
        self, program: Program, rows: Rows, validation: Rows | None, schedule: Schedule, **settings: bool
    ) -> None:
        super().__init__(program, rows, schedule, **settings)
        self._rows = rows
        self._held = validation

    def train(
        self, net: Net, watch: Watch, first: int, n_epochs: int, patience: Patience
    ) -> tuple[Net, Watch, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return what each recorded, a column each."""
        records = []
        program, schedule = self._program, self._schedule
        orders = schedule.row_orders(len(self._rows))
        n_rows = tuple(np.int32(len(table)) for table in (self._rows, self._held) if table is not None)
        for epoch in range(first, first + n_epochs):
            order = orders.of(epoch)
            before = net
            sums = program.zero(self._rows.y.dtype)
            for block in self._blocks(self._rows, order):
                net, sums = program.steps(net, block, sums)
                sums.loss.block_until_ready()  # or dense blocks would queue up
            both = [sums]
            if self._held is not None:
                held = program.zero(self._rows.y.dtype)
                for block in self._blocks(self._held, np.arange(len(self._held))):
                    held = program.evaluate(net, block, held)
                both.append(held)
            watch, record = program.look(watch, before, net, tuple(both), n_rows, np.int32(epoch), patience)
            records.append(np.asarray(record))
            if bool(watch.stopped):
                break
        return net, watch, np.stack(records, axis=1)

    def _blocks(self, rows: Rows, order: NDArray[np.intp]) -> Iterator[Table]:
        """Make dense blocks of the rows in this order, all of one shape, and one of what must not be padded."""
        batching = Batching.of(len(rows), self._schedule.batch_size, exact=self._exact)
        row_bytes = math.prod(rows.X.shape[1:]) * rows.y.dtype.itemsize
        fitting = max(1, _BLOCK_BYTES // (row_bytes * batching.width))
        most = min(fitting, _MOST_BATCHES)
        n_batches = most if batching.n_batches > most else self._program.sizes.pick(batching.n_batches, batching.width)
        size = n_batches * batching.width
        for start in range(0, batching.n_in_batches, size):
            taken = rows.take(order[start : min(start + size, batching.n_in_batches)])
            yield _on_device(taken, size, (n_batches, batching.width))
        if batching.n_tail:
            yield _on_device(rows.take(order[-batching.n_tail :]), batching.n_tail, (1, batching.n_tail))


def _pieces(rows: Rows, batching: Batching, n_batches: int) -> Iterator[Table]:
    """Bring rows to the device cut in batches, padded to ``n_batches`` of them, and what must not be padded."""
    whole = rows.take(slice(0, batching.n_in_batches)) if batching.n_tail else rows
    yield _on_device(whole, n_batches * batching.width, (n_batches, batching.width))
    if batching.n_tail:
        tail = rows.take(slice(batching.n_in_batches, None))
        yield _on_device(tail, batching.n_tail, (1, batching.n_tail))


def _on_device(rows: Rows, size: int, leading: tuple[int, ...] = (-1,)) -> Table:
    """Bring rows to the device, padded to ``size`` with rows of weight 0."""
    weight = np.ones(len(rows), dtype=rows.y.dtype) if rows.weight is None else rows.weight
    padded = (_padded(part, size) for part in (dense(rows.X), rows.y, weight))
    X, y, weights = (jax.device_put(part.reshape(*leading, *part.shape[1:])) for part in padded)
    return Table(X, y, weights, np.int32(len(rows)))


def _padded(part: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy rows, padded, to where the device can use them: it would copy what is not aligned once more."""
    shape = (size, *part.shape[1:])
    n_bytes = math.prod(shape) * part.dtype.itemsize
    raw = np.empty(n_bytes + _ALIGNED, dtype=np.uint8)
    start = -raw.ctypes.data % _ALIGNED
    whole = raw[start : start + n_bytes].view(part.dtype).reshape(shape)
    whole[: len(part)] = part
    whole[len(part) :] = 0
    return whole
