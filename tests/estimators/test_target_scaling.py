"""Scaling of the regressor's target in training; predictions are in its own unit."""

import numpy as np
import pytest

from skdl import KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = 500 + 30 * X.sum(axis=1)
WEIGHT = RNG.uniform(0.1, 3.0, 60)


@pytest.mark.parametrize(
    ("scaling", "unit"), [("standard", Y.std()), ("minmax", np.ptp(Y)), (None, 1.0)], ids=["standard", "minmax", "none"]
)
def test_losses_are_in_the_unit_of_the_scaled_target(scaling, unit):
    """There the best constant prediction has a mean squared error of 1."""
    net = KerasMLPRegressor((4,), epochs=1, target_scaling=scaling, random_state=0).fit(X, Y)
    assert net.baseline_loss_ == pytest.approx(Y.var() / unit**2, rel=1e-4)


def test_the_spread_is_that_of_the_weighted_rows():
    """Weighted mean and variance; NumPy is the oracle."""
    net = KerasMLPRegressor((4,), epochs=1, learning_rate=1e-12, random_state=0).fit(X, Y, sample_weight=WEIGHT)
    mean = np.average(Y, weights=WEIGHT)
    spread = np.average((Y - mean) ** 2, weights=WEIGHT)
    assert net.loss_ == pytest.approx(np.average((net.predict(X) - Y) ** 2, weights=WEIGHT) / spread, rel=1e-4)


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_predictions_are_in_the_target_s_own_unit(scaling):
    """Errors are small relative to its spread, under each scaling."""
    net = KerasMLPRegressor((4,), epochs=100, learning_rate=0.05, target_scaling=scaling, random_state=0).fit(X, Y)
    assert np.mean(np.abs(net.predict(X) - Y)) < 0.2 * Y.std()


def test_a_constant_target_is_predicted_as_it_is():
    predicted = (
        KerasMLPRegressor((4,), epochs=30, learning_rate=0.05, random_state=0).fit(X, np.full(60, 7.0)).predict(X)
    )
    assert predicted == pytest.approx(np.full(60, 7.0), abs=0.5)


def test_continuing_under_warm_start_equals_one_long_fit():
    """Scaling, optimizer and row order continue."""
    settings = {"hidden_layer_sizes": (4,), "random_state": 0, "dropout": 0.2}
    twice = KerasMLPRegressor(**settings, epochs=2, warm_start=True).fit(X, Y).fit(X, Y)
    assert np.array_equal(twice.predict(X), KerasMLPRegressor(**settings, epochs=4).fit(X, Y).predict(X))
    assert (twice.n_iter_, len(twice.history_["loss"])) == (2, 4)
