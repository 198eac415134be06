"""How well a network does on its own training rows, measured as in prediction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.training import Purpose, derive_seed, penalty, predict

if TYPE_CHECKING:
    from skdl.training import Rows

__all__ = ["inference_loss", "sample_rows"]

# Some of the training rows wait, in memory alone, until somebody asks: to measure them takes a few per cent of a small
# fit, and most fits of a search are never asked.
_MOST_ROWS = 256  # one chunk of a prediction
_MOST_VALUES = 2**20


def sample_rows(rows: Rows, seed: int) -> Rows:
    """Draw some of the rows by the fit's own seed; fewer where they are wide.

    Parameters
    ----------
    rows : Rows
        What the network learned from.
    seed : int
        The fit's seed; no other draw of the fit is moved.
    """
    wanted = min(len(rows), _MOST_ROWS, max(1, _MOST_VALUES // max(1, math.prod(rows.X.shape[1:]))))
    random = np.random.default_rng(derive_seed(seed, Purpose.SAMPLE))
    return rows.take(np.sort(random.choice(len(rows), wanted, replace=False)))


def inference_loss(network: Any, rows: Rows, loss: Any, *, dtype: str) -> float:
    """Loss of the network on rows with dropout off and weights at rest, penalties included as in a history."""
    predicted = predict(network, rows.X, dtype=dtype).astype(rows.y.dtype)
    return float(loss(rows.y, predicted, sample_weight=rows.weight)) + penalty(network)
