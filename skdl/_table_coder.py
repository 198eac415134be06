"""Coding of a raw table for a network that embeds its columns: numbers robustly scaled, categories as whole numbers.

No Keras here: NumPy networks code their rows by it too.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_complex_dtype,
    is_datetime64_any_dtype,
    is_numeric_dtype,
    is_timedelta64_dtype,
)
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray


# Attributes of a fitted coder.
_STATE = ("n_columns", "numbers", "gaps", "categories", "levels", "sizes", "center", "factor")


class TableCoder:
    """Codes the columns of a table as numbers: first all numbers, then the code of each category.

    A number becomes ``(x - median) / (q75 - q25)``; a missing one 0, and a further column says which were missing.
    Where the quartiles are equal, half of the range takes the place of their distance, and a constant becomes 0. A
    category becomes its position among the sorted values of the training rows, counted from 1; 0 where it is missing or
    new. Text, pandas categories and flags are categories.

    Attributes
    ----------
    n_columns : int
        Columns of the raw table.
    numbers, gaps : list of int
        Positions of the columns of numbers, and of those of them that had missing cells in training.
    categories : list of int
        Positions of the categories.
    levels : list of lists
        Values of each category in training.
    sizes : list of int
        Values of each category in training, or those that a pandas category declares where these are more: networks of
        folds that lack rare values then have the same layers, and share a compiled program. A value that is declared
        and was not in training is coded 0, as a new one.
    center, factor : ndarray of shape (n_numbers,)
        Of the scaling.
    ends : ndarray of shape (2, n_numbers)
        Lowest and highest finite value in training, 0 where there is none; pictures need them, coding does not.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": [1.0, 2.0, None, 5.0], "town": ["Ulm", "Bonn", "Bonn", None]})
    >>> TableCoder().fit(table).transform(table)
    array([[-0.5,  2. ,  2. ],
           [ 0. ,  1. ,  2. ],
           [ 0. ,  1. ,  1. ],
           [ 1.5,  0. ,  2. ]])
    """

    def fit(self, X: Any) -> Self:
        """Learn scaling and levels from training rows."""
        columns = [column for _, column in _as_frame(X).items()]
        self.n_columns = len(columns)
        self.numbers = [position for position, column in enumerate(columns) if _is_number(column)]
        self.categories = [position for position in range(len(columns)) if position not in set(self.numbers)]
        values = _numbers(columns, self.numbers)
        has_gap: Any = np.isnan(values).any(axis=0)
        self.gaps = [position for position, gap in zip(self.numbers, has_gap, strict=True) if gap]
        self.center, self.factor = robust_scaling(values)
        present = np.isfinite(values)
        some = present.any(axis=0)
        low = np.where(present, values, np.inf).min(axis=0, initial=np.inf)
        high = np.where(present, values, -np.inf).max(axis=0, initial=-np.inf)
        self.ends = np.where(some, [low, high], 0.0)
        self.levels = [_levels(columns[position]) for position in self.categories]
        self.sizes = [
            max(len(levels), _n_declared(columns[position]))
            for position, levels in zip(self.categories, self.levels, strict=True)
        ]
        return self

    def to_json(self, estimator: Any, *, multilabel: bool) -> str | None:
        """Return the coding, and an estimator's names of columns and classes, as JSON.

        None where a category or a class has a value that JSON has no type for, such as a date.
        """
        state = {name: getattr(self, name) for name in _STATE}
        classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
        values = [*classes, *(level for levels in self.levels for level in levels)]
        if not all(isinstance(value, str | int | float) for value in values):
            return None
        names = [*getattr(estimator, "feature_names_in_", ())]
        named = {"names": names, "classes": classes, "multilabel": multilabel}
        return json.dumps({**state, **named}, default=np.ndarray.tolist)

    @classmethod
    def from_json(cls, coding: str) -> tuple[Self, dict[str, Any]]:
        """Return the coder of what `to_json` returned, and its values."""
        coder, values = cls(), json.loads(coding)
        for name in _STATE:
            setattr(coder, name, np.asarray(values[name]) if name in {"center", "factor"} else values[name])
        return coder, values

    @property
    def n_numbers(self) -> int:
        """Columns of numbers."""
        return len(self.numbers)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Values of each category, then those of each column that says what was missing."""
        return (*self.sizes, *(2 for _ in self.gaps))

    def code_rows(self, estimator: Any, X: Any, *, reset: bool) -> NDArray[np.float64]:
        """Check the names and the number of columns of an estimator's raw rows, and code them.

        ``reset`` learns names and coding from the rows.
        """
        if issparse(X):
            raise TypeError(
                f"{type(estimator).__name__}: X must be dense, since each column is embedded; got a sparse matrix. "
                "Pass X.toarray(), or train a KerasMLP network, which takes it as it is."
            )
        frame = _as_frame(X)
        names = frame.columns
        if not names.is_unique or not len(names):
            got = f"{names[names.duplicated()][0]!r} several times" if len(names) else "none"
            raise ValueError(
                f"{type(estimator).__name__}: X must have 1 or more columns, each with a name of its own; got {got}."
            )
        validate_data(estimator, frame if hasattr(X, "columns") else X, reset=reset, skip_check_array=True)
        return self.fit(frame).transform(frame) if reset else self.transform(frame)

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Code rows, (n_rows, n_numbers + n_categories + n_gaps)."""
        columns = [column for _, column in _as_frame(X).items()]
        values = _numbers(columns, self.numbers)
        missing, constant = np.isnan(values), self.factor == 0.0
        infinite = np.where(np.isinf(values[:, constant]), values[:, constant], 0.0)
        # In place: of a million rows, memory that is new takes longer than the arithmetic.
        with np.errstate(invalid="ignore"):
            values -= self.center
            values *= self.factor
        if constant.any():
            # The factor 0 would make a missing cell of an infinite one, which the estimator refuses.
            values[:, constant] = np.where(infinite, infinite, values[:, constant])
        np.copyto(values, 0.0, where=missing)
        codes = [
            _codes(columns[position], levels) for position, levels in zip(self.categories, self.levels, strict=True)
        ]
        gaps = [2.0 - missing[:, self.numbers.index(position)] for position in self.gaps]
        return np.column_stack([values, *codes, *gaps]) if codes or gaps else values


def robust_scaling(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median and the factor of each column, without missing cells.

    The factor is 1 / (q75 - q25), or 2 / (max - min) where the quartiles are equal, or 0 for a constant.
    """
    center, factor = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for number, column in enumerate(values.T):
        present = column[np.isfinite(column)]
        if len(present):
            low, center[number], high = np.quantile(present, [0.25, 0.5, 0.75])
            width = high - low if high > low else (present.max() - present.min()) / 2.0
            factor[number] = 1.0 / width if width > 0.0 else 0.0
    return center, factor


def _as_frame(X: Any) -> pd.DataFrame:
    """Return a table as a DataFrame whose columns have types."""
    if not isinstance(X, pd.DataFrame) and hasattr(X, "to_pandas"):  # polars, Arrow
        X = X.to_pandas()
    if isinstance(X, pd.DataFrame):
        return X
    if isinstance(X, list | tuple):  # NumPy would make text of the numbers in rows of both
        X = np.array(X, dtype=object)
    array = check_array(X, dtype=None, ensure_all_finite=False)
    frame = pd.DataFrame(array)
    return frame.apply(_numbers_of_objects) if array.dtype.kind in "OUS" else frame


def _numbers_of_objects(column: pd.Series) -> pd.Series:
    """Return an untyped column as numbers where all of its values are numbers, and not their text."""
    present = [value for value in column if value is not None]
    are_numbers = all(isinstance(value, int | float | np.number) for value in present)
    are_flags = all(isinstance(value, bool | np.bool) for value in present)
    return column.astype(float) if are_numbers and not are_flags else column


def _is_number(column: pd.Series) -> bool:
    if is_datetime64_any_dtype(column.dtype) or is_timedelta64_dtype(column.dtype):
        raise ValueError(
            f"X must hold numbers and categories; got {column.dtype} in column {column.name!r}. "
            "Make numbers of dates first, such as df['day'].dt.dayofweek."
        )
    if is_complex_dtype(column.dtype):
        raise ValueError(f"Complex data not supported; got {column.dtype} in column {column.name!r}.")
    return is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)


def _numbers(columns: list[pd.Series], positions: list[int]) -> NDArray[np.float64]:
    """Return the columns of numbers, (n_rows, n_numbers), missing cells NaN."""
    if not positions:
        return np.empty((len(columns[0]), 0))
    try:
        return np.column_stack([columns[position].to_numpy(np.float64, na_value=np.nan) for position in positions])
    except (TypeError, ValueError) as error:
        names = [columns[position].name for position in positions if not _holds_numbers(columns[position])]
        raise ValueError(f"X must hold numbers in column {names[0] if names else ''!r}, as in fit; {error}.") from error


def _holds_numbers(column: pd.Series) -> bool:
    try:
        column.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return False
    return True


def _levels(column: pd.Series) -> list[Any]:
    """Return the different values of a category, sorted where they can be compared."""
    try:
        values = list(pd.unique(_plain(_distinct(column)).dropna()))
    except TypeError:  # lists and the like, which have no hash
        raise _no_category(column, column.dropna().iloc[0]) from None
    for value in values:
        if isinstance(value, dt.date | dt.time | dt.timedelta | pd.Period):
            raise _no_category(column, value)
    try:
        return sorted(values)
    except TypeError:  # numbers and text
        return sorted(values, key=lambda value: (type(value).__name__, str(value)))


def _distinct(column: pd.Series) -> pd.Series:
    """Return the categories of a pandas category that occur, and any other column as it is."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(column.cat.categories[np.unique(column.cat.codes[column.notna()])], name=column.name)
    return column


def _n_declared(column: pd.Series) -> int:
    """Return the number of values that a pandas category declares; 0 where none does."""
    return len(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else 0


def _no_category(column: pd.Series, value: Any) -> ValueError:
    return ValueError(
        f"X must hold numbers and categories; got a {type(value).__name__} in column {column.name!r}. "
        "Make numbers of it first, such as the month of a date."
    )


def _codes(column: pd.Series, levels: list[Any]) -> NDArray[np.float64]:
    """Return the position of each value among the levels, from 1; 0 where it is missing or new.

    Raises
    ------
    ValueError
        Where all of the new values are of another type: text ``"1"`` is never the number 1.
    """
    is_declared = isinstance(column.dtype, pd.CategoricalDtype)
    values = column.cat.categories.astype(object) if is_declared else pd.Index(_plain(column))
    try:
        codes: NDArray[np.float64] = pd.Index(levels, dtype=object).get_indexer(values) + 1.0
    except TypeError:
        raise _no_category(column, column.dropna().iloc[0]) from None
    if is_declared:
        codes = np.append(codes, 0.0)[column.cat.codes]  # -1 is a missing one
    if levels and not codes.any():
        new = _plain(column).dropna()
        kinds = {isinstance(value, str) for value in new}
        known = {isinstance(one, str) for one in levels}
        if kinds and not kinds & known:
            raise ValueError(
                f"X must hold {'text' if True in known else 'numbers'} in column {column.name!r}, as in fit; "
                f"got {new.iloc[0]!r}."
            )
    return codes


def _plain(column: pd.Series) -> pd.Series:
    """Return a category as plain Python values, so that it is the same for every type of column."""
    return column.astype(object)
