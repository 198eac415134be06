"""Dates: how they are written, and the parts that are made of them as columns."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from skdl.exceptions import DataError
from skdl.tables._kinds import as_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DATE_PARTS", "NO_DATE", "Dates", "format_date_parts", "make_date_part", "parse_datetimes", "spell_value"]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PARTS: Mapping[str, Callable[[Any], pd.Series]] = MappingProxyType(
    {
        "year": lambda dt: dt.year,
        "quarter": lambda dt: dt.quarter,
        "month": lambda dt: dt.month,
        "week": lambda dt: dt.isocalendar().week,
        "day": lambda dt: dt.day,
        "day_of_year": lambda dt: dt.day_of_year,
        "weekday": lambda dt: dt.day_of_week.map(dict(enumerate(_WEEKDAYS))),
        "hour": lambda dt: dt.hour,
        "minute": lambda dt: dt.minute,
    }
)
DATE_PARTS = tuple(_PARTS)
# Appended to what is not a date, so that no cast takes it for a part of one.
NO_DATE = " is no date"


@dataclass(frozen=True)
class Dates:
    """Parts that are made of a column of dates.

    Attributes
    ----------
    parts : tuple of str
        Of `DATE_PARTS`; each becomes a column ``NAME_PART``: a number, the weekday a text from ``Mon`` to ``Sun``.
    format : str or None
        Format codes of ``strftime``; None for dates such as 2024-03-31 or 2024-03-31T12:00.
    """

    parts: tuple[str, ...] = ("year", "month", "weekday")
    format: str | None = None


def parse_datetimes(column: pd.Series, name: str, *, date_format: str | None = None) -> pd.Series:
    """Parse a column of dates; missing ones become ``NaT``.

    Parameters
    ----------
    column : pandas.Series
        Dates as text, or datetimes.
    name : str
        Name of the column, for messages.
    date_format : str or None, default=None
        Format codes of ``strftime``; None for ISO 8601, such as 2024-03-31.

    Returns
    -------
    pandas.Series
        Of type ``datetime64``; in UTC if the dates have time zones.

    Raises
    ------
    DataError
        At the first value that is not such a date; the message has the row, counted from 1.
    """
    try:
        datetimes = _to_utc(column, date_format)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"column {name!r}: cannot be read as dates ({error}). Correct data.dates.") from error
    bad = np.flatnonzero((datetimes.isna() & column.notna()).to_numpy())
    if len(bad):
        wanted = f"dates of the form {date_format}" if date_format else "dates such as 2024-03-31"
        raise DataError(
            f"column {name!r}: must hold {wanted}; got {spell_value(column.iloc[bad[0]])!r} in row {bad[0] + 1}. "
            f"Correct or empty the cell, or give the form: data.dates: {{{name}: {{format: '%d/%m/%Y'}}}}."
        )
    return datetimes


def format_date_parts(values: pd.Series, dates: Dates) -> dict[str, list[str | None]]:
    """Return the parts of dates as text, for rows that are validated later one by one.

    Parameters
    ----------
    values : pandas.Series
        Dates as text, bytes of text, or datetimes.
    dates : Dates
        Their format, and the parts.

    Returns
    -------
    dict of str to list of str or None
        Each part; None for a missing date; for a value that is not a date, the value followed by `NO_DATE`.

    Examples
    --------
    >>> format_date_parts(pd.Series([b"2024-03-31", None, b"soon"]), Dates(("month",)))
    {'month': ['3', None, 'soon is no date']}
    """
    datetimes = _to_utc(values, dates.format)
    missing, wrong = values.isna().to_numpy(), (datetimes.isna() & values.notna()).to_numpy()
    faults = {int(row): f"{spell_value(values.iloc[row])}{NO_DATE}" for row in np.flatnonzero(wrong)}
    texts: dict[str, list[str | None]] = {}
    for part in dates.parts:
        values_of_part = _PARTS[part](datetimes.dt)
        # Int64 holds missing values: by way of float64 the month 3 would be written 3.0.
        text = values_of_part if part == "weekday" else values_of_part.astype("Int64").astype(str)
        column = text.astype(object).where(~missing, None).tolist()
        for row, fault in faults.items():
            column[row] = fault
        texts[part] = column
    return texts


def _to_utc(values: pd.Series, date_format: str | None) -> pd.Series:
    """Parse dates as UTC without a time zone in their dtype; what is not a date becomes ``NaT``."""
    if not is_datetime64_any_dtype(values.dtype):
        # By way of text: numbers such as 20240331 and the bytes of a text file are parsed by the same format.
        texts = values.map(spell_value, na_action="ignore").astype(object)
        form: Any = date_format or "ISO8601"
        values = pd.to_datetime(texts.where(texts.notna(), None), format=form, errors="coerce", utc=True)
    # Naive UTC is one dtype for all columns, whatever time zones the values were written in.
    return values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values


def spell_value(value: Any) -> str:
    """Write a value as a text file and Arrow do: whole numbers without a point, booleans in lower case."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def make_date_part(datetimes: pd.Series, part: str) -> pd.Series:
    """Return one part of dates as numbers; the weekday as text."""
    values = _PARTS[part](datetimes.dt)
    return values.astype(object) if part == "weekday" else as_numbers(values.astype("Int64"), part)
