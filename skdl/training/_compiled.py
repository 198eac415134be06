"""Training as one compiled program: a block of epochs a call; a call an epoch where callbacks look at each.

What it cannot do as Keras does it, it leaves to ``keras.Model.fit``: callbacks that look at batches, metrics, batch
normalisation over a partial batch, optimizers that average weights, losses that are not a weighted mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._callbacks import sees_batches
from skdl.training._history import Training, best_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.training._callbacks import EarlyStop
    from skdl.training._program import Net, Patience, Program, Watch
    from skdl.training._rows import Rows
    from skdl.training._schedule import Schedule

__all__ = ["fit_compiled", "program_for"]

_WATCHED = {"loss", "val_loss"}
_ROWS_MIX = (keras.layers.BatchNormalization,)
_ENDLESS = np.iinfo(np.int32).max  # epochs of patience where nothing stops early


def program_for(
    model: Any,
    rows: Rows,
    validation: Rows | None,
    batch_size: int,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Program | None:
    """Return the program that trains this model on these rows; None where Keras must do it."""
    if keras.backend.backend() != "jax" or not _is_plain(model, early_stop) or any(map(sees_batches, callbacks)):
        return None
    if len(rows) % batch_size and any(isinstance(layer, _ROWS_MIX) for layer in model.layers):
        return None
    from skdl.training._program import training_program

    watched = validation is not None
    default = "val_loss" if watched else None
    return training_program(model, watched=watched, monitored=default if early_stop is None else early_stop.monitor)


def _is_plain(model: Any, early_stop: EarlyStop | None) -> bool:
    optimizer, loss = model.optimizer, model.loss
    if early_stop is not None and early_stop.monitor not in _WATCHED:
        return False
    return (
        not getattr(optimizer, "use_ema", False)
        and getattr(optimizer, "loss_scale_factor", None) is None
        and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        and isinstance(loss, keras.losses.Loss)
        and loss.reduction == "mean_with_sample_weight"
        and len(model.metrics) <= 1  # the loss itself
        and len(model.inputs) == len(model.outputs) == 1
    )


def fit_compiled(
    program: Program,
    model: Any,
    rows: Rows,
    *,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Training:
    """Run the program block by block, put the weights back into the model, and return its history."""
    from skdl.training._feed import Resident, Streamed

    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    feed = (Streamed if any(_is_sparse(table) for table in (rows, validation)) else Resident)(
        rows, validation, schedule
    )
    watchers = _Watchers(model, callbacks, schedule) if callbacks else None
    net = _net_of(model)
    watch = _first_watch(net, rows.y.dtype)
    blocks = []
    for first, n_epochs in schedule.blocks(len(rows), one_by_one=watchers is not None):
        if watchers is not None:
            watchers.begin(first)
            net = _net_of(model)  # a callback may have set the learning rate, or weights
        net, watch, losses = feed.train(program, net, watch, first, n_epochs, _patience(early_stop, rows.y.dtype))
        blocks.append(losses)
        if watchers is not None:
            _put_back(model, net)
            watchers.end(first, _history(losses, watched=validation is not None))
            net = _net_of(model)
        if bool(watch.stopped) or (watchers is not None and model.stop_training):
            break
    _put_back(model, net)
    history = _history(np.concatenate(blocks, axis=1), watched=validation is not None)
    if watchers is not None:
        history = watchers.finish()
    return _finish(model, net, watch, history, early_stop=early_stop, first_epoch=schedule.first_epoch)


def _finish(
    model: Any,
    net: Net,
    watch: Watch,
    history: dict[str, list[float]],
    *,
    early_stop: EarlyStop | None,
    first_epoch: int,
) -> Training:
    """Go back to the best weights where early stopping or a loss that is no longer finite asks for it."""
    diverged = bool(watch.diverged)
    best = int(watch.best_epoch) - first_epoch + 1 if int(watch.best_epoch) >= first_epoch else None
    if diverged or (early_stop is not None and early_stop.restore_best_weights):
        _put_back(model, net._replace(trainable=watch.trainable, other=watch.other))
    watched = diverged or early_stop is not None
    return Training(history, best if watched else best_epoch(history), diverged=diverged)


class _Watchers:
    """Keras' callbacks around epochs that no Keras loop runs."""

    def __init__(self, model: Any, callbacks: Sequence[Any], schedule: Schedule) -> None:
        self._history = keras.callbacks.History()  # the last of them: it records what the others add to the logs
        last = schedule.first_epoch + schedule.epochs
        self._callbacks = keras.callbacks.CallbackList([*callbacks, self._history], model=model, verbose=0, epochs=last)
        self._logs: dict[str, float] = {}
        model.stop_training = False
        self._callbacks.on_train_begin()

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
    import jax.numpy as jnp

    from skdl.training._program import Patience

    epochs, min_delta = (_ENDLESS, 0.0) if early_stop is None else (early_stop.patience, early_stop.min_delta)
    return Patience(jnp.int32(epochs), jnp.asarray(min_delta, dtype))


def _variables(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def _net_of(model: Any) -> Net:
    from skdl.training._program import Net

    return Net(*([variable.value for variable in group] for group in _variables(model)))


def _put_back(model: Any, net: Net) -> None:
    for variables, values in zip(_variables(model), net, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _first_watch(net: Net, dtype: Any) -> Watch:
    import jax.numpy as jnp

    from skdl.training._program import Watch

    return Watch(
        best=jnp.asarray(jnp.inf, dtype),
        best_epoch=jnp.int32(-1),
        wait=jnp.int32(0),
        diverged=jnp.asarray(False),  # noqa: FBT003 - a value, not a switch
        stopped=jnp.asarray(False),  # noqa: FBT003 - likewise
        trainable=net.trainable,
        other=net.other,
    )


def _history(losses: NDArray[Any], *, watched: bool) -> dict[str, list[float]]:
    history = {"loss": [float(loss) for loss in losses[0]]}
    if watched:
        history["val_loss"] = [float(loss) for loss in losses[1]]
    return history
