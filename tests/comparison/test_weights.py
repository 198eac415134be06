"""Comparisons of rows with weights: a row of weight 2 counts as two rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdl
from skdl.boosting import BoostingRegressor
from skdl.cross_validation import takes_weights
from skdl.exceptions import DataError, PipelineFileError, UsageError
from skdl.metrics import Scorer, resolve_metrics

RNG = np.random.default_rng(0)
N = 120
TABLE = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "fold": np.arange(N) % 10})
TABLE["y"] = TABLE["a"] + RNG.normal(size=N)
TABLE["class"] = np.where(TABLE["y"] > 0.3, "high", "low")
TABLE["w"] = RNG.integers(1, 4, N)
FILE = """
data: {{source: {source}, target: {target}, drop: [{drop}], {roles}}}
models: {{{models}}}
compare: {{cv: {cv}, metrics: [{metrics}], insight: false}}
"""


@pytest.fixture
def compared(tmp_path):
    """Compare models on a table, whose folds are in a column, or on its first rows."""

    def compare(table, **parts):
        table.to_csv(tmp_path / "t.csv", index=False)
        parts = {"source": "t.csv", "roles": "weights: w, folds: fold", "cv": "{}", **parts}
        (tmp_path / "t.yaml").write_text(FILE.format(**parts))
        return skdl.compare(skdl.read_pipeline(tmp_path / "t.yaml"), output_dir=tmp_path / "out")

    return compare


@pytest.mark.parametrize(
    ("target", "models", "metrics"),
    [
        ("y", "ridge: , lasso: {params: {alpha: 0.1}}", "rmse, r2, median_error"),
        ("class", "logistic: {balance: class_weight}", "log_loss, roc_auc, f1"),
    ],
    ids=["numbers", "classes"],
)
def test_weights_give_the_numbers_of_repeated_rows(compared, target, models, metrics):
    """Scores, intervals and p-values: the copies of a row are in the fold of the row."""
    other = {"y": "class", "class": "y"}[target]
    parts = {"target": target, "models": models, "metrics": metrics}
    weighted = compared(TABLE, drop=other, **parts)
    repeated = compared(
        TABLE.loc[TABLE.index.repeat(TABLE["w"])], drop=f"{other}, w", **{**parts, "roles": "folds: fold"}
    )
    names = [name for name in weighted.leaderboard().select_dtypes(float) if not name.endswith("_s")]
    names = [name for name in names if "memory" not in name]
    assert "p_vs_leader" in names
    pd.testing.assert_frame_equal(weighted.leaderboard()[names], repeated.leaderboard()[names], rtol=1e-6)
    protocol = weighted.summary.protocol
    assert protocol.weights == "w"
    assert protocol.effective_rows == pytest.approx(TABLE["w"].sum() ** 2 / (TABLE["w"] ** 2).sum())


def test_a_hold_out_is_resampled_with_its_weights(compared):
    """Scores of a saved model that needs no column of weights; one that takes none is noted."""
    parts = {"target": "y", "drop": "class, fold", "models": "ridge: , knn: ", "metrics": "rmse", "roles": "weights: w"}
    comparison = compared(TABLE, cv="{holdout: 0.5}", **parts)
    row = comparison.leaderboard().loc["ridge"]
    assert row["rmse_low"] < row["rmse"] < row["rmse_high"]
    assert [str(note).partition(":")[0] for note in comparison.summary.data.notes[1:]] == ["knn takes no weights"]
    assert list(comparison.best.feature_names_in_) == ["a", "b"]


def test_a_search_chooses_by_weighted_scores():
    """The oracle weights each inner fold by hand."""
    X, y, w = TABLE[["a", "b"]].to_numpy(), TABLE["y"].to_numpy(), np.where(np.arange(N) < 12, 500.0, 1.0)
    inner, alphas = KFold(3), [0.01, 30.0, 3000.0]
    model = make_pipeline(StandardScaler(), Ridge())
    scorer = Scorer(resolve_metrics(["mse"], "regression")[0])
    search = GridSearchCV(model, {"ridge__alpha": alphas}, cv=inner, scoring=scorer)
    folds = [(np.arange(60), np.arange(60, N)), (np.arange(60, N), np.arange(60))]
    found = skdl.compare({"tuned": search}, X, y, cv=folds, metrics="mse", sample_weight=w, insight=False)

    def fitted(alpha, rows):
        steps = StandardScaler().fit(X[rows], sample_weight=w[rows]), Ridge(alpha)
        steps[1].fit(steps[0].transform(X[rows]), y[rows], sample_weight=w[rows])
        return lambda other: steps[1].predict(steps[0].transform(X[other]))

    def loss(alpha, rows, other):
        return mean_squared_error(y[other], fitted(alpha, rows)(other), sample_weight=w[other])

    expected = []
    for train, test in folds:
        parts = [(train[fit], train[held]) for fit, held in inner.split(train)]
        best = min(alphas, key=lambda alpha: np.mean([loss(alpha, *part) for part in parts]))
        expected.append(loss(best, train, test))
    assert found.folds().query("model == 'tuned'")["mse"].tolist() == pytest.approx(expected)


def test_weights_are_those_of_the_estimator_inside():
    """Scaling takes weights, the neighbours behind it do not."""
    models = (make_pipeline(StandardScaler(), KNeighborsRegressor()), make_pipeline(StandardScaler(), Ridge()))
    assert [takes_weights(model) for model in models] == [False, True]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([-1.0, 1.0], "column 'w': data.weights must be numbers from 0, .*; row 1 has -1"),
        ([0.0, 0.0], "one at least above 0; row 1 has 0"),
        ([1.0, None], "column 'w': data.weights must have a value in every row; row 2 has none"),
        (["much", "little"], "column 'w'"),
    ],
    ids=["negative", "zero", "missing", "text"],
)
def test_odd_weights_are_refused_in_one_line(compared, weights, message):
    table = TABLE.assign(w=weights * (N // 2))
    with pytest.raises(DataError, match=message) as caught:
        compared(table, target="y", drop="class", models="ridge: ", metrics="rmse")
    assert "\n" not in str(caught.value)


def test_rows_of_weight_0_are_left_out(compared):
    """Also for models that take no weights."""
    found = compared(TABLE.assign(w=TABLE["fold"] % 3), target="y", drop="class", models="knn: ", metrics="rmse")
    assert found.summary.data.n_rows == (TABLE["fold"] % 3 > 0).sum()
    assert "48 of 120 rows have the weight 0 and were left out" in map(str, found.summary.data.notes)


def test_what_loses_weights_is_refused_with_its_place(compared):
    parts = {"target": "class", "drop": "y", "models": "logistic: {balance: oversample}"}
    with pytest.raises(PipelineFileError, match=r"t.yaml:3:30: models.logistic.balance: oversample loses the weights"):
        compared(TABLE, metrics="accuracy", **parts)


def unweighted(y_true, y_pred):
    return np.mean(y_true == y_pred)


def test_a_metric_without_weights_is_refused():
    X, y = TABLE[["a", "b"]], TABLE["class"]
    with pytest.raises(UsageError, match="the metric unweighted must take sample_weight"):
        skdl.compare({"l": LogisticRegression()}, X, y, metrics=unweighted, sample_weight=TABLE["w"])
    with pytest.raises(DataError, match="sample_weight must be above 0; row 3, counted from 0, has 0"):
        skdl.compare({"l": LogisticRegression()}, X, y, sample_weight=TABLE["w"].where(TABLE.index != 3, 0))


class Mean:
    """An estimator of another library: scikit-learn's metadata routing does not know it."""

    def get_params(self, deep=True):
        return {}

    def set_params(self):
        return self

    def fit(self, X, y, sample_weight=None):
        self.mean_ = np.average(y, weights=sample_weight)
        return self


def test_weights_reach_an_estimator_of_another_library_behind_no_pipeline_of_scikit_learn():
    """Alone, or in the wrapper of boosting, as the catalogue's CatBoost is; a pipeline drops what it cannot route."""
    assert takes_weights(Mean())
    assert takes_weights(make_pipeline(StandardScaler(), BoostingRegressor(Mean(), early_stopping=False)))
    assert not takes_weights(make_pipeline(StandardScaler(), Mean()))


def test_catboost_takes_weights(compared):
    pytest.importorskip("catboost")
    parts = {"target": "y", "models": "catboost: {params: {iterations: 20}}", "metrics": "rmse"}
    result = compared(TABLE, drop="class", **parts)
    assert not any("takes no weights" in str(note) for note in result.summary.data.notes)
    [fold, *_] = result.folds().query("model == 'catboost'")["rmse"]
    without = compared(TABLE, drop="class, w", roles="folds: fold", **parts)
    assert fold != without.folds().query("model == 'catboost'")["rmse"].iloc[0]
