"""Networks with user-defined layers, registered with Keras or not."""

import pickle

import keras
import numpy as np
import pytest

from skdl import KerasMLPRegressor
from skdl.training import n_traces

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X.sum(axis=1)


class Scaled(keras.layers.Layer):
    """Multiplies by a factor."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def halved(inputs):
    return 0.5 * inputs


def network_with(layer):
    """Return a function that builds a network around a layer."""
    first = keras.initializers.GlorotUniform(seed=1)

    def build(n_features_in, n_outputs):
        return keras.Sequential(
            [keras.Input((n_features_in,)), layer(), keras.layers.Dense(n_outputs, kernel_initializer=first)]
        )

    return build


LAYERS = {
    "a class": Scaled,
    "a function": lambda: keras.layers.Activation(halved),
    "a Lambda layer": lambda: keras.layers.Lambda(lambda inputs: 3.0 * inputs),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_a_user_defined_layer_is_trained_as_by_keras(layer):
    """The oracle is keras.Model.fit."""
    build = network_with(layer)
    net = KerasMLPRegressor(model=build, epochs=4, shuffle=False, target_scaling=None, batch_size=10, dtype="float32")
    net.fit(X, Y)
    theirs = build(3, 1)
    theirs.compile("adam", "mse")
    theirs.fit(X, Y, epochs=4, shuffle=False, batch_size=10, verbose=0)
    assert net.predict(X) == pytest.approx(theirs.predict(X, verbose=0)[:, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["a class", "a function"])
def test_a_pickle_finds_classes_and_functions_by_their_name(name):
    net = KerasMLPRegressor(model=network_with(LAYERS[name]), epochs=1).fit(X, Y)
    net.set_params(model=None)  # made inside a function, it cannot be pickled; the network can
    assert np.array_equal(pickle.loads(pickle.dumps(net)).predict(X), net.predict(X))


def test_a_class_redefined_under_its_name_is_another_structure():
    """As in a notebook's cell that is run again: the program of the first is not the second's."""

    def written(factor):
        class Redefined(keras.layers.Layer):
            def call(self, inputs):
                return factor * inputs

        return Redefined

    nets = [KerasMLPRegressor(model=network_with(written(factor)), epochs=1, random_state=0) for factor in (1.0, 0.0)]
    one, zero = (net.fit(X, Y).predict(X) for net in nets)
    assert np.ptp(one) > 0
    assert np.ptp(zero) == 0


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="skdl compiles networks on JAX alone")
def test_a_layer_that_keras_can_rebuild_is_trained_by_a_compiled_program():
    """A second fit traces nothing."""
    net = KerasMLPRegressor(model=network_with(Scaled), epochs=1)
    net.fit(X, Y)
    before = n_traces()
    net.set_params(learning_rate=0.5).fit(X, Y)
    assert n_traces() == before
