"""The losses of a training by epoch, smoothed, with what the rules ask of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_EPOCHS", "Curve", "noise", "read_curve", "relative_noise"]

MIN_EPOCHS = 8


@dataclass(frozen=True)
class Curve:
    """Raw and smoothed losses with what the rules ask of them."""

    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64] | None
    L: NDArray[np.float64]  # smoothed
    V: NDArray[np.float64] | None
    width: int  # of the smoothing
    base: float | None
    inference: NDArray[np.float64] | None
    kept: int  # place of the epoch whose weights were kept

    @property
    def n_epochs(self) -> int:
        return len(self.loss)

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.loss).all() and (self.val_loss is None or np.isfinite(self.val_loss).all()))

    @property
    def first_bad_epoch(self) -> int:
        bad = ~np.isfinite(self.loss)
        if self.val_loss is not None:
            bad |= ~np.isfinite(self.val_loss)
        return int(np.argmax(bad)) + 1

    @property
    def best(self) -> int:
        """Place of the least smoothed validation loss; the raw one decides between equals."""
        assert self.V is not None and self.val_loss is not None  # noqa: PT018 - rules look first
        return int(np.lexsort((self.val_loss, self.V))[0])

    @property
    def best_epoch(self) -> int | None:
        return None if self.V is None or not self.is_finite else self.best + 1

    @property
    def floor(self) -> float | None:
        """The base, or what stands in for it where it only guards against triviality."""
        return self.base if self.base is not None or self.V is None else float(self.V.max())


def read_curve(
    history: Any,
    *,
    baseline_loss: float | None,
    inference_loss: ArrayLike | None,
    kept_epoch: int | None,
) -> Curve:
    """Check what `diagnose_training` was given, and smooth the losses.

    Raises
    ------
    UsageError
        Where the losses are not there, or not as long as each other, or the kept epoch is none of theirs.
    """
    table = getattr(history, "history", history)
    if "loss" not in table or len(table["loss"]) == 0:
        raise UsageError(f"diagnose_training: history must hold 'loss', a number an epoch; got keys {list(table)!r}.")
    loss = np.asarray(table["loss"], dtype=np.float64)
    val_loss = np.asarray(table["val_loss"], dtype=np.float64) if "val_loss" in table else None
    if val_loss is not None and len(val_loss) != len(loss):
        raise UsageError(
            f"diagnose_training: val_loss must have a number an epoch, {len(loss)} of them; got {len(val_loss)}."
        )
    if kept_epoch is not None and not 1 <= kept_epoch <= len(loss):
        raise UsageError(
            f"diagnose_training: kept_epoch must be an epoch of the history, from 1 to {len(loss)}; got {kept_epoch!r}."
        )
    inference = None if inference_loss is None else np.broadcast_to(np.asarray(inference_loss, np.float64), loss.shape)
    width = max(3, len(loss) // 20 // 2 * 2 + 1)
    is_short = len(loss) < MIN_EPOCHS
    return Curve(
        loss=loss,
        val_loss=val_loss,
        L=loss if is_short else _rolling_median(loss, width),
        V=val_loss if is_short or val_loss is None else _rolling_median(val_loss, width),
        width=width,
        base=None if baseline_loss is None else float(baseline_loss),
        inference=inference,
        kept=(len(loss) if kept_epoch is None else int(kept_epoch)) - 1,
    )


def _rolling_median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Median of a centred window, cut off at the ends."""
    half, last = width // 2, len(values) - 1
    smooth = np.empty_like(values)
    smooth[half : last - half + 1] = np.median(np.lib.stride_tricks.sliding_window_view(values, width), axis=1)
    for epoch in (*range(half), *range(last - half + 1, last + 1)):
        smooth[epoch] = np.median(values[max(0, epoch - half) : epoch + half + 1])
    return smooth


def noise(values: NDArray[np.float64]) -> float:
    """Estimate how far the curve strays from its trend, over its last 75 %."""
    late = values[len(values) // 4 :]
    return float(1.4826 * np.median(np.abs(np.diff(late, n=2))) / math.sqrt(6.0))


def relative_noise(values: NDArray[np.float64], base: float | None) -> float:
    """Noise as a share of the curve's level, or of a quarter of the base where that is more.

    Near zero every curve is noisy by its own measure.
    """
    level = max(float(np.median(np.abs(values[len(values) // 4 :]))), 0.25 * abs(base or 0.0))
    return noise(values) / level if level > 0.0 else 0.0
