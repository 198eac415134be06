"""What watches a fit from epoch to epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EarlyStop", "EpochClock", "EpochProgress"]


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


class EpochClock(keras.callbacks.Callback):
    """Tells the batches which epoch begins, so that each epoch has its own row order."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._tell = tell

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Pass the epoch's number on."""
        self._tell(epoch)


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
