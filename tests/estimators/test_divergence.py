"""Divergence: a loss that is no longer finite ends the fit, and the best weights so far are kept."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skdl import KerasMLPRegressor, KerasRealMLPRegressor

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X.sum(axis=1)


class SeesBatches(keras.callbacks.Callback):
    """Sends a fit to ``keras.Model.fit``."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at a batch."""


WAYS = {"compiled": None, "epoch by epoch": [keras.callbacks.Callback()], "Keras": [SeesBatches()]}


SPLITS = [
    pytest.param({}, id="training rows alone"),
    pytest.param({"validation_split": 0.2}, id="validation set", marks=pytest.mark.slow),
    pytest.param({"early_stopping": True}, id="early stopping"),
]


def sound_then_not(n_steps):
    """Make a learning rate that is sound for so many steps."""
    return keras.optimizers.schedules.PiecewiseConstantDecay([n_steps - 1], [0.01, 1e30])


@pytest.mark.parametrize("callbacks", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("settings", SPLITS)
def test_the_weights_from_before_the_divergence_are_kept(settings, callbacks):
    """The oracle is the same fit without the learning rate that makes it diverge."""
    shared = {"hidden_layer_sizes": (4,), "optimizer": "sgd", "random_state": 0, "callbacks": callbacks, **settings}
    net = KerasMLPRegressor(**shared, learning_rate=sound_then_not(5), epochs=20)
    with pytest.warns(ConvergenceWarning, match="did not in epoch [67], .* the weights of epoch 5 were kept. Scale X"):
        net.fit(X, Y)
    sound = KerasMLPRegressor(**shared, learning_rate=0.01, epochs=5).fit(X, Y)
    assert np.array_equal(net.predict(X), sound.predict(X))
    assert net.best_epoch_ == 5
    assert len(net.history_["loss"]) == net.n_iter_ in {6, 7}


@pytest.mark.parametrize("callbacks", WAYS.values(), ids=WAYS.keys())
def test_a_loss_that_diverges_at_once_leaves_the_initial_weights(callbacks):
    """Predictions are finite."""
    net = KerasMLPRegressor((4,), optimizer="sgd", learning_rate=1e30, batch_size=10, epochs=3, callbacks=callbacks)
    with pytest.warns(ConvergenceWarning, match="in epoch 1, where training ended, and the initial weights were kept"):
        net.fit(X, Y)
    assert np.isfinite(net.predict(X)).all()
    assert net.best_epoch_ is None


def test_a_strong_network_that_diverges_names_a_parameter_that_it_has():
    X = np.random.default_rng(0).normal(size=(60, 2))
    net = KerasRealMLPRegressor((8,), epochs=3, learning_rate=1e30, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"kept\. Lower learning_rate\.$"):
        net.fit(X, X[:, 0])
