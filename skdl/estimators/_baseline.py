"""What a network must beat: the loss of the best constant guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from skdl.estimators._targets import ClassTarget, RegressionTarget
    from skdl.training import Rows

__all__ = ["baseline_loss"]


def baseline_loss(loss: Any, target: RegressionTarget | ClassTarget, learned: Rows, watched: Rows) -> float:
    """Loss on the rows watched of the mean, or of the class shares, of the rows learned from."""
    guess = np.average(learned.y, axis=0, weights=learned.weight)
    if getattr(target, "coding", None) == "integer":
        total = len(learned) if learned.weight is None else learned.weight.sum()
        guess = np.bincount(learned.y[:, 0].astype(int), learned.weight, target.n_outputs) / total
    constant = np.tile(guess, (len(watched), 1)).astype(learned.y.dtype)
    return float(loss(watched.y, constant, sample_weight=watched.weight))
