"""Dates that a file does not name: they become parts by themselves, or are asked about."""

import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError

N = 60
DAYS = pd.Series(pd.date_range("2023-01-01", periods=N, freq="9D"))
MORE = "compare: {cv: {folds: 3}}"


def loaded(pipeline, when):
    frame = pd.DataFrame({"when": when, "x": np.arange(N) * 7 % 11 + 0.5, "y": np.arange(N) + 0.25})
    return pipeline(frame, more=MORE).load_table()


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %b %Y"])
def test_a_column_of_dates_becomes_parts_with_a_note(pipeline, form):
    table = loaded(pipeline, DAYS.dt.strftime(form))
    assert table.X["when_month"].tolist() == DAYS.dt.month.tolist()
    assert "when" not in table.X
    assert "holds dates" in " ".join(map(str, table.notes))
    assert {column.name: column.type for column in table.columns}["when"] == "date"


def test_days_that_may_be_months_are_asked_about(pipeline):
    with pytest.raises(DataError, match=r"may have the form .* no row decides it. Write data.dates"):
        loaded(pipeline, [f"{1 + n % 12:02}/{1 + n // 12:02}/2024" for n in range(N)])


def test_dates_among_other_words_are_asked_about(pipeline):
    days = DAYS.dt.strftime("%Y-%m-%d").where(np.arange(N) > 2, "soon")
    with pytest.raises(DataError, match="but 3 of 60 are not"):
        loaded(pipeline, days)
