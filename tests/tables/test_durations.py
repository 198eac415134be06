"""Durations and times of day, against minutes by hand."""

from datetime import timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.tables import find_duration_form, parse_durations

WRITTEN = {
    "times of day": (["14:30", "9:05", "00:00"], [870, 545, 0]),
    "with seconds": (["1:02:03", "0:00:30.5"], [62.05, 30.5 / 60]),
    "hours beyond a day": (["90:15", "1:00"], [5415, 60]),
    "minutes and seconds": (["59:30", "1:02:03"], [59.5, 62.05]),
    "negative": (["-0:30", "\u22121:00", "+0:10"], [-30, -60, 10]),
    "pandas": (["2 days 03:00:00", "-1 days +23:00:00"], [3060, -60]),
    "Python": (["1 day, 2:00:00", "-1 day, 23:00:00"], [1560, -60]),
    "units": (["1h 30m", "45 min", "2 hours 5 minutes 30 sec", "1h05"], [90, 45, 125.5, 65]),
    "laps": (["1:30.5", "1:02:03"], [1.5 + 0.5 / 60, 62.05]),
    "Korean times of day": (
        ["\uc624\ud6c4 2:30", "\uc624\uc804 12:05:30", "\uc624\ud6c4 2\uc2dc 5\ubd84"],
        [870, 5.5, 845],
    ),
    "Korean hours": (["14\uc2dc 30\ubd84", "9\uc2dc 5\ubd84"], [870, 545]),
    "Korean": (["1\uc2dc\uac04 30\ubd84", "45\ubd84"], [90, 45]),
    "ISO 8601": (["PT1H30M", "P1DT2H", "PT0.5S"], [90, 1560, 0.5 / 60]),
    "12 hours": (["12:30 AM", "2:30 pm", "12:00 p.m."], [30, 870, 720]),
}


@pytest.mark.parametrize(("texts", "minutes"), WRITTEN.values(), ids=WRITTEN)
def test_durations_are_read_in_minutes(texts, minutes):
    form = find_duration_form(pa.array(texts))
    assert form.fits.all()
    assert parse_durations(pa.array(texts), minutes_first=form.minutes_first) == pytest.approx(minutes)


@pytest.mark.parametrize(
    "texts",
    [
        ["5 min", "7 min"],
        ["16:9", "4:3"],
        ["12:75"],
        ["5"],
        ["1.5 h"],
        ["2024-03-31 12:00"],
        ["A 12:30"],
        ["a:b", "P"],
        ["1:75.5"],
    ],
    ids=" ".join,
)
def test_other_texts_are_no_durations(texts):
    assert find_duration_form(pa.array(texts)) is None


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1))
def test_any_duration_of_pandas_and_python_is_read(seconds):
    for write in (lambda value: str(pd.Timedelta(seconds=value)), lambda value: str(timedelta(seconds=value))):
        read = parse_durations(pa.array([write(value) for value in seconds]))
        assert read * 60 == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(("texts", "first"), [(["9:30", "1:02:03"], True), (["09:30", "10:00:05"], False)])
def test_hours_without_a_zero_show_that_the_others_are_minutes_and_seconds(texts, first):
    assert find_duration_form(pa.array(texts)).minutes_first is first
