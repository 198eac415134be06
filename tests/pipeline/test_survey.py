import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.pipeline._survey import survey_table

N = 60
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"size": RNG.normal(size=N).round(3), "y": RNG.normal(size=N).round(3)})


def look(folder, frame, target="y", text=None):
    """Write a table and look at it."""
    path = folder / "t.csv"
    path.write_text(frame.to_csv(index=False) if text is None else text, encoding="utf-8")
    return survey_table(str(path), [target])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PassengerId", range(1, N + 1)),
        ("EmployeeNumber", RNG.permutation(5000)[:N]),
        ("customer_id", RNG.permutation(5000)[:N]),
        ("사번번호", RNG.permutation(5000)[:N]),
        ("Unnamed: 0", range(N)),
        ("order", range(N, 0, -1)),
        ("account", [f"A{number}" for number in range(N)]),
        ("full name", [f"Person {number}" for number in range(N)]),
    ],
)
def test_what_only_names_a_row_is_set_aside(tmp_path, name, values):
    """Whatever it is called, with the reason."""
    aside = look(tmp_path, FRAME.assign(**{name: list(values)})).set_aside
    assert list(aside) == [name]
    assert "different" in aside[name]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", RNG.permutation(50_000)[:N]),
        ("width", RNG.normal(size=N)),
        ("paid", RNG.integers(0, 2, N)),
        ("key", RNG.normal(size=N)),
        ("rooms", RNG.integers(1, 9, N)),
    ],
)
def test_an_amount_is_not_set_aside(tmp_path, name, values):
    """Even where all of its values differ."""
    assert not look(tmp_path, FRAME.assign(**{name: values})).set_aside


def test_an_identifier_that_is_repeated_is_told_apart(tmp_path):
    """Its rows may belong together."""
    survey = look(tmp_path, FRAME.assign(customer_id=np.arange(N) // 3))
    assert survey.repeated == {"customer_id": 20}
    assert "customer_id" not in survey.set_aside


def test_separator_decimal_comma_and_thousands_are_found(tmp_path):
    """As a spreadsheet in Europe writes them."""
    text = "größe;preis;y\n" + "".join(f"{n},5;1.{n:03d},25;{n}\n" for n in range(N))
    survey = look(tmp_path, None, text=text)
    assert (survey.reading.separator, survey.reading.decimal, survey.reading.thousands) == (";", ",", ".")
    assert survey.frame["preis"].iloc[7] == 1007.25


def test_words_among_numbers_are_taken_for_gaps(tmp_path):
    """A question mark in a column of numbers is no number."""
    survey = look(tmp_path, FRAME.assign(size=FRAME["size"].astype(object).where(FRAME.index > 2, "?")))
    assert survey.reading.na_values == ("?",)
    assert survey.frame["size"].isna().sum() == 3


def test_words_of_a_category_stay(tmp_path):
    """Though some of them may be numbers."""
    survey = look(tmp_path, FRAME.assign(kind=np.where(np.arange(N) % 3, "1", "a")))
    assert survey.reading.na_values == ()
    assert survey.categorical == ("kind",)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d"])
def test_dates_are_found_with_their_form(tmp_path, form):
    """Thirty-one days and more tell day from month."""
    days = pd.date_range("2024-01-01", periods=N).strftime(form)
    reading = look(tmp_path, FRAME.assign(sold=days)).reading
    assert reading.dates["sold"].format == (None if form.startswith("%Y") else form)


def test_codes_pixels_and_constants_are_told(tmp_path):
    """Whole numbers of few values, of 0 to 255, and of one."""
    codes = look(tmp_path, FRAME.assign(grade=np.arange(N) % 5, planet=3))
    assert (codes.codes, codes.constant, codes.pixels) == (("grade",), ("planet",), False)
    pixels = pd.DataFrame(RNG.integers(0, 256, (N, 20))).add_prefix("px_").assign(y=FRAME["y"])
    assert look(tmp_path, pixels).pixels


def test_a_target_that_is_not_there_is_named(tmp_path):
    """With the nearest that is."""
    with pytest.raises(DataError, match=r"no column 'siz'; did you mean size\? It has: 'size', 'y'"):
        look(tmp_path, FRAME, target="siz")
