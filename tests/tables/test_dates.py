"""Dates as people write them, against the days that were drawn."""

from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.exceptions import DataError
from skdl.tables import (
    Dates,
    Reading,
    find_date_form,
    find_dates,
    open_stream,
    parse_datetimes,
    parse_durations,
    read_planned,
    read_table,
)

# Format of a column that has days beyond the twelfth, and a function that writes a day; None is ISO 8601.
FORMS = {
    "ISO": (None, "{:%Y-%m-%d}"),
    "ISO with a time": (None, "{:%Y-%m-%dT%H:%M:%S}"),
    "ISO with fractions": (None, "{:%Y-%m-%d %H:%M:%S.%f}"),
    "ISO and an offset": (None, "{:%Y-%m-%dT%H:%M}+09:00"),
    "slashes, year first": (None, "{0.year}/{0.month}/{0.day}"),
    "day first": ("%d/%m/%Y", "{:%d/%m/%Y}"),
    "month first": ("%m/%d/%Y", "{0.month}/{0.day}/{0.year}"),
    "month first, short year": ("%m/%d/%y %H:%M", "{0.month}/{0.day}/{0:%y %H:%M}"),
    "points": ("%d.%m.%Y", "{:%d.%m.%Y}"),
    "points and blanks around": ("%d.%m.%Y", " {:%d.%m.%Y} "),
    "dashes, month first": ("%m-%d-%Y", "{:%m-%d-%Y}"),
    "digits": ("%Y%m%d", "{:%Y%m%d}"),
    "digits and a time": ("%Y%m%d%H%M%S", "{:%Y%m%d%H%M%S}"),
    "name of the month": ("%d-%b-%Y", "{:%d-%b-%Y}"),
    "name first": ("%b %d, %Y", "{0:%B} {0.day}, {0.year}"),
    "12 hours": ("%d/%m/%Y %I:%M %p", "{:%d/%m/%Y %I:%M %p}"),
    "12 hours, month first": ("%m/%d/%Y %I:%M:%S %p", "{0.month}/{0.day}/{0.year} {0:%I:%M:%S %p}"),
    "Korean": ("%Y\ub144 %m\uc6d4 %d\uc77c", "{0.year}\ub144 {0.month}\uc6d4 {0.day}\uc77c"),
    "Korean with points": ("%Y. %m. %d.", "{0.year}. {0.month}. {0.day}."),
    "mail": ("%a, %d %b %Y %H:%M:%S %z", "{:%a, %d %b %Y %H:%M:%S} +0900"),
    "ctime": ("%a %b %d %H:%M:%S %Y", "{:%a %b %d %H:%M:%S %Y}"),
    "log of a server": ("%d/%b/%Y:%H:%M:%S %z", "{:%d/%b/%Y:%H:%M:%S} -0500"),
    "time first": ("%H:%M %d.%m.%Y", "{:%H:%M %d.%m.%Y}"),
}
OFFSETS = {"ISO and an offset": 9, "mail": 9, "log of a server": -5}  # hours
# Days that are no months.
KNOWN = [pd.Timestamp(day) for day in ("2024-03-25 14:30:15.25", "2024-05-31 09:05", "2023-12-01")]


def check_form(name, days):
    """Write days in a form; find it, and read the same days with it."""
    form, written = FORMS[name]
    texts = pd.Series([written.format(day) for day in days])
    found = find_date_form(pa.array(texts.unique()))
    assert (found.format, found.other, found.share) == (form, None, 1.0)
    read = parse_datetimes(texts, "day", date_format=form) + timedelta(hours=OFFSETS.get(name, 0))
    assert [written.format(day) for day in read] == texts.tolist()


@pytest.mark.parametrize("name", FORMS)
def test_the_form_of_a_column_is_found(name):
    check_form(name, KNOWN)


@given(st.sampled_from(sorted(FORMS)), st.lists(st.integers(0, 2_800_000_000).map(partial(pd.Timestamp, unit="s"))))
def test_any_days_are_read_in_the_form_in_which_they_were_written(name, days):
    check_form(name, [*KNOWN, *days])


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("31. M\u00e4rz 2024", "%d. %b %Y", "2024-03-31"),
        ("1er f\u00e9vrier 2024", "%d %b %Y", "2024-02-01"),
        ("5 de enero de 2024", "%d de %b de %Y", "2024-01-05"),
        ("March 31st, 2024", "%b %d, %Y", "2024-03-31"),
        ("2024-Q3", "%Y-Q%q", "2024-07-01"),
        ("2024\ub144 2\ubd84\uae30", "%Y\ub144 %q\ubd84\uae30", "2024-04-01"),
        ("2024-03", None, "2024-03-01"),
        ("Mar-24", "%b-%y", "2024-03-01"),
        ("2024-03-31 \uc624\ud6c4 2:30", "%Y-%m-%d %p %I:%M", "2024-03-31 14:30"),
        ("2024.03.31(\uc77c)", "%Y.%m.%d%a", "2024-03-31"),
        ("20240331T143000Z", None, "2024-03-31 14:30"),
        ("7/2024", "%m/%Y", "2024-07-01"),
        ("2024-W05", "%G-W%V", "2024-01-29"),
        ("2021W1", "%GW%V", "2021-01-04"),
        ("W53 2020", "W%V %G", "2020-12-28"),
        ("KW 7/2024", "KW %V/%G", "2024-02-12"),
        ("2024-W05-3", "%G-W%V-%u", "2024-01-31"),
        ("2024\ub144 5\uc8fc", "%G\ub144 %V\uc8fc", "2024-01-29"),
    ],
)
def test_names_quarters_and_months_are_dates(text, form, day):
    assert find_date_form(pa.array([text])).format == form
    assert parse_datetimes(pd.Series([text]), "day", date_format=form)[0] == pd.Timestamp(day)


@pytest.mark.parametrize(
    "cells",
    [
        ["2024", "2025"], ["2024.03", "2024.04"], ["20240331", "20241399"], ["10000101"], ["12:30"], ["1.2.3"],
        ["192.168.0.1"], ["010-1234-5678"], ["Mr. Smith", "May"], ["May 12"], ["A-12-2024"], ["31/02/2024"], ["today"],
        ["2009/10", "2011/12"], ["2005-06", "2006-07"], ["2024-W00"], ["2024W53"],
        ["W05"], ["5W 12"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_other_texts_are_no_dates(cells):
    assert find_date_form(pa.array(cells)) is None


@pytest.mark.parametrize(
    ("number", "form", "moment"),
    [
        (1700000000, "%s", "2023-11-14 22:13:20"),
        (999999999, "%s", "2001-09-09 01:46:39"),
        (1700000000123, "%s%f", "2023-11-14 22:13:20.123"),
    ],
    ids=["seconds", "seconds of nine digits", "milliseconds"],
)
def test_seconds_since_1970_are_moments_where_the_form_says_so(number, form, moment):
    texts = pd.Series([str(number)])
    assert find_date_form(pa.array(texts)) is None
    for values in (texts, pd.Series([number])):
        assert parse_datetimes(values, "t", date_format=form)[0] == pd.Timestamp(moment)


def test_a_row_decides_whether_the_day_comes_first():
    """However rare it is, and though a few cells are no dates at all."""
    texts = pa.array(["03/04/2024", "05/06/2024", "25/04/2024", "unknown"])
    found = find_date_form(texts, [500, 499, 1, 3])
    assert (found.format, found.proof, found.is_ambiguous) == ("%d/%m/%Y", "25/04/2024", False)
    assert found.fits.tolist() == [True, True, True, False]
    assert found.share == pytest.approx(1000 / 1003)


@pytest.mark.parametrize("cells", [["03/04/2024", "05/06/2024"], ["25/04/2024", "04/25/2024"]])
def test_two_forms_that_fit_are_asked(write, cells):
    path = write("t.csv", "day\n" + "\n".join(cells) + "\n")
    with pytest.raises(DataError, match=r"form %[dm]/%[dm]/%Y or %[dm]/%[dm]/%Y.*day: \{format: '%[dm]/") as caught:
        read_planned(path, Reading(dates={"day": Dates()}))
    assert caught.value.args[0].code == "dates_ambiguous"


def test_years_of_two_digits_are_told_from_days_by_the_span_of_time():
    days = pd.date_range("2024-01-01", periods=50, freq="3D")
    assert find_date_form(pa.array(days.strftime("%d.%m.%y"))).format == "%d.%m.%y"
    assert find_date_form(pa.array(days.strftime("%y.%m.%d"))).format == "%y.%m.%d"


def test_a_column_of_dates_without_a_format_is_read_in_the_form_that_is_found(write):
    """It is noted, and is the form of the model."""
    table = read_planned(write("t.csv", "day\n25.03.2024\n01.04.2024\n"), Reading(dates={"day": Dates(("day",))}))
    assert table.frame["day_day"].tolist() == [25, 1]
    assert table.reading.dates["day"].format == "%d.%m.%Y"
    assert [note.code for note in table.cells["day"].notes] == ["dates_form"]


def test_a_few_cells_that_are_no_dates_are_missing_with_a_note(write):
    cells = [f"2024-03-{n % 28 + 1:02}" for n in range(298)]
    path = write("t.csv", "day,k\n" + "".join(f"{cell},1\n" for cell in [*cells, "unknown", "2024-02-31", ""]))
    reading = Reading(dates={"day": Dates(("day", "weekday"))})
    table = read_planned(path, reading)
    assert table.frame["day_day"].isna().sum() == table.frame["day_weekday"].isna().sum() == 3
    (note,) = table.cells["day"].notes
    assert "'day': 2 of 300 cells" in note.text
    assert "'unknown', '2024-02-31', first in row 299;" in note.text
    assert table.reading.dates["day"].missing == ("unknown", "2024-02-31")
    stream = open_stream(path, table.reading)
    (piece,) = stream.pieces(400, ["day_day"])  # as scoring reads it
    assert piece.rows["day_day"].to_pylist()[-4:] == [b"18", None, None, None]
    with pytest.raises(DataError, match=r"column 'day': must hold dates .*got 'unknown' in row 299, and 2 such cells"):
        read_planned(path, reading, max_unreadable=0.005)


ZONED = "when\n2024-01-01T00:30+09:00\n2024-06-30T23:30:00+02:00\n"


def test_one_column_may_have_dates_in_several_forms(write):
    """As files of several makers do, read together; the note names the forms."""
    days = [pd.Timestamp("2024-03-05") + pd.Timedelta(days=day) for day in range(40)]
    for number, written in enumerate(("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y")):
        write(f"p{number}.csv", "\n".join(["day", *(day.strftime(written) for day in days)]) + "\n")
    table = read_planned(write("p3.csv", "day\n").parent / "p[0-2].csv", with_dates=True)
    assert table.frame["day"].tolist() == days * 3
    forms = table.reading.dates["day"].format
    assert set(forms.split(" | ")) == {"ISO8601", "%d/%m/%Y", "%d-%b-%Y"}
    assert [note.code for note in table.cells["day"].notes] == ["dates_of_forms"]
    assert parse_datetimes(pd.Series(["05/03/2024", "2024-03-05"]), "day", date_format=forms).tolist() == days[:1] * 2


def test_days_in_one_of_several_forms_may_be_months(write):
    """Which is asked, and so are two forms of the same texts."""
    path = write("t.csv", "day\n2024-03-15\n2024-03-16\n05/04/2024\n")
    with pytest.raises(DataError, match=r"'05/04/2024' may have the form ISO8601 \| %d/%m/%Y or ISO8601 \| %m/%d/%Y"):
        read_table(path, Reading(dates={"day": Dates()}))
    both = find_date_form(pa.array(["25/03/2024", "26/03/2024", "03/25/2024", "03/04/2024"]))
    assert {both.format, both.other} == {"%d/%m/%Y", "%m/%d/%Y"}


@pytest.mark.parametrize(
    ("utc", "weekdays", "hours"), [(None, ["Mon", "Sun"], [0, 23]), (True, ["Sun", "Sun"], [15, 21])]
)
def test_times_with_a_zone_are_local_or_in_utc(write, utc, weekdays, hours):
    """Each by its own offset."""
    frame = read_table(write("t.csv", ZONED), Reading(dates={"when": Dates(("weekday", "hour"), utc=utc)}))
    assert (frame["when_weekday"].tolist(), frame["when_hour"].tolist()) == (weekdays, hours)
    assert frame["when"].tolist() == [pd.Timestamp("2023-12-31 15:30"), pd.Timestamp("2024-06-30 21:30")]  # their order


def test_typed_times_with_a_zone_are_local_too(tmp_path):
    when = pd.date_range("2024-01-01", periods=2, freq="12h", tz="Asia/Seoul")
    pd.DataFrame({"when": when}).to_parquet(tmp_path / "t.parquet")
    for utc, hours in ((None, [0, 12]), (True, [15, 3])):
        frame = read_table(tmp_path / "t.parquet", Reading(dates={"when": Dates(("hour",), utc=utc)}))
        assert frame["when_hour"].tolist() == hours


@pytest.mark.parametrize("dtype", ["string[python]", "string[pyarrow]", "str", "object"])
def test_dates_are_found_in_every_type_of_text(tmp_path, dtype):
    """Of which some have a missing value that is neither true nor false."""
    days = [None, *(f"{day}.03.2024 10:15" for day in range(10, 30))]
    pd.DataFrame({"when": pd.Series(days, dtype=dtype)}).to_parquet(tmp_path / "t.parquet")
    table = read_planned(tmp_path / "t.parquet", with_dates=True)
    assert ["'10.03.2024 10:15' in row 2" in note.text for note in table.cells["when"].notes] == [True]


def test_times_in_utc_are_no_local_times(write):
    """Where training had local times alone; where it had times in UTC alone, all others are converted."""
    dates = read_planned(write("t.csv", ZONED), Reading(dates={"when": Dates(("hour",))})).reading.dates
    assert dates["when"].offsets == (120, 540)
    in_utc = "when\n2024-01-01T09:30+09:00\n2024-01-01T00:30Z\n"
    with pytest.raises(DataError, match=r"must hold local times, as in training; got '.*Z' in row 2, which is in UTC"):
        read_table(write("u.csv", in_utc), Reading(dates=dates))
    stream = open_stream(write("u.csv", in_utc), Reading(dates=dates))
    (piece,) = stream.pieces(10, ["when_hour"])
    assert piece.rows["when_hour"].to_pylist() == [b"9", b"2024-01-01T00:30Z is in UTC"]
    of_utc = read_planned(write("v.csv", "when\n2024-01-01T00:30Z\n"), Reading(dates={"when": Dates(("hour",))}))
    assert read_table(write("u.csv", in_utc), of_utc.reading)["when_hour"].tolist() == [0, 0]


def test_a_date_alone_is_no_midnight_where_training_had_times(write):
    """Where some rows of training have no time, or the model does not use it, a date is one."""
    times, later = "when\n2024-01-01T09:30\n2024-01-02 00:00\n", "when\n2024-03-01T11:00\n2024-03-02\n"
    reading = Reading(dates={"when": Dates(("month", "hour"))})
    dates = read_planned(write("t.csv", times), reading).reading.dates
    with pytest.raises(DataError, match=r"'when': must hold a time of day .*; got '2024-03-02' in row 2"):
        read_table(write("u.csv", later), Reading(dates=dates))
    (piece,) = open_stream(write("u.csv", later), Reading(dates=dates)).pieces(10, ["when_hour"])
    assert piece.rows["when_hour"].to_pylist() == [b"11", b"2024-03-02 has no time"]
    mixed = read_planned(write("t.csv", times + "2024-01-03\n"), reading).reading.dates
    assert read_table(write("u.csv", later), Reading(dates=mixed))["when_hour"].tolist() == [11, 0]
    months = read_planned(write("t.csv", times), Reading(dates={"when": Dates(("month",))})).reading.dates
    assert read_table(write("u.csv", later), Reading(dates=months))["when_month"].tolist() == [3, 3]


def test_times_of_which_some_have_a_zone_are_asked(write):
    path = write("t.csv", ZONED + "2024-01-02T00:00\n")
    with pytest.raises(
        DataError, match=r"in row 1 has a zone, '2024-01-02T00:00' in row 3 has none. Write .*utc: true"
    ):
        read_table(path, Reading(dates={"when": Dates()}))
    frame = read_table(path, Reading(dates={"when": Dates(("hour",), utc=False)}))
    assert frame["when_hour"].tolist() == [0, 23, 0]


def test_parts_that_carry_information_are_chosen():
    """Days of the month with enough rows, minutes where they are few."""

    def parts(**how):
        return find_dates(pd.Series(pd.date_range("2024-01-31", **how))).dates.parts

    assert parts(periods=60) == ("month", "weekday")
    assert parts(periods=800) == ("year", "month", "day", "weekday")
    assert parts(periods=900, freq="15min") == ("month", "weekday", "hour", "minute")
    assert parts(periods=900, freq="7min") == ("month", "weekday", "hour")
    assert parts(periods=1) == Dates().parts


def test_fractions_are_no_dates():
    """Pandas reads the month 2024.10 as 2024.1."""
    months = pd.Series(["2024.10", "2024.11"])
    assert parse_datetimes(months, "month", date_format="%Y.%m").dt.month.tolist() == [10, 11]
    with pytest.raises(DataError, match=r"got 2024\.1 in row 1"):
        parse_datetimes(months.astype(float), "month", date_format="%Y.%m")


@pytest.mark.parametrize(
    ("cells", "form", "code"),
    [
        (["10/06/66", "23/10/73"], "%d/%m/%y", "short_years"),
        (["1900-01-01", "2024-03-31", "2024-04-30"], None, "fill_date"),
        (["1900-01-01", "1950-03-31", "2024-04-30"], None, ""),
    ],
)
def test_dates_that_may_mean_something_else_are_noted(write, cells, form, code):
    path = write("t.csv", "day,k\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    found = read_planned(path, Reading(dates={"day": Dates(("year",), form)}))
    assert [note.code for note in found.cells["day"].notes] == [code] * bool(code)


def test_whole_numbers_are_days_only_if_all_of_them_are(write):
    assert find_dates(pd.Series([20240131, 20240201])).dates.format == "%Y%m%d"
    assert find_dates(pd.Series([20240131, 20240231])) is None
    assert find_dates(pd.Series([20240131.0, np.nan])).dates.format == "%Y%m%d"
    assert find_dates(pd.Series([True, False])) is None
    assert find_dates(pd.Series([202311, 202312, 202401])).dates.parts == ("year", "month")
    assert find_dates(pd.Series([202311, 202313, 202401])) is None


@pytest.mark.parametrize("texts", [[None, None], []], ids=["missing", "no rows"])
def test_a_column_may_have_no_date_at_all(texts):
    """As a batch of a few rows may."""
    days = parse_datetimes(pd.Series(texts, dtype="str"), "day", date_format="%d.%m.%Y")
    assert days.isna().tolist() == [True] * len(texts)
    assert parse_durations(pa.chunked_array([texts], pa.string())).shape == (len(texts),)


@pytest.mark.parametrize("parts", [["month", "hour"], ["month"]])
def test_dates_that_lack_a_time_which_others_have_are_noted(write, parts):
    """They count as midnight, where the hour is used."""
    cells = ["2024-03-01 10:15", "2024-03-02", "2024-03-03 11:45", None]
    path = write("t.csv", pd.DataFrame({"day": cells, "y": range(4)}).to_csv(index=False))
    notes = read_planned(path, Reading(dates={"day": Dates(tuple(parts))})).cells["day"].notes
    expected = "'day': 1 of 3 dates have no time of day and count as midnight ('2024-03-02', first in row 2)"
    assert [note.text.format(**note.values)[: len(expected)] for note in notes] == [expected] * ("hour" in parts)


def test_a_question_about_dates_names_the_other_words_and_what_makes_them_missing(write):
    cells = [f"2024-01-{day:02}" for day in range(1, 29)] + ["tbd"] * 3
    path = write("t.csv", "day,k\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    question = str(read_planned(path, with_dates=True).cells["day"].question)
    assert "but 3 of 31 are not: 'tbd'. If they mean a missing value, write data.na_values: {day: ['tbd']};" in question
    read = read_planned(path, Reading(na_values={"day": ("tbd",)}), with_dates=True)
    assert not read.questions(["day"])
