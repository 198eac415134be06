"""Doubts about a table: values that may mean something else than they say, each with what to write if they do."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.tables import (
    LIKELY_MISSING,
    are_identifiers,
    counts_rows,
    is_total,
    number_columns,
    without_invisible,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

_FEWEST_TO_SUM = 10  # rows of which the last one may be a total
_N_FIRST = _FEWEST_TO_SUM - 1  # cells that are tried before all of them
_LEVELS_SHOWN = 5
_STATISTIC = re.compile(
    r"(?:average|avg|mean|median|min(?:imum)?|max(?:imum)?|std(?:ev)?|mittelwert|durchschnitt|moyenne|promedio|media"
    r"|평균|최대|최소|平均|最大|最小)\.?:?",
    re.IGNORECASE,
)
_NINES = [10**digits - 1 for digits in range(2, 10)]
_MISSING_NUMBERS = np.array([*_NINES, -9, *(-nines for nines in _NINES)], np.float64)
_MOST_FILLED, _FEWEST_GROUPS = 0.5, 3  # of merged cells
_FEWEST_DIGITS = 9  # of numbers that are hardly amounts if all have as many


def notes_on_levels(columns: Mapping[str, Iterable[Any]]) -> Iterator[Note]:
    """Name classes and categories that look alike, and those that often mean a missing value."""
    likely: dict[str, list[str]] = {}
    for name, values in columns.items():
        levels = [level for level in values if isinstance(level, str)]
        alike: dict[str, list[str]] = defaultdict(list)
        for level in levels:
            # Blanks of any kind are one space; compatible forms of a letter are one letter.
            alike[" ".join(without_invisible(level).split()).casefold()].append(level)
        groups = [_show_alike(group) for group in alike.values() if len(group) > 1]
        if groups:
            listed = "; ".join(groups[:_LEVELS_SHOWN]) + ("; ..." if len(groups) > _LEVELS_SHOWN else "")
            text = "{column}: values that differ only in case, blanks or Unicode form are different ones: {listed}"
            yield Note.of("alike_levels", text, column=repr(name), listed=listed)
        found = [level for word, group in alike.items() if word in LIKELY_MISSING for level in group]
        if found:
            likely[name] = found
        sums = [level for word, group in alike.items() if is_total(word, alike) for level in group]
        if sums and len(levels) > len(sums):
            text = "{column}: {word} may name rows of totals, which are no cases; if so, remove them from the table"
            yield Note.of("total_level", text, column=repr(name), word=", ".join(map(repr, sums[:_LEVELS_SHOWN])))
    if likely:
        name, words = next(iter(likely.items()))
        listed = "; ".join(
            f"{column!r}: {', '.join(map(repr, found))}" for column, found in islice(likely.items(), _LEVELS_SHOWN)
        )
        key = f"data.na_values: {{{name}: [{', '.join(map(repr, words))}]}}"
        text = "classes or categories that may mean a missing value: {listed}; if so, set {key}"
        yield Note.of("likely_missing", text, listed=listed, key=key)


def _show_alike(levels: Sequence[str]) -> str:
    """List levels; letters that are printed alike by their code."""
    n_printed = len({unicodedata.normalize("NFC", level) for level in levels})
    return " and ".join(map(repr if n_printed == len(levels) else ascii, levels))


def notes_on_totals(frame: pd.DataFrame) -> Iterator[Note]:
    """Say that the last row seems to hold the sums or means of the rows above it, as spreadsheets write them."""
    if len(frame) < _FEWEST_TO_SUM:
        return
    for name, cells in frame.items():
        word = None if is_numeric_dtype(cells.dtype) else cells.iloc[-1]
        if isinstance(word, str) and _STATISTIC.fullmatch(word.strip()) and (cells == word).sum() == 1:
            text = (
                "the last row ({row:,}) seems to be no case, as {column} is {word} there alone; if so, remove the row "
                "from the table"
            )
            yield Note.of("statistic_row", text, row=len(frame), column=repr(str(name)), word=repr(word))
            return
    small: set[str] = set()
    for names, values in number_columns(frame):
        first, last_cells = (np.abs(some.astype(np.float64)) for some in (values[:, :_N_FIRST], values[:, -1]))
        if (last_cells <= np.fmax.reduce(first, axis=1)).all():  # most columns, at little cost
            small |= {*names}
            continue
        size = np.abs(values.astype(np.float64))
        is_largest = size[:, -1] > np.fmax.reduce(size[:, :-1], axis=1)
        small |= {name for name, one in zip(names, is_largest, strict=True) if not one}
    for name in frame.columns:
        column = None if name in small else frame[name]
        if column is None or not is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
            continue
        if pd.isna(column.iloc[-1]):
            continue
        above, last = column.iloc[:-1].astype(np.float64), float(column.iloc[-1])
        # Counts of a rare event can add up by chance; amounts that are all smaller than their sum do not.
        if (above != 0).sum() >= _FEWEST_TO_SUM - 1 and abs(last) > above.abs().max() and np.isclose(above.sum(), last):
            text = (
                "the last row ({row:,}) seems to be a total: {column} has {total} there, the sum of all rows above; "
                "remove the row from the table"
            )
            yield Note.of("total_row", text, row=len(frame), column=repr(name), total=f"{last:,g}")
            return


def notes_on_merged_cells(frame: pd.DataFrame, used: Iterable[str]) -> Iterator[Note]:
    """Name the columns of texts with a value in the first row of each group alone, as merged cells are exported."""
    for name in used if len(frame) > 1 else ():
        column = frame[name]
        if is_numeric_dtype(column.dtype) or column.iloc[:2].isna().tolist() != [False, True]:
            continue
        filled = column.dropna()
        if not _FEWEST_GROUPS <= len(filled) <= _MOST_FILLED * len(column):
            continue
        values = filled.map(str).to_numpy(object)
        if (values[1:] != values[:-1]).all():
            text = (
                "{column} has a value in {n:,} of {n_rows:,} rows, never the same twice in succession; if it holds for "
                "the empty cells below it, as merged cells do, fill them in the table"
            )
            yield Note.of("merged_cells", text, column=repr(name), n=len(filled), n_rows=len(column))


def notes_on_far_numbers(frame: pd.DataFrame, used: Container[str]) -> Iterator[Note]:
    """Name numbers such as -999 and 9999 that are far from all others of their column."""
    for names, values in number_columns(frame) if len(frame) else ():
        for extremes in (np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)):
            for row in np.flatnonzero(np.isin(extremes, _MISSING_NUMBERS)):
                if names[row] not in used:
                    continue
                number, column = extremes[row], values[row]
                others = column[(column != number) & ~np.isnan(column)]
                n = int((column == number).sum())
                if len(others) and n > 1 and _is_far(float(number), float(others.min()), float(others.max())):
                    text = (
                        "{column}: {number} in {n:,} cells is far from all other numbers ({low} to {high}); if it "
                        "means a missing value, set data.na_values: {{{name}: [{number}]}}"
                    )
                    values_of = {"number": f"{number:g}", "low": f"{others.min():g}", "high": f"{others.max():g}"}
                    yield Note.of("far_number", text, column=repr(str(names[row])), name=names[row], n=n, **values_of)


def _is_far(number: float, low: float, high: float) -> bool:
    """Whether a number is farther from others than these are from each other, or the only ones below zero."""
    return (number < 0 <= low) or max(low - number, number - high) > high - low


def notes_on_identifiers(X: pd.DataFrame, parts_of_dates: Container[str]) -> Iterator[Note]:
    """Name the columns of whole numbers that may identify rows, or be codes."""
    for name in _wide_ranges(X):
        if name in parts_of_dates:
            continue
        column = X[name].dropna()
        if column.is_unique and (counts_rows(column) or are_identifiers(column.to_numpy())):
            yield _note_on_identifier(column)
        elif not column.is_unique and _have_as_many_digits(column):
            text = (
                "{column} holds whole numbers of {n} digits each, some of them several times; if they are codes and no "
                "amounts, set data.dtypes: {{{name}: string}}"
            )
            yield Note.of("may_be_codes", text, column=repr(name), name=name, n=len(str(int(column.iloc[0]))))


def _have_as_many_digits(column: pd.Series) -> bool:
    low, high = int(column.min()), int(column.max())
    return low >= 10 ** (_FEWEST_DIGITS - 1) and len(str(low)) == len(str(high))


def _wide_ranges(X: pd.DataFrame) -> list[str]:
    """Return the columns of whole numbers that may all be different, by their range, or be codes of many digits."""
    wide = set()
    for names, values in number_columns(X):
        if not len(X):
            continue
        low, high = np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
        if values.dtype.kind in "iu":
            ranges = zip(names, low.tolist(), high.tolist(), strict=True)
            wide |= {name for name, a, b in ranges if b - a + 1 >= len(X)}
        else:  # whole numbers, of which some are missing
            for row in np.flatnonzero((low >= 10 ** (_FEWEST_DIGITS - 1)) & (high < 2**53)):
                if np.isnan(values[row]).any() and not (values[row] % 1 > 0).any():
                    wide.add(names[row])
    return [name for name in X.columns if name in wide]


def _note_on_identifier(column: pd.Series) -> Note:
    values = {"column": repr(column.name), "name": column.name}
    if counts_rows(column):
        text = "{column} counts the rows; if it is an identifier, name it in data.drop"
        return Note.of("counts_rows", text, **values)
    text = "{column} has another whole number in each row; if it is an identifier, name it in data.drop"
    return Note.of("may_identify", text, **values)
