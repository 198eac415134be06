"""Training by a compiled program: a block of epochs a call, or one epoch a call where callbacks need each of them.

``keras.Model.fit`` trains instead where the program could not do the same: with callbacks that see batches,
user-defined metrics, and optimizers that average weights or scale the loss.

This module imports no JAX at the top: it decides, on every backend, whether a program exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._callbacks import sees_batches
from skdl.training._history import Training, best_epoch
from skdl.training._state import EarlyStoppingState, Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.training._batches import Schedule
    from skdl.training._callbacks import EarlyStop
    from skdl.training._lazy_model import LazyModel
    from skdl.training._program import Program
    from skdl.training._rows import Rows
    from skdl.training._state import ModelVariables, NetworkState

__all__ = ["fit_compiled", "program_for"]

_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics", "compute_loss_and_updates")
_NEVER = np.iinfo(np.int32).max  # epochs of patience without early stopping


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

    has_validation = validation is not None
    # Without early stopping the best epoch is recorded by the validation loss, or by the training loss (None).
    default = "val_loss" if has_validation else None
    monitor = default if early_stop is None else early_stop.monitor
    return training_program(model, y_shape=rows.y.shape[1:], has_validation=has_validation, monitor=monitor)


def _is_plain(model: Any) -> bool:
    """Return whether a step of Keras is: forward pass, loss, gradient, optimizer, and nothing else."""
    optimizer = model.optimizer
    return (
        not getattr(optimizer, "use_ema", False)
        and getattr(optimizer, "loss_scale_factor", None) is None
        and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        # An optimizer's configuration lacks the variables without decay, so its copy would decay them.
        and not getattr(optimizer, "_exclude_from_weight_decay", None)
        and not getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
        and isinstance(model.loss, keras.losses.Loss)
        and all(getattr(type(model), step) is getattr(keras.Model, step) for step in _STEPS)
        and len(model.inputs) == len(model.outputs) == 1
    )


def fit_compiled(
    program: Program,
    network: ModelVariables | LazyModel,
    rows: Rows,
    *,
    rows_interact: bool,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Training:
    """Run the program block by block on the network's variables, and return the history.

    Callbacks need a Keras model: with them the network is a `ModelVariables`.
    """
    from skdl.training._feed import DenseFeed, SparseFeed
    from skdl.training._metrics import build_metrics

    # Callbacks see the weights of each epoch, so with them a call trains a single one; without them it trains as many
    # as a row order holds.
    sparse = _is_sparse(rows) or _is_sparse(validation)
    feed = (SparseFeed if sparse else DenseFeed)(
        program, rows, validation, schedule, rows_interact=rows_interact, single_epochs=bool(callbacks)
    )
    epoch_callbacks = None
    if callbacks:
        # Keras' own loop, which does not run here, would build the metrics at its first batch.
        build_metrics(network.model, rows.y.shape[1:])
        epoch_callbacks = _EpochCallbacks(network.model, callbacks, schedule)
    net = network.read()
    stopping = _initial_stopping(net, rows.y.dtype)
    patience = _patience(early_stop, rows.y.dtype)
    records = []
    for first, n_epochs in feed.blocks():
        if epoch_callbacks is not None:
            epoch_callbacks.begin(first)
            net = network.read()  # a callback may have set the learning rate, or weights
        net, stopping, block_records = feed.train(net, stopping, first, n_epochs, patience)
        records.append(block_records)
        if epoch_callbacks is not None:
            network.write(net)  # before the callbacks, which may read or save the weights
            epoch_callbacks.end(first, _history(program, block_records))
            net = network.read()  # likewise
        if bool(stopping.stopped) or (epoch_callbacks is not None and epoch_callbacks.stopped):
            break
    network.write(_final_state(net, stopping, early_stop))
    history = _history(program, np.concatenate(records, axis=1))
    if epoch_callbacks is not None:
        history = epoch_callbacks.finish()  # with what callbacks added to the logs
    diverged = bool(stopping.diverged)
    if not diverged and early_stop is None:
        return Training(history, best_epoch(history))
    # Counted from 1 within this call; 0 and less are the weights that the call began with.
    best = int(stopping.best_epoch) - schedule.first_epoch + 1
    return Training(history, best if best > 0 else None, diverged=diverged)


def _final_state(net: NetworkState, stopping: EarlyStoppingState, early_stop: EarlyStop | None) -> NetworkState:
    """Restore the best weights where early stopping asks for it, or where the loss is no longer finite."""
    if bool(stopping.diverged) or (early_stop is not None and early_stop.restore_best_weights):
        return net._replace(trainable=stopping.trainable, other=stopping.other)
    return net  # the optimizer's state is that of the last epoch in both cases


class _EpochCallbacks:
    """Calls Keras' callbacks around epochs that no loop of Keras runs."""

    def __init__(self, model: Any, callbacks: Sequence[Any], schedule: Schedule) -> None:
        self._history = keras.callbacks.History()  # the last of them: it records what the others add to the logs
        last = schedule.first_epoch + schedule.epochs
        self._callbacks = keras.callbacks.CallbackList([*callbacks, self._history], model=model, verbose=0, epochs=last)
        self._logs: dict[str, float] = {}
        self._model = model
        model.stop_training = False  # an earlier fit may have left it set
        # As Keras' loop does before its first epoch.
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
        """End the training; return the logs of all epochs."""
        self._callbacks.on_train_end(self._logs)
        return {name: [float(value) for value in values] for name, values in self._history.history.items()}


def _is_sparse(rows: Rows | None) -> bool:
    return rows is not None and hasattr(rows.X, "toarray")


def _patience(early_stop: EarlyStop | None, dtype: Any) -> Patience:
    epochs, min_delta = (_NEVER, 0.0) if early_stop is None else (early_stop.patience, early_stop.min_delta)
    return Patience(np.int32(epochs), np.asarray(min_delta, dtype))


def _initial_stopping(net: NetworkState, dtype: Any) -> EarlyStoppingState:
    # Arrays of fixed dtypes, no Python numbers: the state of the first epoch has the types of every later one, so that
    # the loop of the program can carry it and a second block compiles nothing.
    return EarlyStoppingState(
        best=np.asarray(np.inf, dtype),
        best_epoch=np.int32(-1),
        wait=np.int32(0),
        diverged=np.bool_(False),  # noqa: FBT003 - a value, not a switch
        stopped=np.bool_(False),  # noqa: FBT003 - likewise
        trainable=net.trainable,
        other=net.other,
    )


def _history(program: Program, records: NDArray[Any]) -> dict[str, list[float]]:
    """Return records (n_names, n_epochs) by name, in Keras' order: training before validation, then by name."""
    named = zip(program.names, records, strict=True)
    in_order = sorted(named, key=lambda one: (one[0].startswith("val_"), one[0]))
    return {name: [float(value) for value in values] for name, values in in_order}
