"""Checks of tables and targets, and the split into training and validation rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.utils import check_array, check_consistent_length, check_X_y, column_or_1d
from sklearn.utils.validation import _check_sample_weight, validate_data

from skdl.training import split_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class CheckedTable:
    """Checked rows: X in the network's dtype (array or CSR), y as the user passed it, weights and groups or None."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    groups: NDArray[Any] | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, rows: NDArray[Any]) -> CheckedTable:
        """Return the numbered rows."""
        weight, groups = (None if values is None else values[rows] for values in (self.weight, self.groups))
        return CheckedTable(self.X[rows], self.y[rows], weight, groups)


def check_table(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    *,
    groups: ArrayLike | None = None,
    reset: bool,
    y_numeric: bool = False,
) -> CheckedTable:
    """Check a training or validation table, and drop its rows of weight zero, which must not count as rows at all."""
    _check_target_is_complete(estimator, y)
    if y_numeric:
        _check_no_times(estimator, y, "y")
    if isinstance(getattr(y, "dtype", None), pd.api.extensions.ExtensionDtype):
        y = np.asarray(y)  # scikit-learn makes floats of pandas' own integers and booleans
    X, y = _validated(estimator, X, y, reset=reset, multi_output=True, y_numeric=y_numeric)
    if not reset:
        _check_input_shape(estimator, X)
    y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    if y.ndim == 2 and y.shape[1] == 1:  # a column
        y = column_or_1d(y, warn=True)
    known_groups = None if groups is None else column_or_1d(groups)
    check_consistent_length(X, known_groups)
    if sample_weight is None:
        return CheckedTable(X, y, None, known_groups)
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    # Dropped before anything counts rows: batches, validation rows and classes.
    kept = np.flatnonzero(weight)
    if not len(kept):
        raise ValueError(
            f"{type(estimator).__name__}: sample_weight must hold at least one weight above zero; all weights are zero."
        )
    table = CheckedTable(X, y, weight, known_groups)
    return table if len(kept) == len(weight) else table.take(kept)


def check_rows(estimator: Any, X: Any) -> Any:
    """Check the rows of a prediction against those of the fit."""
    X = _validated(estimator, X, reset=False)
    _check_input_shape(estimator, X)
    return X


def _validated(estimator: Any, X: Any, *y: Any, **checks: Any) -> Any:
    """Have scikit-learn check X and y; the check for finite numbers is ours, to name the row and the column."""
    _check_no_times(estimator, X, "X")
    shared = {"accept_sparse": "csr", "dtype": np.dtype(estimator.dtype), "ensure_all_finite": False, "allow_nd": True}
    coded = estimator.code_rows(X, reset=checks["reset"])
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite, and is reported as such
        try:
            if coded is None:
                checked = validate_data(estimator, X, *y, **shared, **checks)
            else:
                checks.pop("reset")
                checked = (check_X_y if y else check_array)(coded, *y, **shared, **checks, estimator=estimator)
        except ValueError as error:
            raise _with_encoding_hint(estimator, X, error) from error
    _check_finite(estimator, checked[0] if y else checked)
    return checked


def _check_no_times(estimator: Any, values: Any, role: str) -> None:
    """Refuse dates and durations, of which scikit-learn's conversion would make numbers of microseconds."""
    is_frame = hasattr(values, "columns") and hasattr(values, "dtypes")
    if is_frame:
        dtypes = [*zip(values.columns, values.dtypes, strict=True)]
    else:  # also Arrow's tables
        is_other = hasattr(values, "__array__") and not hasattr(values, "dtype")
        dtypes = [(None, getattr(np.asarray(values) if is_other else values, "dtype", None))]
    for name, dtype in dtypes:
        if dtype.is_temporal() if hasattr(dtype, "is_temporal") else getattr(dtype, "kind", "") in {"m", "M"}:
            column = f" in column {name!r}" if is_frame else ""
            raise ValueError(
                f"{type(estimator).__name__}: {role} must hold numbers; got {dtype}{column}. Make numbers of it first, "
                "such as the month or minutes."
            )


def _with_encoding_hint(estimator: Any, X: Any, error: ValueError) -> ValueError:
    """Name the text columns of a DataFrame, where one of them is the reason of an error."""
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame()
    texts = [name for name, dtype in frame.dtypes.items() if not is_numeric_dtype(dtype)]
    if not texts or "could not convert string to float" not in str(error):
        return error
    return ValueError(
        f"{type(estimator).__name__}: X must hold numbers; {error} in column {texts[0]!r}. Encode text first: "
        f"make_pipeline(make_column_transformer((OneHotEncoder(), {texts!r}), remainder='passthrough'), ...)"
    )


def network_input_shape(X: Any) -> tuple[int, ...]:
    """Return the shape of one row."""
    return tuple(int(size) for size in X.shape[1:])


def _check_input_shape(estimator: Any, X: Any) -> None:
    shape = network_input_shape(X)
    if shape != estimator.input_shape_:
        raise ValueError(
            f"{type(estimator).__name__}: a row of X must have shape {estimator.input_shape_}, as in fit; got {shape}."
        )


def _check_finite(estimator: Any, X: Any) -> None:
    """Refuse NaN and infinity, with the first row and column and the number of rows."""
    sparse = hasattr(X, "toarray")
    values = X.data if sparse else X
    with np.errstate(over="ignore", invalid="ignore"):
        # A finite sum shows that all are finite, without an array of flags as large as X. An infinite one may also be
        # an overflow of finite numbers: only then is each of them tested.
        if np.isfinite(np.sum(values)) or np.isfinite(values).all():
            return
    indices, first = _not_finite(X.tocoo() if sparse else X)
    names, coder = getattr(estimator, "feature_names_in_", None), getattr(estimator, "coder_", None)
    # Coded rows have the numbers first, and are finite in all other columns.
    position = indices[0, 1] if coder is None else coder.numbers[indices[0, 1]]
    column = f"column {position if names is None else repr(names[position])}"
    kind, remedy = (
        ("NaN", "Impute missing values first: make_pipeline(SimpleImputer(), MinMaxScaler(), ...)")
        if np.isnan(first)
        else (f"infinity (inf, or too large for {X.dtype})", "Clip or drop such values first")
    )
    raise ValueError(
        f"{type(estimator).__name__}: X must hold finite numbers; got {kind} in {_n_rows(indices)} of {X.shape[0]}, "
        f"first in row {indices[0, 0]}, {column}. {remedy}."
    )


def _not_finite(X: Any) -> tuple[NDArray[np.intp], Any]:
    """Return the indices of the values that are not finite, (n_values, n_axes), and the first such value."""
    if hasattr(X, "toarray"):
        positions = np.flatnonzero(~np.isfinite(X.data))
        return np.column_stack([X.row[positions], X.col[positions]]), X.data[positions[0]]
    indices = np.argwhere(~np.isfinite(X))
    return indices, X[tuple(indices[0])]


def _check_target_is_complete(estimator: Any, y: Any) -> None:
    """Refuse missing and infinite targets, with the first row; scikit-learn reports everything else about y."""
    if y is None or hasattr(y, "toarray"):
        return
    values = np.asarray(y)
    missing = np.asarray(pd.isna(values))
    if values.dtype.kind == "f":
        missing |= np.isinf(values)
    if not missing.any():
        return
    indices = np.argwhere(missing)
    infinite = values.dtype.kind == "f" and not np.isnan(values).any()
    raise ValueError(
        f"{type(estimator).__name__}: y must hold a value for each row; got {'infinity' if infinite else 'NaN'} in "
        f"{_n_rows(indices)} of {len(values)}, first in row {indices[0, 0]}. Drop rows without a target."
    )


def _n_rows(indices: NDArray[np.intp]) -> str:
    n_rows = len(np.unique(indices[:, 0]))
    return "1 row" if n_rows == 1 else f"{n_rows} rows"


@dataclass(frozen=True)
class Split:
    """Training rows and validation rows of a fit."""

    training: CheckedTable
    validation: CheckedTable | None


def split_validation(table: CheckedTable, share: float, *, seed: int, strata: NDArray[Any] | None, where: str) -> Split:
    """Draw the validation rows, each class in its share, or whole groups."""
    n_rows = len(table)
    # One row at least, also where the share rounds to none.
    n_validation = max(round(share * n_rows), 1)
    needed = 1 if strata is None else len(np.unique(strata))
    if n_rows - n_validation < needed:
        kept = "a row" if strata is None else f"a row of each of the {needed} classes"
        samples = "1 sample" if n_rows == 1 else f"{n_rows} samples"
        raise ValueError(
            f"{where}: validation_split must leave {kept} to train on; got {share:g} of {samples}. "
            "Lower it, or set early_stopping=False and validation_split=None."
        )
    training, validation = split_rows(n_rows, share=share, seed=seed, strata=strata, groups=table.groups)
    return Split(table.take(training), table.take(validation))
