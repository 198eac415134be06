"""Leaderboard values: against the dummy, the leader and the training rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

import skdl

SPLITS = KFold(10, shuffle=True, random_state=0)
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(120, 3)), columns=["a", "b", "c"])
Y = X["a"] + 0.5 * RNG.normal(size=120)


class FailsOnce(LinearRegression):
    """A model that cannot fit the rows of the first fold."""

    def fit(self, X, y):
        """Refuse where row 0 is not among them."""
        if 0 not in X.index:
            raise RuntimeError  # not these rows
        return super().fit(X, y)


@pytest.fixture(scope="module")
def rows():
    """Return the rows of a small comparison, by model."""
    models = {"linear": LinearRegression(), "nearest": KNeighborsRegressor(1), "fails": FailsOnce()}
    found = skdl.compare(models | {"dummy": DummyRegressor()}, X, Y, cv=SPLITS, metrics=["rmse"], insight=False)
    return {row.model: row for row in found.summary.models}


def test_a_model_that_memorises_has_no_training_error(rows):
    """The gap is then its whole test error."""
    nearest = rows["nearest"]
    assert nearest.train_mean == 0.0
    assert nearest.gap == nearest.scores["rmse"].mean


def test_the_training_score_is_that_of_rows_trained_on(rows):
    """Of all of them, where they are few."""
    whole = []
    for train, _ in SPLITS.split(X):
        model = LinearRegression().fit(X.iloc[train], Y.iloc[train])
        whole.append(root_mean_squared_error(Y.iloc[train], model.predict(X.iloc[train])))
    assert rows["linear"].train_mean == pytest.approx(np.mean(whole), rel=1e-12)


def test_the_gain_is_the_difference_from_the_dummy(rows):
    """In the metric's unit, and as a share of the dummy's error; the dummy has none."""
    dummy, linear = rows["dummy"], rows["linear"]
    better = dummy.scores["rmse"].mean - linear.scores["rmse"].mean
    assert (linear.gain, linear.gain_share) == (better, better / dummy.scores["rmse"].mean)
    assert (dummy.gain, dummy.gain_share) == (None, None)


def test_the_leader_is_better_with_some_probability(rows):
    """Nearly sure against the dummy; the leader has none."""
    assert rows["linear"].p_leader_better is None
    assert rows["dummy"].p_leader_better > 0.99


def test_failed_folds_are_counted(rows):
    """Of the failing model only; folds of the others still count."""
    assert {name: row.n_failed for name, row in rows.items()} == {"linear": 0, "nearest": 0, "dummy": 0, "fails": 1}


def test_a_score_that_grows_has_a_gain_in_its_own_unit():
    """An accuracy gains in points, and its gap is the training score minus the test score."""
    labels = np.where(Y > 0, "yes", "no")
    models = {"logistic": LogisticRegression(), "nearest": KNeighborsClassifier(1)}
    found = skdl.compare(models, X, labels, cv=5, repeats=1, metrics=["accuracy"], insight=False).summary
    nearest = next(row for row in found.models if row.model == "nearest")
    assert nearest.gain_share is None
    assert nearest.gain > 0.1
    assert nearest.gap == pytest.approx(1.0 - nearest.scores["accuracy"].mean)


def test_a_metric_that_needs_probabilities_measures_training_rows_too():
    """Though only probabilities are requested of the model."""
    labels = np.where(Y > 0, "yes", "no")
    found = skdl.compare(
        {"logistic": LogisticRegression()}, X, labels, cv=5, repeats=1, metrics=["log_loss"], insight=False
    ).summary
    assert found.models[0].train_mean is not None
