import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.tables import DATE_PARTS, Dates, Reading, read_header, read_planned, read_table

EUROPEAN = "Straße;preis;menge\nA;1.234,5;1\nB;?;2\nC;7;-\n"


def test_declared_separator_marks_encoding_and_missing_words_are_used(write):
    """A table as a spreadsheet in Germany writes it."""
    path = write("t.csv", EUROPEAN, encoding="latin-1")
    reading = Reading(separator=";", decimal=",", thousands=".", encoding="latin-1", na_values=("?", "-"))
    frame = read_table(path, reading)
    assert list(frame) == ["Straße", "preis", "menge"]
    np.testing.assert_array_equal(frame["preis"], [1234.5, np.nan, 7.0])
    np.testing.assert_array_equal(frame["menge"], [1, 2, np.nan])


def test_any_ending_is_read_if_the_separator_is_declared(write):
    path = write("t.txt", "a|b\n1|2\n")
    with pytest.raises(DataError, match=r"a table must end in .csv.*or declare the separator"):
        read_table(path)
    assert read_table(path, Reading(separator="|")).to_dict("list") == {"a": [1], "b": [2]}


def test_a_wrong_encoding_is_named(write):
    path = write("t.csv", "이름,a\n김,1\n", encoding="cp949")
    with pytest.raises(DataError, match=r"text must be utf-8; it is not\. Declare its encoding with data\.encoding"):
        read_table(path, Reading(encoding="utf-8"))


def test_a_string_is_kept_as_it_is_written(write):
    """A postcode is no number, under its new name too."""
    path = write("t.csv", "plz,n\n01234,1\n99999,2\n")
    frame = read_table(path, Reading(rename={"plz": "zip"}, dtypes={"zip": "string"}))
    assert frame["zip"].tolist() == ["01234", "99999"]


@pytest.mark.parametrize(
    ("reading", "a", "b"),
    [
        (Reading(), [None, None, "?", None], [1, None, None, 4]),
        (Reading(na_values={"a": ("?",)}), [None, None, None, None], [1, None, None, 4]),
        (Reading(na_values={"b": ("4",)}), [None, None, "?", None], [1, None, None, None]),
        (Reading(dtypes={"a": "string"}), ["NA", "None", "?", None], [1, None, None, 4]),
        (Reading(dtypes={"a": "string"}, na_values={"a": ("NA",)}), [None, "None", "?", None], [1, None, None, 4]),
        (Reading(keep_default_na=False, na_values=("n/a",)), ["NA", "None", "?", None], [1, None, None, 4]),
    ],
    ids=["default", "of one column", "a number of one column", "a string", "a string with its own", "only declared"],
)
def test_words_for_missing_values_are_those_of_the_column(write, reading, a, b):
    frame = read_table(write("t.csv", "a,b\nNA,1\nNone,n/a\n?,\n,4.0\n"), reading)
    assert frame["a"].astype(object).where(frame["a"].notna(), None).tolist() == a
    np.testing.assert_array_equal(frame["b"].astype(float), np.array(b, dtype=float))


@pytest.mark.parametrize(
    ("word", "cells", "expected"),
    [
        ("float", ["1", "2", ""], [1.0, 2.0, np.nan]),
        ("int", ["1", "2", "3"], [1, 2, 3]),
        ("bool", ["yes", "No", "TRUE"], [1, 0, 1]),
        ("bool", ["yes", "", "n"], [1.0, np.nan, 0.0]),
        ("string", ["1", "", "x"], ["1", np.nan, "x"]),
    ],
    ids=["float", "int", "bool", "bool with a gap", "string"],
)
def test_a_declared_type_is_used_and_missing_values_stay_missing(write, word, cells, expected):
    path = write("t.csv", "a,b\n" + "".join(f"{cell},0\n" for cell in cells))
    column = read_table(path, Reading(dtypes={"a": word}))["a"]
    wanted = pd.Series(expected, name="a", dtype=object if word == "string" else None)
    pd.testing.assert_series_equal(column, wanted, check_dtype=False)


@pytest.mark.parametrize(
    ("word", "cell", "message"),
    [
        ("float", "x", "column 'a': must hold numbers; got 'x' in row 2"),
        ("int", "1.5", "column 'a': must hold whole numbers .*; got 1.5 in row 2"),
        ("bool", "maybe", "column 'a': must hold yes and no.*; got 'maybe' in row 2"),
    ],
)
def test_a_cell_of_another_type_is_named(write, word, cell, message):
    with pytest.raises(DataError, match=message):
        read_table(write("t.csv", f"a,b\n1,0\n{cell},0\n"), Reading(dtypes={"a": word}))


def test_dates_become_columns(write):
    """Numbers, and the weekday as a text; a missing date is missing in each."""
    path = write("t.csv", "day,b\n2024-03-31T23:05,0\n,0\n")
    frame = read_table(path, Reading(dates={"day": Dates(DATE_PARTS)}))
    first = frame.iloc[0][[f"day_{part}" for part in DATE_PARTS]].tolist()
    assert first == [2024, 1, 3, 13, 31, 91, "Sun", 23, 5]
    assert frame.iloc[1].drop("b").isna().all()


def test_the_format_of_dates_can_be_declared(write):
    """Day first, as most of the world writes."""
    path = write("t.csv", "day,b\n31/03/2024,0\n01/04/2024,0\n")
    frame = read_table(path, Reading(dates={"day": Dates(("month",), "%d/%m/%Y")}))
    assert frame["day_month"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("reading", "message"),
    [
        (Reading(rename={"x": "y"}), "no column 'x' to rename"),
        (Reading(rename={"a": "b"}), "several columns are named 'b'"),
        (Reading(dtypes={"aa": "float"}), "no column 'aa'; did you mean a"),
        (Reading(dates={"c": Dates()}), "no column 'c'"),
        (Reading(na_values={"c": ("?",)}), "no column 'c'"),
    ],
    ids=["rename", "twice", "dtypes", "dates", "na_values"],
)
def test_a_column_that_is_not_there_is_named(write, reading, message):
    with pytest.raises(DataError, match=message):
        read_table(write("t.csv", "a,b\n1,2\n"), reading)


def test_a_part_of_a_date_does_not_replace_a_column(write):
    with pytest.raises(DataError, match="column 'day_year': already in the table"):
        read_table(write("t.csv", "day,day_year\n2024-03-31,1\n"), Reading(dates={"day": Dates()}))


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "parquet", "feather"])
def test_read_header_returns_the_columns_of_the_table(tmp_path, ending):
    frame = pd.DataFrame({"이름": ["a"], "n": [1]})
    path = tmp_path / f"t.{ending}"
    if "csv" in ending or "tsv" in ending:
        frame.to_csv(path, index=False, sep="\t" if "tsv" in ending else ",")
    else:
        getattr(frame, f"to_{ending}")(path)
    assert read_header(path) == tuple(read_table(path).columns) == ("이름", "n")


def test_an_index_without_a_name_is_no_column_of_a_header(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]}, index=[5, 6])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.rename_axis("key").to_parquet(tmp_path / "k.parquet")
    assert read_header(tmp_path / "t.parquet") == ("a",)
    assert set(read_header(tmp_path / "k.parquet")) == {"a", "key"}


def test_names_are_checked_before_the_rows_are_read(write):
    """A damaged last row does not hide a wrong name."""
    path = write("t.csv", "a,b\n1,2\n1,2,3\n")

    def refuse(names):
        raise DataError(f"saw {', '.join(names)}")

    with pytest.raises(DataError, match="saw a, b"):
        read_table(path, check_names=refuse)
    with pytest.raises(DataError, match="saw weight, age, blood_fat"):
        read_table("builtin:blood_fat", check_names=refuse)


def test_a_column_is_numbers_only_if_every_cell_fits_the_marks(write):
    """An address, a clock time and a version are no numbers, whatever groups the digits."""
    text = "amount;when;address;code\n1.234,5;07.03;10.0.1.2;1.5\n12,25;11.45;10.0.1.3;2.25\n"
    frame = read_table(write("t.csv", text), Reading(separator=";", decimal=",", thousands="."))
    assert frame["amount"].tolist() == [1234.5, 12.25]
    assert frame["when"].tolist() == ["07.03", "11.45"]
    assert frame["address"].tolist() == ["10.0.1.2", "10.0.1.3"]
    assert frame["code"].tolist() == ["1.5", "2.25"]


@pytest.mark.parametrize("group", ["'", " ", "\u00a0", "\u202f", ","])
def test_any_character_may_be_the_thousands_separator(write, group):
    """Also the blanks of French and Swiss tables."""
    frame = read_table(write("t.csv", f'a,b\n"1{group}234.5",1\n7,2\n'), Reading(thousands=group))
    assert frame["a"].tolist() == [1234.5, 7.0]


def test_a_column_without_a_name_gets_one(write):
    """As pandas writes an index."""
    path = write("t.csv", ",a\n0,5\n1,6\n")
    assert list(read_table(path)) == list(read_header(path)) == ["Unnamed: 0", "a"]


def test_an_undeclared_encoding_other_than_utf8_is_noted(write):
    path = write("t.csv", "이름,a\n김,1\n", encoding="cp949")
    assert read_planned(path).encoding == "cp949"
    assert read_planned(path, Reading(encoding="cp949")).encoding is None
