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
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.schema import Column, ModelSchema

Kind = Literal["number", "category", "flag", "fixed"]

_N_BINS = 20
_MOST_LEVELS = 2000  # that the model is asked about
LEAST_ROWS = 5  # of a category that the page names: rarer ones may identify a row
MOST_NAMED = 200
MOST_UNCOUNTED = 50  # categories of a column whose rows are not known
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
    # Where the page must not name all categories: positions of those that it may, most frequent first. The last level
    # then stands for all others: a value that the model does not know.
    ranked: tuple[int, ...] | None = None
    n_own: int = 0  # how many of these are of rows that the page holds, and come first
    n_unnamed: int = 0
    has_other: bool = False  # whether the last level is called "other"

    def named(self, most: int = MOST_NAMED) -> tuple[int, ...]:
        """Return the positions of the levels that the page has."""
        if self.ranked is None:
            return tuple(range(len(self.levels)))
        return (*sorted(self.ranked[: max(self.n_own, most)]), len(self.levels) - 1)

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

    def without_rare(self, named: Mapping[int, tuple[int, ...]]) -> PageColumns:
        """Return the columns with the categories that the page may name, and one for all others.

        ``named`` are positions of levels, by the position of a column, where they are fewer than could be named.
        """
        columns = [_named(column, named.get(number, column.named())) for number, column in enumerate(self.columns)]
        return replace(self, columns=tuple(columns))

    def with_known(self, accepts: Callable[[NDArray[np.float64], PageColumns], bool]) -> PageColumns:
        """Return the columns with a known rare category for all others, where a model refuses one it does not know."""
        made = self
        for number, column in enumerate(self.columns):
            if column.ranked is None:
                continue
            row = made.typical[None].copy()
            row[0, number] = len(column.levels) - 1
            if not accepts(row, made):
                named = set(column.ranked)
                rare = [place for place in range(len(column.levels) - 1) if place not in named] or [0]
                first = max(rare, key=lambda place: column.histogram[place] if column.histogram else 0.0)
                levels = (*column.levels[:-1], column.levels[first])
                columns = [replace(one, levels=levels) if one is column else one for one in made.columns]
                made = replace(made, columns=tuple(columns))
        return made

    def limited(self, *, fixed: Sequence[int], no_missing: Sequence[int]) -> PageColumns:
        """Return the columns with some of them kept at their typical value, and some without missing values."""
        columns = list(self.columns)
        for number in no_missing:
            columns[number] = replace(columns[number], missing=False)
        for number in fixed:
            columns[number] = _fixed(columns[number])
        return replace(self, columns=tuple(columns))


def page_columns(
    schema: ModelSchema,
    X: Any,
    categorical: Sequence[str],
    levels: Mapping[str, Sequence[Any]],
    shown: NDArray[np.int_] | None = None,
) -> PageColumns:
    """Describe the columns of a model by its schema and its training rows, if there are any.

    ``categorical`` are the columns of numbers that the model takes for categories, ``levels`` the categories that it
    knows besides those of the schema, ``shown`` the rows that the page holds, whose categories it may name.
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
            shown=shown,
        )
        for column in schema.columns
    ]
    return PageColumns(schema, tuple(columns), table)


def _describe(
    column: Column, values: pd.Series | None, *, is_category: bool, shown: NDArray[np.int_] | None
) -> PageColumn:
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
    made = _with_levels(column, tuple(levels), values, kind, shown)
    return _with_other(made, len(levels), values, shown) if kind == "category" else made


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


def _with_levels(
    column: Column,
    levels: tuple[Any, ...],
    values: pd.Series | None,
    kind: Kind,
    shown: NDArray[np.int_] | None = None,
) -> PageColumn:
    made = PageColumn(column.name, kind, levels=levels, typical=0.0, missing=column.nullable)
    if values is None:
        return replace(made, levels=levels[:_MOST_LEVELS])
    cells = _cells(made, values)
    shares = _shares(cells, len(levels))
    if len(levels) > _MOST_LEVELS:  # those of the page's rows and the most frequent ones, in their order
        weights = np.array(shares)
        if shown is not None:
            weights[_positions(cells[shown])] += 1.0
        kept = np.sort(np.argsort(-weights, kind="stable")[:_MOST_LEVELS])
        made = replace(made, levels=tuple(levels[position] for position in kept))
        shares = tuple(shares[position] for position in kept)
    return replace(made, typical=float(np.argmax(shares)), histogram=shares)


def _with_other(
    column: PageColumn, n_levels: int, values: pd.Series | None, shown: NDArray[np.int_] | None
) -> PageColumn:
    """Return a column of categories with a level for those that the page must not name, if there are any."""
    n_known = len(column.levels)
    own: list[int] = []
    if values is None:
        often = [] if n_levels > MOST_UNCOUNTED else list(range(n_known))
    else:
        cells = _cells(column, values)
        counts = np.bincount(_positions(cells), minlength=n_known)
        if shown is not None:
            own = np.unique(_positions(cells[shown])).tolist()
        order = np.argsort(-counts, kind="stable").tolist()
        often = [place for place in order if counts[place] >= LEAST_ROWS][:MOST_NAMED]
    known = set(own)
    ranked = (*own, *(place for place in often if place not in known))
    if len(ranked) == n_levels:
        return column
    return replace(
        column,
        levels=(*column.levels, _unknown(column.levels)),
        typical=column.typical if column.typical in ranked else float(n_known),
        histogram=(*column.histogram, 0.0) if column.histogram else (),
        ranked=ranked,
        n_own=len(own),
        n_unnamed=n_levels - len(ranked),
    )


def _unknown(levels: Sequence[Any]) -> Any:
    """Return a value that is none of the levels."""
    if all(isinstance(one, int | float | np.number) for one in levels):
        return max(levels) + 1
    value = "other"
    while value in levels:
        value += "_"
    return value


def _named(column: PageColumn, positions: tuple[int, ...]) -> PageColumn:
    """Return a column with some of its levels, the last of which stands for all others."""
    if column.ranked is None or column.kind == "fixed":
        return column
    own = positions[:-1]
    shares = [column.histogram[place] for place in own] if column.histogram else []
    return replace(
        column,
        levels=tuple(column.levels[place] for place in positions),
        typical=float(positions.index(int(column.typical)) if column.typical in positions else len(own)),
        histogram=(*shares, max(0.0, 1.0 - sum(shares))) if column.histogram else (),
        ranked=None,
        n_unnamed=column.n_unnamed + len(column.ranked) - len(own),
        has_other=True,
    )


def _positions(cells: NDArray[np.float64]) -> NDArray[np.int_]:
    """Return the positions of levels that cells are, without the missing ones."""
    return cells[~np.isnan(cells)].astype(int)


def _shares(cells: NDArray[np.float64], n_levels: int) -> tuple[float, ...]:
    known = _positions(cells)
    counts = np.bincount(known, minlength=n_levels)
    return tuple((counts / max(1, len(known))).tolist())


def _cells(column: PageColumn, values: pd.Series) -> NDArray[np.float64]:
    if not column.has_levels:
        return values.to_numpy(np.float64, na_value=np.nan)
    if column.kind == "fixed":
        return np.zeros(len(values))
    has_other = column.has_other or column.ranked is not None
    levels = column.levels[:-1] if has_other else column.levels
    found = pd.Index(levels, dtype=object).get_indexer(pd.Index(values.astype(object)))
    unknown = np.where(values.isna() | (not has_other), np.nan, float(len(levels)))
    return np.where(found < 0, unknown, found.astype(np.float64))


def _fixed(column: PageColumn) -> PageColumn:
    if column.kind == "fixed":
        return column
    value = column.levels[int(column.typical)] if column.has_levels else column.typical
    return PageColumn(column.name, "fixed", levels=(value,), typical=0.0)
