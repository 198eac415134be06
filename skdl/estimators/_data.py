"""Checks of what a fit or a prediction was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight, validate_data

from skdl.estimators._missing import check_finite, check_target_is_there

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CheckedTable", "check_rows", "check_table", "network_input_shape"]


@dataclass(frozen=True)
class CheckedTable:
    """Rows that passed the checks: X in the network's dtype (array or CSR), y as the user gave it, weights or None."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[np.float64] | None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, rows: NDArray[Any]) -> CheckedTable:
        """Return the named rows."""
        return CheckedTable(self.X[rows], self.y[rows], None if self.weight is None else self.weight[rows])


def check_table(
    estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None, *, reset: bool, y_numeric: bool = False
) -> CheckedTable:
    """Check a training or validation table and drop its rows of weight zero: they are no rows at all."""
    check_target_is_there(estimator, y)
    if isinstance(getattr(y, "dtype", None), pd.api.extensions.ExtensionDtype):
        y = np.asarray(y)  # scikit-learn makes floats of pandas' own integers and booleans
    X, y = _validated(estimator, X, y, reset=reset, multi_output=True, y_numeric=y_numeric)
    if not reset:
        _check_input_shape(estimator, X)
    y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    if y.ndim == 2 and y.shape[1] == 1:  # noqa: PLR2004 - a column
        y = column_or_1d(y, warn=True)
    if sample_weight is None:
        return CheckedTable(X, y, None)
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    kept = np.flatnonzero(weight)
    if not len(kept):
        raise ValueError(
            f"{type(estimator).__name__}: sample_weight must hold at least one weight above zero; all weights are zero."
        )
    table = CheckedTable(X, y, weight)
    return table if len(kept) == len(weight) else table.take(kept)


def check_rows(estimator: Any, X: Any) -> Any:
    """Check the rows of a prediction against what the estimator was fitted on."""
    X = _validated(estimator, X, reset=False)
    _check_input_shape(estimator, X)
    return X


def _validated(estimator: Any, X: Any, *y: Any, **checks: Any) -> Any:
    """Have scikit-learn check X, and y where it is given, and see to what is missing or infinite ourselves."""
    shared = {"accept_sparse": "csr", "dtype": np.dtype(estimator.dtype), "ensure_all_finite": False, "allow_nd": True}
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite, and is told as such
        checked = validate_data(estimator, X, *y, **shared, **checks)
    check_finite(estimator, checked[0] if y else checked)
    return checked


def network_input_shape(X: Any) -> tuple[int, ...]:
    """Return the shape of one row."""
    return tuple(int(size) for size in X.shape[1:])


def _check_input_shape(estimator: Any, X: Any) -> None:
    shape = network_input_shape(X)
    if shape != estimator.input_shape_:
        raise ValueError(
            f"{type(estimator).__name__}: a row of X must have shape {estimator.input_shape_}, as in fit; got {shape}."
        )
