"""Reading options of a table: how it is written, and which names and types its columns get."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype

from skdl.exceptions import DataError
from skdl.tables._kinds import as_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "DATE_PARTS",
    "FLAG_WORDS",
    "NO_DATE",
    "Dates",
    "Reading",
    "fill_names",
    "format_date_parts",
    "parse_datetimes",
    "parse_marked_numbers",
    "with_types",
]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PARTS: Mapping[str, Callable[[Any], pd.Series]] = MappingProxyType(
    {
        "year": lambda moments: moments.year,
        "quarter": lambda moments: moments.quarter,
        "month": lambda moments: moments.month,
        "week": lambda moments: moments.isocalendar().week,
        "day": lambda moments: moments.day,
        "day_of_year": lambda moments: moments.day_of_year,
        "weekday": lambda moments: moments.day_of_week.map(dict(enumerate(_WEEKDAYS))),
        "hour": lambda moments: moments.hour,
        "minute": lambda moments: moments.minute,
    }
)
DATE_PARTS = tuple(_PARTS)
# Stands behind what was no date, so that it passes for no part of one.
NO_DATE = " is no date"
FLAG_WORDS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), 1),
        **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), 0),
    }
)


@dataclass(frozen=True)
class Dates:
    """Parts that are made of a column of dates.

    Attributes
    ----------
    parts : tuple of str
        Of `DATE_PARTS`; each becomes a column ``NAME_PART``: a number, the weekday a text from ``Mon`` to ``Sun``.
    format : str or None
        As ``strftime`` has it; None for dates such as 2024-03-31 or 2024-03-31T12:00.
    """

    parts: tuple[str, ...] = ("year", "month", "weekday")
    format: str | None = None


@dataclass(frozen=True)
class Reading:
    """How to read a table.

    Attributes
    ----------
    separator : str or None
        Between the fields of a text file; None is by its ending, a comma for .csv and a tab for .tsv.
    decimal : str
        Decimal mark of a text file.
    thousands : str or None
        What groups the digits of a text file.
    encoding : str or None
        Of a text file; None tries UTF-8, with or without a byte-order mark, then cp949.
    na_values : tuple of str
        Words of a text file that stand for a missing value, besides the usual ones.
    rename : mapping of str to str
        Column as it is called in the file, and what to call it. All else speaks of the new names.
    dtypes : mapping of str to {"string", "float", "int", "bool"}
        Columns whose type is declared. A ``string`` is kept as it is written, leading zeros included.
    dates : mapping of str to Dates
        Columns of dates, and what is made of each.
    """

    separator: str | None = None
    decimal: str = "."
    thousands: str | None = None
    encoding: str | None = None
    na_values: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    dtypes: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, Dates] = field(default_factory=dict)

    @property
    def has_marks(self) -> bool:
        """Whether numbers are written otherwise than with a point alone."""
        return self.decimal != "." or self.thousands is not None

    @property
    def number_pattern(self) -> str:
        """Regular expression of a whole cell that is a number with these marks; groups of digits have three of them."""
        fraction = rf"(?:{re.escape(self.decimal)}\d+)?"
        plain = r"\d+" if self.thousands is None else rf"(?:\d{{1,3}}(?:{re.escape(self.thousands)}\d{{3}})+|\d+)"
        return rf"^\s*[-+]?{plain}{fraction}(?:[eE][-+]?\d+)?\s*$"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; what stands at its default is left out."""
        plain, usual = asdict(self), asdict(Reading())
        return {key: value for key, value in plain.items() if value != usual[key]}

    def new_names(self) -> dict[str, tuple[str, ...]]:
        """Give the columns that each column of dates adds."""
        return {name: tuple(f"{name}_{part}" for part in dates.parts) for name, dates in self.dates.items()}


def parse_marked_numbers(frame: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """Turn columns of text whose every cell is a number with the marks of a reading into numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table of text.
    reading : Reading
        Its marks; a column in which any cell does not fit them stays text, such as one of clock times.

    Examples
    --------
    >>> frame = pd.DataFrame({"price": ["1.234,5", "7"], "address": ["10.0.1.2", "10.0.1.3"]})
    >>> parse_marked_numbers(frame, Reading(decimal=",", thousands=".")).to_dict("list")
    {'price': [1234.5, 7.0], 'address': ['10.0.1.2', '10.0.1.3']}
    """
    changed: dict[str, pd.Series] = {}
    kept = {*reading.dates, *(name for name, word in reading.dtypes.items() if word == "string")}
    for name in frame.columns:
        present = frame[name].dropna()
        if reading.rename.get(name, name) in kept or present.empty:
            continue
        if present.str.match(reading.number_pattern).all():
            plain = (
                frame[name].str.replace(reading.thousands or "", "", regex=False) if reading.thousands else frame[name]
            )
            changed[name] = pd.to_numeric(plain.str.strip().str.replace(reading.decimal, ".", regex=False))
    return frame.assign(**changed)


def fill_names(header: Iterable[str]) -> list[str]:
    """Name the columns without a name as pandas does.

    Examples
    --------
    >>> fill_names(["", "a"])
    ['Unnamed: 0', 'a']
    """
    return [name or f"Unnamed: {place}" for place, name in enumerate(header)]


def with_types(frame: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """Give columns their declared types, and the parts of dates columns of their own.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table, its columns renamed already.
    reading : Reading
        How it is read.

    Returns
    -------
    pandas.DataFrame
        The table with those columns changed, and the parts behind the others; a column of dates stays, as moments.

    Raises
    ------
    DataError
        At the first value that is not of its column's declared type; it names column and row.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": ["2024-03-31"], "open": ["yes"]})
    >>> with_types(frame, Reading(dtypes={"open": "bool"}, dates={"day": Dates(("month", "weekday"))}))
             day  open  day_month day_weekday
    0 2024-03-31     1          3         Sun
    """
    changed = {name: _typed(frame[name], name, word) for name, word in reading.dtypes.items()}
    parts: dict[str, pd.Series] = {}
    for name, dates in reading.dates.items():
        moments = changed[name] = parse_datetimes(frame[name], name, date_format=dates.format)
        for part, column in zip(dates.parts, reading.new_names()[name], strict=True):
            if column in frame.columns:
                raise DataError(
                    f"column {column!r}: already in the table, so that no part of {name!r} can be called so. "
                    "Rename it with data.rename."
                )
            parts[column] = _part(moments, part)
    return frame.assign(**changed, **parts) if changed else frame


def parse_datetimes(column: pd.Series, name: str, *, date_format: str | None = None) -> pd.Series:
    """Turn a column into moments, missing ones into ``NaT``.

    Parameters
    ----------
    column : pandas.Series
        Dates as text, or moments already.
    name : str
        What messages call it.
    date_format : str or None, default=None
        As ``strftime`` has it; None for ISO 8601, such as 2024-03-31.

    Returns
    -------
    pandas.Series
        Of type ``datetime64``; where zones are given, in UTC.

    Raises
    ------
    DataError
        At the first value that is no such date; it names the row, counted from 1.
    """
    try:
        moments = _parsed(column, date_format)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"column {name!r}: cannot be read as dates ({error}). Correct data.dates.") from error
    bad = np.flatnonzero((moments.isna() & column.notna()).to_numpy())
    if len(bad):
        wanted = f"dates of the form {date_format}" if date_format else "dates such as 2024-03-31"
        raise DataError(
            f"column {name!r}: must hold {wanted}; got {_as_text(column.iloc[bad[0]])!r} in row {bad[0] + 1}. "
            f"Correct or empty the cell, or give the form: data.dates: {{{name}: {{format: '%d/%m/%Y'}}}}."
        )
    return moments


def format_date_parts(values: pd.Series, dates: Dates) -> dict[str, list[str | None]]:
    """Give the parts of dates as text, for rows that are read one by one and judged later.

    Parameters
    ----------
    values : pandas.Series
        Dates as text, bytes of text, or moments.
    dates : Dates
        How they are written, and the parts.

    Returns
    -------
    dict of str to list of str or None
        Each part; None where there is no date; and where there is something else, that, with `NO_DATE` behind it.

    Examples
    --------
    >>> format_date_parts(pd.Series([b"2024-03-31", None, b"soon"]), Dates(("month",)))
    {'month': ['3', None, 'soon is no date']}
    """
    moments = _parsed(values, dates.format)
    missing, wrong = values.isna().to_numpy(), (moments.isna() & values.notna()).to_numpy()
    said = {int(row): f"{_as_text(values.iloc[row])}{NO_DATE}" for row in np.flatnonzero(wrong)}
    found: dict[str, list[str | None]] = {}
    for part in dates.parts:
        made = _PARTS[part](moments.dt)
        text = made if part == "weekday" else made.astype("Int64").astype(str)
        column = text.astype(object).where(~missing, None).tolist()
        for row, words in said.items():
            column[row] = words
        found[part] = column
    return found


def _parsed(values: pd.Series, date_format: str | None) -> pd.Series:
    """Turn dates into moments in UTC, without saying so in their type; what is none into ``NaT``."""
    if not is_datetime64_any_dtype(values.dtype):
        texts = values.map(_as_text, na_action="ignore").astype(object)
        form: Any = date_format or "ISO8601"
        values = pd.to_datetime(texts.where(texts.notna(), None), format=form, errors="coerce", utc=True)
    return values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values


def _as_text(value: Any) -> str:
    """Spell a value as a text file would, and as Arrow does: whole numbers without a point, flags in small letters."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _part(moments: pd.Series, part: str) -> pd.Series:
    values = _PARTS[part](moments.dt)
    return values.astype(object) if part == "weekday" else as_numbers(values.astype("Int64"), part)


def _typed(column: pd.Series, name: str, word: str) -> pd.Series:
    if word == "string":
        return column.map(_as_text, na_action="ignore").astype(object).where(column.notna(), np.nan)
    if word == "bool":
        return _as_flags(column, name)
    numbers = as_numbers(column, name)
    if word == "float":
        return numbers.astype(np.float64)
    broken = np.flatnonzero((numbers.notna() & (numbers != numbers.round())).to_numpy())
    if len(broken):
        raise DataError(
            f"column {name!r}: must hold whole numbers (data.dtypes); got {numbers.iloc[broken[0]]} in row "
            f"{broken[0] + 1}. Correct the cell, or declare the column a float."
        )
    return numbers if numbers.isna().any() else numbers.astype(np.int64)


def _as_flags(column: pd.Series, name: str) -> pd.Series:
    """Turn words for yes and no into 1 and 0."""
    if is_bool_dtype(column.dtype) and not column.isna().any():
        return column.astype(np.int64)
    words = column.map(lambda value: str(value).strip().casefold(), na_action="ignore")
    flags = words.map(dict(FLAG_WORDS)).astype(np.float64)
    bad = np.flatnonzero((flags.isna() & column.notna()).to_numpy())
    if len(bad):
        raise DataError(
            f"column {name!r}: must hold yes and no, true and false, or 1 and 0 (data.dtypes); "
            f"got {column.iloc[bad[0]]!r} in row {bad[0] + 1}. Correct the cell, or take the declaration away."
        )
    return flags.astype(np.int64) if flags.notna().all() else flags.astype(np.float64)
