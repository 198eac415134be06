"""Values of every type that a file can have are read as the model's columns."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skdl import score_table
from skdl.exceptions import DataError, UsageError
from skdl.saved_models import save_model
from skdl.tables import Reading, replace_marks


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_numbers_may_be_any_type_of_text(logistic, tmp_path, text):
    """With blanks around them."""
    rows = pa.array([" 1 ", "2"]).cast(text)
    pq.write_table(pa.table({"children": rows}), tmp_path / "in.parquet")
    assert score_table(logistic, tmp_path / "in.parquet", tmp_path / "out").n_scored == 2


def test_large_whole_numbers_are_known_categories(tmp_path):
    """Those that no float holds exactly."""
    X = pd.DataFrame({"id": [2**53 + 1, 2**53 + 11] * 5})
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LinearRegression()).fit(X, np.arange(10))
    X.to_parquet(tmp_path / "in.parquet")
    assert score_table(model, tmp_path / "in.parquet", tmp_path / "out").unseen == {}


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_a_column_that_text_cannot_represent_is_refused(write, tmp_path, name):
    """A moment in training, and words in a text file."""
    X = pd.DataFrame({"open": pd.date_range("2024-01-01", periods=3)})
    saved = save_model(DummyRegressor().fit(X, [1.0, 2.0, 3.0]), tmp_path / "model", X=X)
    with pytest.raises(DataError, match=r"'open' must hold values .* \(datetime64\[.*\]\).* Score Parquet"):
        score_table(saved.path, write(X.astype(str), name), tmp_path / "out", sha256=saved.sha256)


def test_the_error_for_a_wrong_separator_names_the_cause(logistic, score_text):
    """Its one column is named, where no other separator splits names and rows alike."""
    with pytest.raises(DataError, match="The input has 1 column, with ';' in its name"):
        score_text(logistic, "id;children\n1,2\n")


@pytest.mark.parametrize("n_rows", [0, 2**31, 10**20])
def test_chunk_rows_are_bounded(logistic, score_text, n_rows):
    """Within the number of rows that a table can have."""
    with pytest.raises(UsageError, match=r"chunk_rows: must be from 1 to 2,147,483,647"):
        score_text(logistic, "children\n1\n", chunk_rows=n_rows)


@pytest.mark.parametrize("reading", [Reading(thousands=""), Reading(decimal="", thousands=",")], ids=str)
def test_an_empty_separator_counts_as_none(reading):
    """Replacing an empty string would never end."""
    plain, is_number = replace_marks(pa.array(["12"]), reading)
    assert (plain.to_pylist(), is_number.to_pylist()) == (["12"], [True])
