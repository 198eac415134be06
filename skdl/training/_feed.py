"""How rows reach the program: all of them on the device at once, or a block of batches at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from skdl.training._order import row_order
from skdl.training._program import Block, Patience, Table
from skdl.training._rows import dense

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from skdl.training._program import Net, Program, Watch
    from skdl.training._rows import Rows
    from skdl.training._schedule import Schedule

__all__ = ["Resident", "Streamed"]

_BLOCK_BYTES = 64 * 2**20  # of dense rows made at a time from a sparse table
_MOST_BATCHES = 64  # in such a block: it is padded to this number, or to the table's


class Resident:
    """Dense rows: they go to the device once, and a block of epochs is one call."""

    def __init__(self, rows: Rows, validation: Rows | None, schedule: Schedule) -> None:
        self._schedule = schedule
        self._n_rows = len(rows)
        self._rows = _on_device(rows, _whole(len(rows), schedule.batch_size))
        self._held = self._rows if validation is None else _in_batches(validation, schedule.batch_size)

    def train(
        self, program: Program, net: Net, watch: Watch, first: int, n_epochs: int, patience: Patience
    ) -> tuple[Net, Watch, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return the losses (2, epochs) too."""
        schedule = self._schedule
        block = Block(
            order=jnp.asarray(schedule.order(self._n_rows, first, n_epochs)),
            first_epoch=jnp.int32(first),
            n_epochs=jnp.int32(n_epochs),
            patience=patience,
        )
        done, net, losses, watch = program.run(net, self._rows, self._held, block, watch)
        return net, watch, np.asarray(losses)[:, : int(done)]


class Streamed:
    """Sparse rows: dense blocks of some batches are made from them, so that the whole is never dense."""

    def __init__(self, rows: Rows, validation: Rows | None, schedule: Schedule) -> None:
        self._schedule = schedule
        self._rows = rows
        self._held = validation

    def train(
        self, program: Program, net: Net, watch: Watch, first: int, n_epochs: int, patience: Patience
    ) -> tuple[Net, Watch, NDArray[Any]]:
        """Train ``n_epochs`` epochs from ``first``, fewer where they stop; return the losses (2, epochs) too."""
        losses: list[list[Any]] = []
        for epoch in range(first, first + n_epochs):
            schedule = self._schedule
            order = row_order(len(self._rows), seed=schedule.seed, epoch=epoch, shuffle=schedule.shuffle)
            total: Any = 0.0
            before = net
            for block in self._blocks(self._rows, order):
                net, part = program.steps(net, block)
                total = total + part.block_until_ready()  # or dense blocks would queue up
            loss = loss_held = total / len(self._rows)
            if self._held is not None:
                blocks = self._blocks(self._held, np.arange(len(self._held)))
                loss_held = sum(program.evaluate(net, block) for block in blocks) / len(self._held)
            watch = program.look(watch, before, net, loss, loss_held, jnp.int32(epoch), patience)
            losses.append([loss, loss_held])
            if bool(watch.stopped):
                break
        return net, watch, np.asarray(losses).T

    def _blocks(self, rows: Rows, order: NDArray[np.intp]) -> Iterator[Table]:
        """Make dense blocks of the rows in this order, all of one shape."""
        batch_size = self._schedule.batch_size
        row_bytes = math.prod(rows.X.shape[1:]) * rows.y.dtype.itemsize
        fitting = max(1, _BLOCK_BYTES // (row_bytes * batch_size))
        n_batches = min(fitting, _MOST_BATCHES, math.ceil(len(rows) / batch_size))
        for start in range(0, len(order), n_batches * batch_size):
            taken = rows.take(order[start : start + n_batches * batch_size])
            yield _in_batches(taken, batch_size, n_batches)


def _whole(n_rows: int, batch_size: int) -> int:
    return math.ceil(n_rows / batch_size) * batch_size


def _in_batches(rows: Rows, batch_size: int, n_batches: int | None = None) -> Table:
    """Bring rows to the device cut in batches, padded to ``n_batches`` of them."""
    size = _whole(len(rows), batch_size) if n_batches is None else n_batches * batch_size
    return _on_device(rows, size, (size // batch_size, batch_size))


def _on_device(rows: Rows, size: int, leading: tuple[int, ...] = (-1,)) -> Table:
    """Bring rows to the device, padded to ``size`` with rows of weight 0."""
    weight = np.ones(len(rows), dtype=rows.y.dtype) if rows.weight is None else rows.weight
    padded = (_padded(part, size) for part in (dense(rows.X), rows.y, weight))
    X, y, weights = (jnp.asarray(part.reshape(*leading, *part.shape[1:])) for part in padded)
    return Table(X, y, weights, jnp.int32(len(rows)))


def _padded(part: NDArray[Any], size: int) -> NDArray[Any]:
    if len(part) == size:
        return part
    whole = np.zeros((size, *part.shape[1:]), dtype=part.dtype)
    whole[: len(part)] = part
    return whole
