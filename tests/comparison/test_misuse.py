"""Calls of `compare` that users get wrong: the message says what to write instead."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold, KFold

import skdl

TABLE = pd.DataFrame({"sex": ["male", "female"] * 20, "age": [float(n % 17) for n in range(40)], "y": [0, 1] * 20})
MODEL = {"logistic": LogisticRegression()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TABLE,), "must be a pipeline file or a dict of estimators by name.*; got a DataFrame"),
        (([LogisticRegression()], TABLE[["age"]], TABLE["y"]), "a dict of estimators by name.*; got a list"),
        ((MODEL, TABLE[["age"]], "y"), r"got 'y'. Pass the column: y=table\['y'\]"),
        ((MODEL, TABLE[["sex"]], TABLE["y"]), "Text columns must be encoded first"),
    ],
    ids=["a table", "a list", "a name", "text"],
)
def test_the_message_says_what_to_write_instead(arguments, message):
    with pytest.raises(skdl.exceptions.SkdlError, match=message):
        skdl.compare(*arguments, cv=3, repeats=1, insight=False)


def test_a_path_is_read_as_a_pipeline_file(tmp_path):
    TABLE[["age", "y"]].to_csv(tmp_path / "t.csv", index=False)
    compare = "compare: {cv: {folds: 3, repeats: 1}, insight: false}"
    (tmp_path / "t.yaml").write_text(f"data: {{source: t.csv, target: y}}\nmodels: {{logistic: {{}}}}\n{compare}\n")
    comparison = skdl.compare(tmp_path / "t.yaml", output_dir=tmp_path / "out")
    assert "logistic" in comparison.leaderboard().index


def test_a_table_in_place_of_a_pipeline_file_names_the_command(tmp_path):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(skdl.exceptions.PipelineFileError, match=r"this is a table, not a pipeline file\. `skdl init "):
        skdl.compare(tmp_path / "t.csv")


X, Y, NUMBERS = TABLE[["age"]], TABLE["y"], TABLE["age"]
TEXT = Y.map({0: "no", 1: "yes"})
LINE = {"line": LinearRegression()}
REFUSED = {
    "a class": ({"m": LogisticRegression}, X, Y, {}, r"got the class LogisticRegression. Write LogisticRegression\(\)"),
    "a name": ({"m": "logistic"}, X, Y, {}, "got 'logistic'. That is a name for pipeline files"),
    "NaN in y": (MODEL, X, Y.where(Y.index != 3), {}, "1 of 40 have none or infinity, the first is row 3"),
    "None in y": (MODEL, X, TEXT.astype(object).where(Y.index != 3, None), {}, "y must have a value in every row"),
    "several classes a row": (MODEL, X, np.c_[Y, Y], {}, "y must be one column of classes; got 2"),
    "numbers for classifiers": (MODEL, X, NUMBERS / 2, {}, "y must hold classes for classifiers.*got 0.5 in row 1"),
    "text for regressors": (LINE, X, TEXT, {}, "y must hold numbers for regressors; got 'no' in row 0"),
    "one class": (MODEL, X, Y * 0, {}, "y must have two classes or more; every row has 0"),
    "classes of two types": (MODEL, X, [0, "0"] * 20, {}, "all of one type; got 0 and '0'"),
    "a class for each row": (MODEL, X, np.arange(40), {}, "none of the 40 has"),
    "rows in another order": (MODEL, X, Y[::-1], {}, r"row 0, counted from 0, is 0 in X and 39 in y. Pass y.loc"),
    "other rows": (MODEL, X.iloc[1:].set_axis(range(1, 40)), Y.iloc[:-1].set_axis(range(2, 41)), {}, "the same index"),
    "a name twice": (MODEL, X.assign(b=1.0).set_axis(["a", "a"], axis=1), Y, {}, "'a' is there 2 times"),
    "names of two types": (MODEL, X.assign(b=1.0).set_axis(["a", 1], axis=1), Y, {}, "all text or none; got 1"),
    "no rows": (MODEL, X[:0], Y[:0], {}, "X must have rows and columns"),
    "one column": (MODEL, X["age"], Y, {}, r"One column is X.to_frame\(\)"),
    "a dict": (MODEL, {"age": [1]}, Y, {}, r"Pass pandas.DataFrame\(X\)"),
    "groups too short": (MODEL, X, Y, {"groups": range(39)}, "X and groups must have the same number of rows"),
    "groups with None": (MODEL, X, Y, {"groups": [None, *range(39)]}, "groups must have a value in every row"),
    "no groups": (MODEL, X, Y, {"cv": GroupKFold(3)}, "Pass groups="),
    "one fold": (MODEL, X, Y, {"cv": 1}, "cv must be a whole number, 2 or more; got 1"),
    "the class of a splitter": (MODEL, X, Y, {"cv": KFold}, r"got the class KFold. Write KFold\(\)"),
    "no metric": (MODEL, X, Y, {"metrics": []}, "metrics must name at least one"),
    "a function as metric": (MODEL, X, Y, {"metrics": [len]}, "the metric len must be a named function"),
    "no repeat": (MODEL, X, Y, {"repeats": 0}, "repeats must be a whole number, 1 or more"),
    "text for seconds": (MODEL, X, Y, {"time_budget": "1"}, "time_budget must be a number of seconds"),
    "a number for the folder": (MODEL, X, Y, {"output_dir": 3}, "output_dir must be a path"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_meaning_is_refused_before_anything_is_fitted(name):
    models, table, y, options, message = REFUSED[name]
    with pytest.raises((skdl.exceptions.DataError, skdl.exceptions.UsageError), match=message) as caught:
        skdl.compare(models, table, y, **options)
    assert "\n" not in str(caught.value)


ACCEPTED = {
    "a frame of one column": (X, Y.to_frame(), {}),
    "a column": (X, Y.to_numpy()[:, None], {}),
    "polars": (pl.DataFrame({"age": NUMBERS.tolist()}), pl.DataFrame({"y": Y.tolist()}), {}),
    "Arrow": (pa.table(X), pa.chunked_array([pa.array(Y)]), {}),
    "a sparse matrix of coordinates": (coo_matrix(X), Y, {}),
    "lists": (X.to_numpy().tolist(), Y.tolist(), {}),
    "objects": (X, Y.astype(object), {}),
    "the name of a metric": (X, Y, {"metrics": "accuracy"}),
    "groups in a frame": (X, Y, {"groups": pd.DataFrame({"group": np.arange(40)})}),
}


@pytest.fixture(scope="module")
def accuracies():
    return skdl.compare(MODEL, X, Y, cv=2, repeats=1, insight=False).folds()["accuracy"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_means_one_thing_only_is_accepted(name, accuracies):
    table, y, options = ACCEPTED[name]
    comparison = skdl.compare(MODEL, table, y, cv=2, repeats=1, insight=False, **options)
    if name != "groups in a frame":
        pd.testing.assert_series_equal(comparison.folds()["accuracy"], accuracies)


def test_rows_of_other_labels_are_matched_by_position_and_the_report_says_so():
    y = Y.set_axis(range(100, 140))
    comparison = skdl.compare(MODEL, X, y, cv=3, repeats=1, insight=False)
    assert "rows of X and y were matched by position" in str(comparison.summary.data.notes)
