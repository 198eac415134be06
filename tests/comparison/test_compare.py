"""`compare` from estimators or a pipeline file to results and the results folder."""

import json
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

import skdl
from skdl.exceptions import AllModelsFailedError, OutputError, UsageError

X, Y = load_diabetes(return_X_y=True, as_frame=True)
FLOWERS, SPECIES = load_iris(return_X_y=True)


class Refuses(Ridge):
    """A model that fails on folds whose first training target is below a quantile."""

    def __init__(self, refused=1.0):
        super().__init__()
        self.refused = refused

    def fit(self, X, y):
        if np.asarray(y)[0] <= np.quantile(Y, self.refused):
            raise ValueError("refused")
        return super().fit(X, y)


@pytest.fixture(scope="module")
def regression():
    """Compare linear, k-NN and a small network on the diabetes table, over five folds."""
    net = make_pipeline(
        MinMaxScaler(), skdl.KerasMLPRegressor((8,), epochs=12, learning_rate=0.01, early_stopping=True, random_state=0)
    )
    models = {"linear": LinearRegression(), "knn": KNeighborsRegressor(), "net": net}
    return skdl.compare(models, X, Y, cv=5, repeats=1, metrics=["rmse", "r2"], insight=False)


def test_fold_scores_are_those_of_cross_val_score(regression):
    """The oracle is scikit-learn on the same folds, in natural sign."""
    scoring, folds = make_scorer(root_mean_squared_error), KFold(5, shuffle=True, random_state=0)
    oracle = cross_val_score(LinearRegression(), X, Y, cv=folds, scoring=scoring)
    folds = regression.folds()
    assert folds[folds.model == "linear"].rmse.tolist() == pytest.approx(oracle.tolist(), rel=1e-12)


def test_the_leaderboard_is_best_first_with_the_dummy_in_it(regression):
    """Errors rise down the table, the dummy comes last."""
    board = regression.leaderboard()
    assert board.rmse.is_monotonic_increasing
    assert board.index[-1] == "dummy"
    assert (board.rmse_low < board.rmse).all()


def test_the_summary_has_the_training_curves_of_networks(regression):
    """A curve a fold, with validation losses and a best epoch."""
    (network,) = regression.summary.networks
    assert network.architecture == "10 -> 8 relu -> 1 linear"
    assert [curve.fold for curve in network.curves] == [1, 2, 3, 4, 5]
    for curve in network.curves:
        assert 0 < len(curve.loss) == len(curve.val_loss) <= 12
        assert curve.val_loss[curve.best_epoch - 1] == min(curve.val_loss)


def test_out_of_fold_predictions_cover_every_row_once(regression):
    """The best models' predictions, next to all actual values."""
    shown = regression.summary.errors.regression[0].predicted
    assert sorted(shown.x) == sorted(Y)


def test_the_recommended_model_is_fitted_on_all_rows(regression):
    """It predicts at once."""
    assert regression.summary.verdict.recommended == "linear"
    assert regression.best.predict(X) == pytest.approx(LinearRegression().fit(X, Y).predict(X))
    assert "linear" in regression.verdict.sentence


def test_the_same_comparison_gives_the_same_numbers(regression):
    """All but the seconds."""
    again = skdl.compare({"linear": LinearRegression()}, X, Y, cv=5, repeats=1, metrics=["rmse", "r2"], insight=False)
    mine, theirs = again.folds().query("model == 'linear'"), regression.folds().query("model == 'linear'")
    assert mine[["rmse", "r2"]].to_numpy().tolist() == theirs[["rmse", "r2"]].to_numpy().tolist()


@pytest.mark.parametrize(("asked", "n_folds"), [({}, 10), ({"cv": 2}, 6), ({"repeats": 2}, 20)], ids=str)
def test_a_large_table_is_split_once_by_default_with_a_note(asked, n_folds):
    x = np.arange(10_001.0)
    found = skdl.compare({"linear": LinearRegression()}, x[:, None], x, metrics=["rmse"], insight=False, **asked)
    assert len(found.folds().query("model == 'linear'")) == n_folds
    expected = [] if asked else ["10,001 rows: 10 folds, one repeat; set repeats for more"]
    assert [str(note) for note in found.summary.data.notes] == expected


def test_a_search_is_nested_inside_the_folds():
    """Each fold has its own best parameters, and the saved model is the best estimator itself."""
    search = GridSearchCV(Ridge(), {"alpha": [1e-3, 1e3]}, cv=3)
    models = {"ridge": search, "linear": LinearRegression()}
    found = skdl.compare(models, X, Y, cv=4, repeats=1, metrics=["rmse"], insight=False)
    row = next(row for row in found.summary.models if row.model == "ridge")
    assert [parameters["alpha"] for parameters in row.parameters] == [1e-3] * 4
    assert found.summary.protocol.tuned_models == ["ridge"]


def test_a_model_that_fails_stays_in_the_table_with_its_error():
    """It has no rank."""
    found = skdl.compare({"linear": LinearRegression(), "bad": Refuses()}, X, Y, cv=3, repeats=1, insight=False)
    row = found.summary.models[-1]
    assert (row.model, row.status, row.rank, row.error) == ("bad", "failed", None, "ValueError: refused")


def test_a_model_that_fails_on_some_folds_is_a_reason_against_a_winner():
    """The folds without it may be the hard ones."""
    found = skdl.compare({"linear": LinearRegression(), "bad": Refuses(0.5)}, X, Y, cv=10, repeats=1, insight=False)
    assert "failed_folds" in [reason.code for reason in found.summary.verdict.reasons]
    assert "folds)" in next(str(row.error) for row in found.summary.models if row.model == "bad")


def test_if_every_model_fails_the_error_names_each():
    with pytest.raises(AllModelsFailedError, match=r"every model failed.\n  bad: ValueError: refused"):
        skdl.compare({"bad": Refuses()}, X, Y, cv=3, repeats=1, insight=False)


def test_classes_are_compared_with_a_confusion_matrix():
    """Its rows sum to the class counts."""
    models = {"logistic": LogisticRegression(max_iter=1000), "knn": KNeighborsClassifier()}
    found = skdl.compare(models, FLOWERS, SPECIES, cv=5, repeats=1, insight=False)
    assert [sum(row) for row in found.summary.errors.classification[0].counts] == [50, 50, 50]
    assert found.summary.data.class_counts == {"0": 50, "1": 50, "2": 50}


def test_a_metric_that_needs_probabilities_is_nan_for_a_model_without_them():
    """SVC has no probabilities: no log loss, but an accuracy."""
    models = {"svm": SVC(), "logistic": LogisticRegression(max_iter=1000)}
    metrics = ["accuracy", "log_loss"]
    board = skdl.compare(models, FLOWERS, SPECIES, cv=3, repeats=1, metrics=metrics, insight=False).leaderboard()
    assert np.isnan(board.log_loss["svm"])
    assert board.accuracy["svm"] > 0.9


@pytest.fixture(scope="module")
def pipeline():
    """Declare a comparison of two models on a table whose target has a unit."""
    return skdl.PipelineSpec.model_validate(
        {
            "name": "fat",
            "data": {"source": "builtin:blood_fat", "target": "blood_fat", "unit": "mg/dl"},
            "models": {"linear": None, "knn": None},
            "compare": {"cv": {"folds": 5, "repeats": 1}},
        }
    )


@pytest.fixture(scope="module")
def finished(pipeline, tmp_path_factory):
    """Run it: the comparison, and the folder of its results."""
    folder = tmp_path_factory.mktemp("finished") / "fat"
    return skdl.compare(pipeline, output_dir=folder), folder


def test_a_results_folder_holds_everything(pipeline, finished):
    """Report, tables, lock and a model that joblib loads."""
    found, folder = finished
    pages = {"report.html", "report.md", "report_files"}
    others = {"leaderboard.csv", "folds.csv", "results.json", "lock.yaml", "model", ".journal.jsonl"}
    assert {path.name for path in folder.iterdir()} == pages | others
    frame, _ = pipeline.load()
    loaded = joblib.load(folder / "model" / "model.joblib")
    assert np.array_equal(loaded.predict(frame), found.best.predict(frame))
    assert json.loads((folder / "results.json").read_text())["model_pin"] == found.model_pin


def test_a_second_run_replaces_the_first_and_leaves_other_files_alone(finished, tmp_path):
    folder = Path(shutil.copytree(finished[1], tmp_path / "results"))
    (folder / "notes.txt").write_text("mine")
    found = skdl.compare({"ridge": Ridge()}, X, Y, cv=3, repeats=1, output_dir=folder, insight=False)
    assert (folder / "notes.txt").read_text() == "mine"
    assert "ridge" in (folder / "leaderboard.csv").read_text()
    assert skdl.load_model(folder / "model", sha256=found.model_pin).predict(X).shape == (442,)


def test_a_failed_comparison_leaves_the_earlier_report(finished, tmp_path):
    """Results are replaced at the end, all together."""
    folder = Path(shutil.copytree(finished[1], tmp_path / "results"))
    before = (folder / "report.html").read_bytes()
    with pytest.raises(AllModelsFailedError):
        skdl.compare({"bad": Refuses()}, X, Y, cv=3, repeats=1, output_dir=folder)
    assert (folder / "report.html").read_bytes() == before
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [".journal.jsonl"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    """A file has the name of its parent folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="the output folder must be writable"):
        skdl.compare({"linear": LinearRegression()}, X, Y, cv=3, repeats=1, output_dir=tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("models", "match"),
    [
        ({}, "must name at least one model"),
        ({"a": LinearRegression(), "b": LogisticRegression()}, "all regressors or all"),
    ],
    ids=["none", "mixed"],
)
def test_estimators_that_cannot_be_compared_are_an_error(models, match):
    with pytest.raises(UsageError, match=match):
        skdl.compare(models, X, Y)


def test_a_comparison_can_be_pickled(regression):
    again = pickle.loads(pickle.dumps(regression))
    assert again.best.predict(X[:3]).tolist() == regression.best.predict(X[:3]).tolist()


def test_a_users_model_called_dummy_keeps_its_name():
    """The added dummy gets another one."""
    found = skdl.compare({"dummy": Ridge()}, X, Y, cv=3, repeats=1, metrics=["rmse"], insight=False)
    assert found.leaderboard().index.tolist() == ["dummy", "dummy (added)"]


def test_x_may_be_lists_and_y_a_table():
    """As in scikit-learn; a column called "name" is not the attribute of a Series."""
    rows, target = X.to_numpy().tolist(), Y.rename("name").to_frame()
    found = skdl.compare({"ridge": Ridge()}, rows, target, cv=3, repeats=1, insight=False)
    assert found.leaderboard().loc["ridge", "status"] == "ok"


def test_a_name_that_is_not_a_string_is_refused():
    with pytest.raises(UsageError, match="names of models must be text; got 1"):
        skdl.compare({1: Ridge()}, X, Y)


def test_the_unit_of_the_target_goes_into_the_summary(finished):
    assert finished[0].summary.data.unit == "mg/dl"
