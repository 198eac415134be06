"""Durations and times of day: 1:02:03, 14:30, -0:30, 2 days 03:00:00, 1h 30m, PT1H30M; as numbers of minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import infer_dtype, is_timedelta64_dtype

from skdl.tables._dates import as_strings, read_fields, sample_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGN = "(?P<sign>[-+\u2212])?"
_CLOCK = re.compile(
    rf"\s*{_SIGN}(?:(?P<D>0{{1,6}})\s*(?:days?|d|일)\s*,?\s*(?P<sign_of_time>[-+])?)?"
    r"(?P<H>0{1,6}):(?P<M>00)(?::(?P<S>00)(?:[.,](?P<f>0{1,9}))?)?(?:\s*(?P<p>[ap]\.?m\.?))?\s*",
    re.IGNORECASE,
)
# As Excel writes times in Korean: 오후 2:30 or 오후 2시 30분.
_HALF_FIRST = re.compile(r"\s*(?P<p>오전|오후)\s*(?P<H>00?)(?::|시\s*)(?P<M>00?)(?:분|:(?P<S>00))?\s*")
_LAP = re.compile(rf"\s*{_SIGN}(?P<M>0{{1,6}}):(?P<S>00)[.,](?P<f>0{{1,9}})\s*")  # 1:23.456 is a minute and seconds
_UNITS = {
    "D": r"(?:days?|d|일)",
    "H": r"(?:hours?|hrs?\.?|h|시간|시)",
    "M": r"(?:minutes?|mins?\.?|m|분)",
    "S": r"(?:seconds?|secs?\.?|s|초)",
}
_WITH_UNITS = {name: rf"(?:(?P<{name}>0{{1,6}})\s*{unit}[\s,]*)" for name, unit in _UNITS.items()}
_WORDS = re.compile(rf"\s*{_SIGN}(?=0)" + "".join(f"{field}?" for field in _WITH_UNITS.values()), re.IGNORECASE)
_HOURS_FIRST = re.compile(rf"\s*{_SIGN}{_WITH_UNITS['D']}?{_WITH_UNITS['H']}(?P<M>00)\s*", re.IGNORECASE)  # 1h30
_ISO = re.compile(
    rf"\s*{_SIGN}P(?:(?P<D>0{{1,6}})D)?(?:T(?=0)(?:(?P<H>0{{1,6}})H)?(?:(?P<M>0{{1,6}})M)?"
    r"(?:(?P<S>0{1,6})(?:[.,](?P<f>0{1,9}))?S)?)?\s*",
    re.IGNORECASE,
)
_DEFAULTS = {"sign": 1, "sign_of_time": 1, "D": -1, "H": -1, "M": -1, "S": -1, "f": 0, "p": -1}
_FEWEST = 0.5  # share of the rows
_HOURS_A_DAY, _MINUTES_A_DAY, _SIXTY = 24, 24 * 60, 60


@dataclass(frozen=True)
class DurationForm:
    """How the texts of a column spell durations, which are read in minutes."""

    minutes_first: bool  # whether 59:30 is 59 minutes and 30 seconds, not hours and minutes
    fits: NDArray[np.bool_]  # (n_texts,)


def find_duration_form(texts: pa.Array | pa.ChunkedArray, counts: Any = None) -> DurationForm | None:
    """Find whether most of the rows hold durations or times of day; None if they do not.

    Where some have seconds (1:02:03) and some have not (59:30), the latter are minutes and seconds if the first field
    reaches 24, or if hours have no leading zero.

    Parameters
    ----------
    texts : pyarrow.Array or pyarrow.ChunkedArray
        Different texts, without nulls.
    counts : array-like of int, default=None
        Rows that have each text; by default one.

    Examples
    --------
    >>> find_duration_form(pa.array(["59:30", "1:02:03"])).minutes_first
    True
    >>> find_duration_form(pa.array(["14:30", "9:05", "soon"])).fits
    array([ True,  True, False])
    """
    rows = np.ones(len(texts)) if counts is None else np.asarray(counts, float)
    if not rows.sum():
        return None
    chosen, shares = sample_texts(rows)
    if shares[_Durations.of(as_strings(texts.take(pa.array(chosen)))).fits].sum() < 0.8 * _FEWEST:
        return None
    read = _Durations.of(as_strings(texts))
    # Numbers with one unit, such as 5 min, are numbers.
    if rows[read.fits].sum() / rows.sum() < _FEWEST or not (read.n_fields[read.fits] > 1).any():
        return None
    long, short = read.is_clock & (read["S"] >= 0), read.is_clock & (read["S"] < 0)
    is_unpadded = np.asarray(pc.match_substring_regex(as_strings(texts), r"^\s*[-+]?\d:"))
    minutes_first = bool(
        long.any() and short.any() and (read["H"][short].max() >= _HOURS_A_DAY or (is_unpadded & long).any())
    )
    return DurationForm(minutes_first, read.fits)


def minutes_of(column: pd.Series) -> pd.Series | None:
    """Return a column of a type of durations or of times of day in minutes; None for other types.

    >>> minutes_of(pd.Series([pd.Timedelta("1h"), None])).tolist()
    [60.0, nan]
    """
    held = infer_dtype(column, skipna=True) if column.dtype == object else ""
    if is_timedelta64_dtype(column.dtype) or held in {"timedelta", "timedelta64"}:
        return pd.to_timedelta(column) / pd.Timedelta(minutes=1)
    if held != "time":
        return None
    texts = pa.array(column.map(str, na_action="ignore"), pa.string(), from_pandas=True)
    return pd.Series(parse_durations(texts), index=column.index)


def parse_durations(texts: pa.Array | pa.ChunkedArray, *, minutes_first: bool = False) -> NDArray[np.float64]:
    """Return minutes, ``NaN`` for what is no duration; times of day are since midnight.

    ``texts`` may have nulls. ``minutes_first`` takes 59:30 for minutes and seconds.

    >>> parse_durations(pa.array(["1:30", "-0:30", "2 days 03:00:00", "1h 15m", "PT90S", "2:30 PM", None])).tolist()
    [90.0, -30.0, 3060.0, 75.0, 1.5, 870.0, nan]
    """
    encoded = as_strings(texts).dictionary_encode()
    minutes = _Durations.of(encoded.dictionary).minutes(minutes_first=minutes_first)
    values: NDArray[np.float64] = np.append(minutes, np.nan)[encoded.indices.fill_null(len(minutes)).to_numpy()]
    return values


@dataclass(frozen=True)
class _Durations:
    """Fields of different texts, -1 for those that a text has not."""

    fields: dict[str, NDArray[np.int64]]
    fits: NDArray[np.bool_]  # (n_texts,)
    is_clock: NDArray[np.bool_]  # written with colons

    @classmethod
    def of(cls, texts: pa.Array) -> _Durations:
        fields, is_read = read_fields(texts, (_CLOCK, _HALF_FIRST, _LAP, _HOURS_FIRST, _WORDS, _ISO), _DEFAULTS)
        fields = {name: fields.get(name, np.full(len(texts), value)) for name, value in _DEFAULTS.items()}
        is_clock = read_fields(texts, (_CLOCK, _HALF_FIRST), _DEFAULTS)[1]
        is_lap = read_fields(texts, (_LAP,), _DEFAULTS)[1]
        is_half = fields["p"] >= 0  # of the day
        fits = is_read & (~is_clock | (fields["M"] < _SIXTY)) & (~(is_clock | is_lap) | (fields["S"] < _SIXTY))
        fits &= ~is_half | ((fields["H"] >= 1) & (fields["H"] <= _HOURS_A_DAY // 2))
        fits &= ~is_clock | (fields["D"] < 0) | (fields["H"] < _HOURS_A_DAY)
        return cls(fields, fits, is_clock & fits)

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        return self.fields[name]

    @property
    def n_fields(self) -> NDArray[np.int64]:
        n_fields: NDArray[np.int64] = np.sum([self[name] >= 0 for name in "DHMS"], axis=0)
        return n_fields

    def minutes(self, *, minutes_first: bool) -> NDArray[np.float64]:
        """Return minutes, ``NaN`` where a text does not fit."""
        days, hours, minutes, seconds = (np.maximum(self[name], 0) for name in "DHMS")
        hours = np.where(self["p"] >= 0, hours % 12 + self["p"], hours)
        within = hours * 60.0 + minutes + seconds / 60 + self["f"] / 60e9
        if minutes_first:
            within = np.where(self.is_clock & (self["S"] < 0), within / 60, within)
        # As pandas and Python write it, -1 day, 23:00 is an hour before midnight: the sign is that of the days.
        of_days = self["sign"] * days * _MINUTES_A_DAY + self["sign_of_time"] * within
        is_of_days = self.is_clock & (self["D"] >= 0)
        total = np.where(is_of_days, of_days, self["sign"] * (days * _MINUTES_A_DAY + within))
        return np.where(self.fits, total, np.nan)
