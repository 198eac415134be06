"""Training as one compiled program: a block of epochs a call, no Python in between.

What it cannot do as Keras does it, it leaves to ``keras.Model.fit``: callbacks, metrics, sparse rows, batch
normalisation over a partial batch, optimizers that average weights, losses that are not a weighted mean.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._history import Training, best_epoch
from skdl.training._order import row_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from skdl.training._callbacks import EarlyStop
    from skdl.training._rows import Rows

__all__ = ["Schedule", "fit_compiled", "program_for"]

_ORDER_BYTES = 64 * 2**20  # of row numbers drawn at a time
_SMALLEST_CAPACITY = 64  # batches in a block; capacities are powers of two, so that there are few shapes
_WATCHED = {"loss", "val_loss"}
_ROWS_MIX = (keras.layers.BatchNormalization,)


class Schedule:
    """Which rows a fit visits when: everything of a fit but the network and the data."""

    def __init__(self, *, batch_size: int, epochs: int, first_epoch: int, shuffle: bool, seed: int) -> None:
        self.batch_size = batch_size
        self.epochs = epochs
        self.first_epoch = first_epoch
        self.shuffle = shuffle
        self.seed = seed

    def blocks(self, n_rows: int) -> list[tuple[int, int]]:
        """Cut the epochs into blocks (first, number) whose row order fits into 64 MB."""
        steps = math.ceil(n_rows / self.batch_size)
        most = max(1, _ORDER_BYTES // (4 * steps * self.batch_size))
        return [(first, min(most, self.epochs - first)) for first in range(0, self.epochs, most)]

    def order(self, n_rows: int, first: int, n_epochs: int) -> NDArray[np.int32]:
        """Draw the row order of a block, a batch a line; what does not fill a line names row 0 and weighs nothing."""
        steps = math.ceil(n_rows / self.batch_size)
        capacity = max(_SMALLEST_CAPACITY, 2 ** math.ceil(math.log2(n_epochs * steps)))
        drawn = np.zeros((capacity, self.batch_size), dtype=np.int32)
        flat = drawn[: n_epochs * steps].reshape(n_epochs, steps * self.batch_size)
        for epoch in range(n_epochs):
            absolute = self.first_epoch + first + epoch
            flat[epoch, :n_rows] = row_order(n_rows, seed=self.seed, epoch=absolute, shuffle=self.shuffle)
        return drawn


def program_for(
    model: Any, rows: Rows, validation: Rows | None, batch_size: int, early_stop: EarlyStop | None
) -> Callable[..., Any] | None:
    """Return the program that trains this model on these rows; None where Keras must do it."""
    if keras.backend.backend() != "jax" or not _is_plain(model, early_stop):
        return None
    if any(hasattr(table.X, "toarray") for table in (rows, validation) if table is not None):
        return None
    if len(rows) % batch_size and any(isinstance(layer, _ROWS_MIX) for layer in model.layers):
        return None
    from skdl.training._program import training_program

    monitored = early_stop.monitor if early_stop is not None else None
    return training_program(model, watched=validation is not None, monitored=monitored)


def _is_plain(model: Any, early_stop: EarlyStop | None) -> bool:
    optimizer, loss = model.optimizer, model.loss
    if early_stop is not None and early_stop.monitor not in _WATCHED:
        return False
    return (
        not getattr(optimizer, "use_ema", False)
        and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        and isinstance(loss, keras.losses.Loss)
        and loss.reduction == "mean_with_sample_weight"
        and len(model.metrics) <= 1  # the loss itself
        and len(model.inputs) == len(model.outputs) == 1
    )


def fit_compiled(
    program: Callable[..., Any],
    model: Any,
    rows: Rows,
    *,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
) -> Training:
    """Run the program block by block, put the weights back into the model, and return its history."""
    import jax.numpy as jnp

    from skdl.training._program import Block, Net

    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    net = Net(*([variable.value for variable in group] for group in _variables(model)))
    table = _on_device(rows, schedule.batch_size, batched=False)
    held = table if validation is None else _on_device(validation, schedule.batch_size, batched=True)
    watch = _first_watch(net, table.weight.dtype)
    patience, min_delta = (early_stop.patience, early_stop.min_delta) if early_stop is not None else (0, 0.0)
    kept = early_stop is not None and early_stop.restore_best_weights
    losses: list[NDArray[Any]] = []
    for first, n_epochs in schedule.blocks(len(rows)):
        block = Block(
            order=jnp.asarray(schedule.order(len(rows), first, n_epochs)),
            first_epoch=jnp.int32(schedule.first_epoch + first),
            n_epochs=jnp.int32(n_epochs),
            patience=jnp.int32(patience),
            min_delta=jnp.asarray(min_delta, table.weight.dtype),
        )
        done, net, both, watch = program(net, table, held, block, watch, keep_best=kept)
        losses.append(np.asarray(both)[:, : int(done)])
        if bool(watch.stopped):
            break
    if kept:
        net = Net(watch.trainable, watch.other, net.optimizer)
    _put_back(model, net)
    history = _history(np.concatenate(losses, axis=1), watched=validation is not None)
    if early_stop is None:
        return Training(history, best_epoch(history))
    return Training(history, int(watch.best_epoch) - schedule.first_epoch + 1)


def _variables(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def _put_back(model: Any, net: Any) -> None:
    for variables, values in zip(_variables(model), net, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _on_device(rows: Rows, batch_size: int, *, batched: bool) -> Any:
    """Pad rows to whole batches and bring them to the device once; ``batched`` rows are cut there already."""
    import jax.numpy as jnp

    from skdl.training._program import Table

    n_rows = len(rows)
    size = math.ceil(n_rows / batch_size) * batch_size
    weight = np.ones(n_rows, dtype=rows.y.dtype) if rows.weight is None else rows.weight
    shape = (size // batch_size, batch_size) if batched else (size,)
    parts = (_padded(np.asarray(part), size) for part in (rows.X, rows.y, weight))
    X, y, weights = (jnp.asarray(part.reshape(*shape, *part.shape[1:])) for part in parts)
    return Table(X, y, weights, jnp.int32(n_rows))


def _padded(part: NDArray[Any], size: int) -> NDArray[Any]:
    if len(part) == size:
        return part
    whole = np.zeros((size, *part.shape[1:]), dtype=part.dtype)
    whole[: len(part)] = part
    return whole


def _first_watch(net: Any, dtype: Any) -> Any:
    import jax.numpy as jnp

    from skdl.training._program import Watch

    return Watch(
        best=jnp.asarray(jnp.inf, dtype),
        best_epoch=jnp.int32(-1),
        wait=jnp.int32(0),
        stopped=jnp.asarray(False),  # noqa: FBT003 - a value, not a switch
        trainable=net.trainable,
        other=net.other,
    )


def _history(losses: NDArray[Any], *, watched: bool) -> dict[str, list[float]]:
    history = {"loss": [float(loss) for loss in losses[0]]}
    if watched:
        history["val_loss"] = [float(loss) for loss in losses[1]]
    return history
