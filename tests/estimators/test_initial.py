"""First weights: Keras' own distribution, the same on every backend, and none for columns that say nothing."""

import math

import keras
import numpy as np
import pytest
from scipy import sparse

from skdl import KerasMLPRegressor

X = np.random.default_rng(0).normal(size=(50, 6))
Y = X.sum(axis=1)


def first_kernel(net):
    """Return the first layer's weights."""
    return keras.ops.convert_to_numpy(net.model_.get_layer("hidden_1").kernel)


def test_first_weights_are_those_of_keras_glorot_uniform():
    """Uniform up to sqrt(6 / (fan_in + fan_out)), and said so in the configuration."""
    net = KerasMLPRegressor((500,), random_state=0).initialize(X, Y)
    kernel, limit = first_kernel(net), math.sqrt(6 / 506)
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-2)
    assert kernel.std() == pytest.approx(limit / math.sqrt(3), rel=3e-2)
    assert net.model_.get_config()["layers"][1]["config"]["kernel_initializer"]["class_name"] == "GlorotUniform"


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_matrix, lambda table: table.reshape(50, 2, 3)], ids=["dense", "sparse", "images"]
)
def test_a_column_that_was_always_zero_has_no_say(form):
    """A border pixel that was black in all training images must not decide when it is white."""
    table = X.copy()
    table[:, 2] = 0.0
    net = KerasMLPRegressor((8,), epochs=3, random_state=0).fit(form(table), Y)
    white = table.copy()
    white[:, 2] = 255.0
    assert np.array_equal(net.predict(form(white)), net.predict(form(table)))
    assert np.ptp(net.predict(form(table))) > 0


def test_where_no_column_varies_weights_stay():
    """As in a first partial_fit of one row: the network must be able to learn from what comes."""
    net = KerasMLPRegressor((8,), random_state=0).partial_fit(X[:1], Y[:1])
    assert np.count_nonzero(first_kernel(net)) == 48
