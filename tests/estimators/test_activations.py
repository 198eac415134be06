"""Activations of hidden layers: all of Keras' by name, and maxout."""

import keras
import numpy as np
import pytest
from helpers.weights import weights_of

from skdl import KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X.sum(axis=1) + X[:, 0] ** 2
NOT_BY_NAME = {"deserialize", "get", "serialize", "glu", "threshold"}
NAMES = sorted({name for name, found in vars(keras.activations).items() if callable(found)} - NOT_BY_NAME)


def layers_of(net):
    """Return the arrays of a network with one hidden layer: matrix, bias, matrix, bias."""
    return [np.asarray(array, dtype="float64") for array in weights_of(net.model_)]


@pytest.mark.parametrize("name", NAMES)
def test_every_activation_of_keras_is_applied_between_the_layers(name):
    """The oracle is Keras' function on the hidden layer's sums. `tests/test_frozen.py` compares NumPy's to it."""
    net = KerasMLPRegressor((4,), activation=name, target_scaling=None, random_state=0).initialize(X, Y)
    inner, bias, outer, last = layers_of(net)
    hidden = keras.activations.get(name)(keras.ops.convert_to_tensor(X @ inner + bias, dtype="float32"))
    predicted = net.predict(X)
    assert np.isfinite(predicted).all()
    assert predicted == pytest.approx((np.asarray(hidden) @ outer + last)[:, 0], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("activation", ["leaky_relu", "gelu", "mish", "maxout"])
def test_a_network_trains_through_its_activation(activation):
    """The loss falls."""
    net = KerasMLPRegressor((4,), activation=activation, epochs=10, learning_rate=0.01, random_state=0).fit(X, Y)
    assert net.history_["loss"][-1] < net.history_["loss"][0]


def test_each_unit_of_maxout_is_the_larger_of_two_linear_pieces():
    """NumPy is the oracle."""
    net = KerasMLPRegressor((4,), activation="maxout", target_scaling=None, random_state=0).initialize(X, Y)
    inner, bias, outer, last = layers_of(net)
    pieces = X @ inner + bias
    expected = np.maximum(pieces[:, :4], pieces[:, 4:]) @ outer + last
    assert net.predict(X) == pytest.approx(expected[:, 0], rel=1e-5, abs=1e-6)


def test_a_maxout_layer_has_the_given_number_of_units():
    """The dense layer has two pieces for each."""
    net = KerasMLPRegressor((5, 3), activation="maxout", random_state=0).initialize(X, Y)
    assert [array.shape for array in layers_of(net)[::2]] == [(3, 10), (5, 6), (3, 1)]


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("reluu", "did you mean relu"),
        ("LeakyReLU", "did you mean leaky_relu"),
        ("threshold", "There are: celu"),
        ("glu", "did you mean gelu"),
    ],
    ids=["typing", "layer's name", "takes arguments", "halves its units"],
)
def test_an_unknown_activation_is_an_error_that_suggests_names(name, offered):
    """Before anything is trained."""
    net = KerasMLPRegressor(activation=name)
    with pytest.raises(ValueError, match=rf"activation: the name must be .* got '{name}'.*{offered}"):
        net.fit(X, Y)
    assert not hasattr(net, "model_")
