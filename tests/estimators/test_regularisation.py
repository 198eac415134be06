"""Dropout, L1 and L2, batch normalisation: what each does to the network, the loss and the prediction."""

import numpy as np
import pytest
from helpers.weights import weights_of

from skdl import KerasMLPRegressor, diagnose_training

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3))
Y = X.sum(axis=1) + X[:, 0] ** 2
SETTINGS = {"hidden_layer_sizes": (8,), "epochs": 20, "learning_rate": 0.02, "batch_size": 32, "random_state": 0}
STILL = {"epochs": 1, "learning_rate": 1e-12, "batch_size": 64}  # so that the loss is that of the weights that predict


def fitted(**parameters):
    """Fit a small network."""
    return KerasMLPRegressor(**{**SETTINGS, **parameters}).fit(X, Y)


def kernel(net):
    """Return the matrix of the hidden layer."""
    return np.asarray(weights_of(net.model_)[0], dtype="float64")


def by_hand(net, rows):
    """Compute the network's prediction from its weights."""
    inner, bias, outer, last = weights_of(net.model_)
    return ((np.maximum(rows @ inner + bias, 0) @ outer + last) * Y.std() + Y.mean())[:, 0]


def test_dropout_acts_in_training_alone():
    """The loss changes with it; predictions use all units."""
    net = fitted(dropout=0.5)
    assert net.history_["loss"] != fitted().history_["loss"]
    assert net.predict(X) == pytest.approx(by_hand(net, X), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("rates", [{"l1": 0.03}, {"l2": 0.05}, {"l1": 0.01, "l2": 0.02}], ids=["L1", "L2", "both"])
def test_the_loss_holds_the_penalty_of_the_hidden_weights(rates):
    """Mean squared error, and l1 times their magnitudes and l2 times their squares; the output layer has none."""
    net = fitted(**STILL, **rates)
    error = np.mean(((net.predict(X) - Y) / Y.std()) ** 2)
    size = rates.get("l1", 0) * np.abs(kernel(net)).sum() + rates.get("l2", 0) * np.square(kernel(net)).sum()
    assert net.loss_ == pytest.approx(error + size, rel=1e-4)
    assert net.evaluate(X, Y)["loss"] == pytest.approx(error + size, rel=1e-4)
    assert net.initial_penalty_ == pytest.approx(size, rel=1e-4)


def test_a_large_penalty_is_no_sign_of_inputs_that_are_not_scaled():
    """The first loss is four times that of a constant prediction by the penalty alone."""
    net = fitted(l2=0.8, validation_split=0.25)
    assert net.history_["loss"][0] > 3 * net.baseline_loss_
    given = {"history": net.history_, "baseline_loss": net.baseline_loss_}
    assert "unscaled" in diagnose_training(**given).codes
    assert "unscaled" not in diagnose_training(net).codes
    assert "unscaled" not in diagnose_training(**given, initial_penalty=net.initial_penalty_).codes


@pytest.mark.parametrize("rate", ["l1", "l2"])
def test_a_larger_penalty_makes_smaller_weights(rate):
    sizes = [np.abs(kernel(fitted(**{rate: value}))).sum() for value in (0.0, 0.01, 0.3)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_layer_before_batch_normalisation_has_no_bias():
    """24 weights, no bias, 8 each of gamma, beta, mean and variance; then 8 weights and a bias."""
    net = KerasMLPRegressor((8,), batch_normalization=True).initialize(X, Y)
    assert [w.shape for w in weights_of(net.model_)] == [(3, 8), (8,), (8,), (8,), (8,), (8, 1), (1,)]
    assert net.model_.count_params() == 24 + 4 * 8 + 8 + 1


def test_batch_normalisation_normalises_each_unit_over_the_batch():
    """The loss of the first step, of one whole batch, by hand; predictions use the moving statistics."""
    net = fitted(batch_normalization=True, **STILL)
    inner, scale, shift, mean, variance, outer, last = weights_of(net.model_)
    sums = X @ inner
    unit = (sums - sums.mean(axis=0)) / np.sqrt(sums.var(axis=0) + 1e-3)
    expected = (np.maximum(unit * scale + shift, 0) @ outer + last)[:, 0]
    assert net.loss_ == pytest.approx(np.mean((expected - (Y - Y.mean()) / Y.std()) ** 2), rel=1e-4)
    assert mean == pytest.approx(0.01 * sums.mean(axis=0), rel=1e-3, abs=1e-6)  # momentum 0.99
    unit = (sums - mean) / np.sqrt(variance + 1e-3)
    expected = (np.maximum(unit * scale + shift, 0) @ outer + last)[:, 0]
    assert net.predict(X) == pytest.approx(expected * Y.std() + Y.mean(), rel=1e-4)


def test_a_linear_model_has_the_penalty_on_its_one_layer():
    """Else a search over l2 would be one over nothing."""
    net = fitted(hidden_layer_sizes=(), l1=0.01, l2=0.1)
    error = np.mean(((net.predict(X) - Y) / Y.std()) ** 2)
    size = 0.01 * np.abs(kernel(net)).sum() + 0.1 * np.square(kernel(net)).sum()
    assert net.evaluate(X, Y)["loss"] == pytest.approx(error + size, rel=1e-4)
