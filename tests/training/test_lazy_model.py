"""Lazy Keras models, against the same networks built at once."""

import keras
import numpy as np
import pytest
from helpers.cases import cases
from helpers.weights import weights_of

from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.training import LazyModel, n_traces

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="lazy models need JAX")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4))
X[:, 2] = 1.0  # constant: its weights start at zero
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
        assert len(weights_of(self.model)) > 1


def is_lazy(net):
    """Return whether the Keras model is not built yet."""
    return isinstance(net._network, LazyModel) and not net._network.is_built


QUICK = {"classifier", "dropout and penalties", "stopped early", "a schedule"}  # the others compile ten seconds more


@pytest.mark.parametrize(("kind", "settings"), cases(CASES, QUICK))
def test_a_lazy_model_trains_as_the_keras_model_does(kind, settings):
    """To the bit; a callback needs the Keras model, so it is built at once."""
    target = CODES if kind is KerasMLPClassifier else Y
    ours = kind(**(SETTINGS | settings)).fit(X, target)
    built = kind(**(SETTINGS | settings), callbacks=SeesTheModel).fit(X, target)
    assert is_lazy(ours)
    assert not is_lazy(built)
    assert ours.history_ == built.history_
    before = ours.predict(X)
    assert is_lazy(ours)
    assert np.array_equal(before, built.predict(X))
    for mine, other in zip(weights_of(ours.model_), weights_of(built.model_), strict=True):
        assert np.array_equal(mine, other)
    assert np.array_equal(before, ours.predict(X))


def test_the_model_is_built_once_and_keeps_the_optimizer_s_state():
    """Access to it between two trainings makes no difference."""
    unseen = KerasMLPRegressor(**SETTINGS, warm_start=True).fit(X, Y)
    seen = KerasMLPRegressor(**SETTINGS, warm_start=True).fit(X, Y)
    assert seen.model_ is seen.model_
    assert int(seen.model_.optimizer.iterations) == 4 * 6
    again = [net.fit(X, Y).predict(X) for net in (unseen, seen)]
    assert is_lazy(unseen)
    assert np.array_equal(*again)


def test_weights_that_are_set_in_the_model_are_those_that_predict():
    """There is no second copy of them."""
    net = KerasMLPRegressor(**SETTINGS).fit(X, Y)
    net.model_.set_weights([np.zeros_like(weight) for weight in weights_of(net.model_)])
    assert np.ptp(net.predict(X)) == 0


def test_fits_of_one_structure_share_a_template_and_nothing_else():
    """Another strength of L2 is another template, and the same program."""
    first, second = (KerasMLPRegressor(**SETTINGS | {"random_state": seed}).fit(X, Y) for seed in (0, 1))
    assert first._network.template is second._network.template
    assert not np.array_equal(first.predict(X), second.predict(X))
    before = n_traces()
    third = KerasMLPRegressor(**SETTINGS, l2=0.1).fit(X, Y)
    fourth = KerasMLPRegressor(**SETTINGS, l2=0.2).fit(X, Y)
    assert third._network.template is not fourth._network.template
    assert n_traces() - before == 1


def test_a_large_network_is_built_at_once():
    """Building it takes no time worth saving, and a template of it would take memory."""
    net = KerasMLPRegressor(**SETTINGS | {"hidden_layer_sizes": (600, 500)}).fit(X, Y)
    assert isinstance(net._network, keras.Model)
    assert net.predict(X).shape == (90,)
