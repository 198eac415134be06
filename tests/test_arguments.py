"""Arguments of another type than a public function takes: one line that says what came."""

import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

import skdl

X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
MODEL = LinearRegression().fit(X, [2.0, 4.0, 6.0])
PIPELINE = "data: {source: t.csv, target: y}\nmodels: {linear: {}, ridge: {}}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p.yaml").write_text(PIPELINE)
    return tmp_path


CALLS = {
    "a dict for a file": (lambda at: skdl.read_pipeline({"data": {}}), "PipelineSpec.model_validate takes"),
    "text for a file": (lambda at: skdl.read_pipeline(PIPELINE), "got its text. Write it to a file"),
    "a dict of overrides": (lambda at: skdl.read_pipeline(at / "p.yaml", {"name": 1}), "KEY=VALUE, one or several"),
    "arrays for frames": (
        lambda at: skdl.read_pipeline(at / "p.yaml").estimators(X.to_numpy(), X["a"]),
        "X must be of pandas, as load returns it; got a ndarray",
    ),
    "no saved model": (
        lambda at: skdl.load_model(None),
        "the saved model must be a path, as text or pathlib.Path; got",
    ),
    "a frame for a file to read": (lambda at: skdl.read_input(at, X), "source must be a path, .*; got a DataFrame"),
    "a class to score with": (lambda at: skdl.score_table(LinearRegression, at / "p.yaml", at / "o"), "the class Lin"),
    "unfitted": (
        lambda at: skdl.save_model(LinearRegression(), at / "m"),
        "one that is not fitted. Call its fit first",
    ),
    "no folder": (lambda at: skdl.score_table(MODEL, at / "t.csv", None), "out: must be a path"),
    "text for a share": (
        lambda at: skdl.score_table(MODEL, "t.csv", at / "o", max_bad_frac="1"),
        "a share from 0 to 1",
    ),
    "no batches": (lambda at: list(skdl.score_batches(MODEL, X)), "record batches of pyarrow; got a DataFrame"),
    "metadata": (lambda at: skdl.save_model(MODEL, at / "m", metadata=[1]), "metadata must be a mapping; got a list"),
    "y too short": (lambda at: skdl.save_model(MODEL, at / "m", X=X, y=[1.0]), "got 3 and 1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_argument_of_another_type_is_refused_in_one_line(name, folder):
    call, message = CALLS[name]
    with pytest.raises(skdl.exceptions.UsageError, match=message) as caught:
        call(folder)
    assert "\n" not in str(caught.value)


def test_one_override_and_a_table_of_arrow_need_no_list_around_them(folder):
    assert skdl.read_pipeline(folder / "p.yaml", "models.linear=null").models.keys() == {"ridge"}
    [batch] = skdl.score_batches(MODEL, pa.table({"a": [4.0]}))
    assert batch.scored["prediction"].to_pylist() == pytest.approx([8.0])
