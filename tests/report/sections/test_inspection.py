"""Model inspection: permutation importance, partial dependence, disagreement of the two best models."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import skdl

N = 120
RNG = np.random.default_rng(0)
X = pd.DataFrame({"big": RNG.normal(size=N), "small": RNG.normal(size=N), "noise": RNG.normal(size=N)})
X["twin"] = X["big"] * 2.0
X["shop"] = RNG.choice(["a", "b", "c"], N)
Y = 5.0 * X["big"] + X["small"] + 3.0 * (X["shop"] == "b") + RNG.normal(scale=0.1, size=N)


def piped(model):
    """Encode the text column before a model."""
    return make_pipeline(make_column_transformer((OneHotEncoder(), ["shop"]), remainder="passthrough"), model)


def compared(models, X=X, y=Y, metrics=("rmse",), **options):
    """Compare over four folds."""
    return skdl.compare(models, X, y, cv=4, repeats=1, metrics=list(metrics), **options).summary


@pytest.fixture(scope="module")
def summary():
    """Compare a linear model with k-NN, which it beats."""
    return compared({"linear": piped(LinearRegression()), "knn": piped(KNeighborsRegressor())})


@pytest.fixture(scope="module")
def insight(summary):
    """The inspection of the linear model."""
    return summary.insight


def test_columns_are_in_the_order_of_their_importance(insight):
    """Correlated columns are permuted together."""
    assert [importance.columns for importance in insight.importances] == [
        ["big", "twin"],
        ["shop"],
        ["small"],
        ["noise"],
    ]


def test_importance_is_positive_for_a_metric_that_is_better_when_lower(insight):
    """The permuted RMSE minus the RMSE: close to sqrt(2) times 5, the column's part in the target."""
    assert insight.importances[0].mean == pytest.approx(5.0 * np.sqrt(2.0), rel=0.25)


def test_a_column_of_noise_has_no_importance(insight):
    assert abs(insight.importances[-1].mean) < 0.05


def test_correlated_columns_are_named(insight):
    """With the correlation of their ranks."""
    pair = insight.correlated[0]
    assert (pair.first, pair.second, pair.measure) == ("big", "twin", "spearman")
    assert pair.strength == pytest.approx(1.0)


def test_dependence_follows_the_slope_of_a_linear_model(insight):
    """One for the column of slope one."""
    found = next(one for one in insight.dependence if one.column == "small")
    slope = np.polyfit(found.grid, found.lines[0].values, 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)
    assert found.scale == "target"


def test_dependence_on_categories_goes_from_one_to_the_next(insight):
    """What the target has more of in one shop shows there."""
    found = next(one for one in insight.dependence if one.column == "shop")
    values_by_category = dict(zip(found.grid, found.lines[0].values, strict=True))
    assert values_by_category["b"] - values_by_category["a"] == pytest.approx(3.0, abs=0.2)


def test_the_rows_on_which_two_regressors_differ_most_are_given(summary):
    """With actual values, and rows counted from 1."""
    found = summary.disagreement
    gaps = [abs(row.first - row.second) for row in found.rows]
    assert len(gaps) == 8
    assert gaps == sorted(gaps, reverse=True)
    assert all(row.actual == Y[row.row - 1] and row.columns["big"] == X["big"][row.row - 1] for row in found.rows)
    assert found.first_nearer > 0.9


def test_two_classifiers_are_counted_where_they_differ():
    """With two classes, exactly one of the two models is correct where they differ."""
    y = np.where(Y > 0.0, "high", "low")
    models = {"logistic": LogisticRegression(), "knn": KNeighborsClassifier(1)}
    summary = compared(models, X.drop(columns="shop"), y, ["accuracy"])
    found, score = summary.disagreement, {row.model: row.scores["accuracy"].mean for row in summary.models}
    assert found.first_right + found.second_right == found.n_different > 0
    difference = (found.first_right - found.second_right) / N
    assert difference == pytest.approx(score[found.first] - score[found.second])


@pytest.mark.parametrize(("n_classes", "labels"), [(2, ["1"]), (3, ["0", "1", "2"]), (6, ["0"])])
def test_dependence_of_classes_shows_the_last_of_two_each_of_few_and_the_commonest_of_many(n_classes, labels):
    y = np.argsort(np.argsort(X["big"])) * (n_classes + 1) // N - 1
    y = np.clip(y, 0, n_classes - 1)
    found = compared({"knn": KNeighborsClassifier()}, X[["big", "small"]], y, ["accuracy"]).insight.dependence
    assert [line.label for line in found[0].lines] == labels
    assert found[0].scale == "probability"


def test_a_plain_array_has_columns_too():
    """Named as scikit-learn names them."""
    found = compared({"linear": LinearRegression()}, X[["noise", "big"]].to_numpy(), Y.to_numpy()).insight
    assert found.importances[0].columns == ["x1"]


def test_booleans_and_nullable_numbers_are_numbers():
    frame = pd.DataFrame({"flag": X["big"] > 0.0, "count": pd.array(np.arange(N) % 7, dtype="Int64")})
    found = compared({"linear": LinearRegression()}, frame).insight
    assert found.importances[0].columns == ["flag"]
    assert found.dependence[0].grid == [0.0, 1.0]


def test_a_search_is_not_searched_again(tmp_path):
    """Its choice on the fold is fitted: three fits and no more."""
    log = []

    def noted(estimator, X, y):
        log.append(len(y))
        return 0.0

    search = GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [3, 5]}, scoring=noted, cv=2)
    compared({"knn": search}, X[["big", "small"]], insight=False)
    n_searched = len(log)
    log.clear()
    found = compared({"knn": search}, X[["big", "small"]]).insight
    assert len(log) == n_searched
    assert found.n_folds == 3


class Fickle(RegressorMixin, BaseEstimator):
    """A model whose fits fail after the first ``n_left``."""

    n_left = 0

    def fit(self, X, y):
        if Fickle.n_left == 0:
            raise RuntimeError("worn out")
        Fickle.n_left -= 1
        self.model_ = LinearRegression().fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


def test_an_error_of_the_inspection_is_in_the_report(monkeypatch, tmp_path):
    """After the fits of the folds none is left, neither for the inspection nor for the model to be saved."""
    monkeypatch.setattr(Fickle, "n_left", 4)
    knn = KNeighborsRegressor(20)
    with pytest.raises(skdl.exceptions.SkdlError, match="worn out"):
        compared({"fickle": Fickle(), "knn": knn}, X[["big", "small"]], output_dir=tmp_path)
    assert "This part could not be computed: RuntimeError: worn out" in (tmp_path / "report.md").read_text()


def test_an_interrupt_of_the_inspection_ends_the_comparison(monkeypatch):
    def interrupted(model, X):
        if Fickle.n_left == 0:
            raise KeyboardInterrupt
        return model.model_.predict(X)

    monkeypatch.setattr(Fickle, "n_left", 5)
    monkeypatch.setattr(Fickle, "predict", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compared({"fickle": Fickle()}, X[["big", "small"]])


def test_the_columns_of_a_wide_table_are_not_permuted():
    """No single pixel matters."""
    found = compared({"linear": LinearRegression()}, np.random.default_rng(0).normal(size=(N, 201))).insight
    assert [note.code for note in found.notes] == ["many_columns"]
    assert found.importances == []


def test_the_inspection_can_be_left_out_in_python():
    assert compared({"linear": LinearRegression()}, X[["big"]], insight=False).insight is None


def test_the_inspection_can_be_left_out_in_a_file(tmp_path):
    """The key changes no fold: a second run with inspection uses the folds of the first."""
    values = {
        "name": "fat",
        "data": {"source": "builtin:blood_fat", "target": "blood_fat"},
        "models": {"linear": None},
        "compare": {"insight": False, "cv": {"folds": 3, "repeats": 1}},
    }
    assert skdl.compare(skdl.PipelineSpec.model_validate(values), output_dir=tmp_path).summary.insight is None
    events = []
    values["compare"]["insight"] = True
    again = skdl.compare(skdl.PipelineSpec.model_validate(values), output_dir=tmp_path, listener=events.append)
    assert again.summary.insight.model == "linear"
    assert events[0].restart_reason is None


def test_where_the_dummy_is_recommended_the_leader_is_inspected():
    """A dummy uses no column."""
    y = np.random.default_rng(1).normal(size=N)
    found = compared({"mean": DummyRegressor(), "knn": KNeighborsRegressor(1)}, X[["big"]], y)
    assert found.insight.model == "knn"
    assert (found.leader_insight, found.disagreement) == (None, None)


class Slow(LinearRegression):
    """A model that takes its time to predict."""

    def predict(self, X):
        time.sleep(0.004)
        return super().predict(X)


def test_a_part_that_takes_longer_than_its_time_is_skipped_and_not_kept(tmp_path):
    """With more time the next run of the same folder computes it."""
    models = {"slow": Slow()}
    options = {"X": X[["big", "small"]], "output_dir": tmp_path}
    short = compared(models, **options, insight_seconds=0.06).insight
    assert [note.code for note in short.notes] == ["skipped_importance"]
    assert (short.importances, short.dependence) == ([], [])
    enough = compared(models, **options, insight_seconds=60.0).insight
    assert (len(enough.importances), enough.n_repeats, enough.notes) == (2, 5, [])
    assert compared(models, **options, insight_seconds=0.06).insight == enough  # from the journal
