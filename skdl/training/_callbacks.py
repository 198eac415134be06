"""What watches a fit from epoch to epoch."""

from __future__ import annotations

import math
import multiprocessing
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["DivergenceGuard", "EarlyStop", "EpochClock", "progress", "sees_batches"]

_ONE_BAR, _LINE_AN_EPOCH = 1, 2
_INSIDE_AN_EPOCH = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


@dataclass(frozen=True)
class EarlyStop:
    """Early stopping asked for by parameter, in the terms of Keras' ``EarlyStopping``."""

    monitor: str = "val_loss"
    patience: int = 10
    min_delta: float = 0.0
    restore_best_weights: bool = True

    def as_callback(self) -> Any:
        """Return Keras' own callback of these settings."""
        return keras.callbacks.EarlyStopping(
            monitor=self.monitor,
            patience=self.patience,
            min_delta=self.min_delta,
            restore_best_weights=self.restore_best_weights,
        )

    def rises(self, model: Any) -> bool:
        """Ask Keras' callback whether the monitored value of a compiled model is better the higher it is.

        Raises
        ------
        ValueError
            Where Keras does not know.
        """
        asked = keras.callbacks.EarlyStopping(monitor=self.monitor)
        asked.set_model(model)
        asked.on_train_begin()
        asked.on_epoch_end(0, {self.monitor: 0.0})
        return bool(asked.monitor_op(1.0, 0.0))


class EpochClock(keras.callbacks.Callback):
    """Tells the batches which epoch begins, so that each epoch has its own row order."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._tell = tell

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Pass the epoch's number on."""
        self._tell(epoch)


class DivergenceGuard(keras.callbacks.Callback):
    """Ends a training whose loss or weights cease to be finite, and keeps the best weights so far.

    Weights are judged by the loss of held-out rows after the epoch. Where none are held out they are judged by the
    training loss of the epoch that begins with them: what the last step of an epoch did to them shows in the next.
    """

    def __init__(self) -> None:
        super().__init__()
        self.diverged = False
        self.best_weights: list[Any] = []
        self.best_epoch: int | None = None
        self._best = math.inf
        self._first_epoch: int | None = None
        self._before: list[Any] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Remember the weights that the epoch begins with."""
        self._before = self.model.get_weights()
        if self._first_epoch is None:
            self._first_epoch = epoch
            self.best_weights = self._before

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Judge the weights, or end the training."""
        losses = logs or {}
        loss, held = losses["loss"], losses.get("val_loss")
        after = self.model.get_weights()
        if not math.isfinite(loss) or math.isnan(held or 0.0) or not all(map(_is_finite, after)):
            self.diverged = self.model.stop_training = True
            return
        if held is None and loss < self._best:
            self._keep(loss, self._before, epoch - 1)
        elif held is not None and held < self._best:
            self._keep(held, after, epoch)

    def _keep(self, loss: float, weights: list[Any], epoch: int) -> None:
        self._best, self.best_weights = loss, weights
        self.best_epoch = None if epoch < (self._first_epoch or 0) else epoch


def _is_finite(weight: NDArray[Any]) -> bool:
    return bool(np.isfinite(weight).all())


class EpochProgress(keras.callbacks.Callback):
    """One progress bar for a whole fit, a step an epoch."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._bar: Any = None
        self._done = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Move the bar and show the epoch's losses."""
        shown = {name: float(value) for name, value in (logs or {}).items()}
        if self._bar is None:
            self._bar = keras.utils.Progbar(self._epochs, unit_name="epoch", stateful_metrics=list(shown))
        self._done += 1
        self._bar.update(self._done, values=list(shown.items()))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Close the bar where early stopping ended the fit before its last epoch."""
        if self._bar is not None and self._done < self._epochs:
            self._bar.update(self._done, finalize=True)


class EpochLines(keras.callbacks.Callback):
    """A line an epoch: its number and its losses."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._done = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Write the line."""
        self._done += 1
        values = (f"{name}: {float(value):.4g}" for name, value in (logs or {}).items())
        sys.stdout.write(" - ".join([f"Epoch {self._done}/{self._epochs}", *values]) + "\n")


def progress(verbose: int, epochs: int) -> list[Any]:
    """Return what shows a fit of so many epochs: nothing, one bar, or a line an epoch.

    The bar is for people: the workers of ``n_jobs``, processes and threads alike, draw none.
    """
    if verbose == _LINE_AN_EPOCH:
        return [EpochLines(epochs)]
    return [EpochProgress(epochs)] if verbose == _ONE_BAR and not _in_worker() else []


def _in_worker() -> bool:
    in_process = multiprocessing.current_process().name != "MainProcess"
    return in_process or threading.current_thread() is not threading.main_thread()


def sees_batches(callback: Any) -> bool:
    """Tell whether a callback looks into an epoch, at its batches or at its evaluation."""
    if isinstance(callback, keras.callbacks.ModelCheckpoint | keras.callbacks.BackupAndRestore):
        return bool(callback.save_freq != "epoch")
    return any(not _is_default(getattr(callback, hook)) for hook in _INSIDE_AN_EPOCH)


def _is_default(hook: Any) -> bool:
    """Tell whether a hook is the base class's, which does nothing."""
    return getattr(hook, "__func__", hook) is getattr(keras.callbacks.Callback, hook.__name__, None)
