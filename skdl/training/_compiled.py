"""Training as one compiled program: a block of epochs a call; a call an epoch where callbacks look at each.

What it cannot do as Keras does it, it leaves to ``keras.Model.fit``: callbacks that look at batches, metrics of the
user's own, optimizers that average weights or scale the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._callbacks import sees_batches
from skdl.training._history import Training, best_epoch
from skdl.training._values import Patience, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.training._callbacks import EarlyStop
    from skdl.training._program import Program
    from skdl.training._rows import Rows
    from skdl.training._schedule import Schedule
    from skdl.training._sketch import Sketch
    from skdl.training._variables import InModel, Net

__all__ = ["fit_compiled", "program_for"]

_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics", "compute_loss_and_updates")
_ENDLESS = np.iinfo(np.int32).max  # epochs of patience where nothing stops early


def program_for(
    model: Any,
    rows: Rows,
    validation: Rows | None,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Program | None:
    """Return the program that trains this model on such rows; None where Keras must do it."""
    if keras.backend.backend() != "jax" or not _is_plain(model) or any(map(sees_batches, callbacks)):
        return None
    from skdl.training._program import training_program

    watched = validation is not None
    default = "val_loss" if watched else None
    monitor = default if early_stop is None else early_stop.monitor
    return training_program(model, y_shape=rows.y.shape[1:], watched=watched, monitor=monitor)


def _is_plain(model: Any) -> bool:
    optimizer = model.optimizer
    return (
        not getattr(optimizer, "use_ema", False)
        and getattr(optimizer, "loss_scale_factor", None) is None
        and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        and not getattr(optimizer, "_exclude_from_weight_decay", None)  # its configuration does not tell
        and not getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
        and isinstance(model.loss, keras.losses.Loss)
        and all(getattr(type(model), step) is getattr(keras.Model, step) for step in _STEPS)
        and len(model.inputs) == len(model.outputs) == 1
    )


def fit_compiled(
    program: Program,
    place: InModel | Sketch,
    rows: Rows,
    *,
    exact: bool,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Training:
    """Run the program block by block on the variables of a place, and return the history.

    ``exact`` where batches must not be padded. Callbacks need a model: the place is one then.
    """
    from skdl.training._feed import Resident, Streamed
    from skdl.training._scores import build_metrics

    sparse = _is_sparse(rows) or _is_sparse(validation)
    feed = (Streamed if sparse else Resident)(
        program, rows, validation, schedule, exact=exact, one_by_one=bool(callbacks)
    )
    watchers = None
    if callbacks:
        build_metrics(place.model, rows.y.shape[1:])
        watchers = _Watchers(place.model, callbacks, schedule)
    net = place.read()
    watch = _first_watch(net, rows.y.dtype)
    patience = _patience(early_stop, rows.y.dtype)
    blocks = []
    for first, n_epochs in feed.blocks():
        if watchers is not None:
            watchers.begin(first)
            net = place.read()  # a callback may have set the learning rate, or weights
        net, watch, records = feed.train(net, watch, first, n_epochs, patience)
        blocks.append(records)
        if watchers is not None:
            place.write(net)
            watchers.end(first, _history(program, records))
            net = place.read()
        if bool(watch.stopped) or (watchers is not None and watchers.stopped):
            break
    place.write(_kept(net, watch, early_stop))
    history = _history(program, np.concatenate(blocks, axis=1))
    if watchers is not None:
        history = watchers.finish()
    best = int(watch.best_epoch) - schedule.first_epoch + 1 if int(watch.best_epoch) >= schedule.first_epoch else None
    watched = bool(watch.diverged) or early_stop is not None
    return Training(history, best if watched else best_epoch(history), diverged=bool(watch.diverged))


def _kept(net: Net, watch: Watch, early_stop: EarlyStop | None) -> Net:
    """Go back to the best weights where early stopping or a loss that is no longer finite asks for it."""
    if bool(watch.diverged) or (early_stop is not None and early_stop.restore_best_weights):
        return net._replace(trainable=watch.trainable, other=watch.other)
    return net


class _Watchers:
    """Keras' callbacks around epochs that no Keras loop runs."""

    def __init__(self, model: Any, callbacks: Sequence[Any], schedule: Schedule) -> None:
        self._history = keras.callbacks.History()  # the last of them: it records what the others add to the logs
        last = schedule.first_epoch + schedule.epochs
        self._callbacks = keras.callbacks.CallbackList([*callbacks, self._history], model=model, verbose=0, epochs=last)
        self._logs: dict[str, float] = {}
        self._model = model
        model.stop_training = False
        self._callbacks.on_train_begin()

    @property
    def stopped(self) -> bool:
        """Whether a callback asked to stop."""
        return bool(self._model.stop_training)

    def begin(self, epoch: int) -> None:
        self._callbacks.on_epoch_begin(epoch)

    def end(self, epoch: int, history: dict[str, list[float]]) -> None:
        self._logs = {name: values[-1] for name, values in history.items()}
        self._callbacks.on_epoch_end(epoch, self._logs)

    def finish(self) -> dict[str, list[float]]:
        """End the training; return what was logged."""
        self._callbacks.on_train_end(self._logs)
        return {name: [float(value) for value in values] for name, values in self._history.history.items()}


def _is_sparse(rows: Rows | None) -> bool:
    return rows is not None and hasattr(rows.X, "toarray")


def _patience(early_stop: EarlyStop | None, dtype: Any) -> Patience:
    epochs, min_delta = (_ENDLESS, 0.0) if early_stop is None else (early_stop.patience, early_stop.min_delta)
    return Patience(np.int32(epochs), np.asarray(min_delta, dtype))


def _first_watch(net: Net, dtype: Any) -> Watch:
    return Watch(
        best=np.asarray(np.inf, dtype),
        best_epoch=np.int32(-1),
        wait=np.int32(0),
        diverged=np.bool_(False),  # noqa: FBT003 - a value, not a switch
        stopped=np.bool_(False),  # noqa: FBT003 - likewise
        trainable=net.trainable,
        other=net.other,
    )


def _history(program: Program, records: NDArray[Any]) -> dict[str, list[float]]:
    """Return the records by name, in the order in which Keras has them."""
    named = zip(program.names, records, strict=True)
    listed = sorted(named, key=lambda one: (one[0].startswith("val_"), one[0]))
    return {name: [float(value) for value in values] for name, values in listed}
