"""Costs that a comparison measures, and notes on metrics that are not defined."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor

import skdl
from skdl.exceptions import UsageError

X = np.arange(60.0).reshape(-1, 2)
Y = pd.Series(np.arange(30.0), name="sales")  # one zero
MODELS = {"linear": LinearRegression(), "knn": KNeighborsRegressor(3)}


@pytest.fixture(scope="module")
def comparison():
    """Compare two models over three folds, in this process."""
    return skdl.compare(MODELS, X, Y, cv=3, repeats=1, metrics=["rmse", "mape"], insight=False)


def test_rows_a_second_are_timed_on_more_rows_than_a_fold_has(comparison):
    """Ten rows take as long as one: the rate of a fold would be that of the calls."""
    folds = comparison.folds().query("model == 'linear'")
    assert comparison.leaderboard().loc["linear", "rows_per_s"] > 20 * (10 / folds["predict_s"]).mean()
    row = next(row for row in comparison.summary.models if row.model == "linear")
    assert 0.0 < row.call_s < 1.0


def test_the_size_on_disk_is_known_and_memory_only_where_it_was_measured(comparison):
    """Folds in one process share their memory."""
    row = next(row for row in comparison.summary.models if row.model == "knn")
    assert row.saved_bytes > 500
    assert row.peak_memory_bytes is None


def test_memory_is_the_largest_of_the_folds():
    """Measured where folds run in processes of their own; the first one also measures the cost."""
    comparison = skdl.compare(MODELS, X, Y, cv=3, repeats=1, metrics=["rmse"], n_jobs=2, insight=False)
    by_fold = comparison.folds().query("fold > 1").groupby("model")["peak_memory_mb"].max()
    assert comparison.leaderboard()["peak_memory_mb"].to_dict() == by_fold.to_dict()


def test_a_metric_that_zeros_leave_empty_is_a_note(comparison):
    """Instead of an empty cell without an explanation."""
    message = "MAPE is not defined: 1 row has sales 0; smape takes zeros, and so does mae."
    assert message in [str(note) for note in comparison.summary.data.notes]


def test_as_the_first_metric_it_ends_the_comparison_before_any_fit():
    """No event is emitted."""
    events = []
    with pytest.raises(UsageError, match=r"which ranks, must be defined .* 1 row has sales 0; smape takes zeros"):
        skdl.compare(MODELS, X, Y, cv=3, metrics=["mape", "rmse"], listener=events.append, insight=False)
    assert events == []


@pytest.mark.parametrize("searched", [False, True], ids=["plain", "searched"])
def test_rows_that_are_never_tested_count_only_for_a_search(searched):
    """It measures the metric on training rows."""
    model = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=2) if searched else Ridge()
    rows = np.arange(30)
    folds = [(rows[:20], rows[20:])]
    if searched:
        with pytest.raises(UsageError, match="1 row has sales 0"):
            skdl.compare({"ridge": model}, X, Y, cv=folds, metrics=["mape"], insight=False)
    else:
        assert skdl.compare({"ridge": model}, X, Y, cv=folds, metrics=["mape"], insight=False).verdict.recommended
