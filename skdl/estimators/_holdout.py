"""Rows to train on and rows to watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.training import split_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.estimators._data import CheckedTable

__all__ = ["Parts", "hold_out"]


@dataclass(frozen=True)
class Parts:
    """A checked table cut in two: rows to train on and rows to watch."""

    training: CheckedTable
    validation: CheckedTable | None


def hold_out(table: CheckedTable, share: float, *, seed: int, strata: NDArray[Any] | None, owner: str) -> Parts:
    """Draw the rows to watch, each class in its share.

    Raises
    ------
    ValueError
        Where no row would be left to train on, or not one of each class.
    """
    n_rows = len(table)
    n_held = max(round(share * n_rows), 1)
    needed = 1 if strata is None else len(np.unique(strata))
    if n_rows - n_held < needed:
        kept = "a row" if strata is None else f"a row of each of the {needed} classes"
        samples = "1 sample" if n_rows == 1 else f"{n_rows} samples"
        raise ValueError(
            f"{owner}: validation_split must leave {kept} to train on; got {share:g} of {samples}. "
            "Lower it, or set early_stopping=False and validation_split=None."
        )
    training, watched = split_rows(n_rows, share=share, seed=seed, strata=strata)
    return Parts(table.take(training), table.take(watched))
