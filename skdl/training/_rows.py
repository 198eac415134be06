"""Rows with their targets and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rows", "dense"]


@dataclass(frozen=True)
class Rows:
    """Training or validation rows.

    ``X`` is an array of shape (n_rows, ...) or a CSR matrix, ``y`` an array (n_rows, n_outputs), ``weight`` (n_rows,)
    or None.
    """

    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, rows: NDArray[np.intp] | slice) -> Rows:
        """Return the numbered rows; a sparse table stays sparse."""
        return Rows(self.X[rows], self.y[rows], None if self.weight is None else self.weight[rows])

    def batch(self, rows: NDArray[np.intp] | slice) -> tuple[Any, ...]:
        """Return the numbered rows as Keras takes them, dense: (X, y) or (X, y, weight)."""
        taken = self.take(rows)
        parts = (dense(taken.X), taken.y)
        return parts if taken.weight is None else (*parts, taken.weight)


def dense(block: Any) -> NDArray[Any]:
    """Return a block of rows as an array; callers keep blocks small, because a sparse one becomes dense."""
    return np.asarray(block.toarray() if hasattr(block, "toarray") else block)
