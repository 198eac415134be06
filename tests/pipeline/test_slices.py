"""Which rows are in which slice, and the columns that cannot be sliced by."""

import numpy as np
import pandas as pd
import pytest

import skdl
from skdl.exceptions import PipelineFileError

N = 200
RNG = np.random.default_rng(0)
ZEROS = np.concatenate([np.zeros(170), np.arange(1.0, 31.0)])
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "age": RNG.integers(18, 90, N).astype(float),
        "region": np.repeat(["north", "south", "east", "west", "islands"], [90, 60, 30, 12, 8]),
        "rooms": np.repeat([3, 1, 2], [40, 70, 90]),
        "day": pd.date_range("2020-01-15", periods=N, freq="5D").strftime("%Y-%m-%d"),
        "recent": pd.date_range("2023-12-01", periods=N).strftime("%d.%m.%Y"),
        "zeros": ZEROS,
        "low": np.concatenate([[-1.0], np.zeros(79), np.arange(1.0, 121.0)]),
        "number": np.arange(N),
        "code": [f"c{row:03}" for row in range(N)],
        "same": "one",
    }
)
TABLE.loc[:4, "age"] = np.nan
TABLE["y"] = TABLE["x"] + RNG.normal(size=N)
FILE = """
data: {{source: t.csv, target: y, drop: [region, day, recent, number, code, same]}}
models: [ridge]
compare: {{slices: {slices}}}
"""


@pytest.fixture
def cut(tmp_path):
    """Slice the table as a file says."""

    def read(slices):
        TABLE.to_csv(tmp_path / "t.csv", index=False)
        (tmp_path / "t.yaml").write_text(FILE.format(slices=slices))
        return skdl.read_pipeline(tmp_path / "t.yaml").load_table().slices

    return read


def rows_by_slice(one):
    """Number of rows by the name of each slice, in order."""
    unnamed = {"missing", "other"}
    names = [each.kind if each.kind in unnamed else each.level or (each.low, each.high) for each in one.slices]
    return dict(zip(names, np.bincount(one.codes, minlength=len(names)).tolist(), strict=True))


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        ("region", {"north": 90, "south": 60, "east": 30, "other": 20}),
        ("rooms", {"1": 70, "2": 90, "3": 40}),
        ("day", {"2020": 71, "2021": 73, "2022": 56}),
        ("recent", {"2023Q4": 31, "2024Q1": 91, "2024Q2": 78}),
        ("zeros", {(None, ZEROS[170]): 170, (ZEROS[170], None): 30}),
    ],
    ids=["levels", "numbers", "dates", "recent dates", "zeros"],
)
def test_levels_with_few_rows_are_gathered_and_dates_cut_into_years(cut, slices, expected):
    """Texts have the largest level first, numbers and dates their own order."""
    (one,) = cut(f"[{slices}]")
    assert [*rows_by_slice(one).items()] == [*expected.items()]


def test_numbers_are_cut_at_the_quartiles_and_missing_ones_are_a_slice(cut):
    """The oracle is pandas."""
    (one,) = cut("age")
    edges = TABLE["age"].quantile([0.25, 0.5, 0.75], interpolation="higher").tolist()
    by_hand = pd.cut(TABLE["age"], [-np.inf, *edges, np.inf], right=False).value_counts(sort=False).tolist()
    assert (one.column.kind, one.column.edges, one.column.is_given) == ("ranges", edges, False)
    assert list(rows_by_slice(one).values()) == [*by_hand, 5]
    assert one.slices[-1].kind == "missing"


def test_a_quartile_that_would_leave_few_rows_is_no_edge(cut):
    """One number is below 0, and the lower quartile is 0."""
    (one,) = cut("low")
    assert [*rows_by_slice(one).values()] == [100, 50, 50]


def test_given_bins_begin_with_their_edge(cut):
    """A person of 30 is not below 30."""
    (one,) = cut("{column: age, bins: [30, 50]}")
    age = TABLE["age"]
    expected = [(age < 30).sum(), ((age >= 30) & (age < 50)).sum(), (age >= 50).sum(), age.isna().sum()]
    assert list(rows_by_slice(one).values()) == expected
    assert one.column.is_given


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ("[regions]", r"4:20: compare.slices.0: the table has no column 'regions'; did you mean region\?"),
        ("[x, y]", r"compare.slices.1: 'y' is the target: rows that are chosen by the outcome"),
        ("code", r"no value of 'code' has 30 rows or more \(200 values in 200 rows\)"),
        ("number", "'number' has another number in every row, as an identifier"),
        ("same", "all rows are in one slice by 'same'"),
        ("{column: region, bins: [3]}", "bins are for numbers, and 'region' holds none"),
        ("{column: age, bins: [300]}", "all numbers of 'age' are in one slice, from 18 to 89"),
        ("{column: age, bins: [50, 30]}", r"compare.slices.0.bins: must be a list of numbers in ascending order"),
        ("{column: age, bins: [.inf]}", "must be a list of numbers in ascending order"),
        ("{columns: age}", r"compare.slices.0.columns: no such key; did you mean column\?"),
        ("[age, {column: age}]", "names must be distinct; got 'age' twice"),
        ("[2020]", "the table has no column '2020'"),
        ("[[age]]", "compare.slices.0: must be the name of a column, or such as"),
    ],
)
def test_a_column_that_cannot_be_sliced_by_is_refused(cut, slices, message):
    """In one line, with the place in the file."""
    with pytest.raises(PipelineFileError, match=message):
        cut(slices)
