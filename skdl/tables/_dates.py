"""Dates: the forms that people write them in, and the parts of them that become features.

A form is a text with the codes of ``strftime``, or None for ISO 8601; several forms of a column are separated by `OR`.
Texts are parsed by their shape, in which every digit is a 0: a column has few of them, and where its fields are follows
from the shape alone. So a million different texts take about half a second, and names of months may be in any language.

Times with a zone or an offset are read as written, which is the local time of what happened: the hour of opening of a
shop is the same in summer and in winter. `Dates.utc` turns them to UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype, is_bool_dtype, is_complex_dtype, is_datetime64_any_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._batches import encode_texts, is_text, number_columns
from skdl.tables._reading import Dates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.tables._batches import EncodedTexts

DATE_PARTS = ("year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Appended to what is not a date, so that no cast takes it for a part of one.
NO_DATE = " is no date"
IN_UTC = " is in UTC"  # where training had local times
NO_TIME = " has no time"  # where training had times of day
OR = " | "
ISO = "ISO8601"  # as pandas calls it: the form that is not searched for another

# Names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch, without the point of an
# abbreviation.
_MONTHS = (
    "jan january januar jän jänner janv janvier ene enero gen gennaio janeiro januari",
    "feb february februar févr février fév fevr fevrier febrero febbraio fev fevereiro februari",
    "mar march märz mär mrz maerz mars marzo março maart mrt",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio maio mei",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august août aout ago agosto augustus",
    "sep sept september septembre septiembre set settembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember déc décembre decembre dic diciembre dicembre dezembro",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim",
    "lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom",
    "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
)


def _one_of(names: Any) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_END = r"(?![^\W\d_])"  # of a word, also before a digit
_NAMED_MONTH = rf"(?:{_one_of(_MONTH_OF)}){_END}\.?"
_NAMED_DAY = rf"(?:(?:{_one_of(' '.join(_DAYS).split())}){_END}\.?|\([월화수목금토일]\))"
_HALF = rf"(?:[ap]\.?\s?m{_END}\.?|오전|오후)"  # of the day
_ZONE = rf"(?:z{_END}|(?:utc|gmt)?(?P<sign>[-+])(?P<zh>00?)(?::?(?P<zm>00)(?::?00)?)?|utc|gmt)"
_ORDINAL = rf"(?:(?:st|nd|rd|th|er){_END}|º)?"
# Shapes of the fields by the codes of ``strftime``; %q is the quarter, as in pandas, and %s seconds since 1970.
_CODES = {
    "Y": "(?P<Y>0000)", "G": "(?P<G>0000)", "V": "(?P<V>00?)", "u": "(?P<u>0)", "y": "(?P<y>00)", "q": "(?P<q>0)",
    "j": "(?P<j>0{1,3})", "f": "(?P<f>0{1,9})", "s": "(?P<s>0{9,10})",
    "m": "(?P<m>00?)", "d": f"(?P<d>00?){_ORDINAL}", "H": "(?P<H>00?)", "I": "(?P<I>00?)", "M": "(?P<M>00?)",
    "S": "(?P<S>00?)", "b": f"(?P<b>{_NAMED_MONTH})", "B": f"(?P<b>{_NAMED_MONTH})", "a": _NAMED_DAY, "A": _NAMED_DAY,
    "p": f"(?P<p>{_HALF})", "z": f"(?P<z>{_ZONE})", "Z": "[a-z]{1,5}", "%": "%",
}  # fmt: skip
_ISO_TIME = (
    r"(?:(?:t|\s+)(?P<H>00?)(?::?(?P<M>00)(?::?(?P<S>00)(?:[.,](?P<f>0{1,9}))?)?)?"
    rf"\s*(?P<z>{_ZONE})?(?:\[[\w/+-]+\])?)?"
)
_ISO = (
    rf"(?P<Y>0000)(?P<mark>[-/. ])(?P<m>00?)(?P=mark)(?P<d>00?){_ISO_TIME}",
    r"(?P<Y>0000)(?:[-/](?P<m>00?))?",
    rf"(?P<Y>0000)(?P<m>00)(?P<d>00){_ISO_TIME}",
)
_DIGITS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_UNIX_YEAR = 1970
_FIRST_YEAR_OF_1900 = 69  # of two digits, as strptime reads them: 69 is 1969, and 68 is 2068
_YEARS_OF_NS = (1678, 2261)  # that 64 bits hold in nanoseconds
_NAT = np.datetime64("NaT")
_UTC = {"UTC", "Etc/UTC", "Z", "+00:00"}  # names of the zone in types


# -- From texts to moments


def _shapes(texts: pa.Array) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different shapes of texts, in which every digit is a 0, and that of each text."""
    _, offsets, content = texts.buffers()
    if content is None:
        return [""], np.zeros(len(texts), np.int64)
    zeros = np.frombuffer(_DIGITS, np.uint8)[np.frombuffer(content, np.uint8)]
    encoded = pa.StringArray.from_buffers(len(texts), offsets, pa.py_buffer(zeros), offset=texts.offset)
    encoded = encoded.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


@cache
def _patterns(date_format: str | None) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of the shapes that a format has; none if it has other codes than `_CODES`."""
    if date_format in {None, ISO}:
        return tuple(re.compile(rf"\s*{pattern}\s*", re.IGNORECASE) for pattern in _ISO)
    tokens = re.findall(r"%(.)|(\s+)|([^%\s]+)", str(date_format))
    if any(code and code not in _CODES for code, _, _ in tokens):
        return ()
    pattern = ""
    for index, (code, blank, literal) in enumerate(tokens):
        if not code:
            pattern += r"\s+" if blank else re.escape(literal)
            continue
        # Digits next to digits: only a fixed width shows where a field ends.
        near = [tokens[other][0] for other in (index - 1, index + 1) if 0 <= other < len(tokens)]
        fixed = any(one and one not in "aAbBpzZ%" for one in near)
        pattern += _CODES[code].replace("00?", "00") if fixed and code in "mdHIMS" else _CODES[code]
        pattern = pattern.replace("0{9,10}", "0{10}") if fixed else pattern
    try:
        return (re.compile(rf"\s*{pattern}\s*", re.IGNORECASE),)
    except re.error:
        raise ValueError(f"{date_format!r} has a code twice") from None


@dataclass(frozen=True)
class _Moments:
    """What texts say: local time, ``NaT`` where a text is no date, and the offset from UTC, ``NaT`` without one."""

    local: NDArray[np.datetime64]  # (n_texts,), in microseconds or nanoseconds
    offset: NDArray[np.timedelta64]  # (n_texts,), in minutes

    @property
    def utc(self) -> NDArray[np.datetime64]:
        return self.local - np.where(np.isnat(self.offset), np.timedelta64(0, "m"), self.offset)

    @property
    def is_utc(self) -> bool:
        """Whether all times have a zone, and it is UTC."""
        offsets = self.offset[~np.isnat(self.local)]
        return len(offsets) > 0 and bool((offsets == np.timedelta64(0, "m")).all())


# Fields that a format does not have; ``p`` is the first hour of the half of the day, ``f`` nanoseconds.
_DEFAULTS = {
    "Y": 1900, "G": 1900, "V": 1, "u": 1, "y": 0, "q": 1, "m": 1, "d": 1, "j": 1, "H": 0, "I": 12, "M": 0, "S": 0,
    "f": 0, "s": 0, "p": 0, "z": 0, "sign": 1, "zh": 0, "zm": 0,
}  # fmt: skip


def _parse(texts: pa.Array, date_format: str | None) -> _Moments:
    """Parse different texts without nulls; of several forms each text has the first one that fits."""
    texts = texts.cast(pa.string())
    if OR in (date_format or ""):
        one, _, others = str(date_format).partition(OR)
        first, other = _parse(texts, one), _parse(texts, others)
        is_other = np.isnat(first.local)
        return _Moments(np.where(is_other, other.local, first.local), np.where(is_other, other.offset, first.offset))
    patterns = _patterns(date_format)
    if not patterns:
        return _parse_by_pandas(texts, str(date_format))
    return _moments(*read_fields(texts, patterns, _DEFAULTS))


def read_fields(
    texts: pa.Array, patterns: Sequence[re.Pattern[str]], defaults: Mapping[str, int]
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
    """Read the named groups of the first pattern that the shape of each text matches.

    Returns the fields that some text has, each of shape (n_texts,), and a mask of the texts that match. ``texts`` have
    no nulls and 32-bit offsets.
    """
    if not len(texts):
        return {}, np.zeros(0, bool)
    shapes, which = _shapes(texts)
    starts = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts)].astype(np.int64)
    content = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    fields: dict[str, NDArray[np.int64]] = {}
    is_read = np.zeros(len(texts), bool)
    # The texts of each shape are neighbours in `order`.
    order, ends = np.argsort(which, kind="stable"), np.cumsum(np.bincount(which, minlength=len(shapes)))
    for shape, first, last in zip(shapes, [0, *ends[:-1]], ends, strict=True):
        match = next((found for pattern in patterns if (found := pattern.fullmatch(shape))), None)
        if match is None:
            continue
        rows = order[first:last]
        is_read[rows] = True
        for name, value in _fields_of(match, content, starts[rows]):
            if name not in fields:
                fields[name] = np.full(len(texts), defaults[name])
            fields[name][rows] = value
    return fields, is_read


def _fields_of(
    match: re.Match[str], content: NDArray[np.uint8], starts: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.int64] | int]]:
    """Yield the fields of the texts of one shape: a name is part of the shape, digits are in the bytes of each text."""
    for name, text in match.groupdict().items():
        if text is None or name == "mark":
            continue
        if name == "z":
            yield name, 1
        elif name == "b":
            yield "m", _MONTH_OF[text.rstrip(".").lower()]
        elif name == "p":
            yield name, 12 if text[0] in "pP" or text == "오후" else 0
        elif name in {"sign", "sign_of_time"}:
            yield name, 1 if text == "+" else -1
        else:
            # Bytes, not characters: a shape may have letters of several bytes.
            first = len(match.string[: match.start(name)].encode())
            value = np.zeros(len(starts), np.int64)
            for position in range(first, first + len(text)):
                value = value * 10 + content[starts + position] - 48
            yield name, value * 10 ** (9 - len(text)) if name == "f" else value


def _moments(read: Mapping[str, NDArray[np.int64]], is_read: NDArray[np.bool_]) -> _Moments:
    """Put fields together; a day or an hour that does not exist is no date."""
    fields = {name: read.get(name, np.asarray(value)) for name, value in _DEFAULTS.items()}
    year, month, hour, good = fields["Y"], fields["m"], fields["H"], is_read
    if "y" in read:
        year = fields["y"] + np.where(fields["y"] < _FIRST_YEAR_OF_1900, 2000, 1900)
    if "q" in read:
        good, month = good & (fields["q"] >= 1) & (fields["q"] <= 4), 3 * fields["q"] - 2
    if "I" in read:
        good, hour = good & (fields["I"] >= 1) & (fields["I"] <= 12), fields["I"] % 12 + fields["p"]
    good = good & (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (fields["M"] < 60) & (fields["S"] < 60)
    months = ((year - _UNIX_YEAR) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (fields["d"] - 1)
    good &= days.astype("datetime64[M]") == months
    if "j" in read:
        days = months.astype("datetime64[Y]").astype("datetime64[D]") + (fields["j"] - 1)
        good &= days.astype("datetime64[Y]") == months.astype("datetime64[Y]")
    if "V" in read:
        days, is_week = _days_of_weeks(fields["G"], fields["V"], fields["u"])
        good &= is_week
    if "s" in read:  # since 1970, as Unix counts them
        days, hour = np.datetime64(0, "D"), fields["s"] // 3600
        fields |= {"M": fields["s"] // 60 % 60, "S": fields["s"] % 60}
    good &= (fields["zh"] < 24) & (fields["zm"] < 60)
    seconds = hour * 3600 + fields["M"] * 60 + fields["S"]
    local = np.where(good, days.astype("datetime64[us]") + seconds * 1_000_000 + fields["f"] // 1000, _NAT)
    finer = fields["f"] % 1000
    if finer.any() and not ((year < _YEARS_OF_NS[0]) | (year > _YEARS_OF_NS[1]))[good].any():
        local = local.astype("datetime64[ns]") + finer
    offset = (fields["sign"] * (fields["zh"] * 60 + fields["zm"])).astype("timedelta64[m]")
    return _Moments(local, np.where(good & (fields["z"] == 1), offset, np.timedelta64("NaT")))


def _days_of_weeks(
    year: NDArray[np.int64], week: NDArray[np.int64], weekday: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return days of weeks by ISO 8601, of which the first has 4 January, and a mask of those that exist."""
    fourth = (year - _UNIX_YEAR).astype("datetime64[Y]").astype("datetime64[D]") + 3
    shift = 7 * (week - 1) - (fourth.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    monday: NDArray[np.datetime64] = fourth + shift.astype("timedelta64[D]")
    is_of_year = (monday + 3).astype("datetime64[Y]") == fourth.astype("datetime64[Y]")
    days: NDArray[np.datetime64] = monday + (weekday - 1).astype("timedelta64[D]")
    good: NDArray[np.bool_] = is_of_year & (week >= 1) & (weekday >= 1) & (weekday <= 7)
    return days, good


def _parse_by_pandas(texts: pa.Array, date_format: str) -> _Moments:
    """Parse formats with rare codes, such as weeks that begin with a Sunday."""
    moments = pd.Series(pd.to_datetime(texts.to_pandas().astype(object), format=date_format, errors="coerce"))
    offset = np.full(len(texts), np.timedelta64("NaT"), "timedelta64[m]")
    if moments.dt.tz is None:
        return _Moments(moments.to_numpy("datetime64[us]"), offset)
    local = moments.dt.tz_localize(None).to_numpy("datetime64[us]")
    utc = moments.dt.tz_convert(None).to_numpy("datetime64[us]")
    return _Moments(local, (local - utc).astype("timedelta64[m]"))


def _moments_of(values: pd.Series, date_format: str | None) -> _Moments:
    """Parse a column: dates of their own type, or whatever spells them."""
    if is_datetime64_any_dtype(values.dtype):
        if values.dt.tz is None:
            return _Moments(values.to_numpy(), np.full(len(values), np.timedelta64("NaT"), "timedelta64[m]"))
        local = values.dt.tz_localize(None).to_numpy()
        return _Moments(local, (local - values.dt.tz_convert(None).to_numpy()).astype("timedelta64[m]"))
    if values.dtype == np.dtype(object) and infer_dtype(values) in {"date", "datetime"}:
        return _moments_of_objects(values)
    texts = _encode(values, _spell_date)
    parsed = _parse(texts.distinct, date_format)
    # A missing value takes the last of them, which is NaT.
    local = np.append(parsed.local, np.datetime64("NaT"))[texts.codes]
    return _Moments(local, np.append(parsed.offset, np.timedelta64("NaT"))[texts.codes])


def _moments_of_objects(values: pd.Series) -> _Moments:
    """Read Python's own dates and times, each with its own offset; none of them is in the form of a text."""
    local = np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    offset = np.full(len(values), np.timedelta64("NaT"), "timedelta64[m]")
    for row in np.flatnonzero(values.notna()):
        value = values.iloc[row]
        zone = value.utcoffset() if isinstance(value, datetime) else None
        if zone is not None:
            value, offset[row] = value.replace(tzinfo=None), zone
        local[row] = value
    return _Moments(local, offset)


def _encode(values: pd.Series, spell: Callable[[Any], str]) -> EncodedTexts:
    """Return the different texts that spell the values: numbers such as 20240331 and bytes are parsed as texts are."""
    return encode_texts(values if is_text(values) else values.astype(object).map(spell, na_action="ignore"))


def _spell_date(value: Any) -> str:
    """Write a value as `spell_value` does; fractions have lost zeros, so that 2024.1 may have been 2024.10."""
    is_fraction = isinstance(value, float) and not value.is_integer()
    return f"{value}{NO_DATE}" if is_fraction else spell_value(value)


def spell_value(value: Any) -> str:
    """Write a value as a text file and Arrow do: whole numbers without a point, booleans in lower case."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# -- Columns of dates


@dataclass(frozen=True)
class ParsedDates:
    """A column of dates, and how it was read; ``NaT`` where a date is missing or cannot be read."""

    dates: Dates  # with the format that was found, where none was declared
    moments: pd.Series  # those of which parts are made: local time as written, or UTC
    instants: pd.Series  # in UTC, by which rows are ordered
    n_unreadable: int = 0
    notes: tuple[Note, ...] = ()


def parse_dates(
    frame: pd.DataFrame, dates: Mapping[str, Dates], *, max_unreadable: float = 0.0
) -> dict[str, ParsedDates]:
    """Parse the columns of dates of a table (see `parse_date_column`)."""
    return {
        name: parse_date_column(frame[name], name, one, max_unreadable=max_unreadable) for name, one in dates.items()
    }


def parse_date_column(column: pd.Series, name: str, dates: Dates, *, max_unreadable: float = 0.0) -> ParsedDates:
    """Parse a column of dates; a few cells that are none become missing, with a note.

    Without a format, dates are in the form of ISO 8601 or, where that does not fit, in the one that is found.

    Raises
    ------
    DataError
        If a larger share than ``max_unreadable`` of the cells are no dates, if two forms fit them, if some have a zone
        and some have none and nothing says what that means, or if times are in UTC that were local in training.
    """
    try:
        parsed = _moments_of(column, dates.format)
    except (ValueError, TypeError, OverflowError) as error:
        text = "column {name!r}: cannot be read as dates ({reason}). Correct data.dates."
        raise DataError.of("no_dates", text, name=name, reason=str(error)) from error
    notes = []
    unreadable = _unreadable(column, dates, parsed)
    most = max_unreadable * column.notna().sum()
    if len(unreadable) > most:
        form = _form_of(column)[0]
        if form is not None and form.is_ambiguous and dates.format is None:
            raise DataError(ambiguous_dates(name, form))
        if form is None or dates.format is not None or 1 - form.share > max_unreadable:
            raise DataError(_describe_unreadable(column, name, dates, unreadable, form))
        dates = replace(dates, format=form.format)
        parsed = _moments_of(column, dates.format)
        unreadable = _unreadable(column, dates, parsed)
        notes.append(_note_on_form(name, form))
    in_utc = _without_local_time(dates, parsed)
    if len(in_utc):
        raise DataError(_time_in_utc(name, column.iloc[in_utc[0]], int(in_utc[0])))
    without_time = _without_time(column, dates, parsed)
    if len(without_time):
        raise DataError(_no_time(name, column.iloc[without_time[0]], int(without_time[0])))
    zones = np.unique(parsed.offset[~np.isnat(parsed.offset)]).astype(int).tolist()
    if dates.utc is None:
        _check_zones(column, name, parsed)
        dates = replace(dates, utc=zones == [0], offsets=tuple(zones))
    if len(unreadable):
        notes.append(_note_on_unreadable(column, name, dates, unreadable))
        words = dict.fromkeys(spell_value(value) for value in column.iloc[unreadable])
        dates = replace(dates, missing=(*dates.missing, *words)[:_MOST_MISSING_WORDS])
    moments, instants = (
        pd.Series(values, index=column.index, name=column.name)
        for values in (parsed.utc if dates.utc else parsed.local, parsed.utc)
    )
    notes.extend(_notes_on_far_dates(column, name, dates, parsed.local))
    # Where all times are in UTC, as written is UTC, and later rows in another zone are turned to it.
    is_utc = parsed.is_utc and (dates.utc is None or is_datetime64_any_dtype(column.dtype))
    is_read, have_times = ~np.isnat(parsed.local), _have_times(column)
    timed = bool(have_times[is_read].all())
    if (have_times & is_read).any() and not timed and {"hour", "minute"} & set(dates.parts):
        notes.append(_note_on_midnight(column, name, np.flatnonzero(is_read & ~have_times)))
    known = replace(dates, format=dates.format or ISO, utc=is_utc or bool(dates.utc), timed=timed)
    return ParsedDates(known, moments, instants, len(unreadable), tuple(notes))


def _without_local_time(dates: Dates, parsed: _Moments) -> NDArray[np.int64]:
    """Return the rows of times in UTC, in a column where training had local times alone; see `check_moments`."""
    is_local = any(dates.offsets) and 0 not in dates.offsets
    rows: NDArray[np.int64] = np.flatnonzero((parsed.offset == np.timedelta64(0, "m")) & is_local)
    return rows


def _time_in_utc(name: str, value: Any, row: int) -> Note:
    text = (
        "column {name!r}: must hold local times, as in training; got {shown} in row {row:,}, which is in UTC. Convert "
        "it to the local zone, or train with data.dates: {{{name}: {{utc: true}}}}."
    )
    return Note.of("date_in_utc", text, name=name, shown=repr(spell_value(value)), row=row + 1)


def _have_times(column: pd.Series) -> NDArray[np.bool_]:
    """Return a mask of the cells that have a time of day, such as 14:05; columns of a type of times have it."""
    if is_datetime64_any_dtype(column.dtype):
        return np.ones(len(column), bool)
    if is_text(column):
        texts = encode_texts(column)
        has_mark = np.array([*(":" in text for text in texts.distinct.to_pylist()), False])  # missing cells have not
        return has_mark[texts.codes]
    return np.fromiter((":" in spell_value(value) for value in column), bool, len(column))


def _without_time(column: pd.Series, dates: Dates, parsed: _Moments) -> NDArray[np.int64]:
    """Return the rows of dates without a time of day, where training had one in all rows and the model uses it."""
    if not dates.timed or not {"hour", "minute"} & set(dates.parts):
        return np.zeros(0, np.int64)
    rows: NDArray[np.int64] = np.flatnonzero(~np.isnat(parsed.local) & ~_have_times(column))
    return rows


def _no_time(name: str, value: Any, row: int) -> Note:
    text = (
        "column {name!r}: must hold a time of day with each date, as in training; got {shown} in row {row:,}, which "
        "would count as midnight. Add the time."
    )
    return Note.of("date_without_time", text, name=name, shown=repr(spell_value(value)), row=row + 1)


def _note_on_midnight(column: pd.Series, name: str, rows: NDArray[np.int64]) -> Note:
    text = (
        "{column}: {n:,} of {n_cells:,} dates have no time of day and count as midnight ({shown}, first in row "
        "{row:,}); if that is wrong, leave hour and minute out of data.dates"
    )
    values = {"column": repr(name), "n": len(rows), "n_cells": int(column.notna().sum()), "row": int(rows[0]) + 1}
    return Note.of("dates_at_midnight", text, **values, shown=repr(spell_value(column.iloc[rows[0]])))


def _unreadable(column: pd.Series, dates: Dates, parsed: _Moments) -> NDArray[np.int64]:
    """Return the rows of the cells that are neither dates nor known to be missing."""
    rows: NDArray[np.int64] = np.flatnonzero(np.isnat(parsed.local) & column.notna().to_numpy())
    if dates.missing:
        rows = rows[[spell_value(value) not in dates.missing for value in column.iloc[rows]]]
    return rows


def _form_of(column: pd.Series) -> tuple[DateForm | None, pa.Array]:
    """Find the form of a column of dates; return its different texts too."""
    texts = _encode(column, spell_value)
    return find_date_form(texts.distinct, texts.counts), texts.distinct


def _note_on_form(name: str, form: DateForm) -> Note:
    """Say in which form dates were read, and what shows whether the day comes first."""
    if form.proof:
        text = "{column}: dates are read as {format}, since {proof} fits no other form; data.dates can name another"
    else:
        text = "{column}: dates such as {example} are read as {format}; data.dates can name another"
    values = {"column": repr(name), "format": form.format, "proof": repr(form.proof), "example": repr(form.example)}
    return Note.of("dates_form_by_proof" if form.proof else "dates_form", text, **values)


def _note_on_unreadable(column: pd.Series, name: str, dates: Dates, rows: NDArray[np.int64]) -> Note:
    words = list(dict.fromkeys(repr(spell_value(value)) for value in column.iloc[rows]))
    text = (
        "{column}: {n:,} of {n_cells:,} cells are not {wanted} and are read as missing: {words}, first in row {row:,}; "
        "correct them, or give another form in data.dates"
    )
    values = {"column": repr(name), "n": len(rows), "n_cells": int(column.notna().sum()), "wanted": _wanted(dates)}
    shown = ", ".join(words[:_MOST_WORDS]) + (", ..." if len(words) > _MOST_WORDS else "")
    return Note.of("dates_unreadable", text, **values, words=shown, row=int(rows[0]) + 1)


def _notes_on_far_dates(column: pd.Series, name: str, dates: Dates, local: NDArray[np.datetime64]) -> Iterator[Note]:
    """Name years of two digits that are taken for future ones, and days such as 1900-01-01 far from all others."""
    days = local.astype("datetime64[D]")
    present = days[~np.isnat(days)]
    if not len(present):
        return
    low, high = present.min(), present.max()
    if "%y" in (dates.format or "") and high > _LAST_SHORT_DAY:
        text = (
            "{column}: years of two digits are read as 1969 to 2068, and {example} as {year}; if that is wrong, write "
            "four digits"
        )
        example = spell_value(column.iloc[int(np.argmax(days == high))])
        yield Note.of("short_years", text, column=repr(name), example=repr(example), year=str(high)[:4])
    for day in {low, high} & {*_FILL_DAYS}:
        others = present[present != day]
        if len(others) and max(others.min() - day, day - others.max()) > others.max() - others.min():
            text = (
                "{column}: {day} in {n:,} cells is far from all other dates ({low} to {high}); if it means a missing "
                "value, set data.na_values: {{{name}: [{written}]}}"
            )
            written = repr(spell_value(column.iloc[int(np.argmax(days == day))]))
            ends = {"low": str(others.min()), "high": str(others.max())}
            n = int((present == day).sum())
            yield Note.of("fill_date", text, column=repr(name), name=name, day=str(day), n=n, written=written, **ends)


_MOST_WORDS = 3
_LAST_SHORT_DAY = np.datetime64("2035-12-31")
# Days that programs write for a missing one.
_FILL_DAYS = np.array(
    ["1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01", "2099-12-31"], "datetime64[D]"
)
_MOST_MISSING_WORDS = 100  # kept with a model


def _wanted(dates: Dates) -> str:
    return "dates such as 2024-03-31" if dates.format in {None, ISO} else f"dates of the form {dates.format}"


def _describe_unreadable(
    column: pd.Series, name: str, dates: Dates, rows: NDArray[np.int64], form: DateForm | None
) -> Note:
    """Describe the cells that are no dates, and the form that fits better if there is one."""
    value = column.iloc[rows[0]]
    values = {
        "name": name, "wanted": _wanted(dates), "row": int(rows[0]) + 1, "n": len(rows),
        "n_cells": int(column.notna().sum()), "shown": str(value) if isinstance(value, np.generic) else repr(value),
        "form": "%d/%m/%Y" if form is None or form.format is None else form.format,
    }  # fmt: skip
    text = (
        "column {name!r}: must hold {wanted}; got {shown} in row {row}, and {n:,} such cells among {n_cells:,}. "
        "Correct or empty them, or give the form: data.dates: {{{name}: {{format: '{form}'}}}}."
    )
    return Note.of("dates_no_date", text, **values)


def ambiguous_dates(name: str, form: DateForm) -> Note:
    """Ask which of two forms dates have, with both ways to declare it."""
    text = (
        "column {name!r}: dates such as {example} may have the form {format} or {other}, and no row decides it. Write "
        "data.dates: {{{name}: {{format: '{format}'}}}} or data.dates: {{{name}: {{format: '{other}'}}}}."
    )
    values = {"name": name, "example": repr(form.example), "format": form.format, "other": form.other}
    return Note.of("dates_ambiguous", text, **values)


def _check_zones(column: pd.Series, name: str, parsed: _Moments) -> None:
    """Raise DataError if some times have a zone and some have none."""
    is_zoned, is_read = ~np.isnat(parsed.offset), ~np.isnat(parsed.local)
    if not is_zoned.any() or (is_zoned == is_read).all():
        return
    rows = [int(np.argmax(is_zoned)), int(np.argmax(is_read & ~is_zoned))]
    zoned, naive = (repr(spell_value(column.iloc[row])) for row in rows)
    text = (
        "column {name!r}: {zoned} in row {row:,} has a zone, {naive} in row {other_row:,} has none. Write data.dates: "
        "{{{name}: {{utc: true}}}} if times without a zone are in UTC, or utc: false to take all as written."
    )
    values = {"name": name, "zoned": zoned, "row": rows[0] + 1, "naive": naive}
    raise DataError.of("dates_some_zoned", text, **values, other_row=rows[1] + 1)


def parse_datetimes(column: pd.Series, name: str, *, date_format: str | None = None) -> pd.Series:
    """Parse a column of dates for the order of rows; missing ones become ``NaT``.

    They are in UTC without a time zone; ``date_format`` has the codes of ``strftime``, None for ISO 8601.
    """
    return parse_date_column(column, name, Dates(format=date_format, utc=True)).instants


def format_date_parts(values: pd.Series, dates: Dates) -> dict[str, list[str | None]]:
    """Return each part of dates as text, for rows that are validated later one by one.

    None for a missing date; for a value that is not a date, the value followed by `NO_DATE`, for a time in UTC by
    `IN_UTC` where training had local times, and for a date alone by `NO_TIME` where training had times.

    >>> from skdl.tables import Dates
    >>> format_date_parts(pd.Series([b"2024-03-31", None, b"soon"]), Dates(("month",)))
    {'month': ['3', None, 'soon is no date']}
    """
    parsed = _moments_of(values, dates.format)
    datetimes = pd.Series(parsed.utc if dates.utc else parsed.local, index=values.index)
    wrong = _unreadable(values, dates, parsed)
    missing = datetimes.isna().to_numpy()
    faults = {int(row): f"{spell_value(values.iloc[row])}{NO_DATE}" for row in wrong}
    for row in _without_local_time(dates, parsed):
        faults[int(row)] = f"{spell_value(values.iloc[row])}{IN_UTC}"
    for row in _without_time(values, dates, parsed):
        faults[int(row)] = f"{spell_value(values.iloc[row])}{NO_TIME}"
    texts: dict[str, list[str | None]] = {}
    for part in dates.parts:
        column = date_part(datetimes, part).astype(str).astype(object).where(~missing, None).tolist()
        for row, fault in faults.items():
            column[row] = fault
        texts[part] = column
    return texts


def check_moments(where: str, name: str, found: pa.DataType, dates: Dates) -> None:
    """Raise DataError for dates whose type has lost what their parts are made of.

    Programs turn local times to UTC where they read them, so that the hour of the clock is lost; a date has none.
    """
    if pa.types.is_date(found) and {"hour", "minute"} & set(dates.parts):
        text = "{where}: column {name!r} holds dates without a time, of which the model uses the hour. Keep the time."
        raise DataError.of("dates_without_time", text, where=where, name=name)
    zone = getattr(found, "tz", None) if pa.types.is_timestamp(found) else None
    if dates.utc is False and zone in _UTC:
        text = (
            "{where}: column {name!r} holds times in UTC; in training they were local, or had no zone. Convert them to "
            "the zone of training (in pandas: dt.tz_convert), or, if it was UTC, drop the zone (dt.tz_localize(None))."
        )
        raise DataError.of("dates_in_utc", text, where=where, name=name)


def date_part(datetimes: pd.Series, part: str) -> pd.Series:
    """Return a part of dates as whole numbers; the weekday as text."""
    values: pd.Series
    if part == "weekday":
        values = datetimes.dt.day_of_week.map(dict(enumerate(_WEEKDAYS)))
        return values.astype(object)
    values = datetimes.dt.isocalendar().week if part == "week" else getattr(datetimes.dt, part)
    # Int64 holds missing values: by way of float64 the month 3 would be written 3.0.
    return values.astype("Int64")


# -- From a column to its form


@dataclass(frozen=True)
class DateForm:
    """The form in which a column of texts spells dates, and the evidence for it.

    ``other`` is a second form that fits as well: nothing in the column decides whether the day or the month comes
    first. ``proof`` is a text that decides it.
    """

    format: str | None  # codes of `strftime`; None for ISO 8601; several forms separated by `OR`
    other: str | None
    example: str
    proof: str | None
    share: float  # of the rows, by the counts of the texts
    fits: NDArray[np.bool_]  # (n_texts,)
    zoned_share: float  # of the rows that fit: those with a zone or an offset

    @property
    def is_ambiguous(self) -> bool:
        """Whether another form fits as well."""
        return self.other is not None

    @property
    def has_short_years(self) -> bool:
        """Whether years have two digits: 69 to 99 are taken as 1969 to 1999."""
        return "%y" in (self.format or "")


_N_SAMPLED = 1_000
_FEWEST = 0.5  # share of the rows that a form, or several, must fit, to be the form of the column at all
_FEWEST_OF_SEVERAL, _FEWEST_OF_ANOTHER = 0.1, 0.01  # that the first form must fit, and each of the others
_YEARS = (1500, 2200)
_YEARS_OF_NUMBERS = (1900, 2100)
_MOST_CONTRADICTIONS = 0.1  # texts that only another form fits, for each one that only this form fits
# As 24 March 2031 and so on, the days 31/03/24 to 01/04/24 are spread over thirty years.
_LONGER = 4
_LONGEST = 60  # characters
_SEASON = re.compile(r"\s*(\d{4})[-/](\d\d)\s*")
_MARKS = re.compile(
    r"(?:[-/.,:\s()'_]|년|월|일|분기|q|k?w|주차?|週|t|de|del|of|the|at|um|à|le|el|den|der|uhr|年|月|日)*", re.IGNORECASE
)
_CLOCKS = (
    (re.compile(r"(?<!0)00?:00:00([.,])0{1,9}(?!0)"), r"%H:%M:%S\1%f"),
    (re.compile(r"(?<!0)00?:00:00(?![.,]?0)"), "%H:%M:%S"),
    (re.compile(r"(?<!0)00?:00(?!0)"), "%H:%M"),
    (re.compile(r"00?시(\s*)00?분(\s*)00?초"), r"%H시\1%M분\2%S초"),
    (re.compile(r"00?시(\s*)00?분"), r"%H시\1%M분"),
    (re.compile(r"(?<!0)00?(?=시|\s?[ap]\.?m)", re.IGNORECASE), "%H"),
)


def find_date_form(texts: pa.Array | pa.ChunkedArray, counts: Any = None) -> DateForm | None:
    """Find the form of dates that most of the rows have; None if they are no dates.

    Parameters
    ----------
    texts : pyarrow.Array or pyarrow.ChunkedArray
        Different texts, without nulls.
    counts : array-like of int, default=None
        Rows that have each text; by default one.

    Examples
    --------
    >>> form = find_date_form(pa.array(["03/04/2024", "25/04/2024"]))
    >>> form.format, form.proof, form.is_ambiguous
    ('%d/%m/%Y', '25/04/2024', False)
    >>> form = find_date_form(pa.array(["03/04/2024", "04/04/2024"]))
    >>> form.format, form.other
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    rows = np.ones(len(texts)) if counts is None else np.asarray(counts, float)
    texts = as_strings(texts)
    form = None if _are_seasons(texts) else _find_form(texts, rows)
    while form is not None and not form.is_ambiguous and form.share < 1 - _FEWEST_OF_ANOTHER:
        joined = _join(form, texts, rows)
        if joined is None:
            break
        form = joined
    return form if form is not None and form.share >= _FEWEST else None


def _are_seasons(texts: pa.Array) -> bool:
    """Whether all texts are a year and the next one, such as 2009/10 and 2010/11, and no months."""
    found = (_SEASON.fullmatch(text.as_py()) for text in texts)
    return len(texts) > 1 and all(one and (int(one[1]) + 1) % 100 == int(one[2]) for one in found)


def _join(form: DateForm, texts: pa.Array, rows: NDArray[np.float64]) -> DateForm | None:
    """Find another form that other texts have; None if there is none, or if it may be that of the same texts."""
    rest = np.flatnonzero(~form.fits)
    found = _find_form(texts.take(pa.array(rest)), rows[rest])
    if found is None or found.share * rows[rest].sum() < _FEWEST_OF_ANOTHER * rows.sum():
        return None
    known = [None if one == ISO else one for one in (form.format or ISO).split(OR)]
    others = [found.format, found.other] if found.other else [found.format]
    if any(_may_be_both(texts, one, other) for one in known for other in others):
        return None
    fits = form.fits.copy()
    fits[rest] = found.fits
    n_zoned = form.zoned_share * rows[form.fits].sum() + found.zoned_share * rows[rest][found.fits].sum()
    return DateForm(
        format=f"{form.format or ISO}{OR}{found.format or ISO}",
        other=f"{form.format or ISO}{OR}{found.other}" if found.other else None,
        example=found.example if found.other else form.example,
        proof=form.proof or found.proof,
        share=float(rows[fits].sum() / rows.sum()),
        fits=fits,
        zoned_share=float(n_zoned / rows[fits].sum()),
    )


def _may_be_both(texts: pa.Array, one: str | None, other: str | None) -> bool:
    """Whether texts have a shape that both forms have, such as 03/04/2024: one of them is wrong."""
    return any({one, other} <= {*_formats_of(shape)} for shape in _shapes(texts)[0])


def _find_form(texts: pa.Array, rows: NDArray[np.float64]) -> DateForm | None:
    """Find the form that most of the rows have, or many if there is none."""
    if not rows.sum():
        return None
    chosen, shares_of_rows = sample_texts(rows)
    weights: dict[str | None, float] = {}
    shapes, which = _shapes(texts.take(pa.array(chosen)))
    for shape, weight in zip(shapes, np.bincount(which, shares_of_rows, len(shapes)), strict=True):
        for date_format in _formats_of(shape):
            weights[date_format] = weights.get(date_format, 0) + weight
    if sum(weights.values()) < 0.8 * _FEWEST:
        return None
    least = _FEWEST if max(weights.values()) > 0.8 * _FEWEST else _FEWEST_OF_SEVERAL
    # A little fewer than of all rows, as this is a sample.
    tried = [date_format for date_format, weight in weights.items() if weight > 0.8 * least]
    forms = {date_format: _parse(texts, date_format) for date_format in tried}
    fits = {date_format: _is_plausible(moments, date_format) for date_format, moments in forms.items()}
    shares = {date_format: float(rows[fit].sum() / rows.sum()) for date_format, fit in fits.items()}
    least_of = {date_format: 1.0 if _are_numbers(date_format) else least for date_format in shares}
    found = [date_format for date_format in shares if shares[date_format] >= least_of[date_format]]
    return _decide(texts, rows, found, forms, fits, shares) if found else None


def sample_texts(rows: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Choose texts by rows at equal distances, so that one which many rows have counts more.

    ``rows`` are the numbers of rows of the texts. Returns positions, and the share of the rows that each stands for.
    """
    points = np.linspace(0, rows.sum(), _N_SAMPLED, endpoint=False)
    chosen, counts = np.unique(np.searchsorted(np.cumsum(rows), points, "right"), return_counts=True)
    return chosen, counts / _N_SAMPLED


def as_strings(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return texts of any of Arrow's types as one array of 32-bit offsets."""
    texts = texts.cast(pa.string())
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _decide(
    texts: pa.Array,
    rows: NDArray[np.float64],
    found: list[str | None],
    forms: Mapping[str | None, _Moments],
    fits: Mapping[str | None, NDArray[np.bool_]],
    shares: Mapping[str | None, float],
) -> DateForm:
    """Choose the form that fits most rows; of several that do, the one with the shortest span of time."""

    def span(date_format: str | None) -> np.timedelta64:
        moments = forms[date_format].local[fits[date_format]]
        width: np.timedelta64 = moments.max() - moments.min()
        return width

    best = min(found, key=lambda date_format: (-shares[date_format], span(date_format)))
    other, proof = None, None
    for rival in found:
        if rival == best or (_year_is_first(rival) != _year_is_first(best) and span(rival) > _LONGER * span(best)):
            continue
        if not _may_be_both(texts, best, rival):
            continue
        for_it, against = fits[best] & ~fits[rival], fits[rival] & ~fits[best]
        if rows[against].sum() > _MOST_CONTRADICTIONS * rows[for_it].sum() or not for_it.any():
            other = rival
        else:
            proof = texts[int(np.argmax(for_it))].as_py()
    for rival in forms:  # those that too few rows fit are no question, but a row shows it
        if proof is None and rival not in found and _may_be_both(texts, best, rival):
            proof = texts[int(np.argmax(fits[best] & ~fits[rival]))].as_py()
    fit = fits[best]
    return DateForm(
        format=best,
        other=other,
        example=texts[int(np.argmax(fit))].as_py(),
        proof=None if other else proof,
        share=shares[best],
        fits=fit,
        zoned_share=float(rows[fit & ~np.isnat(forms[best].offset)].sum() / rows[fit].sum()),
    )


def _year_is_first(date_format: str | None) -> bool:
    return (date_format or "%Y")[:2].lower() == "%y"


def _are_numbers(date_format: str | None) -> bool:
    """Whether dates of a format are whole numbers too."""
    return re.fullmatch(r"(?:%[YmdHMS])+", date_format or "") is not None


def _is_plausible(moments: _Moments, date_format: str | None) -> NDArray[np.bool_]:
    first, last = _YEARS_OF_NUMBERS if _are_numbers(date_format) else _YEARS
    years = moments.local.astype("datetime64[Y]").astype(np.int64) + _UNIX_YEAR
    plausible: NDArray[np.bool_] = ~np.isnat(moments.local) & (years >= first) & (years <= last)
    return plausible


@cache
def _formats_of(shape: str) -> tuple[str | None, ...]:
    """Return the formats that texts of a shape may have, the more usual one first."""
    text = shape.strip()
    if len(text) > _LONGEST or "0" not in text or "%" in text:
        return ()
    if re.fullmatch("0{6}|0{8}|0{12}|0{14}", text):
        return ("%Y%m%d%H%M%S"[: len(text) - 2],)
    dates, months, compact = _patterns(None)
    if dates.fullmatch(text) or compact.fullmatch(text) or (len(text) == 7 and months.fullmatch(text)):
        return (None,)
    for clock, codes in _CLOCKS:
        text, n_found = clock.subn(codes, text, count=1)
        if n_found:
            text, is_half = re.subn(_HALF, "%p", text, count=1, flags=re.IGNORECASE)
            text = text.replace("%H", "%I") if is_half else text
            text = re.sub(rf"(?<=%[MSfp])(\s*){_ZONE}(?=\s|$)", r"\1%z", text, count=1, flags=re.IGNORECASE)
            text = re.sub(r"(?<=%[MSfp])(\s+)[A-Z]{3,4}(?=\s|$)", r"\1%Z", text, count=1)
            break
    text = re.sub(rf"(?<![^\W\d_%]){_NAMED_DAY}", "%a", text, count=1, flags=re.IGNORECASE)
    text, has_name = re.subn(rf"(?<![^\W\d_%]){_NAMED_MONTH}", "%b", text, count=1, flags=re.IGNORECASE)
    text = re.sub(rf"(?<=0){_ORDINAL}", "", text, flags=re.IGNORECASE) if has_name else text
    runs = list(re.finditer("0+", text))
    marks = re.sub("%.|0+", " ", text)
    if not _MARKS.fullmatch(marks):
        return ()
    lengths = tuple(len(run[0]) for run in runs)
    between = tuple(text[one.end() : two.start()].strip() for one, two in pairwise(runs))
    formats = []
    for order in _orders(lengths, between, marks, has_name=bool(has_name)):
        filled = text
        for run, code in zip(reversed(runs), reversed(order), strict=True):
            filled = f"{filled[: run.start()]}%{code}{filled[run.end() :]}"
        formats.append(filled)
    return tuple(formats)


# What runs of digits mean, by their lengths: one code for each run, the more usual meaning first.
_Orders = dict[tuple[int, ...], tuple[str, ...]]
_OF_A_DAY = ((1, 1), (1, 2), (2, 1), (2, 2))
_WITH_A_NAME: _Orders = {
    (4,): ("Y",), (2,): ("y",), (1, 4): ("dY",), (2, 4): ("dY",), (4, 1): ("Yd",), (4, 2): ("Yd",), (1, 2): ("dy",),
    (2, 2): ("dy",),
}  # fmt: skip
_WITH_A_QUARTER: _Orders = {(4, 1): ("Yq",), (1, 4): ("qY",), (2, 1): ("yq",), (1, 2): ("qy",)}
_WITH_A_WEEK: _Orders = {
    (4, 1): ("GV",), (4, 2): ("GV",), (4, 2, 1): ("GVu",), (1, 4): ("VG",), (2, 4): ("VG",),
}  # fmt: skip
_YEAR_AND_MONTH: _Orders = {(4, 1): ("Ym",), (4, 2): ("Ym",), (2, 1): ("ym",), (2, 2): ("ym",)}
_MONTH_AND_YEAR: _Orders = {(1, 4): ("mY",), (2, 4): ("mY",)}
_NAMED: _Orders = {(year, *day): (order,) for year, order in ((4, "Ymd"), (2, "ymd")) for day in _OF_A_DAY}
_THREE: _Orders = (
    {(4, *day): ("Ymd",) for day in _OF_A_DAY}
    | {(*day, 4): ("dmY", "mdY") for day in _OF_A_DAY}
    | {(*day, 2): ("dmy", "mdy", "ymd")[: 1 + day[0]] for day in _OF_A_DAY}
)
# No country writes the month first with points.
_WITH_POINTS: _Orders = {
    lengths: tuple(order for order in orders if order[0] != "m") for lengths, orders in _THREE.items()
}
_BY_MARKS: dict[tuple[str, ...], _Orders] = {
    ("년",): _YEAR_AND_MONTH, ("年",): _YEAR_AND_MONTH, ("-",): _MONTH_AND_YEAR, ("/",): _MONTH_AND_YEAR,
    ("년", "월"): _NAMED, ("年", "月"): _NAMED, ("-", "-"): _THREE, ("/", "/"): _THREE, ("", ""): _THREE,
    (".", "."): _WITH_POINTS,
}  # fmt: skip


def _orders(lengths: tuple[int, ...], between: tuple[str, ...], marks: str, *, has_name: bool) -> tuple[str, ...]:
    """Return what runs of digits may mean; ``between`` are the marks from one to the next."""
    if has_name and lengths == (2,) and not re.search("[-']", marks):
        return ()  # Mar-24 has a year, but the 24 of Mar 24 is a day
    if has_name:
        return _WITH_A_NAME.get(lengths, ())
    if re.search("q|분기", marks, re.IGNORECASE):
        return _WITH_A_QUARTER.get(lengths, ())
    if re.search("w|주|週", marks, re.IGNORECASE):
        return _WITH_A_WEEK.get(lengths, ())
    return _BY_MARKS.get(between, {}).get(lengths, ())


# -- Parts of dates

_ROWS_A_VALUE = 20
_FEWEST_MONTHS = 3
_MOST_MINUTES = 12
_MONTHS_A_YEAR = 12


def informative_parts(moments: pd.Series) -> tuple[str, ...]:
    """Return the parts of dates that vary and that a model can learn from.

    Days of the month and minutes count only with enough rows for each of their values; days only over several months,
    and minutes only where they are few, such as quarters of an hour: those of events that come at any time are noise.

    >>> informative_parts(pd.Series(pd.date_range("2024-01-01", periods=48, freq="h")))
    ('weekday', 'hour')
    """
    fields = moments.dropna().dt
    values = {
        "year": fields.year, "month": fields.month, "day": fields.day, "weekday": fields.day_of_week,
        "hour": fields.hour, "minute": fields.minute,
    }  # fmt: skip
    n_values = {part: int(column.nunique()) for part, column in values.items()}
    n_rows, n_months = len(values["day"]), int((12 * values["year"] + values["month"]).nunique())
    useful = {
        "weekday": n_values["day"] > 1,  # else they are months or quarters, whose first days have any weekday
        "day": n_rows >= _ROWS_A_VALUE * n_values["day"] and n_months >= _FEWEST_MONTHS,
        "minute": n_rows >= _ROWS_A_VALUE * n_values["minute"] and n_values["minute"] <= _MOST_MINUTES,
    }
    return tuple(part for part, n in n_values.items() if n > 1 and useful.get(part, True))


@dataclass(frozen=True)
class FoundDates:
    """A column that holds dates without being declared so."""

    dates: Dates
    form: DateForm | None  # None for a column of a type of dates
    example: str
    odd: tuple[str, ...] = ()  # the first different texts that are no dates


def find_dates(column: pd.Series) -> FoundDates | None:
    """Find whether a column holds dates: of a type of dates, texts, or whole numbers such as 20240331.

    The share of cells that are dates is for the caller to judge.

    >>> find_dates(pd.Series(["31.03.2024", "01.04.2024"])).dates.format
    '%d.%m.%Y'
    """
    present = column.dropna()
    if present.empty or (is_numeric_dtype(present.dtype) and not _may_be_days(present)):
        return None
    form, dates, odd = None, Dates(), tuple[str, ...]()
    if not is_datetime64_any_dtype(present.dtype):
        form, texts = _form_of(column)
        if form is None:
            return None
        dates = Dates(format=form.format)
        odd = tuple(texts[int(row)].as_py() for row in np.flatnonzero(~form.fits)[:_MOST_MISSING_WORDS])
    moments = pd.Series(_moments_of(column, dates.format).local)
    example = str(moments.dropna().iloc[0]) if form is None else form.example
    return FoundDates(replace(dates, parts=informative_parts(moments) or dates.parts), form, example, odd)


def may_hold_dates(frame: pd.DataFrame) -> list[str]:
    """Return the columns that `find_dates` is to look at: all but most of the numbers.

    >>> may_hold_dates(pd.DataFrame({"a": [1.5, 2.5], "b": [20240331, 20240401], "c": ["x", "y"]}))
    ['b', 'c']
    """
    small: set[str] = set()
    for names, values in number_columns(frame):
        for some in (values[:, :_N_SAMPLED], values) if len(frame) else ():  # the first ones exclude most columns
            is_small = np.fmin.reduce(some, axis=1) < _YEARS_OF_NUMBERS[0] * 100
            small |= {name for name, one in zip(names, is_small, strict=True) if one}
            if is_small.all():
                break
    return [name for name in frame.columns.tolist() if name not in small]


_MOSTLY_DATES = 0.9


def ask_about_dates(name: str, found: FoundDates, n_cells: int, max_unreadable: float) -> Note | None:
    """Ask what a column is that holds dates of two possible forms, or dates and other words; None if that is clear."""
    form = found.form
    if form is None or (form.share < _MOSTLY_DATES and (~form.fits).sum() > _MOST_WORDS):
        return None
    if form.is_ambiguous:
        return ambiguous_dates(name, form)
    if form.share >= 1 - max_unreadable:
        return None
    text = (
        "column {column}: most of the cells are dates such as {example}, but {n:,} of {n_cells:,} are not: {words}. If "
        "they mean a missing value, write data.na_values: {{{name}: [{word}]}}; else correct them, or write "
        "data.categorical: [{name}] or data.drop: [{name}]."
    )
    words = ", ".join(map(repr, found.odd[:_MOST_WORDS]))
    return Note.of(
        "ask_dates",
        text,
        column=repr(name),
        name=name,
        example=repr(found.example),
        n=round((1 - form.share) * n_cells),
        n_cells=n_cells,
        word=words,
        words=words + (", ..." if len(found.odd) > _MOST_WORDS else ""),
    )


def note_on_parts(name: str, dates: Dates, form: DateForm | None, column: pd.Series) -> Note:
    """Say that a column was found to hold dates, which cell shows their form, and what became of it."""
    values = {"column": repr(name), "parts": ", ".join(f"{name}_{part}" for part in dates.parts)}
    if OR in (dates.format or ""):
        text = "{column} holds dates in several forms: {format}; {parts} become features; data.dates can name others"
        return Note.of("dates_of_forms", text, **values, format=dates.format)
    if form is None or form.format is None:
        text = "{column} holds dates; {parts} become features; data.dates chooses other parts"
        return Note.of("dates_found", text, **values)
    shown = form.proof or form.example
    is_shown = column == (float(shown) if is_numeric_dtype(column.dtype) else shown)
    row = 1 + int(np.argmax(is_shown.to_numpy(bool, na_value=False)))
    values |= {"format": form.format, "shown": repr(shown)}
    if form.proof:
        text = (
            "{column} holds dates of the form {format}, as {shown} in row {row:,} shows; {parts} become features; "
            "data.dates chooses other parts or another form"
        )
        return Note.of("dates_found_by_proof", text, **values, row=row)
    text = (
        "{column} holds dates of the form {format}, such as {shown} in row {row:,}; {parts} become features; "
        "data.dates chooses other parts or another form"
    )
    return Note.of("dates_found_in_form", text, **values, row=row)


def _may_be_days(present: pd.Series) -> bool:
    if is_bool_dtype(present.dtype) or is_complex_dtype(present.dtype):
        return False
    if not (present.iloc[:_N_SAMPLED] % 1 == 0).all():  # which excludes most columns, at no cost
        return False
    first, last = (year * 10_000 + 101 for year in _YEARS_OF_NUMBERS)
    is_day, is_second = present.between(first, last + 1130), present.between(first * 10**6, (last + 1131) * 10**6)
    if not (present % 1 == 0).all():
        return False
    months = present % 100  # 202403 is a month, where all numbers are such
    is_month = present.between(first // 100, last // 100 + 11) & (months >= 1) & (months <= _MONTHS_A_YEAR)
    return bool(is_day.all() or is_second.all() or (is_month.all() and months.nunique() >= _FEWEST_MONTHS))
