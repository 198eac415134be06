"""The raw columns of a table of any type: names, codes, correlations, and association with the target.

A model is shown a DataFrame or a plain array of two dimensions. Anything else (images, sparse matrices) has no columns
that could be inspected one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.sparse import csr_array, diags_array, issparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_selection import f_classif, f_regression

from skdl.tables import ColumnKinds, column_kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray


_MOST_ROWS = 5000  # that correlations are computed from
_MOST_SPARSE = 1000
_SAME = 0.9  # correlation from where two columns count as one


@dataclass(frozen=True)
class Columns:
    """The columns of a table, in its order; ``frame`` holds them under their names as text."""

    frame: pd.DataFrame
    numeric: NDArray[np.bool_]  # (n_columns,)

    @property
    def names(self) -> list[str]:
        """Names as text."""
        return list(self.frame.columns)

    def drawn(self, n_rows: int = _MOST_ROWS) -> Columns:
        """A sample of the rows, always the same one, in their order."""
        return replace(self, frame=self.frame.iloc[drawn_rows(len(self.frame), n_rows)])

    @cached_property
    def codes(self) -> NDArray[np.float64]:
        """Numbers as they are, categories as numbers; a missing category is one more. Shape (n_rows, n_columns)."""
        coded = [
            column.to_numpy(dtype=np.float64) if is_number else pd.factorize(column, use_na_sentinel=False)[0]
            for (_, column), is_number in zip(self.frame.items(), self.numeric, strict=True)
        ]
        return np.column_stack(coded).astype(np.float64)

    @cached_property
    def strengths(self) -> NDArray[np.float64]:
        """Strength of association: |Spearman correlation| of two numbers, Cramér's V of two categories, else 0."""
        codes = self.drawn().codes
        found = np.zeros((codes.shape[1], codes.shape[1]))
        for kind, measure in ((self.numeric, _spearman), (~self.numeric, _cramers_v)):
            if kind.sum() > 1:
                found[np.ix_(kind, kind)] = measure(codes[:, kind])
        np.fill_diagonal(found, 0.0)
        return found

    def alike(self) -> list[list[int]]:
        """Group strongly correlated columns, also through others; each column is in one group."""
        n_groups, labels = connected_components(self.strengths > _SAME, directed=False)
        return [np.flatnonzero(labels == label).tolist() for label in range(n_groups)]

    def pairs(self) -> list[tuple[int, int, float]]:
        """The strongly correlated pairs, the strongest first."""
        first, second = np.nonzero(np.triu(self.strengths) > _SAME)
        found = [(int(i), int(j), float(self.strengths[i, j])) for i, j in zip(first, second, strict=True)]
        return sorted(found, key=lambda pair: -pair[2])

    def by_association(self, y: NDArray[Any], task: str) -> NDArray[np.intp]:
        """Order the columns by their univariate association with the target, a one-way F test."""
        rows = drawn_rows(len(y), _MOST_ROWS)
        codes = replace(self, frame=self.frame.iloc[rows]).codes
        # Ranks, so that outliers and skewed scales do not decide the order.
        ranks = pd.DataFrame(codes).rank().fillna(0.0).to_numpy()
        test = f_classif if task == "classification" else f_regression
        # A constant column may have no F value. NaN becomes -1, below every value of F, so that such columns come last.
        with np.errstate(all="ignore"):
            strength, _ = test(ranks, np.asarray(y)[rows])
        return np.argsort(-np.nan_to_num(strength, nan=-1.0), kind="stable")


def as_csr(X: Any) -> Any:
    """Convert a sparse table of any format to CSR."""
    return csr_array(X)


def as_frame(X: Any) -> pd.DataFrame:
    """Convert a table to a DataFrame; columns without names are x0, x1, as in the saved model.

    Images are flattened. Of a sparse table, which may have a column per word, only the first thousand columns are kept.

    Examples
    --------
    >>> as_frame(np.array([[1, 2], [3, 4]])).columns.tolist()
    ['x0', 'x1']
    """
    if isinstance(X, pd.DataFrame):
        return X
    rows = as_csr(X)[:, :_MOST_SPARSE].toarray() if issparse(X) else np.asarray(X).reshape(len(X), -1)
    return pd.DataFrame(rows, columns=[f"x{place}" for place in range(rows.shape[1])]).infer_objects()


def columns_of(X: Any, kinds: ColumnKinds | None = None) -> Columns | None:
    """Columns of a table; None if it has no single columns."""
    if isinstance(X, np.ndarray) and X.ndim == 2:  # rows and columns
        X = as_frame(X)
        kinds = None
    if not isinstance(X, pd.DataFrame):
        return None
    numeric = (kinds or column_kinds(X)).numeric
    is_number = [name in numeric and is_numeric_dtype(kind) for name, kind in X.dtypes.items()]
    return Columns(X.set_axis([str(name) for name in X.columns], axis=1), np.array(is_number, dtype=bool))


def drawn_rows(n_rows: int, most: int) -> NDArray[np.intp]:
    """Sample row numbers, always the same ones, in their order; all rows if there are no more."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, size=most, replace=False))


def _spearman(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = pd.DataFrame(numbers).corr(method="spearman").abs().fillna(0.0).to_numpy()
    return found


def _cramers_v(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Association of every two categorical columns, from all their contingency tables in one product.

    With a column of ones a category, scaled by the root of its rows, the product holds n_ij / sqrt(n_i n_j); the sum of
    its squares over a pair's table is chi-squared / n + 1. It is corrected for the number of categories, without
    which two columns of different names would count as equal.

    References
    ----------
    .. [1] Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", J. Korean Statistical Society 42, 2013.
    """
    n_rows, n_columns = codes.shape
    codes_by_column = [np.unique(column, return_inverse=True)[1] for column in codes.T]
    # (n_columns,) numbers of categories; the categories of all columns are numbered one after the other.
    n_levels = np.array([column.max() + 1 for column in codes_by_column])
    ones_at = np.column_stack(codes_by_column) + np.concatenate([[0], np.cumsum(n_levels)[:-1]])
    # (n_rows, sum of n_levels): 1 at the category of each column in each row.
    ones = _one_a_row(ones_at.ravel(), n_columns, int(n_levels.sum()))
    # (sum of n_levels, n_columns): 1 at the column of each category, to sum the cells of each pair of columns.
    owner = _one_a_row(np.arange(n_columns).repeat(n_levels), 1, n_columns)
    scaled = ones @ diags_array(1.0 / np.sqrt(ones.sum(axis=0)))
    squared = (owner.T @ (scaled.T @ scaled).power(2) @ owner).toarray() - 1.0
    # Bergsma's corrections. From phi^2 = chi^2 / n its expectation under independence is subtracted, (r - 1)(c - 1) /
    # (n - 1); the number of levels r, less 1, becomes (r - 1) - (r - 1)^2 / (n - 1).
    freedom = n_levels - 1
    squared = np.clip(squared - np.outer(freedom, freedom) / (n_rows - 1), 0.0, None)
    effective = freedom - freedom**2 / (n_rows - 1)
    least = np.minimum.outer(effective, effective)
    strength: NDArray[np.float64] = np.sqrt(np.divide(squared, least, out=np.zeros_like(least), where=least > 0.0))
    return strength


def _one_a_row(columns: NDArray[np.intp], n_each: int, n_columns: int) -> Any:
    """Make a sparse matrix with ``n_each`` ones in each row, at these columns."""
    # The row pointers of the CSR format.
    starts = np.arange(0, len(columns) + 1, n_each)
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(starts) - 1, n_columns))
