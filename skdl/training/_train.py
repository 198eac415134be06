"""The functions `train` and `evaluate`: a compiled program trains where one exists, ``keras.Model.fit`` otherwise.

Keras trains where the program could not do the same: with callbacks that see batches, user-defined metrics, and
optimizers that average weights or scale the loss. Both visit the rows in the same batches.

This module imports no JAX at the top: it decides, on every backend, whether a program exists.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl._randomness import RowOrders
from skdl.training._batches import Schedule, dense
from skdl.training._callbacks import DivergenceGuard, progress_callbacks, sees_batches
from skdl.training._class_metrics import SeparateValues, separate_values
from skdl.training._keras_warnings import without_array_warnings
from skdl.training._lazy_model import LazyModel
from skdl.training._state import EarlyStoppingState, ModelVariables, Patience
from skdl.training._structure import rows_interact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.training._batches import Rows
    from skdl.training._callbacks import EarlyStop
    from skdl.training._program import Program

_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics", "compute_loss_and_updates")
_NEVER = np.iinfo(np.int32).max  # epochs of patience without early stopping
_SMALL_EPOCH = 2**25  # rows times weights: about 5 ms of training, of which a better program saves 1 ms


@dataclass(frozen=True)
class Training:
    """History of one call of `train`.

    ``history`` holds a list for each name (``loss``, ``val_loss``, metrics), a value an epoch of this call;
    ``best_epoch`` counts from 1 within it and is None where no loss was finite. ``diverged``: the loss or a weight was
    no longer a finite number; training ended there, and the model has the best weights so far.
    """

    history: dict[str, list[float]]
    best_epoch: int | None
    diverged: bool = False


def train(
    model: Any,
    rows: Rows,
    *,
    validation: Rows | None = None,
    batch_size: int,
    epochs: int,
    first_epoch: int = 0,
    shuffle: bool = True,
    seed: int,
    early_stop: EarlyStop | None = None,
    callbacks: Sequence[Any] = (),
    verbose: int = 0,
) -> Training:
    """Train a compiled ``keras.Model`` or a `LazyModel` in place, from its weights and its optimizer's state.

    The last batch may be smaller, and is trained on too; validation rows are never trained on. ``first_epoch`` is the
    number of epochs that this network was trained before: the row order depends on it, so that two epochs at once equal
    one and one more. ``seed`` is that of the row orders; no global random state is read or changed. ``callbacks`` are
    used without a copy. ``verbose`` is 0 (silent), 1 (one progress bar, none in a worker process or thread) or 2 (a
    line for each epoch).
    """
    schedule = Schedule(batch_size=batch_size, epochs=epochs, first_epoch=first_epoch, shuffle=shuffle, seed=seed)
    callbacks = [*callbacks, *progress_callbacks(verbose, epochs)]
    if isinstance(model, LazyModel) and not model.is_built and not callbacks:
        # Nothing needs a Keras model here: the program of the template trains the arrays.
        template = model.template
        # Everything besides the structure that `_program_for` depends on here.
        is_small = _is_small(template.model, rows)
        key = (rows.y.shape[1:], validation is not None, early_stop and early_stop.monitor, is_small)
        program = template.program(key, partial(_program_for, template.model, rows, validation, early_stop, ()))
        if program is not None:
            interact = template.rows_interact
            return _fit_compiled(program, model, rows, validation, schedule, early_stop, rows_interact=interact)
    network = model.model if isinstance(model, LazyModel) else model
    program = _program_for(network, rows, validation, early_stop, callbacks)
    with without_array_warnings() if callbacks or program is None else nullcontext():  # of Keras' loop and callbacks
        if program is None:
            return _fit_by_keras(network, rows, validation, schedule, early_stop, callbacks)
        variables, interact = ModelVariables(network), rows_interact(network)
        return _fit_compiled(
            program, variables, rows, validation, schedule, early_stop, callbacks, rows_interact=interact
        )


def evaluate(model: Any, rows: Rows, *, batch_size: int) -> dict[str, float]:
    """Return the compiled loss and metrics of a model on rows, by name, in inference mode."""
    network = model.model if isinstance(model, LazyModel) else model
    values = network.evaluate(_Batches(rows, batch_size), return_dict=True, verbose=0)
    return {name: float(value) for name, value in separate_values(values).items()}


def _program_for(
    model: Any, rows: Rows, validation: Rows | None, early_stop: EarlyStop | None, callbacks: Sequence[Any]
) -> Program | None:
    """Return the program that trains this model on such rows; None where Keras must do it."""
    if keras.backend.backend() != "jax" or not _is_plain(model) or any(map(sees_batches, callbacks)):
        return None
    from skdl.training._program import training_program

    has_validation = validation is not None
    # Without early stopping the best epoch is recorded by the validation loss, or by the training loss (None).
    default = "val_loss" if has_validation else None
    monitor = default if early_stop is None else early_stop.monitor
    return training_program(
        model,
        y_shape=rows.y.shape[1:],
        has_validation=has_validation,
        monitor=monitor,
        compile_quickly=_is_small(model, rows),
    )


def _is_small(model: Any, rows: Rows) -> bool:
    """Return whether compiling the best program would take longer than it saves in a comparison of ten folds."""
    return bool(len(rows) * model.count_params() < _SMALL_EPOCH)


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


def _fit_compiled(
    program: Program,
    network: ModelVariables | LazyModel,
    rows: Rows,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any] = (),
    *,
    rows_interact: bool,
) -> Training:
    """Run the program block by block on the network's variables: some epochs a block, or one where callbacks see each.

    Callbacks need a Keras model: with them the network is a `ModelVariables`.
    """
    from skdl.training._feed import DenseFeed, SparseFeed
    from skdl.training._metrics import build_metrics

    is_sparse = any(table is not None and hasattr(table.X, "toarray") for table in (rows, validation))
    feed_kind = SparseFeed if is_sparse else DenseFeed
    feed = feed_kind(program, rows, validation, schedule, rows_interact=rows_interact, single_epochs=bool(callbacks))
    recorder = keras.callbacks.History()  # the last callback: it records what the others add to the logs
    around_epochs, logs = None, {}
    if callbacks:
        # As Keras' own loop, which does not run here, does before its first batch.
        build_metrics(network.model, rows.y.shape[1:])
        last = schedule.first_epoch + schedule.epochs
        around_epochs = keras.callbacks.CallbackList(
            [*callbacks, recorder], model=network.model, verbose=0, epochs=last
        )
        network.model.stop_training = False  # an earlier fit may have left it set
        around_epochs.on_train_begin()
    net = network.read()
    # Arrays of fixed dtypes, no Python numbers: the state of the first epoch has the types of every later one, so that
    # the loop of the program can carry it and a second block compiles nothing.
    dtype = rows.y.dtype
    patience = _patience(early_stop, dtype)
    stopping = EarlyStoppingState(
        best=np.asarray(np.inf, dtype),
        best_epoch=np.int32(-1),
        wait=np.int32(0),
        diverged=np.bool_(False),  # noqa: FBT003 - a value, not a switch
        stopped=np.bool_(False),  # noqa: FBT003 - likewise
        trainable=net.trainable,
        other=net.other,
        average=None if patience.averaging is None else net.trainable,
    )
    records = []
    for first, n_epochs in feed.blocks():
        if around_epochs is not None:
            around_epochs.on_epoch_begin(first)
            net = network.read()  # a callback may have set the learning rate or weights
        net, stopping, block_records = feed.train(net, stopping, first, n_epochs, patience)
        records.append(block_records)
        if around_epochs is not None:
            network.write(net)  # before the callbacks, which may read or save the weights
            logs = {name: values[-1] for name, values in _history(program, block_records).items()}
            around_epochs.on_epoch_end(first, logs)
            net = network.read()  # a callback may have set weights
        if bool(stopping.stopped) or (around_epochs is not None and network.model.stop_training):
            break
    diverged = bool(stopping.diverged)
    if diverged or (early_stop is not None and early_stop.restore_best_weights):
        # The best weights; the optimizer's state is that of the last epoch in any case.
        net = net._replace(trainable=stopping.trainable, other=stopping.other)
    elif stopping.average is not None:
        net = net._replace(trainable=stopping.average)
    network.write(net)
    history = _history(program, np.concatenate(records, axis=1))
    if around_epochs is not None:
        around_epochs.on_train_end(logs)
        history = _plain_floats(recorder.history)  # with what callbacks added to the logs
    if not diverged and early_stop is None:
        return Training(history, _best_epoch(history))
    # Counted from 1 within this call; 0 and less are the weights that the call began with.
    best = int(stopping.best_epoch) - schedule.first_epoch + 1
    return Training(history, best if best > 0 else None, diverged=diverged)


def _patience(stop: EarlyStop | None, dtype: Any) -> Patience:
    if stop is None:
        return Patience(np.int32(_NEVER), np.asarray(0.0, dtype))
    averaging = np.asarray(stop.averaging, dtype) if stop.averaging else None
    return Patience(np.int32(stop.patience), np.asarray(stop.min_delta, dtype), averaging)


def _history(program: Program, records: Any) -> dict[str, list[float]]:
    """Return records (n_names, n_epochs) by name, in Keras' order: training before validation, then by name."""
    named = zip(program.names, records, strict=True)
    return _plain_floats(dict(sorted(named, key=lambda one: (one[0].startswith("val_"), one[0]))))


def _plain_floats(history: dict[str, Any]) -> dict[str, list[float]]:
    return {name: [float(value) for value in values] for name, values in history.items()}


def _best_epoch(history: dict[str, list[float]]) -> int | None:
    """Return the epoch, counted from 1, with the lowest validation loss, or training loss without validation rows."""
    # A diverged fit records NaN or infinity, which min() would not skip.
    losses = history.get("val_loss") or history.get("loss") or []
    finite = [loss for loss in losses if math.isfinite(loss)]
    return losses.index(min(finite)) + 1 if finite else None


class _Batches(keras.utils.PyDataset):
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
        taken = self._rows.take(self._order[start : start + self._batch_size])
        parts = (dense(taken.X), taken.y)
        return parts if taken.weight is None else (*parts, taken.weight)

    def begin_epoch(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - the signature of Keras' callbacks
        """Draw the order of the epoch that begins."""
        self._order = self._orders.of(epoch)


def _fit_by_keras(
    model: Any,
    rows: Rows,
    validation: Rows | None,
    schedule: Schedule,
    early_stop: EarlyStop | None,
    callbacks: Sequence[Any],
) -> Training:
    """Run ``keras.Model.fit`` on the same batches as a compiled program: every backend, callback and model."""
    batch_size = schedule.batch_size
    batches = _Batches(rows, batch_size, seed=schedule.seed, shuffle=schedule.shuffle)
    new_order = keras.callbacks.LambdaCallback(on_epoch_begin=batches.begin_epoch)
    guard = DivergenceGuard()
    stopper = [] if early_stop is None else early_stop.callbacks()
    recorded = model.fit(
        batches,
        validation_data=None if validation is None else _Batches(validation, batch_size),
        # Keras counts to `epochs` from `initial_epoch`: callbacks see the epoch's number in the network's life.
        initial_epoch=schedule.first_epoch,
        epochs=schedule.first_epoch + schedule.epochs,
        callbacks=[new_order, SeparateValues(), *callbacks, *stopper[:-1], guard, *stopper[-1:]],
        shuffle=False,  # `_Batches` shuffles
        verbose=0,  # progress is shown by our own callbacks, which do not draw in workers
    )
    history = _plain_floats(recorded.history)
    # Keras counts epochs from 0 over the network's life, `Training` from 1 within this call.
    best = stopper[-1].best_epoch - schedule.first_epoch + 1 if stopper else _best_epoch(history)
    if guard.diverged:
        model.set_weights(guard.best_weights)
        best = None if guard.best_epoch is None else guard.best_epoch - schedule.first_epoch + 1
    return Training(history, best, diverged=guard.diverged)
