"""Networks that train as arrays, against the same networks as Keras models."""

import keras
import numpy as np
import pytest

from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.training import Sketch, n_traces
from skdl.training import _sketch as sketches

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="networks train as arrays on JAX alone")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4))
X[:, 2] = 1.0  # a column without a say
Y = X[:, 0] + X[:, 1] ** 2
CODES = np.digitize(Y, [0.5, 1.5])
SETTINGS = {"hidden_layer_sizes": (6, 5), "epochs": 4, "batch_size": 16, "random_state": 3}

CASES = {
    "regressor": (KerasMLPRegressor, {}),
    "classifier": (KerasMLPClassifier, {"metrics": ["accuracy"]}),
    "dropout and penalties": (KerasMLPRegressor, {"dropout": 0.3, "l1": 0.01, "l2": 0.02}),
    "batch normalisation": (KerasMLPRegressor, {"batch_normalization": True, "dropout": 0.2}),
    "maxout": (KerasMLPClassifier, {"activation": "maxout"}),
    "no hidden layer": (KerasMLPClassifier, {"hidden_layer_sizes": ()}),
    "double precision": (KerasMLPRegressor, {"dtype": "float64"}),
    "stopped early": (KerasMLPRegressor, {"epochs": 40, "early_stopping": True, "patience": 1, "min_delta": 0.1}),
    "an optimizer with a rate of its own": (KerasMLPRegressor, {"optimizer": keras.optimizers.RMSprop(0.02)}),
    "a schedule": (
        KerasMLPRegressor,
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.5)},
    ),
}


class SeesTheModel(keras.callbacks.Callback):
    """An epoch-level callback."""

    def on_epoch_end(self, epoch, logs=None):
        """Look at the weights."""
        assert len(self.model.get_weights()) > 1


def is_sketch(net):
    """Tell whether the Keras model is not built yet."""
    return isinstance(net._network, Sketch) and not net._network.is_model


@pytest.mark.parametrize(("kind", "settings"), CASES.values(), ids=CASES.keys())
def test_arrays_train_as_the_model_does(kind, settings):
    """To the bit; a callback, which sees the model, has it built at once."""
    target = CODES if kind is KerasMLPClassifier else Y
    ours = kind(**(SETTINGS | settings)).fit(X, target)
    watched = kind(**(SETTINGS | settings), callbacks=SeesTheModel).fit(X, target)
    assert is_sketch(ours)
    assert not is_sketch(watched)
    assert ours.history_ == watched.history_
    before = ours.predict(X)
    assert is_sketch(ours)
    assert np.array_equal(before, watched.predict(X))
    for mine, other in zip(ours.model_.get_weights(), watched.model_.get_weights(), strict=True):
        assert np.array_equal(mine, other)
    assert np.array_equal(before, ours.predict(X))


def test_the_model_is_built_once_and_goes_on_with_the_optimizer_s_state():
    """Whether somebody looked at it between two trainings makes no difference."""
    unseen = KerasMLPRegressor(**SETTINGS, warm_start=True).fit(X, Y)
    seen = KerasMLPRegressor(**SETTINGS, warm_start=True).fit(X, Y)
    assert seen.model_ is seen.model_
    assert int(seen.model_.optimizer.iterations) == 4 * 6
    again = [net.fit(X, Y).predict(X) for net in (unseen, seen)]
    assert is_sketch(unseen)
    assert np.array_equal(*again)


def test_weights_that_are_set_in_the_model_are_those_that_predict():
    """The sketch is no second copy."""
    net = KerasMLPRegressor(**SETTINGS).fit(X, Y)
    net.model_.set_weights([np.zeros_like(weight) for weight in net.model_.get_weights()])
    assert np.ptp(net.predict(X)) == 0


def test_fits_of_one_structure_share_a_blueprint_and_nothing_else():
    """Other numbers are another blueprint, and the same program."""
    first, second = (KerasMLPRegressor(**SETTINGS | {"random_state": seed}).fit(X, Y) for seed in (0, 1))
    assert first._network.blueprint is second._network.blueprint
    assert not np.array_equal(first.predict(X), second.predict(X))
    before = n_traces()
    third = KerasMLPRegressor(**SETTINGS, l2=0.1).fit(X, Y)
    fourth = KerasMLPRegressor(**SETTINGS, l2=0.2).fit(X, Y)
    assert third._network.blueprint is not fourth._network.blueprint
    assert n_traces() - before == 1


def test_a_network_that_takes_long_to_train_is_built_at_once(monkeypatch):
    """Building it takes no time worth saving, and a blueprint of it would take memory."""
    monkeypatch.setattr(sketches, "_LARGEST", 10)
    net = KerasMLPRegressor(**SETTINGS | {"hidden_layer_sizes": (9,)}).fit(X, Y)
    assert isinstance(net._network, keras.Model)
    assert net.predict(X).shape == (90,)
