"""What the results of a model depend on, and what other metrics change in them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loguniform, rv_histogram
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV

import skdl
from skdl.comparison import plan_of_file
from skdl.cross_validation import ComparedModel, FoldTask, Job, Table, draw_splits, model_identities
from skdl.metrics import resolve_metrics
from skdl.pipeline import resolve_folds

ALL = "dummy knn logistic svm tree"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    load_breast_cancer(as_frame=True).frame.iloc[:100, -5:].to_csv(folder / "cells.csv", index=False)
    (folder / "cells.yaml").write_text(
        "data: {source: cells.csv, target: target}\n"
        "models: {logistic: {}, knn: {search: {n_neighbors: [3, 5]}}, svm: {}, tree: {use: decision_tree}}\n"
        "compare: {metrics: [accuracy, roc_auc], cv: {folds: 3, repeats: 1}}\n"
    )
    return folder


def identities(folder, *settings):
    """Plan the comparison of the file, and return the identities of its models."""
    plan = plan_of_file(skdl.read_pipeline(folder / "cells.yaml", settings))
    return model_identities(plan.job, plan.info.data_hash, {"python": "3.11"})


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("models.other={use: knn}", ""),
        ("models.logistic.params={C: 2}", "logistic"),
        ("models.tree.preprocess={numeric: {impute: mean}}", "tree"),
        ("models.logistic=null", ""),
        ("compare.metrics=[accuracy]", ""),
        ("compare.metrics=[accuracy, log_loss]", "svm"),  # calibrated for probabilities
        ("compare.metrics=[roc_auc]", "knn"),  # a search ranks by it
        ("compare.tune.folds=4", "knn"),
        ("compare.cv.repeats=5", ""),
        ("compare.equivalence=0.02", ""),
        ("compare.insight=false", ""),
        ("classes.balance=class_weight", "logistic svm tree"),
        ("preprocess.numeric.impute=mean", ALL),
        ("data.drop=[worst_symmetry]", ALL),
        ("lang=ko", ""),
        ("output.dir=elsewhere", ""),
    ],
    ids=str,
)
def test_a_setting_changes_the_models_that_it_is_for(folder, setting, changed):
    before, now = identities(folder), identities(folder, setting.replace("worst_symmetry", "worst symmetry"))
    assert {name for name in before.keys() & now.keys() if before[name] != now[name]} == {*changed.split()}


def identity_of(estimator):
    """Return what is known of an estimator in a comparison of its own."""
    job = replace(job_of(["rmse"]), models=(ComparedModel("model", estimator),))
    return model_identities(job, "same", {})["model"]["model"]


@pytest.mark.parametrize(
    "values", [loguniform(0.1, 10.0), rv_histogram(np.histogram([1.0, 2.0]))], ids=["frozen", "free"]
)
def test_the_state_of_the_global_generator_is_no_part_of_a_distribution(values):
    """SciPy's distributions refer to the global generator, whose state is another one in each process."""
    found = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the global generator is what is tested
        found.append(identity_of(RandomizedSearchCV(Ridge(), {"alpha": values}, random_state=0)))
    assert found[0] == found[1]


def test_another_distribution_is_another_search():
    one, other = (identity_of(RandomizedSearchCV(Ridge(), {"alpha": loguniform(0.1, most)})) for most in (10.0, 20.0))
    assert one != other


def test_single_precision_is_another_table():
    """The values, and so the digest of the file, are the same."""
    numbers = load_breast_cancer(as_frame=True).data.iloc[:50, :2].round()
    job = job_of(["rmse"])
    keys = [
        model_identities(replace(job, table=Table(X, job.table.y)), "same", {})["ridge"]["data"]
        for X in (numbers, numbers.astype(np.float32))
    ]
    assert keys[0] != keys[1]


def refused(y_true, y_pred):
    """A metric that fails."""
    raise ValueError("not today")


def job_of(metrics):
    """Make a job of one model."""
    X = np.random.default_rng(0).normal(size=(50, 2))
    table, splits = Table(X, X @ [1.0, 2.0] + X[:, 0] ** 2), draw_splits(resolve_folds(50, folds=2, repeats=1), X[:, 0])
    found = resolve_metrics([("refused", refused) if name == "refused" else name for name in metrics], "regression")
    return Job((ComparedModel("ridge", Ridge()),), table, splits, tuple(found), measures_cost=False).keeping_outputs()


@pytest.mark.parametrize(
    ("before", "now"),
    [(["rmse"], ["mae", "r2"]), (["rmse", "refused"], ["rmse"]), (["rmse", "mae"], ["mae"])],
    ids=["others", "without one that warned", "fewer"],
)
def test_other_metrics_give_what_a_fit_would_give(before, now):
    """Scores, training score and warnings."""
    task = FoldTask(0, 1)
    fitted, taken = job_of(now).run(task), job_of(now).take_over(job_of(before).run(task), task)
    for result in (fitted, taken):
        assert (list(result.scores), result.warnings) == (now, ())
    assert (taken.scores, taken.train_score) == (fitted.scores, fitted.train_score)
    np.testing.assert_array_equal(taken.predicted, fitted.predicted)


def test_a_model_that_failed_in_scoring_is_fitted_for_other_metrics():
    """One whose fit failed is not."""
    task = FoldTask(0, 0)
    assert "not today" in job_of(["refused"]).run(task).error
    assert job_of(["rmse"]).take_over(job_of(["refused"]).run(task), task) is None
    job = replace(job_of(["mae"]), models=(ComparedModel("ridge", Ridge(alpha=-1.0)),))
    assert job_of(["rmse"]).take_over(job.run(task), task).error is not None
