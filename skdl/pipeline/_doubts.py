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
    distinct_values,
    find_dates,
    is_total,
    number_columns,
    value_ranges,
    without_invisible,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl._task import Task

# Notes on values that may mean something else than they say.
DOUBTS = frozenset([
    "alike_levels", "counted_dates", "far_number", "likely_missing", "may_be_codes", "may_be_seconds", "may_have_form",
    "merged_cells", "numbers_in_texts", "statistic_row", "total_level", "total_row",
])  # fmt: skip
_FEWEST_TO_SUM = 10  # rows of which the last one may be a total
_N_FIRST = _FEWEST_TO_SUM - 1  # cells that are tried before all of them
_LEVELS_SHOWN = 5
_STATISTIC = re.compile(
    r"(?:average|avg|mean|median|min(?:imum)?|max(?:imum)?|std(?:ev)?|mittelwert|durchschnitt|moyenne|promedio|media"
    r"|평균|최대|최소|平均|最大|最小)\.?:?",
    re.IGNORECASE,
)
# Numbers that files have for a missing value: 77, 88, 99, 97 and 98, with any number of digits and minus signs, and the
# largest ones of computers.
_FILLS = [int(digit * n) for n in range(2, 10) for digit in "789"]
_FILLS += [10**n - less for n in range(2, 10) for less in (2, 3)] + [2**15 - 1, 2**16 - 1, 2**31 - 1, 2**32 - 1]
_MISSING_NUMBERS = np.array([*_FILLS, *(-fill for fill in _FILLS), -1, -7, -8, -9, -(2**15), -(2**31)], np.float64)
_HUGE, _FEWEST_COUNTS, _LEAST_OF_THREE_DIGITS = 1e15, 10, 100
# By the form of dates and times that numbers may be: how many different ones, first fields and last fields there must
# be, as others fit by chance; and the fields, each with its divisor, lowest and highest value.
_FORMS: dict[str, tuple[int, int, int, tuple[tuple[int, int, int], ...]]] = {
    "%y%m%d": (10, 1, 3, ((10_000, 10, 99), (100, 1, 12), (1, 1, 31))),
    "%d%m%Y": (10, 3, 1, ((1_000_000, 1, 31), (10_000, 1, 12), (1, 1900, 2100))),
    "%m%d%Y": (10, 3, 1, ((1_000_000, 1, 12), (10_000, 1, 31), (1, 1900, 2100))),
    "%Y%j": (10, 1, 3, ((1_000, 1900, 2100), (1, 1, 366))),
    "%Y.%m": (10, 1, 3, ((100, 1900, 2100), (1, 1, 12))),
    "%d.%m": (20, 6, 3, ((100, 1, 31), (1, 1, 12))),
    "%H%M%S": (50, 6, 20, ((10_000, 0, 23), (100, 0, 59), (1, 0, 59))),
    "%H%M": (50, 6, 20, ((100, 0, 23), (1, 0, 59))),
    "%H.%M": (50, 6, 20, ((100, 0, 23), (1, 0, 59))),
}
_N_TRIED, _MANY_ROWS, _TINY, _LONGEST_FORM = 50, 1_000, 1e-6, 1e9
_MOST_FILLED, _FEWEST_GROUPS = 0.5, 3  # of merged cells
# Seconds and milliseconds of 2001-09-09 to 2035, of which all have 10 and 13 digits.
_OF_SECONDS, _SECONDS = {"%s": 1, "%s%f": 1000}, np.array([1_000_000_000, 2_082_758_399])
_FEWEST_DIGITS = 9  # of numbers that are hardly amounts if all have as many
_NUMBER = re.compile(r"\d+(?:[.,']\d+)*")  # versions and addresses are one, too
_NO_AMOUNT = re.compile(r"\d\.\d+\.\d|(?<![\d.,])0\d")  # in versions, addresses and codes
_FEWEST_WRITTEN, _MOST_WAYS, _N_LEVELS = 11, 3, 1_000
_THREE_NUMBERS = re.compile(r"0[ -]0/0|0 ?[x*\u00d7] ?0\^-?0")  # 1 3/8 and 1.5x10^3; others are no amounts
_SPREADSHEET_START, _SPREADSHEET_DAYS = "1899-12-30", (30_000, 55_000)  # 1982 to 2050, where a name speaks of dates
_FEWEST_MOMENTS = 10
_DATE_WORDS = frozenset([
    "date", "dates", "day", "time", "timestamp", "datetime", "ts", "epoch", "at", "datum", "tag", "zeit", "fecha",
    "jour", "heure", "giorno", "dia",
])  # fmt: skip
_DATE_WORDS_WITHIN = ("날짜", "일자", "일시", "시각", "日付", "日期", "日時", "时间")


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


def notes_on_numbers_in_texts(columns: Mapping[str, Iterable[Any]], frame: pd.DataFrame) -> Iterator[Note]:
    """Name categories that are numbers with the same characters around them: ~12, 12pm and 4.5 out of 5 stars.

    Texts that begin with a letter, such as A12, are codes.
    """
    for name, values in columns.items():
        levels = [level for level in islice(values, _N_LEVELS) if isinstance(level, str)]
        if len(levels) < _FEWEST_WRITTEN:
            continue
        ways = {_NUMBER.sub("0", without_invisible(level).strip().casefold()) for level in levels[:_FEWEST_WRITTEN]}
        if len(ways) > _MOST_WAYS:  # most columns are excluded by their first categories
            continue
        ways |= {_NUMBER.sub("0", without_invisible(level).strip().casefold()) for level in levels}
        is_way = len(ways) <= _MOST_WAYS and ways != {"0"} and all(map(_is_way_of_numbers, ways))
        if is_way and not any(map(_NO_AMOUNT.search, levels)):
            text = (
                "{column}: {n:,} texts with numbers in them, such as {shown} in row {row:,}, are used as categories; "
                "to use them as numbers, write these alone; if they are codes, name the column in data.categorical"
            )
            shown = next(level for level in levels if _NUMBER.fullmatch(level.strip()) is None)
            row = 1 + int(np.argmax((frame[name] == shown).to_numpy(bool, na_value=False)))
            yield Note.of("numbers_in_texts", text, column=repr(name), n=len(levels), shown=repr(shown), row=row)


def _is_way_of_numbers(way: str) -> bool:
    """Whether a text, with 0 for each number, is an amount with other characters, rather than a code."""
    n_numbers = way.count("0")
    return 1 <= n_numbers <= 2 + (_THREE_NUMBERS.fullmatch(way) is not None) and not way[0].isalpha()


def _show_alike(levels: Sequence[str]) -> str:
    """List levels; letters that are printed alike by their code."""
    n_printed = len({unicodedata.normalize("NFC", level) for level in levels})
    return " and ".join(map(repr if n_printed == len(levels) else ascii, levels))


def notes_on_totals(frame: pd.DataFrame) -> Iterator[Note]:
    """Say that the last row seems to hold the sums or means of the rows above it, as spreadsheets write them."""
    if len(frame) < _FEWEST_TO_SUM:
        return
    of_texts = [position for position, dtype in enumerate(frame.dtypes) if not is_numeric_dtype(dtype)]
    for name, cells in frame.iloc[:, of_texts].items():
        word = cells.iloc[-1]
        if isinstance(word, str) and _STATISTIC.fullmatch(word.strip()) and (cells == word).sum() == 1:
            text = (
                "the last row ({row:,}) seems to be no case, as {column} is {word} there alone; if so, remove the row "
                "from the table"
            )
            yield Note.of("statistic_row", text, row=len(frame), column=repr(str(name)), word=repr(word))
            return
    totals: set[Any] = set()
    for names, values in number_columns(frame):
        # The first cells show of most columns, at little cost, that the last one is no total.
        first, last = np.abs(values[:, :_N_FIRST].astype(np.float64)), np.abs(values[:, -1].astype(np.float64))
        rows = np.flatnonzero(~(last <= np.fmax.reduce(first, axis=1)) & ~np.isnan(last))
        totals |= {names[row] for row in rows[_end_in_total(values[rows].astype(np.float64))].tolist()}
    for name, dtype in zip(frame.columns.tolist(), frame.dtypes, strict=True):
        if not isinstance(dtype, np.dtype) and is_numeric_dtype(dtype) and not is_bool_dtype(dtype):
            numbers = frame[name].to_numpy(np.float64, na_value=np.nan)
            totals |= {name} if not np.isnan(numbers[-1]) and _end_in_total(numbers[None, :])[0] else set()
        if name in totals:
            text = (
                "the last row ({row:,}) seems to be a total: {column} has {total} there, the sum of all rows above; "
                "remove the row from the table"
            )
            total = f"{float(frame[name].iloc[-1]):,g}"
            yield Note.of("total_row", text, row=len(frame), column=repr(name), total=total)
            return


def _end_in_total(table: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each row of a table whether its last number is the sum of the others."""
    above, last = table[:, :-1], table[:, -1]
    # Counts of a rare event can add up by chance; amounts that are all smaller than their sum do not.
    many = np.count_nonzero(above, axis=1) >= _FEWEST_TO_SUM - 1
    found: NDArray[np.bool_] = many & (np.abs(last) > np.nanmax(np.abs(above), axis=1, initial=0.0))
    found &= np.isclose(np.nansum(above, axis=1), last)
    return found


def notes_on_merged_cells(frame: pd.DataFrame, used: Iterable[str]) -> Iterator[Note]:
    """Name the columns of texts with a value in the first row of each group alone, as merged cells are exported."""
    of_numbers = {name for name, dtype in frame.dtypes.items() if is_numeric_dtype(dtype)}
    for name in used if len(frame) > 1 else ():
        column = None if name in of_numbers else frame[name]
        if column is None or column.iloc[:2].isna().tolist() != [False, True]:
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
        extremes = np.array(value_ranges(values), np.float64)
        may_be_missing = np.isin(extremes, _MISSING_NUMBERS) | (np.abs(extremes) >= _HUGE)
        for row in np.flatnonzero(may_be_missing.any(axis=0) & np.array([name in used for name in names])):
            if values.shape[1] > _MANY_ROWS and not _may_be_far(values[row, :_MANY_ROWS], extremes[:, row]):
                continue  # numbers that the first rows show to be near are near in all rows
            distinct = distinct_values(pd.Series(values[row], copy=False)).astype(np.float64)
            is_usual = _are_usual(distinct)
            others = distinct[is_usual]
            low, high = (float(others.min()), float(others.max())) if len(others) else (0.0, 0.0)
            found = [number for number in np.sort(distinct[~is_usual]).tolist() if _is_far(number, low, high)]
            if len(others) and found:
                text = (
                    "{column}: {numbers} in {n:,} of the cells is far from all other numbers ({low} to {high}); if it "
                    "means a missing value, set data.na_values: {{{name}: [{numbers}]}}"
                )
                numbers = ", ".join(f"{number:.10g}" for number in found)
                n, ends = int(np.isin(values[row], found).sum()), {"low": f"{low:g}", "high": f"{high:g}"}
                yield Note.of(
                    "far_number", text, column=repr(str(names[row])), name=names[row], n=n, numbers=numbers, **ends
                )


def _are_usual(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ~np.isin(numbers, _MISSING_NUMBERS) & (np.abs(numbers) < _HUGE)


def _may_be_far(some: NDArray[Any], extremes: NDArray[np.float64]) -> bool:
    """Whether `_is_far` may hold for a number of a column, by some numbers and by the extremes of the column.

    The range of all others is at least that of some of them.
    """
    distinct = np.unique(some[~np.isnan(some)]).astype(np.float64)
    others = distinct[_are_usual(distinct)]
    if not len(others):
        return True
    low, high = float(others.min()), float(others.max())
    least, largest = extremes.tolist()
    is_far: bool = least < 0 <= low or max(low - least, largest - high) > high - low
    return is_far


def notes_on_dates_and_times(frame: pd.DataFrame, used: Container[str]) -> Iterator[Note]:
    """Name numbers that may be times such as 14.30 and 1430, or dates such as 31.12, 2024.03 and 240331."""
    for names, values in number_columns(frame) if len(frame) else ():
        # A few rows exclude most columns, at little cost; no form has negative numbers.
        first = values[:, :_N_TRIED].astype(np.float64)
        likely = np.flatnonzero(~(first < 0).any(axis=1))
        fits = np.any([_fit(first[likely], form).all(axis=1) for form in _FORMS], axis=0)
        for row in likely[fits]:
            if names[row] not in used:
                continue
            numbers = np.unique(values[row][~np.isnan(values[row])]).astype(np.float64)
            form = next((form for form in _FORMS if _has_form(numbers, form)), None)
            if form is not None:
                shown = f"{numbers[-1]:.2f}" if "." in form else f"{numbers[-1]:.0f}"
                parts = (
                    "[hour, minute]" if "H" in form else "[month, day]" if "Y" not in form.upper() else "[year, month]"
                )
                text = (
                    "{column}: numbers such as {shown} may be dates or times of the form {form}; if so, set "
                    "data.dates: {{{name}: {{format: '{form}', parts: {parts}}}}}"
                )
                values_of = {"column": repr(str(names[row])), "name": names[row], "parts": parts}
                yield Note.of("may_have_form", text, **values_of, shown=shown, form=form)


def notes_on_counted_dates(frame: pd.DataFrame, used: Container[str]) -> Iterator[Note]:
    """Name numbers that count days as spreadsheets do, where the name of the column speaks of dates."""
    for name in frame.columns.tolist():
        if name not in used or not _speaks_of_dates(name) or not is_numeric_dtype(frame[name].dtype):
            continue
        numbers = np.unique(frame[name].dropna().to_numpy(np.float64))
        if len(numbers) < _FEWEST_MOMENTS:
            continue
        low, high = _SPREADSHEET_DAYS
        if low <= numbers[0] and numbers[-1] < high:
            text = (
                "{column}: numbers such as {shown} may be days since {start}, as spreadsheets count them: {shown} is "
                "{date}; if so, write dates in the table, such as pandas.to_datetime(..., unit='D', origin={origin}) "
                "gives"
            )
            date = pd.Timestamp(_SPREADSHEET_START) + pd.Timedelta(days=numbers[-1])
            values = {"column": repr(name), "shown": f"{numbers[-1]:.0f}", "date": f"{date:%Y-%m-%d}"}
            start = _SPREADSHEET_START
            yield Note.of("counted_dates", text, **values, start=start, origin=repr(start))


def _speaks_of_dates(name: str) -> bool:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)
    return any(word.casefold() in _DATE_WORDS for word in words) or any(word in name for word in _DATE_WORDS_WITHIN)


def _has_form(numbers: NDArray[np.float64], form: str) -> bool:
    """Whether different numbers fit a form of dates or times, and are too many and varied to do so by chance."""
    fewest, fewest_of_first, fewest_of_last, _ = _FORMS[form]
    if len(numbers) < fewest or not _fit(numbers, form).all():
        return False
    first, *_, last = _fields(numbers, form)
    return len(np.unique(first)) >= fewest_of_first and len(np.unique(last)) >= fewest_of_last


def _fit(numbers: NDArray[np.float64], form: str) -> NDArray[np.bool_]:
    """Return a mask of the numbers that fit a form of dates or times; missing ones do."""
    small = np.where(np.abs(numbers) < _LONGEST_FORM, numbers, -1.0)  # which no form has
    scaled = small * 100 if "." in form else small
    fits: NDArray[np.bool_] = np.abs(scaled - np.rint(scaled)) < _TINY
    for (_, low, high), field in zip(_FORMS[form][-1], _fields(small, form), strict=True):
        fits &= (field >= low) & (field <= high)
    fits |= np.isnan(numbers)
    return fits


def _fields(numbers: NDArray[np.float64], form: str) -> Iterator[NDArray[np.float64]]:
    """Yield the fields of numbers by their digits; the first one has all digits in front."""
    rest = np.rint(numbers * 100 if "." in form else numbers)
    for divisor, _, _ in _FORMS[form][-1]:
        yield rest // divisor
        rest = rest % divisor


def _is_far(number: float, low: float, high: float) -> bool:
    """Whether a number is farther from others than these are from each other, or the only one below zero."""
    if number == -1:
        return low >= 0 and high >= _FEWEST_COUNTS  # not among -1, 0 and 1
    if low == high and 0 < number < _LEAST_OF_THREE_DIGITS:  # such as the one dot of a pixel that is white elsewhere
        return False
    return (number < 0 <= low) or max(low - number, number - high) > high - low


def notes_on_identifiers(X: pd.DataFrame, parts_of_dates: Container[str]) -> Iterator[Note]:
    """Name the columns of whole numbers that may identify rows, or be codes."""
    for name in _wide_ranges(X):
        if name in parts_of_dates:
            continue
        column = X[name].dropna()
        form = next((form for form, factor in _OF_SECONDS.items() if column.between(*(_SECONDS * factor)).all()), None)
        if form is not None and not counts_rows(column):
            yield _note_on_seconds(column, form)
        elif column.is_unique and (counts_rows(column) or are_identifiers(column.to_numpy())):
            yield _note_on_identifier(column)
        elif not column.is_unique and _have_as_many_digits(column):
            text = (
                "{column} holds whole numbers of {n} digits each, some of them several times; if they are codes and no "
                "amounts, set data.dtypes: {{{name}: string}}"
            )
            yield Note.of("may_be_codes", text, column=repr(name), name=name, n=len(str(int(column.iloc[0]))))


def _note_on_seconds(column: pd.Series, form: str) -> Note:
    shown = int(column.iloc[0])
    text = (
        "{column}: {shown} in row {row:,} may be {moment}, counted from 1970; if so, set data.dates: {{{name}: "
        "{{format: '{form}', parts: [month, weekday, hour]}}}}; if it is an identifier, name it in data.drop"
    )
    values = {"column": repr(column.name), "name": column.name, "shown": shown, "row": int(column.index[0]) + 1}
    moment = f"{pd.Timestamp(shown // _OF_SECONDS[form], unit='s'):%Y-%m-%d %H:%M}"
    return Note.of("may_be_seconds", text, **values, moment=moment, form=form)


def _have_as_many_digits(column: pd.Series) -> bool:
    low, high = int(column.min()), int(column.max())
    return low >= 10 ** (_FEWEST_DIGITS - 1) and len(str(low)) == len(str(high))


def _wide_ranges(X: pd.DataFrame) -> list[str]:
    """Return the columns of whole numbers that may all be different, by their range, or be codes of many digits."""
    wide = set()
    for names, values in number_columns(X):
        if not len(X):
            continue
        if values.dtype.kind in "iu":
            low, high = (some.tolist() for some in value_ranges(values))
            wide |= {name for name, a, b in zip(names, low, high, strict=True) if b - a + 1 >= len(X)}
        else:  # whole numbers, of which some are missing, or that a spreadsheet shortened to 9.78E+12
            fewest = 10 ** (_FEWEST_DIGITS - 1)
            for row in np.flatnonzero(~(values[:, :_N_TRIED] < fewest).any(axis=1)):  # the first ones exclude most
                low, high = np.fmin.reduce(values[row]), np.fmax.reduce(values[row])
                if low >= fewest and high < 2**53 and not (values[row] % 1 > 0).any():
                    wide.add(names[row])
    return [name for name in X.columns.tolist() if name in wide]


def _note_on_identifier(column: pd.Series) -> Note:
    values = {"column": repr(column.name), "name": column.name}
    if counts_rows(column):
        text = "{column} counts the rows; if it is an identifier, name it in data.drop"
        return Note.of("counts_rows", text, **values)
    text = "{column} has another whole number in each row; if it is an identifier, name it in data.drop"
    return Note.of("may_identify", text, **values)


def notes_on_a_target_of_dates(y: pd.Series | pd.DataFrame, task: Task) -> Iterator[Note]:
    """Say that the numbers to predict are dates, such as 20240331."""
    if not isinstance(y, pd.Series) or task != "regression":
        return
    found = find_dates(y)
    if found is not None:
        text = (
            "target {column}: whole numbers such as {shown} are dates, but are predicted as numbers; predict the days "
            "since a date instead"
        )
        yield Note.of("target_of_dates", text, column=repr(y.name), shown=found.example)
