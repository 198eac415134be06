"""Callbacks of a fit: early stopping, divergence, progress; and which of the user's need batches."""

from __future__ import annotations

import math
import multiprocessing
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

_ONE_BAR, _LINE_PER_EPOCH = 1, 2  # of `verbose`
_HOOKS_WITHIN_EPOCH = [
    f"on_{part}_{end}" for part in ("batch", "train_batch", "test", "test_batch") for end in ("begin", "end")
]


@dataclass(frozen=True)
class EarlyStop:
    """Early stopping by parameter, with the settings of Keras' ``EarlyStopping`` under its names.

    With ``averaging`` the weights that are validated, and those of the network in the end, are a running average over
    epochs, which keeps this share of itself in each epoch; training goes on from the weights themselves.
    """

    monitor: str = "val_loss"
    patience: int = 10
    min_delta: float = 0.0
    restore_best_weights: bool = True
    averaging: float = 0.0

    def callbacks(self) -> list[Any]:
        """Return the callbacks of ``keras.Model.fit`` that do the same; the last is Keras' ``EarlyStopping``."""
        settings = asdict(self)
        share = settings.pop("averaging")
        return [*([WeightAverage(share)] if share else []), keras.callbacks.EarlyStopping(**settings)]


class WeightAverage(keras.callbacks.Callback):
    """Puts the running average of the weights into the model while it is validated and at the end of an epoch."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share
        self._epoch = 0
        self._average: list[Any] = []
        self._trained: list[Any] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Begin with the present weights."""
        self._average = self._trained = self._weights()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Go on with the trained weights."""
        self._epoch = epoch
        self._put(self._trained)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Put the average into the model, with the weights of the epoch that ends."""
        self._trained = self._weights()
        kept = min(self._share, self._epoch / (self._epoch + 1.0))
        pairs = zip(self._average, self._trained, strict=True)
        self._average = [kept * old + (1.0 - kept) * new for old, new in pairs]
        self._put(self._average)

    def _weights(self) -> list[Any]:
        return [np.asarray(variable.value) for variable in self.model.trainable_variables]

    def _put(self, values: list[Any]) -> None:
        for variable, value in zip(self.model.trainable_variables, values, strict=True):
            variable.assign(value)


def greater_is_better(monitor: str, model: Any) -> bool:
    """Ask Keras whether a monitored value of a model is better the higher it is; ValueError where it does not know."""
    # Keras settles the direction at the end of an epoch, from the metric's own: so an end of epoch is simulated.
    callback = keras.callbacks.EarlyStopping(monitor)
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_end(0, {monitor: 0.0})
    return bool(callback.monitor_op(1.0, 0.0))


class DivergenceGuard(keras.callbacks.Callback):
    """Stops a training whose loss or weights are no longer finite, and keeps the best weights so far.

    Weights are judged by the validation loss after the epoch. Without validation rows they are judged by the training
    loss of the epoch that begins with them: what the last step of an epoch did to them shows only in the next one. A
    compiled program applies the same rule.
    """

    def __init__(self) -> None:
        super().__init__()
        self.diverged = False
        self.best_weights: list[Any] = []
        self.best_epoch: int | None = None
        self._best = math.inf
        self._first_epoch: int | None = None
        self._at_begin: list[Any] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Copy the weights that the epoch begins with."""
        self._at_begin = self.model.get_weights()
        if self._first_epoch is None:
            self._first_epoch = epoch
            self.best_weights = self._at_begin

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the weights where they are the best, or stop the training."""
        losses = logs or {}
        loss, validation_loss = losses["loss"], losses.get("val_loss")
        at_end = self.model.get_weights()
        is_finite = math.isfinite(loss) and all(np.isfinite(weight).all() for weight in at_end)
        if not is_finite or math.isnan(validation_loss or 0.0):
            self.diverged = self.model.stop_training = True
            return
        if validation_loss is None and loss < self._best:
            self._keep(loss, self._at_begin, epoch - 1)
        elif validation_loss is not None and validation_loss < self._best:
            self._keep(validation_loss, at_end, epoch)

    def _keep(self, loss: float, weights: list[Any], epoch: int) -> None:
        self._best, self.best_weights = loss, weights
        # The weights from before the first epoch belong to no epoch of this fit.
        self.best_epoch = None if epoch < (self._first_epoch or 0) else epoch


class _ProgressLines(keras.callbacks.Callback):
    """A line for each epoch: its number and its losses."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._done = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Write the line."""
        self._done += 1
        values = (f"{name}: {float(value):.4g}" for name, value in (logs or {}).items())
        sys.stdout.write(" - ".join([f"Epoch {self._done}/{self._epochs}", *values]) + "\n")


class _ProgressBar(_ProgressLines):
    """One progress bar for a whole fit, a step an epoch."""

    _bar: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Advance the bar and show the epoch's losses."""
        shown = {name: float(value) for name, value in (logs or {}).items()}
        # At the first epoch, because only then the names of the values are known.
        if self._bar is None:
            self._bar = keras.utils.Progbar(self._epochs, unit_name="epoch", stateful_metrics=list(shown))
        self._done += 1
        self._bar.update(self._done, values=list(shown.items()))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """End the line of the bar where the fit stopped before its last epoch."""
        if self._bar is not None and self._done < self._epochs:
            self._bar.update(self._done, finalize=True)


def progress_callbacks(verbose: int, epochs: int) -> list[Any]:
    """Return the callbacks that show the progress of a fit: none, one bar, or a line for each epoch.

    Workers of ``n_jobs``, processes and threads alike, draw no bar: theirs would overwrite each other.
    """
    if verbose == _LINE_PER_EPOCH:
        return [_ProgressLines(epochs)]
    return [_ProgressBar(epochs)] if verbose == _ONE_BAR and not _in_worker() else []


def _in_worker() -> bool:
    # multiprocessing and loky name their workers, and only the process of the user has this name.
    in_subprocess = multiprocessing.current_process().name != "MainProcess"
    return in_subprocess or threading.current_thread() is not threading.main_thread()


def sees_batches(callback: Any) -> bool:
    """Return whether a callback acts within an epoch, at its batches or its evaluation."""
    # These two define the hooks in any case, and act in them only with `save_freq` as a number of batches.
    if isinstance(callback, keras.callbacks.ModelCheckpoint | keras.callbacks.BackupAndRestore):
        return bool(callback.save_freq != "epoch")
    # The base class's hooks do nothing. A hook that an instance holds, as LambdaCallback's, may be a plain function
    # without `__func__`.
    hooks = {name: getattr(callback, name) for name in _HOOKS_WITHIN_EPOCH}
    return any(
        getattr(hook, "__func__", hook) is not getattr(keras.callbacks.Callback, name) for name, hook in hooks.items()
    )
