"""Rare but valid comparisons: the report can be rendered again, and results.json matches its schema."""

import json

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdl
from skdl.comparison import render_report
from skdl.report import results_schema

RNG = np.random.default_rng(0)
X = RNG.normal(size=(45, 3))
NUMBERS = X @ [1.0, 2.0, 0.0] + 0.3 * RNG.normal(size=45)
LEVELS = np.digitize(NUMBERS, [-1.0, 1.0])
ODD = ["<b>x</b>", "$a$ {0} %s", "new\nline | `한글`"]
LINES, TREES = {"ridge": Ridge()}, {"tree": DecisionTreeClassifier(max_depth=2, random_state=0)}


class ColumnRidge(Ridge):
    """Predicts an array of shape (n_rows, 1), as some libraries do."""

    def predict(self, X):
        return super().predict(X)[:, None]


class NanProbability(ClassifierMixin, BaseEstimator):
    """Has NaN among its probabilities, and neither ``n_features_in_`` nor ``feature_names_in_``."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[(np.asarray(X)[:, 1] > 0).astype(int)]

    def predict_proba(self, X):
        probabilities = np.full((len(X), len(self.classes_)), 0.5)
        probabilities[0] = np.nan
        return probabilities


COMPARISONS = {
    "odd names": (dict.fromkeys(ODD, Ridge()), pd.DataFrame(X, columns=ODD), pd.Series(NUMBERS, name=ODD[1])),
    "odd classes": (TREES, X, np.array(ODD, dtype=object)[LEVELS]),
    "numbers as names, predictions in a column": (
        {"column": ColumnRidge()},
        pd.DataFrame(X, columns=[10, 20, 30]),
        NUMBERS,
    ),
    "no error": ({"tree": DecisionTreeRegressor(random_state=0)}, LEVELS[:, None].repeat(2, 1), 1.0 * LEVELS),
    "several targets": (LINES, X, np.column_stack([NUMBERS, X[:, 0]])),
    "probability that is nan": ({"half": NanProbability()}, X, NUMBERS > 0),
}
SCHEMA = Draft202012Validator(results_schema())  # the schema itself is checked in tests/report/test_results.py


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_report_is_rendered_again_to_the_byte_and_results_match_the_schema(name, tmp_path):
    models, table, y = COMPARISONS[name]
    metrics = ["accuracy"] if name.startswith("probability") else None
    skdl.compare(models, table, y, cv=3, repeats=1, metrics=metrics, output_dir=tmp_path / "first", insight=False)
    render_report(tmp_path / "first", output_dir=tmp_path / "again")
    for page in ("report.html", "report.md"):
        assert (tmp_path / "again" / page).read_bytes() == (tmp_path / "first" / page).read_bytes()
    SCHEMA.validate(json.loads((tmp_path / "first" / "results.json").read_text()))


@pytest.mark.parametrize(("models", "y"), [(LINES, NUMBERS), (TREES, LEVELS)], ids=["numbers", "classes"])
def test_a_sparse_table_is_compared(models, y):
    """All its columns are counted, the first thousand are described."""
    wide = hstack([csr_matrix(X * (X > 0)), csr_matrix((45, 1997))], format="csr")
    data = skdl.compare(models, wide, y, cv=3, repeats=1, insight=False).summary.data
    assert (data.n_columns, data.n_missing, len(data.profile)) == (2000, 0, 1000)
    assert [column.name for column in data.profile[:3]] == ["x0", "x1", "x2"]


def test_a_column_has_one_name_throughout_the_report():
    """For an array, that of the saved model."""
    summary = skdl.compare(LINES, X, NUMBERS, cv=3, repeats=1).summary
    named = {"x0", "x1", "x2"}
    assert {column.name for column in summary.data.profile} == named == set(summary.errors.worst_columns)
    assert {name for importance in summary.insight.importances for name in importance.columns} == named


def test_rows_without_an_error_are_not_among_the_worst():
    models, table, y = COMPARISONS["no error"]
    assert skdl.compare(models, table, y, cv=3, repeats=1, insight=False).summary.errors.worst == []


def test_without_any_difference_between_folds_no_detectable_difference_is_shown():
    """The folds then have no variance to estimate it from."""
    found = skdl.compare({"one": Ridge(), "two": Ridge()}, X, NUMBERS, cv=3, repeats=1, insight=False)
    assert skdl.report.detectable_sentence(found.summary) is None
