"""A comparison on a hold-out set: its rows are resampled, since there are no folds."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import LinearSVC

import skdl

SPLIT = ShuffleSplit(1, test_size=0.25, random_state=0)
X, Y = make_regression(4400, 6, noise=20.0, random_state=0)
MARKS, CLASSES = make_classification(4400, 8, random_state=0)
REGRESSORS = {"linear": LinearRegression(), "knn": KNeighborsRegressor()}
CLASSIFIERS = {"logistic": LogisticRegression(), "knn": KNeighborsClassifier(), "svm": LinearSVC()}


@pytest.fixture(scope="module")
def clear():
    """Take a linear target, where k-nearest neighbours is far behind."""
    return skdl.compare(REGRESSORS, X, Y, cv=SPLIT, metrics=["rmse", "r2"], insight=False)


def test_a_winner_is_named_with_the_limits_of_a_single_fit(clear):
    """1,100 test rows are enough; that each model was trained once is part of the verdict."""
    assert clear.verdict.winner == "linear"
    assert clear.verdict.sentence.startswith(
        "One hold-out set, each model trained once: the variation between training"
    )
    assert clear.summary.verdict.evidence == "holdout"


def test_the_leaderboard_has_the_bootstrap_interval(clear):
    """Around the score of the set, for the metric that ranks."""
    row = clear.leaderboard().loc["linear"]
    assert row.rmse_low < row.rmse < row.rmse_high
    errors = (
        Y[_test_rows()] - LinearRegression().fit(X[_train_rows()], Y[_train_rows()]).predict(X[_test_rows()])
    ) ** 2
    spread = errors.std() / np.sqrt(len(errors)) / (2 * row.rmse)
    assert row.rmse_high - row.rmse_low == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_differences_come_with_their_tests(clear):
    """Against any reference, adjusted over three pairs."""
    found = clear.differences("knn").loc["linear"]
    assert found.low < found.difference < found.high < 0
    assert found.p_adjusted == pytest.approx(3 * found.p_value)


def test_the_page_describes_the_bootstrap(clear, tmp_path):
    """Resampled rows, not left-out folds."""
    page = clear.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "the 95\N{NO-BREAK SPACE}% interval over bootstrap resamples of its rows" in page
    assert "with any single fold left out" not in page


def test_a_metric_of_class_scores_is_measured_on_the_resampled_rows():
    """Probabilities where there are some, else what the decision function gives."""
    found = skdl.compare(CLASSIFIERS, MARKS, CLASSES, cv=SPLIT, metrics=["roc_auc"], insight=False)
    train, test = _train_rows(), _test_rows()
    margins = LinearSVC().fit(MARKS[train], CLASSES[train]).decision_function(MARKS[test])
    row = found.leaderboard().loc["svm"]
    assert row.roc_auc == pytest.approx(roc_auc_score(CLASSES[test], margins))
    assert row.roc_auc_low < row.roc_auc < row.roc_auc_high


def test_predictions_are_kept_of_a_hold_out_set_only():
    """Folds are not resampled."""
    kept, left = (
        skdl.compare(
            {"knn": KNeighborsClassifier()}, MARKS, CLASSES, cv=cv, repeats=1, metrics=["log_loss"], insight=False
        ).comparison
        for cv in (SPLIT, 2)
    )
    assert all(result.response.shape == (1100, 2) for result in kept.results)
    assert all(result.response is None for result in left.results)


@pytest.mark.parametrize("metric", ["neg_max_error", "max_error"])
def test_a_metric_that_resamples_do_not_tell_gives_no_test_and_a_reason(metric):
    """A scorer needs the model itself for every resample; no resample has a larger error than the rows."""
    found = skdl.compare(REGRESSORS, X, Y, cv=SPLIT, metrics=[metric], insight=False)
    assert (found.verdict.winner, "holdout_untested" in found.verdict.reasons) == (None, True)
    assert found.verdict.sentence.startswith("Preview of a single fold.")


def test_a_small_set_names_no_winner():
    """110 rows."""
    found = skdl.compare(REGRESSORS, X[:440], Y[:440], cv=SPLIT, metrics=["rmse"], insight=False)
    assert found.verdict.reasons == ("small_holdout",)


def test_groups_are_counted():
    """Rows of a group are alike: eleven groups carry less information than 1,100 rows."""
    groups = np.arange(4400) // 100
    rows = np.arange(4400)
    split = [(rows[groups % 4 > 0], rows[groups % 4 == 0])]
    found = skdl.compare(REGRESSORS, X, Y, cv=split, metrics=["rmse"], groups=groups, insight=False)
    assert found.verdict.reasons == ("few_holdout_groups",)


def _train_rows():
    return next(SPLIT.split(X))[0]


def _test_rows():
    return next(SPLIT.split(X))[1]
