"""Wrong arguments from Python: one clear error, or the obvious meaning."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skdl.exceptions import DataError, UsageError
from skdl.saved_models import save_model
from skdl.scoring import score_batches, score_table

ROWS = pa.record_batch({"children": [1, 2]})


@pytest.mark.parametrize("source", [None, 5, pd.DataFrame({"children": [1]}), [b"in.csv"]])
def test_a_source_is_a_path_or_several(logistic, tmp_path, source):
    """Rows go to `score_batches`."""
    with pytest.raises(UsageError, match=r"source: must be a path or several; got .* score_batches takes rows"):
        score_table(logistic, source, tmp_path / "out")


def test_an_empty_folder_name_is_refused(logistic, tmp_path, monkeypatch):
    """A variable of a shell that is not set is not the working directory."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="out: must name a folder"):
        score_table(logistic, "in.csv", "")


def test_one_kept_column_may_be_a_string(logistic, score_text):
    """A string is a name, not its letters."""
    result = score_text(logistic, "id,children\nx,1\n", keep="id")
    assert pd.read_parquet(result.parts[0])["id"].tolist() == ["x"]
    (batch,) = score_batches(logistic, [ROWS.append_column("id", pa.array(["x", "y"]))], keep="id")
    assert batch.scored["id"].to_pylist() == ["x", "y"]


@pytest.mark.parametrize("batch", [pa.Table.from_batches([ROWS]), ROWS.to_pandas(), None])
def test_a_batch_is_a_record_batch(logistic, batch):
    """The message names how to make one."""
    with pytest.raises(UsageError, match=r"batches: each must be a pyarrow\.RecordBatch; got .*to_batches"):
        list(score_batches(logistic, [batch]))


def test_batches_have_one_schema(logistic):
    """The error names the index of the batch that differs; the batches before it are scored."""
    batches = score_batches(logistic, [ROWS, pa.record_batch({"child": [1]})])
    assert next(batches).scored.num_rows == 2
    with pytest.raises(DataError, match="batches: each must have the columns and types of the first; the one at row 2"):
        next(batches)


def test_booleans_with_missing_values_are_booleans(tmp_path):
    """Pandas reads them as objects, and text of them is no category of the encoder."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"open": np.array([True, False, None], dtype=object)[rng.integers(0, 3, 60)]})
    y = (X["open"] == True) * 1.0 + X["open"].isna() * 5.0  # noqa: E712 - a column
    model = make_pipeline(make_column_transformer((OneHotEncoder(), ["open"])), LinearRegression())
    X.to_csv(tmp_path / "in.csv", index=False)
    read = pd.read_csv(tmp_path / "in.csv")
    saved = save_model(model.fit(read, y), tmp_path / "model", X=read)
    result = score_table(saved.path, tmp_path / "in.csv", tmp_path / "out", sha256=saved.sha256)
    np.testing.assert_array_equal(pd.read_parquet(result.parts[0])["prediction"], model.predict(read))
    assert result.unseen == {}
