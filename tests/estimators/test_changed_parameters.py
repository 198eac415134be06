"""Parameters that are changed between two fits of one network, by ``warm_start`` or ``partial_fit``."""

import math
import pickle

import keras
import numpy as np
import pytest
from helpers.weights import weights_of
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from skdl import KerasMLPClassifier, KerasMLPRegressor, diagnose_training

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X.sum(axis=1) + RNG.normal(size=60)
SETTINGS = {"hidden_layer_sizes": (4,), "optimizer": "sgd", "learning_rate": 0.1, "epochs": 2, "random_state": 0}


def fitted(**parameters):
    """Fit a network that a next fit continues."""
    return KerasMLPRegressor(**{**SETTINGS, **parameters}, warm_start=True).fit(X, Y)


def distance(before, net):
    """Return how far the weights moved."""
    return max(np.abs(old - new).max() for old, new in zip(before, weights_of(net.model_), strict=True))


STILL = {
    "learning rate": {"learning_rate": 1e-12},
    "optimizer by name": {"optimizer": "adam", "learning_rate": 1e-12},
    "optimizer instance": {"optimizer": keras.optimizers.SGD(1e-12)},
    "clipped gradients": {"optimizer": keras.optimizers.SGD(0.1, clipvalue=1e-12)},
    "schedule": {"learning_rate": keras.optimizers.schedules.ExponentialDecay(1e-12, 10, 0.9)},
}


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("changed", STILL.values(), ids=STILL.keys())
def test_a_changed_optimizer_takes_effect(changed, method):
    """With steps of almost nothing the weights stay; before, they move."""
    net = fitted()
    before = weights_of(net.model_)
    getattr(net.set_params(**changed), method)(X, Y)
    assert distance(before, net) < 1e-9
    getattr(net.set_params(**SETTINGS), method)(X, Y)
    assert distance(before, net) > 1e-3


CHANGES = {
    "loss": {"loss": "mae"},
    "penalty and activation": {"l2": 0.1, "activation": "tanh"},
    "dropout": {"dropout": 0.5},
    "user-defined network": {
        "model": lambda activation: keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(4, activation), keras.layers.Dense(1)]
        ),
        "activation": "tanh",
    },
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_the_rest_of_the_training_is_that_of_a_network_with_the_new_parameters(changed):
    """The oracle is such a network with the first one's weights; one batch in the order of the rows."""
    net = fitted(shuffle=False)
    other = KerasMLPRegressor(**{**SETTINGS, "shuffle": False, **changed}, warm_start=True).initialize(X, Y)
    other.model_.set_weights(weights_of(net.model_))
    assert net.set_params(**changed).fit(X, Y).predict(X) == pytest.approx(other.fit(X, Y).predict(X), rel=1e-5)


def test_the_state_of_the_optimizer_stays_where_only_its_rate_changes():
    """As where Keras' own learning rate is set; one of another class starts anew."""
    net = fitted(optimizer="adam")
    assert int(net.set_params(learning_rate=0.01).fit(X, Y).model_.optimizer.iterations) == 4
    assert int(net.set_params(optimizer="sgd").fit(X, Y).model_.optimizer.iterations) == 2


REFUSED = {
    "layers": (
        {"hidden_layer_sizes": (4, 3)},
        r"do not fit others; got hidden_layer_sizes=\(4, 3\), was \(4,\)",
    ),
    "maxout": (
        {"activation": "maxout"},
        r"got activation='maxout', was 'relu'\. Train a new network: set",
    ),
    "unit of the target": ({"target_scaling": None}, r"in the unit of the scaled target; got target_scaling=None"),
    "output of the loss": ({"loss": "poisson"}, r"would need other outputs; got loss='poisson', was 'auto'"),
}


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("changed", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_weights_do_not_fit_is_an_error(changed, message, method):
    """The network stays as it was, and continues with its old parameters."""
    net = fitted()
    predicted = net.predict(X)
    with pytest.raises(ValueError, match=message):
        getattr(net.set_params(**changed), method)(X, np.abs(Y))
    assert np.array_equal(net.set_params(loss="auto", target_scaling="standard").predict(X), predicted)


def test_a_copy_continues_with_changed_parameters_too():
    """A pickle knows the parameters that its network was trained with."""
    net = pickle.loads(pickle.dumps(fitted()))
    before = weights_of(net.model_)
    assert distance(before, net.set_params(learning_rate=1e-12).fit(X, Y)) < 1e-9
    with pytest.raises(ValueError, match="do not fit others"):
        net.set_params(hidden_layer_sizes=(5,)).fit(X, Y)


def test_a_metric_that_is_added_later_has_no_value_for_the_epochs_before():
    """Positions in the lists are epochs; a diagnosis begins where the validation loss does."""
    net = fitted().set_params(metrics=["mae"], validation_split=0.2, epochs=8).fit(X, Y)
    assert [len(net.history_[name]) for name in ("loss", "mae", "val_loss")] == [10, 10, 10]
    assert [math.isnan(value) for value in net.history_["mae"]] == [True] * 2 + [False] * 8
    assert diagnose_training(net).n_epochs == 8


def test_another_random_state_draws_other_row_orders():
    """The same one continues the first fit's."""
    losses = [fitted(batch_size=20).set_params(random_state=seed).fit(X, Y).loss_ for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_class_weights_may_change():
    """They are multiplied into the weights of the rows, in each fit anew."""
    net = KerasMLPClassifier(**SETTINGS, warm_start=True).fit(X, Y > 0)
    before = np.mean(net.predict(X))
    assert np.mean(net.set_params(class_weight={True: 50.0, False: 1.0}, epochs=10).fit(X, Y > 0).predict(X)) > before


def test_the_coding_of_labels_may_change_with_the_loss():
    """Codes become indicators; the weights are the same."""
    net = KerasMLPClassifier(**SETTINGS, warm_start=True).fit(X, np.digitize(Y, [0.0, 1.0]))
    assert len(net.set_params(loss="categorical_crossentropy").fit(X, np.digitize(Y, [0.0, 1.0])).history_["loss"]) == 4


def test_the_number_of_epochs_is_that_of_the_last_fit():
    """As in scikit-learn's network; `partial_fit` adds to it."""
    theirs = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, warm_start=True)
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        assert fitted().fit(X, Y).n_iter_ == theirs.fit(X, Y).fit(X, Y).n_iter_ == 2
    assert fitted().partial_fit(X, Y).n_iter_ == 3
