"""A model scores the table that its pipeline file describes, as that file describes it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from helpers.scored_folders import quarantined, scored
from sklearn.linear_model import Ridge

import skdl
from skdl.exceptions import DataError

N = 40
RNG = np.random.default_rng(0)
RAW = pd.DataFrame(
    {
        "Größe": RNG.normal(0, 2000, N).round(2),
        "plz": [f"0{number % 3}1" for number in range(N)],
        "offen": RNG.choice(["yes", "No"], N),
        "Tag": pd.date_range("2024-01-28", periods=N).strftime("%d.%m.%Y"),
    }
)
RAW["preis"] = (RAW["Größe"] / 1000 + (RAW["offen"] == "yes") + RAW.index / N + (RAW["plz"] == "011")).round(3)
RAW.loc[3, "Größe"] = np.nan
FILE = """
data:
  source: t.csv
  target: preis
  separator: ";"
  decimal: ","
  thousands: "."
  encoding: latin-1
  na_values: ["?"]
  rename: {Größe: size, plz: zip}
  dtypes: {zip: string, offen: bool}
  dates: {Tag: {parts: [month, weekday], format: "%d.%m.%Y"}}
models: {ridge: }
compare: {cv: {folds: 2, repeats: 1}, insight: false}
"""


def european(value):
    """Write a number with a decimal comma and dots between the thousands."""
    return "?" if pd.isna(value) else f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


def write(path, frame):
    """Write a table as a spreadsheet in Germany would."""
    words = frame.assign(**{name: frame[name].map(european) for name in ("Größe", "preis") if name in frame})
    path.write_bytes(words.to_csv(sep=";", index=False).encode("latin-1"))


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Train on such a table; return the saved model, the table as read, and the live predictions."""
    folder = tmp_path_factory.mktemp("compared")
    write(folder / "t.csv", RAW)
    (folder / "x.yaml").write_text(FILE, encoding="utf-8")
    spec = skdl.read_pipeline(folder / "x.yaml")
    comparison = skdl.compare(spec, output_dir=folder / "out", insight=False)
    X, _ = spec.load()
    predictions = comparison.best.predict(X)
    assert np.std(predictions) > 1, "the dummy won"
    return folder / "out" / "model", X, predictions


@pytest.fixture
def trained(compared, tmp_path):
    """Return the trained model, and write the table again."""
    write(tmp_path / "t.csv", RAW)
    return compared


def score(model, source, out, **options):
    """Score and give the predictions."""
    result = skdl.score_table(model, source, out, trust_pickle=True, **options)
    return scored(result), result


def test_the_columns_are_those_that_the_file_describes(trained):
    """New names, strings, flags, parts of dates."""
    _, X, _ = trained
    assert list(X) == ["size", "zip", "offen", "Tag_month", "Tag_weekday"]
    assert X["zip"].iloc[1] == "011"
    assert X["size"].isna().sum() == 1


def test_a_table_in_the_format_of_training_is_scored_alike(trained, tmp_path):
    """Scores of the raw file equal the predictions of the live pipeline."""
    model, _, expected = trained
    found, result = score(model, tmp_path / "t.csv", tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)
    assert (result.n_quarantined, result.ignored) == (0, ("preis",))


def test_a_parquet_file_needs_no_number_format(trained, tmp_path):
    """Numbers are numbers there, and dates may be text or moments."""
    model, _, expected = trained
    for number, days in enumerate([RAW["Tag"], pd.to_datetime(RAW["Tag"], format="%d.%m.%Y")]):
        RAW.assign(Tag=days).to_parquet(tmp_path / "t.parquet")
        found, _ = score(model, tmp_path / "t.parquet", tmp_path / f"scores-{number}")
        np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)


def test_a_table_with_the_new_names_is_scored_too(trained, tmp_path):
    """As written by a program that knows the model."""
    model, X, expected = trained
    X.to_parquet(tmp_path / "X.parquet")
    found, _ = score(model, tmp_path / "X.parquet", tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)


def test_batches_are_read_in_the_same_way(trained):
    """With `score_batches`."""
    model, _, expected = trained
    batches = pa.Table.from_pandas(RAW.drop(columns="preis")).to_batches(max_chunksize=15)
    found = [batch.scored["prediction"].to_numpy() for batch in skdl.score_batches(model, batches, trust_pickle=True)]
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Tag", "31.02.2024", "must be a date"),
        ("Tag", "45321", "must be a date"),
        ("offen", "vielleicht", "must be a number"),
    ],
)
def test_an_unparsable_cell_goes_to_quarantine(trained, tmp_path, column, value, reason):
    """With the original text."""
    model, _, _ = trained
    write(tmp_path / "new.csv", RAW.assign(**{column: RAW[column].where(RAW.index != 7, value)}))
    _, result = score(model, tmp_path / "new.csv", tmp_path / "scores", max_bad_frac=0.1)
    (bad,) = quarantined(result).to_dict("records")
    assert (bad["_row"], bad["value"], bad["reason"]) == (7, value, reason)


def test_a_column_is_kept_under_its_new_name(trained, tmp_path):
    """Under its old or its new name."""
    model, _, _ = trained
    found, _ = score(model, tmp_path / "t.csv", tmp_path / "scores", keep=["plz", " offen"])
    assert found["zip"].tolist() == RAW["plz"].tolist()
    assert list(found) == ["_row", "zip", "offen", "prediction"]


def test_a_missing_column_goes_by_a_name_of_the_model(trained, tmp_path):
    model, _, _ = trained
    write(tmp_path / "new.csv", RAW.drop(columns="plz"))
    with pytest.raises(DataError, match="the model needs columns that are missing: 'zip'"):
        score(model, tmp_path / "new.csv", tmp_path / "scores")


def trained_on(folder, frame, data, *, name="t.csv", **options):
    """Train with a pipeline file; return the saved model, the file and the live predictions."""
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, **options)
    declared = {"name": "x", "data": {"source": str(path), "target": "y", **data}, "models": {"ridge": None}}
    spec = skdl.PipelineSpec.model_validate(declared)
    table = spec.load_table()
    X, y = table.X, table.y
    model = spec.estimators(X, y)["ridge"].fit(X, y)
    saved = skdl.save_model(model, folder / "model", X=X, y=y, reading=table.reading)
    return saved.path, path, model.predict(X)


A = RNG.normal(size=N)
B = RNG.normal(3, 2, size=N)
STAMPS = pd.date_range("2024-01-28 20:00", periods=N, freq="7h")
SKEWED = {
    "names that are swapped": (pd.DataFrame({"a": A, "b": B}), {"rename": {"a": "b", "b": "a"}}, "t.csv"),
    "names that move on": (pd.DataFrame({"a": A, "b": B}), {"rename": {"a": "b", "b": "c"}}, "t.csv"),
    "a part that takes a name": (
        pd.DataFrame({"d": STAMPS.astype(str), "d_day": A}),
        {"rename": {"d_day": "other"}, "dates": {"d": ["day"]}},
        "t.csv",
    ),
    "numbers for missing values": (
        pd.DataFrame({"a": np.where(np.arange(N) % 7, B, -999.0)}),
        {"na_values": ["-999"]},
        "t.csv",
    ),
    "numbers for missing values next to markers": (
        pd.DataFrame({"a": [f"{value:.2f}".replace(".", ",") for value in np.where(np.arange(N) % 7, B, -9.0)]}),
        {"na_values": ["-9"], "decimal": ",", "separator": ";"},
        "t.csv",
    ),
    "words that are values": (
        pd.DataFrame({"c": np.where(np.arange(N) % 3, "NA", "EU"), "a": np.where(A > 0, "None", "x")}),
        {"dtypes": {"c": "string"}},
        "t.csv",
    ),
    "words of single columns": (
        pd.DataFrame({"a": np.where(A > 0, "?", "x"), "b": np.where(np.arange(N) % 7, B, -999.0)}),
        {"na_values": {"b": ["-999"]}, "keep_default_na": False},
        "t.csv",
    ),
    "zones in a form": (
        pd.DataFrame({"d": STAMPS.strftime("%d.%m.%Y %H:%M +0900")}),
        {"dates": {"d": {"parts": ["day", "hour"], "format": "%d.%m.%Y %H:%M %z"}}},
        "t.csv",
    ),
    "zones in short": (
        pd.DataFrame({"d": STAMPS.strftime("%Y-%m-%dT%H:%M+09")}),
        {"dates": {"d": ["day", "hour"]}},
        "t.csv",
    ),
    "zones in summer and winter": (
        pd.DataFrame({"d": [f"{stamp:%Y-%m-%dT%H:%M}+0{1 + n % 2}:00" for n, stamp in enumerate(STAMPS)]}),
        {"dates": {"d": {"parts": ["day", "hour"], "utc": True}}},
        "t.csv",
    ),
    "names of months and halves of the day": (
        pd.DataFrame({"d": STAMPS.strftime("%d. %B %Y, %I %p").str.replace("February", "Februar")}),
        {"dates": {"d": {"parts": ["day", "hour"], "format": "%d. %B %Y, %I %p"}}},
        "t.csv",
    ),
    "moments of a zone": (
        pd.DataFrame({"d": STAMPS.tz_localize("Asia/Seoul")}),
        {"dates": {"d": ["day", "hour"]}},
        "t.parquet",
    ),
    "whole numbers as dates": (
        pd.DataFrame({"d": pd.array([None, *STAMPS[1:].strftime("%Y%m%d").astype(int)], dtype="Int64")}),
        {"dates": {"d": {"parts": ["day"], "format": "%Y%m%d"}}},
        "t.parquet",
    ),
    "whole numbers as text": (
        pd.DataFrame({"code": pd.array([None, *(np.arange(1, N) % 5)], dtype="Int64")}),
        {"dtypes": {"code": "string"}},
        "t.parquet",
    ),
    "flags as text": (pd.DataFrame({"f": A > 0}), {"dtypes": {"f": "string"}}, "t.parquet"),
    "text numbers next to markers": (
        pd.DataFrame({"a": [f"{value:.3f}" for value in B]}),
        {"decimal": ",", "thousands": ".", "numeric": ["a"]},
        "t.parquet",
    ),
}


@pytest.mark.parametrize("case", SKEWED)
def test_training_and_scoring_read_the_same(tmp_path, case):
    """Scores of the file equal the predictions of the live pipeline: no cell changes its meaning."""
    frame, data, name = SKEWED[case]
    options = {"sep": data["separator"]} if "separator" in data else {}
    frame = frame.assign(y=np.linspace(0, 9, N) + (A if "a" in frame else 0))
    if "decimal" in data and name == "t.csv":
        frame["y"] = frame["y"].map(lambda value: str(value).replace(".", data["decimal"]))
    model, source, expected = trained_on(tmp_path, frame, data, name=name, **options)
    assert np.ptp(expected) > 0.1
    found, result = score(model, source, tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-9)
    assert result.unseen == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("declared", [False, True])
def test_korean_tables_are_scored_in_the_encoding_they_were_read_in(tmp_path, encoding, declared):
    """The encoding is declared or detected; for names and values."""
    frame = pd.DataFrame({"도시": RNG.choice(["서울", "부산"], N), "크기": A}).assign(y=A)
    data = {"encoding": encoding} if declared else {}
    model, source, expected = trained_on(tmp_path, frame, data, encoding=encoding)
    found, result = score(model, source, tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-9)
    assert result.unseen == {}


def test_a_table_that_was_saved_as_utf8_is_scored_too(tmp_path):
    """By a model with another encoding."""
    frame = pd.DataFrame({"도시": RNG.choice(["서울", "부산"], N), "크기": A}).assign(y=A)
    model, source, expected = trained_on(tmp_path, frame, {"encoding": "cp949"}, encoding="cp949")
    source.write_bytes(source.read_bytes().decode("cp949").encode())
    found, _ = score(model, source, tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-9)


def test_a_whole_number_stays_one(tmp_path):
    """As it was declared."""
    frame = pd.DataFrame({"n": np.arange(N) % 9, "y": A})
    model, source, _ = trained_on(tmp_path, frame, {"dtypes": {"n": "int"}})
    frame.assign(n=[1.5, *frame["n"][1:]]).to_csv(source, index=False)
    _, result = score(model, source, tmp_path / "scores", max_bad_frac=0.1)
    (bad,) = quarantined(result).to_dict("records")
    assert (bad["_row"], bad["value"], bad["reason"]) == (0, "1.5", "must be a whole number")


def test_a_cell_that_is_not_text_leaves_the_others_their_marks(tmp_path):
    frame = pd.DataFrame({"a": [f"{value:.3f}".replace(".", ",") for value in B]}).assign(y=np.arange(N))
    model, source, expected = trained_on(tmp_path, frame, {"decimal": ",", "separator": ";"}, sep=";")
    lines = source.read_bytes().splitlines()
    source.write_bytes(b"\n".join([*lines[:5], b"\xff;1", *lines[6:]]))
    found, result = score(model, source, tmp_path / "scores", max_bad_frac=0.1)
    np.testing.assert_allclose(found["prediction"], np.delete(expected, 4), rtol=1e-9)
    (bad,) = quarantined(result).to_dict("records")
    assert (bad["_row"], bad["value"], bad["reason"]) == (4, "\\xff", "must be a number")


@pytest.mark.parametrize("chunk_rows", [None, 4])
def test_lines_that_are_no_rows_do_not_count_as_bad(ridge_of_sizes, score_text, tmp_path, chunk_rows):
    """The column names again, and lines below the last row, which may be in two chunks; a short row above is bad."""
    lines = ["size,y", "1,1", "2,2", "size,y", "3,3", "Source: office", "3 rows"]
    result = score_text(ridge_of_sizes, "\n".join(lines), chunk_rows=chunk_rows)
    assert (result.n_scored, result.n_quarantined, result.n_left_out) == (3, 3, 3)
    reasons = quarantined(result)["reason"].tolist()
    assert reasons == ["repeats the column names", *["stands below the last row"] * 2]
    (tmp_path / "in.csv").write_text("\n".join([*lines[:2], "2", *lines[2:]]))
    with pytest.raises(DataError, match="1 of 4 are"):
        skdl.score_table(ridge_of_sizes, tmp_path / "in.csv", tmp_path / "other", chunk_rows=chunk_rows)


@pytest.fixture
def ridge_of_sizes():
    X = pd.DataFrame({"size": [1.0, 2.0, 3.0]})
    return Ridge().fit(X, X["size"])
