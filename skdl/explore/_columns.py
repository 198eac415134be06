"""The columns of a table as the page knows them: numbers, categories and flags, with their ranges and typical values.

A row of the page is an array of numbers, a cell a column: a number itself, or the position of a category; NaN is a
missing value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.schema import Column, ModelSchema

Kind = Literal["number", "category", "flag", "fixed"]

_N_BINS = 20
_MOST_LEVELS = 1000  # of a category in the page; a row with another one shows a missing value
_TWO = 2


@dataclass(frozen=True)
class PageColumn:
    """One column of the page's rows."""

    name: str
    kind: Kind
    levels: tuple[Any, ...] = ()  # values of a category or a flag; of a fixed column its one value
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    typical: float = np.nan  # a cell
    missing: bool = False
    histogram: tuple[float, ...] = ()

    @property
    def has_levels(self) -> bool:
        """Whether its cells are positions in `levels`."""
        return self.kind != "number"


@dataclass(frozen=True)
class PageColumns:
    """All columns, in the order of the model's schema."""

    schema: ModelSchema
    columns: tuple[PageColumn, ...]
    X: pd.DataFrame | None = field(default=None, repr=False)  # the table, where there is one

    @property
    def typical(self) -> NDArray[np.float64]:
        """The typical row."""
        return np.array([column.typical for column in self.columns])

    def rows(self, cells: NDArray[np.float64]) -> Any:
        """Return rows of cells, (n_rows, n_columns), as the input of the model."""
        values: dict[str, Any] = {}
        for column, one in zip(self.columns, cells.T, strict=True):
            if not column.has_levels:
                values[column.name] = one
                continue
            of_rows = np.empty(len(one), dtype=object)
            of_rows[:] = [None if np.isnan(cell) else column.levels[int(cell)] for cell in one]
            values[column.name] = of_rows
        return self.schema.rows(values)

    def cells(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return rows of a table as cells, (n_rows, n_columns); a category that is not known is missing."""
        return np.column_stack([_cells(column, X.iloc[:, number]) for number, column in enumerate(self.columns)])

    def limited(self, *, fixed: Sequence[int], no_missing: Sequence[int]) -> PageColumns:
        """Return the columns with some of them kept at their typical value, and some without missing values."""
        columns = list(self.columns)
        for number in no_missing:
            columns[number] = replace(columns[number], missing=False)
        for number in fixed:
            columns[number] = _fixed(columns[number])
        return replace(self, columns=tuple(columns))


def page_columns(
    schema: ModelSchema, X: Any, categorical: Sequence[str], levels: Mapping[str, Sequence[Any]]
) -> PageColumns:
    """Describe the columns of a model by its schema and its training rows, if there are any.

    ``categorical`` are the columns of numbers that the model takes for categories, ``levels`` the categories that it
    knows besides those of the schema.
    """
    schema = replace(
        schema,
        columns=tuple(
            replace(one, categories=tuple(levels[one.name])) if one.categories is None and one.name in levels else one
            for one in schema.columns
        ),
    )
    table = None if X is None else pd.DataFrame(X).set_axis([one.name for one in schema.columns], axis=1)
    columns = [
        _describe(
            column,
            None if table is None else table[column.name],
            is_category=column.name in levels or column.name in categorical,
        )
        for column in schema.columns
    ]
    return PageColumns(schema, tuple(columns), table)


def _describe(column: Column, values: pd.Series | None, *, is_category: bool) -> PageColumn:
    if column.kind == "boolean":
        return _with_levels(column, (False, True), values, "flag")
    if column.kind == "number" and not is_category:
        return _number(column, values)
    levels = column.categories
    if levels is None and column.kind == "text":
        # Free text, which the page must not hold: the typical row has no words.
        return PageColumn(column.name, "fixed", levels=("",), typical=0.0)
    if levels is None or column.kind == "other":
        value = None if values is None or values.isna().all() else values.mode().iloc[0]
        return PageColumn(column.name, "fixed", levels=(value,), typical=0.0)
    kind: Kind = "flag" if len(levels) == _TWO and set(levels) <= {0, 1} else "category"
    return _with_levels(column, tuple(levels), values, kind)


def _number(column: Column, values: pd.Series | None) -> PageColumn:
    low, high = column.minimum, column.maximum
    whole, typical, shares = "int" in column.dtype, 0.0, ()
    if low is not None and high is not None:
        typical = _middle(low, high)
    if values is not None:
        numbers = values.to_numpy(np.float64, na_value=np.nan)
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            low, high = float(finite.min()), float(finite.max())
            whole = bool((finite == np.round(finite)).all())
            typical = float(np.median(finite))
            typical = float(np.round(typical)) if whole else typical
            if high > low:
                counts, _ = np.histogram(finite, _N_BINS, (low, high))
                shares = tuple((counts / len(finite)).tolist())
    is_flag = whole and (low, high) == (0.0, 1.0)
    made = PageColumn(
        column.name,
        "flag" if is_flag else "number",
        levels=(0, 1) if is_flag else (),
        whole=whole,
        minimum=low,
        maximum=high,
        typical=float(np.round(typical)) if is_flag else typical,
        missing=column.nullable,
        histogram=shares,
    )
    if is_flag and values is not None:
        return replace(made, histogram=_shares(_cells(made, values), _TWO))
    return made


def _middle(low: float, high: float) -> float:
    """Return the middle of a range, without digits that mean nothing.

    >>> _middle(4.3, 7.91), _middle(-3.0021, 3.0018), _middle(5.0, 5.0)
    (6.1, 0.0, 5.0)
    """
    if not high > low:
        return low
    unit = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    return round(float(np.rint((low + high) / 2 / unit) * unit), 12) + 0.0  # no -0.0


def _with_levels(column: Column, levels: tuple[Any, ...], values: pd.Series | None, kind: Kind) -> PageColumn:
    made = PageColumn(column.name, kind, levels=levels, typical=0.0, missing=column.nullable)
    if values is None:
        return replace(made, levels=levels[:_MOST_LEVELS])
    shares = _shares(_cells(made, values), len(levels))
    if len(levels) > _MOST_LEVELS:  # the most frequent ones, in their order
        kept = np.sort(np.argsort(-np.array(shares), kind="stable")[:_MOST_LEVELS])
        made = replace(made, levels=tuple(levels[position] for position in kept))
        shares = tuple(shares[position] for position in kept)
    return replace(made, typical=float(np.argmax(shares)), histogram=shares)


def _shares(cells: NDArray[np.float64], n_levels: int) -> tuple[float, ...]:
    known = cells[~np.isnan(cells)].astype(int)
    counts = np.bincount(known, minlength=n_levels)
    return tuple((counts / max(1, len(known))).tolist())


def _cells(column: PageColumn, values: pd.Series) -> NDArray[np.float64]:
    if not column.has_levels:
        return values.to_numpy(np.float64, na_value=np.nan)
    if column.kind == "fixed":
        return np.zeros(len(values))
    found = pd.Index(column.levels, dtype=object).get_indexer(pd.Index(values.astype(object)))
    return np.where(found < 0, np.nan, found.astype(np.float64))


def _fixed(column: PageColumn) -> PageColumn:
    if column.kind == "fixed":
        return column
    value = column.levels[int(column.typical)] if column.has_levels else column.typical
    return PageColumn(column.name, "fixed", levels=(value,), typical=0.0)
