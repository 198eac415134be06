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


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("%d/%m/%Y", "dates of the form %d/%m/%Y, as '13/01/2024' in row 13 shows; "),
        ("%m/%d/%Y", "dates of the form %m/%d/%Y, as '01/13/2024' in row 13 shows; "),
        ("%d.%m.%y", "dates of the form %d.%m.%y, such as '01.01.24' in row 1; "),
        ("%d %b %Y", "dates of the form %d %b %Y, such as '01 Jan 2024' in row 1; "),
        ("%Y%m%d", "dates of the form %Y%m%d, such as '20240101' in row 1; "),
        ("%Y-%m-%d", "dates; "),
    ],
)
def test_the_note_on_dates_says_their_form_and_the_row_that_shows_it(pipeline, form, said):
    """Whether the day or the month comes first, one cell decides."""
    days = pd.Series(pd.date_range("2024-01-01", periods=N)).dt.strftime(form)
    notes = [str(note) for note in loaded(pipeline, days).notes if note.code.startswith("dates_found")]
    assert notes == [
        f"'when' holds {said}when_month, when_weekday become features; data.dates chooses other parts"
        + (" or another form" if "form" in said else "")
    ]


def test_days_that_may_be_months_are_asked_about(pipeline):
    with pytest.raises(DataError, match=r"may have the form .* no row decides it. Write data.dates"):
        loaded(pipeline, [f"{1 + n % 12:02}/{1 + n // 12:02}/2024" for n in range(N)])


def test_dates_among_other_words_are_asked_about(pipeline):
    days = DAYS.dt.strftime("%Y-%m-%d").where(np.arange(N) > 2, "soon")
    with pytest.raises(DataError, match="but 3 of 60 are not"):
        loaded(pipeline, days)
