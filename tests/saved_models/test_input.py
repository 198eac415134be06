"""Tables read in the way of a saved model."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import skdl
from skdl.tables import Dates, NumberFormat, Reading, read_planned

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", periods=60, freq="9D")
TABLE = pd.DataFrame({"date": DAYS.strftime("%d.%m.%Y"), "size": RNG.normal(100, 20, 60).round(2)})
TABLE["price"] = (TABLE["size"] * 2.5 + 10 * DAYS.month).round(2)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Compare on a table with dates, decimal commas and semicolons, from a pipeline file."""
    folder = tmp_path_factory.mktemp("dates")
    TABLE.to_csv(folder / "prices.csv", sep=";", decimal=",", index=False)
    text = """
        name: prices
        data: {source: prices.csv, target: price, separator: ";", decimal: ",", dates: {date: {format: "%d.%m.%Y"}}}
        models: {linear: {}}
        compare: {cv: {folds: 3, repeats: 1}, insight: false}
    """
    (folder / "prices.yaml").write_text(text)
    return skdl.compare(skdl.read_pipeline(folder / "prices.yaml"), output_dir=folder / "out"), folder


def test_predictions_on_a_file_with_dates_are_those_of_the_score_command(compared):
    """pandas.read_csv gives neither the parts of a date nor numbers with decimal commas."""
    comparison, folder = compared
    saved = comparison.folder / "model"
    model = skdl.load_model(saved, sha256=comparison.model_pin)
    predicted = model.predict(skdl.read_input(saved, folder / "prices.csv"))
    skdl.score_table(saved, folder / "prices.csv", folder / "scores", sha256=comparison.model_pin)
    parts = pd.concat([pd.read_parquet(path) for path in sorted((folder / "scores").glob("part*"))])
    np.testing.assert_allclose(predicted, parts["prediction"], rtol=1e-12)


def test_dates_of_their_own_type_need_no_format(compared, tmp_path):
    """The dates of Parquet are none of the texts that the file's format is for."""
    comparison, folder = compared
    saved, pin = comparison.folder / "model", comparison.model_pin
    frame = TABLE.assign(date=DAYS.date)
    frame.to_parquet(tmp_path / "prices.parquet")
    expected = skdl.load_model(saved, sha256=pin).predict(skdl.read_input(saved, folder / "prices.csv"))
    result = skdl.score_table(saved, tmp_path / "prices.parquet", tmp_path / "scores", sha256=pin)
    assert result.n_quarantined == 0
    scored = pd.concat([pd.read_parquet(path) for path in sorted((tmp_path / "scores").glob("part*"))])
    read = skdl.read_input(saved, tmp_path / "prices.parquet")
    model = skdl.load_model(saved, sha256=pin)
    for predicted in (scored["prediction"], model.predict(read), model.predict(frame)):
        np.testing.assert_allclose(predicted, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("size,n\n4,1\n5,2\nSource: office\n", "below the last row were left out .1.: 'Source: office'"),
        ("size,n\n4,1\nsize,n\n5,2\n", "repeat the column names were left out .row 2."),
    ],
    ids=["footer", "header"],
)
def test_lines_that_are_no_rows_are_named(tmp_path, content, message):
    X = pd.DataFrame({"size": [1.0, 2.0, 3.0]})
    saved = skdl.save_model(LinearRegression().fit(X, [1.0, 2.0, 3.0]), tmp_path / "model", X=X)
    (tmp_path / "new.csv").write_text(content)
    with pytest.warns(UserWarning, match=message):
        rows = skdl.read_input(saved.path, tmp_path / "new.csv")
    assert rows["size"].tolist() == [4.0, 5.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sise\n1\n", "columns that are missing: 'size' .did you mean sise"),
        ("size\nlarge\n", "column 'size' must be a number; got 'large' in row 1"),
        ("size\n" + "".join(f"{n}%\n" for n in range(30)), "column 'size' must be a number; got '0%' in row 1"),
        ("size\n" + "".join(f"1:{n}\n" for n in range(10, 40)), "column 'size' must be a number; got '1:10' in row 1"),
        ("size,n\n" + "2,1\n" * 200 + "2\n" + "2,1\n" * 9, "malformed table .row 201 must have 2 fields; got 1"),
    ],
    ids=["missing", "text", "percent", "time", "short"],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, content, message):
    X = pd.DataFrame({"size": [1.0, 2.0, 3.0]})
    saved = skdl.save_model(LinearRegression().fit(X, [1.0, 2.0, 3.0]), tmp_path / "model", X=X)
    (tmp_path / "new.csv").write_text(content)
    with pytest.raises(skdl.exceptions.DataError, match=message):
        skdl.read_input(saved.path, tmp_path / "new.csv")


def test_rows_without_dates_are_imputed(tmp_path):
    """Also where all rows of a batch are so; a row that is malformed is kept apart as ever."""
    X = pd.DataFrame(
        {"size": [1.0, 2.0, 3.0, 4.0], "day_month": [1.0, np.nan, 3.0, 5.0], "stay": [60.0, 90.0, 70, np.nan]}
    )
    model = make_pipeline(SimpleImputer(), LinearRegression()).fit(X, [1.0, 2.0, 3.0, 5.0])
    reading = Reading(dates={"day": Dates(("month",))}, formats={"stay": NumberFormat(clock="hours")})
    saved = skdl.save_model(model, tmp_path / "model", X=X, reading=reading)
    (tmp_path / "new.csv").write_text("size,day,stay\n1.5,,\n2.5,,\nSource: me\n")
    (tmp_path / "gaps.csv").write_text("size,day,stay\n1.5,,\n2.5,,\n")
    result = skdl.score_table(saved.path, tmp_path / "new.csv", tmp_path / "out", sha256=saved.sha256, max_bad_frac=0.5)
    expected = model.predict(pd.DataFrame({"size": [1.5, 2.5], "day_month": np.nan, "stay": np.nan}))
    assert (result.n_scored, result.n_quarantined) == (2, 1)
    loaded = skdl.load_model(saved.path, sha256=saved.sha256)
    frame = pd.DataFrame({"size": [1.5, 2.5], "day": ["", None], "stay": [None, ""]})
    for rows in (skdl.read_input(saved.path, tmp_path / "gaps.csv"), pd.read_csv(tmp_path / "gaps.csv"), frame):
        np.testing.assert_allclose(loaded.predict(rows), expected)
    with pytest.raises(skdl.exceptions.DataError, match="X: must have at least one row; got none"):
        loaded.predict(frame.head(0))


def test_tables_that_are_in_utc_are_refused_where_training_had_local_times(tmp_path):
    """London is in UTC in winter, Seoul never; a column of UTC by its type is neither."""
    texts = ["2024-01-01T01:30+00:00", "2024-07-01T07:30+01:00"]
    (tmp_path / "t.csv").write_text("\n".join(["when", *texts]) + "\n")
    in_utc = pd.DataFrame({"when": pd.to_datetime(texts, utc=True)})
    in_utc.to_parquet(tmp_path / "u.parquet")
    table = read_planned(tmp_path / "t.csv", Reading(dates={"when": Dates(("hour",))}))
    X = table.frame[["when_hour"]]
    saved = skdl.save_model(LinearRegression().fit(X, [1.0, 7.0]), tmp_path / "model", X=X, reading=table.reading)
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    in_london = in_utc.assign(when=in_utc["when"].dt.tz_convert("Europe/London"))
    for rows in (skdl.read_input(saved.path, tmp_path / "t.csv"), in_london):
        np.testing.assert_allclose(model.predict(rows), [1.0, 7.0])
    with pytest.raises(skdl.exceptions.DataError, match="'when' holds times in UTC; in training they were local"):
        skdl.read_input(saved.path, tmp_path / "u.parquet")
    in_seoul = Dates(("hour",), utc=False, offsets=(540,))
    model.reading_ = Reading(dates={"when": in_seoul})
    with pytest.raises(
        skdl.exceptions.DataError, match=r"'when' must be a local time, as in training; got '.*Z' in row 1"
    ):
        model.predict({"when": ["2024-01-01T01:30Z", "2024-01-01T01:30+09:00"]})


@pytest.mark.parametrize(
    "later", [["2024-01-01T05:00", "2024-01-02"], [pd.Timestamp("2024-01-02"), dt.date(2024, 1, 2)]]
)
def test_dates_without_a_time_are_refused_where_training_had_times(tmp_path, later):
    """As texts and as objects of Python; a moment at midnight is a time."""
    (tmp_path / "t.csv").write_text("when\n2024-01-01T01:30\n2024-01-01T07:30\n")
    table = read_planned(tmp_path / "t.csv", Reading(dates={"when": Dates(("hour",))}))
    X = table.frame[["when_hour"]]
    saved = skdl.save_model(LinearRegression().fit(X, [1.0, 7.0]), tmp_path / "model", X=X, reading=table.reading)
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    frame = pd.DataFrame({"when": pd.Series(later, dtype=object)})
    with pytest.raises(
        skdl.exceptions.DataError, match=r"'when' must have a time of day, as in training; got .* in row 2"
    ):
        model.predict(frame)
    hours = [later[0].hour if isinstance(later[0], pd.Timestamp) else 5]
    np.testing.assert_allclose(model.predict(frame.head(1)), hours)


def test_moments_of_several_zones_keep_their_local_times(tmp_path):
    """Arrow has one zone a column, and would turn the others to the first one."""
    texts = ["2024-01-01T01:30+09:00", "2024-01-01T07:30+01:00", "2024-01-01T05:30+09:00"]
    (tmp_path / "t.csv").write_text("\n".join(["when", *texts]) + "\n")
    table = read_planned(tmp_path / "t.csv", Reading(dates={"when": Dates(("hour",))}))
    X = table.frame[["when_hour"]]
    saved = skdl.save_model(LinearRegression().fit(X, [1.0, 7.0, 5.0]), tmp_path / "model", X=X, reading=table.reading)
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    moments = [dt.datetime.fromisoformat(text) for text in texts]
    for rows in (pd.DataFrame({"when": pd.Series(moments, dtype=object)}), [{"when": one} for one in moments]):
        np.testing.assert_allclose(model.predict(rows), [1.0, 7.0, 5.0])
    in_utc = [moments[0], dt.datetime.fromisoformat("2024-01-01T07:30+00:00")]
    with pytest.raises(
        skdl.exceptions.DataError, match=r"'when' must be a local time, as in training; got .* in row 2"
    ):
        model.predict(pd.DataFrame({"when": pd.Series(in_utc, dtype=object)}))
