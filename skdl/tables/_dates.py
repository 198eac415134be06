"""Dates: which forms they are written in, and the parts that become features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._kinds import check_cells

if TYPE_CHECKING:
    from skdl.tables._reading import Dates

DATE_PARTS = ("year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Appended to what is not a date, so that no cast takes it for a part of one.
NO_DATE = " is no date"


def parse_datetimes(column: pd.Series, name: str, *, date_format: str | None = None) -> pd.Series:
    """Parse a column of dates; missing ones become ``NaT``.

    They are in UTC without a time zone; ``date_format`` has the codes of ``strftime``, None for ISO 8601.
    """
    try:
        datetimes = _to_utc(column, date_format)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            Note.of(
                "no_dates",
                "column {name!r}: cannot be read as dates ({reason}). Correct data.dates.",
                name=name,
                reason=str(error),
            )
        ) from error
    wanted = Note("wanted_dates", "dates such as 2024-03-31")
    if date_format:
        wanted = Note.of("wanted_dates_of_form", "dates of the form {form}", form=date_format)
    remedy = Note.of(
        "no_date",
        "Correct or empty the cell, or give the form: data.dates: {{{name}: {{format: '%d/%m/%Y'}}}}.",
        name=name,
    )
    check_cells(column, name, datetimes.isna() & column.notna(), wanted, remedy)
    return datetimes


def format_date_parts(values: pd.Series, dates: Dates) -> dict[str, list[str | None]]:
    """Return each part of dates as text, for rows that are validated later one by one.

    None for a missing date; for a value that is not a date, the value followed by `NO_DATE`.

    >>> from skdl.tables import Dates
    >>> format_date_parts(pd.Series([b"2024-03-31", None, b"soon"]), Dates(("month",)))
    {'month': ['3', None, 'soon is no date']}
    """
    datetimes = _to_utc(values, dates.format)
    missing, wrong = values.isna().to_numpy(), (datetimes.isna() & values.notna()).to_numpy()
    faults = {int(row): f"{spell_value(values.iloc[row])}{NO_DATE}" for row in np.flatnonzero(wrong)}
    texts: dict[str, list[str | None]] = {}
    for part in dates.parts:
        column = date_part(datetimes, part).astype(str).astype(object).where(~missing, None).tolist()
        for row, fault in faults.items():
            column[row] = fault
        texts[part] = column
    return texts


def date_part(datetimes: pd.Series, part: str) -> pd.Series:
    """Return a part of dates as whole numbers; the weekday as text."""
    values: pd.Series
    if part == "weekday":
        values = datetimes.dt.day_of_week.map(dict(enumerate(_WEEKDAYS)))
        return values.astype(object)
    values = datetimes.dt.isocalendar().week if part == "week" else getattr(datetimes.dt, part)
    # Int64 holds missing values: by way of float64 the month 3 would be written 3.0.
    return values.astype("Int64")


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
