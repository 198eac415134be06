"""Values that no network can train on: missing ones and infinite ones, told with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_finite", "check_target_is_there"]


def check_finite(estimator: Any, X: Any) -> None:
    """Refuse NaN and infinity, naming the first place and how many rows have them."""
    sparse = hasattr(X, "toarray")
    values = X.data if sparse else X
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.sum(values)) or np.isfinite(values).all():
            return
    places, found = _strange_places(X.tocoo() if sparse else X)
    names = getattr(estimator, "feature_names_in_", None)
    column = f"column {names[places[0, 1]]!r}" if names is not None else f"column {places[0, 1]}"
    kind, remedy = (
        ("NaN", "Impute missing values first: make_pipeline(SimpleImputer(), MinMaxScaler(), ...)")
        if np.isnan(found)
        else (f"infinity (inf, or too large for {X.dtype})", "Clip or drop such values first")
    )
    raise ValueError(
        f"{type(estimator).__name__}: X must hold finite numbers; got {kind} in {_rows(places)} of {X.shape[0]}, first "
        f"in row {places[0, 0]}, {column}. {remedy}."
    )


def check_target_is_there(estimator: Any, y: Any) -> None:
    """Refuse missing and infinite targets, naming the first row; what else is wrong with y, scikit-learn says."""
    if y is None or hasattr(y, "toarray"):
        return
    values = np.asarray(y)
    missing = np.asarray(pd.isna(values))
    if values.dtype.kind == "f":
        missing |= np.isinf(values)
    if not missing.any():
        return
    places = np.argwhere(missing)
    infinite = values.dtype.kind == "f" and not np.isnan(values).any()
    raise ValueError(
        f"{type(estimator).__name__}: y must hold a value for each row; got {'infinity' if infinite else 'NaN'} in "
        f"{_rows(places)} of {len(values)}, first in row {places[0, 0]}. Drop rows without a target."
    )


def _strange_places(X: Any) -> tuple[NDArray[np.intp], Any]:
    """Return (row, column, ...) of each value that is not finite, and the first such value."""
    if hasattr(X, "toarray"):
        strange = np.flatnonzero(~np.isfinite(X.data))
        return np.column_stack([X.row[strange], X.col[strange]]), X.data[strange[0]]
    places = np.argwhere(~np.isfinite(X))
    return places, X[tuple(places[0])]


def _rows(places: NDArray[np.intp]) -> str:
    n_rows = len(np.unique(places[:, 0]))
    return "1 row" if n_rows == 1 else f"{n_rows} rows"
