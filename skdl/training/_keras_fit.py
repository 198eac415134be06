"""Training by ``keras.Model.fit``: every backend, every callback, every model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras

from skdl.training._callbacks import DivergenceGuard, EpochBegin
from skdl.training._history import Training, best_epoch
from skdl.training._randomness import RowOrders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.training._batches import Schedule
    from skdl.training._callbacks import EarlyStop
    from skdl.training._rows import Rows

__all__ = ["Batches", "fit_by_keras"]


class Batches(keras.utils.PyDataset):
    """Batches in the order of `RowOrders`: Keras' own shuffling reads global random state."""

    def __init__(self, rows: Rows, batch_size: int, *, seed: int = 0, shuffle: bool = False) -> None:
        super().__init__()
        self._rows = rows
        self._batch_size = batch_size
        self._orders = RowOrders(len(rows), seed=seed, shuffle=shuffle)
        self.begin_epoch(0)

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        start = index * self._batch_size
        return self._rows.batch(self._order[start : start + self._batch_size])

    def begin_epoch(self, epoch: int) -> None:
        """Draw the order of the epoch that begins."""
        self._order = self._orders.of(epoch)


def fit_by_keras(
    model: Any,
    rows: Rows,
    *,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Training:
    """Run ``keras.Model.fit`` on the same batches as a compiled program."""
    batch_size = schedule.batch_size
    batches = Batches(rows, batch_size, seed=schedule.seed, shuffle=schedule.shuffle)
    guard = DivergenceGuard()
    stopper = [] if early_stop is None else [early_stop.as_callback()]
    recorded = model.fit(
        batches,
        validation_data=None if validation is None else Batches(validation, batch_size),
        # Keras counts to `epochs` from `initial_epoch`: callbacks see the epoch's number in the network's life.
        initial_epoch=schedule.first_epoch,
        epochs=schedule.first_epoch + schedule.epochs,
        callbacks=[EpochBegin(batches.begin_epoch), *callbacks, guard, *stopper],
        shuffle=False,  # `Batches` shuffles
        verbose=0,  # progress is shown by our own callbacks, which do not draw in workers
    )
    history = {name: [float(value) for value in values] for name, values in recorded.history.items()}
    # Keras counts epochs from 0 over the network's life, `Training` from 1 within this call.
    best = stopper[0].best_epoch - schedule.first_epoch + 1 if stopper else best_epoch(history)
    if guard.diverged:
        model.set_weights(guard.best_weights)
        best = None if guard.best_epoch is None else guard.best_epoch - schedule.first_epoch + 1
    return Training(history, best, diverged=guard.diverged)
