"""The outcome of a training: history, best epoch, and whether it diverged."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Training", "best_epoch"]


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


def best_epoch(history: dict[str, list[float]]) -> int | None:
    """Return the epoch, counted from 1, with the lowest validation loss, or training loss without validation rows.

    Examples
    --------
    >>> best_epoch({"loss": [3.0, 1.0, 2.0]})
    2
    """
    # A diverged fit records NaN or infinity, which min() would not skip.
    losses = history.get("val_loss") or history.get("loss") or []
    finite = [loss for loss in losses if math.isfinite(loss)]
    return losses.index(min(finite)) + 1 if finite else None
