"""Scoring a table: the same predictions as the live pipeline, every row accounted for."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.scored_folders import quarantined, scored
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_linnerud
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdl.exceptions import DataError, NotTrustedError, OutputError, UsageError
from skdl.saved_models import load_model, save_model
from skdl.scoring import score_batches, score_table


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz", "in.parquet"])
def test_predictions_equal_the_live_pipelines(saved, table, write, tmp_path, name):
    """From text and from Parquet, over several parts."""
    X = table(250, seed=1)
    result = score_table(saved.path, write(X, name), tmp_path / "out", sha256=saved.sha256, proba=True, chunk_rows=100)
    live = load_model(saved.path, sha256=saved.sha256)
    output = scored(result)
    assert len(result.parts) == 3
    assert output["_row"].tolist() == list(range(250))
    assert output["prediction"].tolist() == live.predict(X).tolist()
    np.testing.assert_array_equal(output[["proba_few", "proba_many"]], live.predict_proba(X))


def test_a_model_in_memory_scores_too(ridge, table, write, tmp_path):
    """Its schema is read from it."""
    X = table(50, seed=1)
    result = score_table(ridge, write(X, "in.csv"), tmp_path / "out")
    np.testing.assert_allclose(scored(result)["prediction"], ridge.predict(X), rtol=1e-12)


def test_csv_output_holds_the_same(ridge, table, write, tmp_path):
    source = write(table(50, seed=1), "in.csv")
    parquet = scored(score_table(ridge, source, tmp_path / "a", keep=["city"]))
    csv = scored(score_table(ridge, source, tmp_path / "b", keep=["city"], format="csv"))
    pd.testing.assert_frame_equal(parquet, csv, check_dtype=False)


def test_columns_may_be_in_any_order_among_others(ridge, table, write, tmp_path):
    """Columns that the model does not use are counted."""
    X = table(20, seed=1)
    shuffled = X.assign(note="x")[["note", *reversed(X.columns)]]
    result = score_table(ridge, write(shuffled, "in.csv"), tmp_path / "out")
    np.testing.assert_allclose(scored(result)["prediction"], ridge.predict(X), rtol=1e-12)
    assert result.ignored == ("note",)


def test_kept_columns_pass_through(ridge, table, write, tmp_path):
    """Text of a text file stays as it was."""
    X = table(3, seed=1).assign(postcode=["01067", "53111", "89073"])
    output = scored(score_table(ridge, write(X, "in.csv"), tmp_path / "out", keep=["postcode"]))
    assert output.columns.tolist() == ["_row", "postcode", "prediction"]
    assert output["postcode"].tolist() == ["01067", "53111", "89073"]


def test_a_missing_column_fails_before_any_row_is_scored(ridge, table, write, tmp_path):
    source = write(table(3).rename(columns={"children": "childern"}), "in.csv")
    with pytest.raises(DataError, match=r"missing: 'children' \(did you mean childern\?\)"):
        score_table(ridge, source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_integers_with_missing_values_are_accepted_where_there_is_an_imputer(ridge, table, write, tmp_path):
    """An age in whole years, one of them unknown."""
    X = table(4).assign(age=pd.array([20, None, 30, 40], dtype="Int64"))
    result = score_table(ridge, write(X, "in.parquet"), tmp_path / "out")
    expected = ridge.predict(X.astype({"age": "float64"}))
    np.testing.assert_allclose(scored(result)["prediction"], expected, rtol=1e-12)


BAD = {
    "age": ("old", "must be a number"),
    "children": (None, "must not be empty: the model was fitted without gaps here"),
    "sex": ("x", "must be a category that the model knows"),
}


@pytest.mark.parametrize("column", BAD)
def test_a_bad_value_goes_to_quarantine_with_row_and_column(ridge, table, write, tmp_path, column):
    """The other rows are scored as if it were not there, bit for bit."""
    X = table(30, seed=2)
    clean = scored(score_table(ridge, write(X, "clean.csv"), tmp_path / "clean"))
    value, reason = BAD[column]
    dirty = X.astype(object)
    dirty.loc[12, column] = value
    result = score_table(ridge, write(dirty, "dirty.csv"), tmp_path / "out", max_bad_frac=0.1)
    (bad,) = pq.read_table(result.quarantine).to_pylist()
    assert bad == {"file": str(tmp_path / "dirty.csv"), "_row": 12, "column": column, "value": value, "reason": reason}
    pd.testing.assert_frame_equal(scored(result), clean.drop(12).reset_index(drop=True))


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999"])
def test_an_infinite_number_is_a_bad_value(logistic, score_text, value):
    """However it is spelt."""
    result = score_text(logistic, f"children\n1\n{value}\n", max_bad_frac=0.5)
    assert quarantined(result)["reason"].tolist() == ["must be finite"]


def refuse_negatives(X):
    """Raise for numbers below zero."""
    if (X < 0).any(axis=None):
        raise ValueError("must not be negative")
    return np.sqrt(X)


def test_rows_that_the_model_itself_refuses_go_to_quarantine(score_text):
    """The schema allows the values; the model raises on two of five."""
    X = pd.DataFrame({"a": [1.0, 4.0, 9.0]})
    model = make_pipeline(FunctionTransformer(refuse_negatives), LinearRegression()).fit(X, [1.0, 2.0, 3.0])
    result = score_text(model, "a\n1\n-1\n4\n-2\n9\n", max_bad_frac=0.5)
    np.testing.assert_allclose(scored(result)["prediction"], [1.0, 2.0, 3.0])
    bad = quarantined(result)
    assert bad["_row"].tolist() == [1, 3]
    assert set(bad["reason"]) == {"the model refuses it: must not be negative"}


class ShyClassifier(LogisticRegression):
    """Raises in `predict_proba` for numbers below zero."""

    def predict_proba(self, X):
        """Refuse a whole chunk for one row."""
        if (np.asarray(X) < 0).any():
            raise ValueError("no probability below zero")
        return super().predict_proba(X)


def test_rows_without_probabilities_go_to_quarantine(score_text):
    """If probabilities are requested; the other rows have theirs."""
    X = pd.DataFrame({"a": [1.0, 4.0, 9.0]})
    model = ShyClassifier().fit(X, [0, 0, 1])
    result = score_text(model, "a\n1\n-1\n9\n", proba=True, max_bad_frac=0.5)
    assert scored(result)["_row"].tolist() == [0, 2]
    assert quarantined(result)["reason"].tolist() == ["the model refuses it: no probability below zero"]


def test_a_row_with_another_number_of_fields_goes_to_quarantine(logistic, score_text):
    result = score_text(logistic, "id,children\na,1\nb\nc,3\n", max_bad_frac=0.5)
    assert quarantined(result)[["_row", "value", "reason"]].to_numpy().tolist() == [
        [1, "b", "must have 2 fields; got 1"]
    ]
    assert scored(result)["_row"].tolist() == [0, 2]


def test_undecodable_bytes_go_to_quarantine(ridge, score_text):
    """One row of another encoding, in a file whose other rows are in UTF-8."""
    rows = ["30,1,K\u00f6ln,f\n".encode(encoding) for encoding in ("utf-8", "utf-8", "latin-1")]
    result = score_text(ridge, b"age,children,city,sex\n" + b"".join(rows), max_bad_frac=0.5)
    bad = quarantined(result)
    assert bad[["column", "value", "reason"]].to_numpy().tolist() == [["city", "K\\xf6ln", "must be text in UTF-8"]]


@given(
    fields=st.lists(st.sampled_from(["1", "2.5", "x", "", "inf", "1,2", '"3"', "NA"]), max_size=30),
    chunk_rows=st.integers(1, 7),
)
def test_every_row_is_scored_or_quarantined_exactly_once(logistic, tmp_path_factory, fields, chunk_rows):
    """Whatever its content and wherever chunks end."""
    folder = tmp_path_factory.mktemp("exactly_once")
    (folder / "in.csv").write_text("\n".join(["id,children", *(f"{i},{field}" for i, field in enumerate(fields)), ""]))
    result = score_table(logistic, folder / "in.csv", folder / "out", max_bad_frac=1.0, chunk_rows=chunk_rows)
    output, bad = scored(result)["_row"].tolist(), quarantined(result)["_row"].tolist()
    assert output == [i for i, field in enumerate(fields) if field in {"1", "2.5", '"3"'}]
    assert sorted(output + bad) == list(range(len(fields)))
    assert (result.n_rows, result.n_scored, result.n_quarantined) == (len(fields), len(output), len(bad))


def test_too_many_bad_rows_end_without_success(logistic, score_text, tmp_path):
    with pytest.raises(DataError, match=r"at most 0\.00% of the rows may be bad; 1 of 3 are") as caught:
        score_text(logistic, "children\n1\nx\n3\n")
    assert "The first, _row 1: column 'children' must be" in str(caught.value)
    assert "; got 'x'." in str(caught.value)
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {"part-00000.parquet", "quarantine.parquet"}


def test_success_counts_rows_and_names_digests(saved, table, write, tmp_path):
    """Of inputs, model and files."""
    source = write(table(10), "in.csv")
    score_table(saved.path, source, tmp_path / "out", sha256=saved.sha256)
    success = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    assert (success["rows"], success["quarantined"], success["model"]) == (10, 0, saved.sha256)
    assert set(success["files"]) == {"part-00000.parquet", "quarantine.parquet"}


def test_unseen_categories_are_counted_where_the_encoder_accepts_them(ridge, table, write, tmp_path):
    """Two people have an unseen city."""
    X = table(10, seed=1)
    X.loc[[2, 5], "city"] = "Oslo"
    result = score_table(ridge, write(X, "in.csv"), tmp_path / "out")
    assert result.unseen == {"city": 2}


def test_a_finished_folder_is_not_written_again(logistic, score_text):
    """Neither replaced nor mixed."""
    score_text(logistic, "children\n1\n")
    with pytest.raises(OutputError, match="it holds a finished run"):
        score_text(logistic, "children\n1\n")


def test_an_unfinished_folder_is_started_over(logistic, score_text):
    """After too many bad rows, with the input mended."""
    with pytest.raises(DataError, match="may be bad"):
        score_text(logistic, "children\n" + "1\n" * 9 + "x\n", chunk_rows=2)
    result = score_text(logistic, "children\n1\n")
    assert {path.name for path in result.out.iterdir()} == {"part-00000.parquet", "quarantine.parquet", "_SUCCESS"}


def test_an_untrusted_model_is_not_loaded(saved, table, write, tmp_path):
    with pytest.raises(NotTrustedError, match="can be trusted"):
        score_table(saved.path, write(table(3), "in.csv"), tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xlsx"}, "format: must be 'parquet' or 'csv'"),
        ({"max_bad_frac": 2.0}, "max_bad_frac: must be a share"),
        ({"max_drift": 2.0}, "max_drift: must be a share"),
        ({"proba": True}, "proba: must be False for this model"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_options_that_do_not_fit_are_refused(ridge, table, write, tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        score_table(ridge, write(table(3), "in.csv"), tmp_path / "out", **options)


def test_progress_is_reported_after_each_part(logistic, tmp_path):
    """A Parquet file has its number of rows in the metadata."""
    pq.write_table(pa.table({"children": [1, 2, 3]}), tmp_path / "in.parquet")
    progress = []
    score_table(logistic, tmp_path / "in.parquet", tmp_path / "out", chunk_rows=2, progress=progress.append)
    assert [(now.n_rows, now.share) for now in progress] == [(2, pytest.approx(2 / 3)), (3, 1.0)]


def test_several_outputs_have_a_column_each(write, tmp_path):
    """Numbered where the target's names are not known."""
    X, y = load_linnerud(return_X_y=True, as_frame=True)
    model = LinearRegression().fit(X, y)
    output = scored(score_table(model, write(X, "in.csv"), tmp_path / "out"))
    np.testing.assert_allclose(output[[f"prediction_{i}" for i in range(3)]], model.predict(X))


def test_batches_come_back_one_by_one(ridge, table):
    """Each row of a batch is scored or quarantined, numbered on."""
    X = table(10, seed=1).astype({"age": object, "city": object})
    X.loc[7, "age"] = np.inf
    whole = pa.RecordBatch.from_pandas(X, preserve_index=False)
    first, second = score_batches(ridge, [whole.slice(0, 6), whole.slice(6)])
    assert first.scored["_row"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert second.scored["_row"].to_pylist() == [6, 8, 9]
    assert second.quarantined.to_pylist()[0]["reason"] == "must be finite"
    np.testing.assert_allclose(first.scored["prediction"], ridge.predict(table(10, seed=1)[:6]), rtol=1e-12)


@pytest.mark.parametrize("threshold", [0.0, 0.8, 1.0])
def test_a_threshold_decides_between_two_classes(saved, table, write, tmp_path, threshold):
    """The last class where its probability reaches it."""
    source = write(table(200, seed=1), "in.csv")
    options = {"sha256": saved.sha256, "proba": True}
    output = scored(score_table(saved.path, source, tmp_path / "out", threshold=threshold, **options))
    expected = np.where(output["proba_many"] >= threshold, "many", "few")
    assert output["prediction"].tolist() == expected.tolist()
    assert (output["proba_many"] == threshold).any()


def test_batches_know_the_threshold_too(logistic):
    batch = pa.record_batch({"children": [0, 1, 2, 3, 4]})
    probabilities = logistic.predict_proba(batch.to_pandas())[:, 1]
    (found,) = score_batches(logistic, [batch], threshold=0.1)
    assert found.scored.column_names == ["_row", "prediction"]
    assert found.scored["prediction"].to_pylist() == (probabilities >= 0.1).astype(int).tolist()


@pytest.mark.parametrize(("model", "threshold"), [("ridge", 0.5), ("logistic", 1.5), ("logistic", float("nan"))])
def test_a_threshold_is_a_probability_of_one_of_two_classes(request, model, threshold):
    batch = pa.record_batch({"children": [1], "age": [30], "city": ["Ulm"], "sex": ["f"]})
    with pytest.raises(UsageError, match="threshold: must be"):
        list(score_batches(request.getfixturevalue(model), [batch], threshold=threshold))


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_infinite_numbers_are_bad_where_training_had_none(write, tmp_path, name):
    """Next to a column that had some, and is clipped by the model."""
    X = pd.DataFrame({"a": [np.inf, -3.0, 2.0, 0.5] * 5, "b": np.arange(20.0)})
    clip = FunctionTransformer(np.clip, kw_args={"a_min": -1, "a_max": 1})
    model = make_pipeline(clip, LinearRegression()).fit(X, X["b"])
    save_model(model, tmp_path / "model", X=X)
    new = pd.DataFrame({"a": [np.inf, -np.inf, 1.0, 1.0], "b": [1.0, 2.0, np.inf, 4.0]})
    result = score_table(tmp_path / "model", write(new, name), tmp_path / "out", trust_pickle=True, max_bad_frac=0.5)
    assert scored(result)["_row"].tolist() == [0, 1, 3]
    assert scored(result)["prediction"].tolist() == pytest.approx(model.predict(new.iloc[[0, 1, 3]]))
    assert quarantined(result)[["_row", "column", "reason"]].to_numpy().tolist() == [[2, "b", "must be finite"]]
