"""Slices of a table: which rows have which level of a column, or a number in which range."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.results import Slice, SliceColumn
from skdl.spec import KeyPath, Problem
from skdl.tables import are_identifiers, find_dates, has_fraction, is_ordered, parse_datetimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.spec import SliceSpec

__all__ = ["LEAST_ROWS", "RowSlices", "slice_rows"]

LEAST_ROWS = 30  # of a level that is a slice of its own, and of a slice that is tested
_MOST_LEVELS = 12
_MOST_NUMBERS = 10  # different numbers that are levels; more are cut into ranges
_FEWEST_YEARS = 3  # of dates; fewer are cut into quarters
_SHARE_OF_DATES = 0.99


@dataclass(frozen=True)
class RowSlices:
    """The slices of one column, and the slice that each row of the table is in, by position."""

    column: SliceColumn
    slices: tuple[Slice, ...]
    codes: NDArray[np.intp]  # (n_rows,)


def slice_rows(
    frame: pd.DataFrame, specs: Sequence[SliceSpec], *, text: Sequence[str] = ()
) -> tuple[tuple[RowSlices, ...], list[Problem]]:
    """Cut the rows of a table by each of the columns; return the problems of columns that cannot be used, too.

    ``text`` are columns of sentences. Ranges of numbers are cut at the quartiles of the whole table, where the file has
    no others.
    """
    found, problems = [], []
    for number, spec in enumerate(specs):
        path: KeyPath = ("compare", "slices", number)
        cut = (
            Note.of("slice_text", "{name!r} is text. Name a column of categories, numbers or dates.", name=spec.column)
            if spec.column in text
            else _cut(frame[spec.column], spec)
        )
        if isinstance(cut, Note):
            problems.append(Problem(path, cut))
        else:
            found.append(cut)
    return tuple(found), problems


def _cut(column: pd.Series, spec: SliceSpec) -> RowSlices | Note:
    name = spec.column
    present = column.dropna()
    is_number = is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype) and not is_ordered(column)
    if spec.bins is not None and not is_number:
        return Note.of("slice_bins", "bins are for numbers, and {name!r} holds none. Remove bins.", name=name)
    cut: RowSlices | Note
    if present.empty:
        return Note.of("slice_empty", "{name!r} has no value in any row. Name another column.", name=name)
    if is_number and (spec.bins is not None or present.nunique() > _MOST_NUMBERS):
        cut = _cut_numbers(column.astype(np.float64), spec)
    else:
        cut = _cut_levels(column, name)
    if isinstance(cut, RowSlices) and len(np.unique(cut.codes)) < 2:
        text = "all rows are in one slice by {name!r}. Name a column that varies."
        return Note.of("slice_constant", text, name=name)
    return cut


def _cut_numbers(values: pd.Series, spec: SliceSpec) -> RowSlices | Note:
    name, numbers = spec.column, values.dropna().to_numpy()
    if spec.bins is None:
        is_whole = not has_fraction(numbers).any()
        if is_whole and len(np.unique(numbers)) == len(numbers) and are_identifiers(numbers):
            text = "{name!r} has another number in every row, as an identifier. Name another column, or give bins."
            return Note.of("slice_identifier", text, name=name)
        edges = _quartiles(numbers)
    else:
        edges = np.array(spec.bins)
    ends = [None, *edges.tolist(), None]
    # An edge is in the range that it begins.
    codes = np.searchsorted(edges, values.to_numpy(), side="right")
    if len(np.unique(codes[values.notna()])) < 2:
        text = "all numbers of {name!r} are in one slice, from {low:g} to {high:g}. Give other bins."
        return Note.of("slice_one_bin", text, name=name, low=float(numbers.min()), high=float(numbers.max()))
    slices = [Slice(name, "range", low=low, high=high) for low, high in pairwise(ends)]
    is_given = spec.bins is not None
    return _with_missing(SliceColumn(name, "ranges", edges.tolist(), is_given), slices, codes, values.isna())


def _quartiles(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of the table that cut it in four; fewer where a range would have few rows, as with many equal ones."""
    quartiles = np.unique(np.quantile(numbers, [0.25, 0.5, 0.75], method="higher"))
    edges: list[float] = []
    for edge in quartiles[np.isfinite(quartiles)]:
        is_below = (numbers < edge) & (numbers >= (edges[-1] if edges else -np.inf))
        if min(is_below.sum(), (numbers >= edge).sum()) >= LEAST_ROWS:
            edges.append(float(edge))
    return np.array(edges or [numbers[numbers > numbers.min()].min()])


def _cut_levels(column: pd.Series, name: str) -> RowSlices | Note:
    column, kind = _as_levels(column, name)
    counts = column.value_counts()
    counts = counts[counts > 0]
    if counts.iloc[0] < LEAST_ROWS:
        text = (
            "no value of {name!r} has {least} rows or more ({n:,} values in {n_rows:,} rows). Name a column with fewer "
            "values."
        )
        return Note.of("slice_rare", text, name=name, least=LEAST_ROWS, n=len(counts), n_rows=int(column.notna().sum()))
    shown = counts[:_MOST_LEVELS][counts[:_MOST_LEVELS] >= LEAST_ROWS]
    n_gathered = len(counts) - len(shown)
    if n_gathered == 1:  # which would not gain a row by it
        shown, n_gathered = counts, 0
    # Texts have the largest level first, all others their own order.
    has_order = kind != "levels" or is_numeric_dtype(column.dtype)
    levels = sorted(shown.index) if has_order else list(shown.index)
    if is_ordered(column):
        levels = [level for level in column.cat.categories if level in shown.index]
    codes = pd.Index(levels).get_indexer(column)
    slices = [Slice(name, "level", level=_spell(level)) for level in levels]
    if n_gathered:
        codes = np.where(codes < 0, len(slices), codes)
        slices.append(Slice(name, "other", n_levels=n_gathered))
    return _with_missing(SliceColumn(name, kind, n_gathered=n_gathered), slices, codes, column.isna())


def _as_levels(column: pd.Series, name: str) -> tuple[pd.Series, str]:
    """Return the values whose equal ones are a level: years or quarters of dates, texts, numbers; and what they are."""
    is_date = is_datetime64_any_dtype(column.dtype)
    if not is_date and not is_numeric_dtype(column.dtype) and not is_ordered(column):
        # Only a column that is no feature still holds dates as texts.
        dates = find_dates(column)
        if dates is not None and (dates.form is None or dates.form.share >= _SHARE_OF_DATES):
            column, is_date = parse_datetimes(column, name, date_format=dates.dates.format), True
    if is_date:
        moments = column.dt.tz_localize(None) if getattr(column.dt, "tz", None) is not None else column
        years = moments.dt.year
        if years.nunique() >= _FEWEST_YEARS:
            return years, "years"
        return moments.dt.to_period("Q").astype(object).map(str, na_action="ignore"), "quarters"
    if is_numeric_dtype(column.dtype) or is_ordered(column):
        return column, "levels"
    return column.astype(object).map(str, na_action="ignore"), "levels"


def _spell(level: Any) -> str:
    is_whole = isinstance(level, float | np.floating) and float(level).is_integer()
    return str(int(level)) if is_whole else str(level)


def _with_missing(
    column: SliceColumn, slices: list[Slice], codes: NDArray[np.intp], is_missing: pd.Series
) -> RowSlices:
    """Put the rows without a value into a slice of their own, the last one."""
    missing = is_missing.to_numpy()
    if missing.any():
        codes = np.where(missing, len(slices), codes)
        slices = [*slices, Slice(column.name, "missing")]
    return RowSlices(column, tuple(slices), codes)
