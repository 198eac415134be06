"""A model scores the table that its pipeline file describes, as that file describes it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

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
compare: {cv: {folds: 2, repeats: 1}}
"""


def european(value):
    """Write a number with a decimal comma and dots between the thousands."""
    return "?" if pd.isna(value) else f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


def write(path, frame):
    """Write a table as a spreadsheet in Germany would."""
    words = frame.assign(**{name: frame[name].map(european) for name in ("Größe", "preis") if name in frame})
    path.write_bytes(words.to_csv(sep=";", index=False).encode("latin-1"))


@pytest.fixture
def trained(tmp_path):
    """Train on such a table; give the folder of the report, the table as it is read, and the live model's answers."""
    write(tmp_path / "t.csv", RAW)
    (tmp_path / "x.yaml").write_text(FILE, encoding="utf-8")
    spec = skdl.read_pipeline(tmp_path / "x.yaml")
    comparison = skdl.compare(spec, output_dir=tmp_path / "out")
    X, _ = spec.load()
    answers = comparison.model.predict(X)
    assert np.std(answers) > 1, "the dummy won"
    return tmp_path / "out" / "model", X, answers


def scored(model, source, out, **options):
    """Score and give the predictions."""
    result = skdl.score_table(model, source, out, trust_pickle=True, **options)
    return pd.concat([pd.read_parquet(part) for part in result.parts]), result


def test_the_columns_are_what_the_file_says(trained):
    """New names, strings, flags, parts of dates."""
    _, X, _ = trained
    assert list(X) == ["size", "zip", "offen", "Tag_month", "Tag_weekday"]
    assert X["zip"].iloc[1] == "011"
    assert X["size"].isna().sum() == 1


def test_a_table_like_the_one_it_learned_from_is_scored_alike(trained, tmp_path):
    """The raw file in, the live pipeline's answers out."""
    model, _, expected = trained
    found, result = scored(model, tmp_path / "t.csv", tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)
    assert (result.n_quarantined, result.ignored) == (0, ("Tag", "preis"))


def test_a_parquet_file_needs_no_marks(trained, tmp_path):
    """Numbers are numbers there, and dates may be text or moments."""
    model, _, expected = trained
    for number, days in enumerate([RAW["Tag"], pd.to_datetime(RAW["Tag"], format="%d.%m.%Y")]):
        RAW.assign(Tag=days).to_parquet(tmp_path / "t.parquet")
        found, _ = scored(model, tmp_path / "t.parquet", tmp_path / f"scores-{number}")
        np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)


def test_a_table_with_the_new_names_is_scored_too(trained, tmp_path):
    """As another program that knows the model writes it."""
    model, X, expected = trained
    X.to_parquet(tmp_path / "X.parquet")
    found, _ = scored(model, tmp_path / "X.parquet", tmp_path / "scores")
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)


def test_batches_are_read_alike(trained):
    """In a job of one's own."""
    model, _, expected = trained
    batches = pa.Table.from_pandas(RAW.drop(columns="preis")).to_batches(max_chunksize=15)
    found = [batch.scored["prediction"].to_numpy() for batch in skdl.score_batches(model, batches, trust_pickle=True)]
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [("Tag", "31.02.2024", "must be a number"), ("offen", "vielleicht", "must be a number")],
)
def test_a_cell_that_is_none_of_it_goes_to_quarantine(trained, tmp_path, column, value, reason):
    """With what stands there."""
    model, _, _ = trained
    write(tmp_path / "new.csv", RAW.assign(**{column: RAW[column].where(RAW.index != 7, value)}))
    _, result = scored(model, tmp_path / "new.csv", tmp_path / "scores", max_bad_frac=0.1)
    (bad,) = pd.read_parquet(result.quarantine).to_dict("records")
    assert (bad["_row"], bad["value"], bad["reason"]) == (7, value, reason)


def test_a_missing_column_goes_by_a_name_of_the_model(trained, tmp_path):
    """Before any row is scored."""
    model, _, _ = trained
    write(tmp_path / "new.csv", RAW.drop(columns="plz"))
    with pytest.raises(DataError, match="the model needs columns that are missing: 'zip'"):
        scored(model, tmp_path / "new.csv", tmp_path / "scores")
