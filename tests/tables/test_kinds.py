import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.tables import as_numbers, column_kinds, plain_columns

N = 120
NAMES = [f"person {number}" for number in range(N)]
FRAME = pd.DataFrame(
    {
        "age": np.arange(N),
        "rain": np.arange(N) % 2 == 0,
        "maybe": pd.Series([True, False, None] * (N // 3), dtype=object),
        "price": pd.Series([decimal.Decimal(n) / 4 for n in range(N)], dtype=object),
        "city": ["Seoul", "Busan"] * (N // 2),
        "grade": pd.Categorical([1, 2] * (N // 2)),
        "name": NAMES,
        "when": pd.date_range("2024-01-01", periods=N),
        "day": [dt.date(2024, 1, 1 + n % 9) for n in range(N)],
        "same": [7] * N,
        "empty": [None] * N,
        "nested": [[n] for n in range(N)],
        "wave": np.arange(N) * 1j,
    }
)


def test_columns_are_sorted_into_numeric_and_categorical():
    kinds = column_kinds(FRAME)
    assert kinds.numeric == ("age", "rain", "maybe", "price")
    assert kinds.categorical == ("city", "grade")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("name", "120 different texts in 120 rows"),
        ("when", "dates or times"),
        ("day", "dates or times"),
        ("same", "one value only"),
        ("empty", "no value"),
        ("nested", "nested values"),
        ("wave", "complex"),
    ],
)
def test_a_column_is_left_out_with_a_reason(name, reason):
    assert reason in column_kinds(FRAME).left_out[name].text


def test_numbers_written_as_text_are_reported():
    """They are neither left out as names nor used as categories silently."""
    units = [f"{n} kg" for n in range(N)]
    frame = pd.DataFrame({"x": [f"{n}.5" for n in range(N)], "y": [*map(str, range(N - 1)), "?"], "z": units})
    left_out = column_kinds(frame).left_out
    assert "numbers written as text; name it in data.numeric" in left_out["x"].text
    assert "numbers and text such as '?'" in left_out["y"].text
    assert "numbers with marks or a unit, such as '0 kg'" in left_out["z"].text


def test_many_texts_that_repeat_are_categories():
    """Sixty cities in six hundred rows are no names."""
    frame = pd.DataFrame({"city": [f"city {n % 60}" for n in range(600)]})
    assert column_kinds(frame).categorical == ("city",)


def test_a_declared_kind_wins():
    kinds = column_kinds(FRAME, numeric=["same"], categorical=["name", "age"])
    assert "same" in kinds.numeric
    assert {"name", "age"} <= set(kinds.categorical)
    assert set(kinds.used) | set(kinds.left_out) == set(FRAME.columns)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("age", "column 'age': must be declared numeric or categorical; got both"),
        ("aeg", r"column 'aeg'.*did you mean age\?"),
    ],
    ids=["as both kinds", "that is not there"],
)
def test_declaring_a_column_wrongly_is_refused(name, message):
    with pytest.raises(DataError, match=message):
        column_kinds(FRAME, numeric=[name], categorical=["age"])


def test_plain_columns_hold_only_what_estimators_take():
    """NumPy numbers, text, and NaN for what is missing."""
    plain = plain_columns(FRAME, column_kinds(FRAME))
    assert list(plain.columns) == ["age", "rain", "maybe", "price", "city", "grade"]
    assert [plain[name].dtype.kind for name in ("age", "rain", "maybe", "price")] == ["i", "i", "f", "f"]
    assert plain["maybe"].isna().sum() == N // 3


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]"])
def test_nullable_numbers_become_floats(dtype):
    numbers = as_numbers(pd.Series([1, None, 3], dtype=dtype), "x")
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, [1, np.nan, 3])


def test_whole_nullable_numbers_stay_whole():
    assert as_numbers(pd.Series([1, 2], dtype="Int64"), "x").dtype == np.int64


def test_mixed_types_become_text():
    """Numbers and words in one column cannot be sorted."""
    frame = pd.DataFrame({"mixed": pd.Series([1, "a", None, 1], dtype=object)})
    plain = plain_columns(frame, column_kinds(frame))
    assert plain["mixed"].tolist()[:2] == ["1", "a"]
    assert np.isnan(plain["mixed"].iloc[2])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.inf], "column 'x': must hold finite numbers; got inf in row 2"),
        (["1", " 2 ", "three"], "column 'x': must hold numbers; got 'three' in row 3"),
    ],
)
def test_a_value_that_is_not_a_number_is_named_with_its_row(values, message):
    with pytest.raises(DataError, match=message):
        as_numbers(pd.Series(values), "x")
