"""Initial weights: Keras' own distribution, and zeros for constant columns."""

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
    return keras.ops.convert_to_numpy(net.model_.get_layer("hidden_1").kernel.value)


def test_initial_weights_have_the_distribution_of_glorot_uniform():
    """Uniform up to sqrt(6 / (fan_in + fan_out)); the configuration names Keras' initializer."""
    net = KerasMLPRegressor((500,), random_state=0).initialize(X, Y)
    kernel, limit = first_kernel(net), math.sqrt(6 / 506)
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-2)
    assert kernel.std() == pytest.approx(limit / math.sqrt(3), rel=3e-2)
    assert net.model_.get_config()["layers"][1]["config"]["kernel_initializer"]["class_name"] == "GlorotUniform"


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_matrix, lambda table: table.reshape(50, 2, 3)], ids=["dense", "sparse", "images"]
)
def test_a_column_that_was_constant_in_training_has_no_effect(form):
    """A border pixel that was black in all training images must not decide when it is white."""
    table = X.copy()
    table[:, 2] = 0.0
    net = KerasMLPRegressor((8,), epochs=3, random_state=0).fit(form(table), Y)
    white = table.copy()
    white[:, 2] = 255.0
    assert np.array_equal(net.predict(form(white)), net.predict(form(table)))
    assert np.ptp(net.predict(form(table))) > 0


def test_where_no_column_varies_all_weights_are_drawn():
    """As in a first partial_fit of one row: the network must be able to learn from later ones."""
    net = KerasMLPRegressor((8,), random_state=0).partial_fit(X[:1], Y[:1])
    assert np.count_nonzero(first_kernel(net)) == 48


def test_a_lazy_network_and_one_built_at_once_start_alike():
    """Metrics that are instances keep a network from being lazy."""
    parameters = {"hidden_layer_sizes": (4, 3), "dropout": 0.5, "batch_normalization": True, "random_state": 0}
    table = X.copy()
    table[:, 1] = 1.0
    lazy = KerasMLPRegressor(**parameters).initialize(table, Y)
    built = KerasMLPRegressor(**parameters, metrics=[keras.metrics.MeanAbsoluteError()]).initialize(table, Y)
    pairs = list(zip(lazy.model_.variables, built.model_.variables, strict=True))
    assert pairs[0][0].path == pairs[0][1].path == "keras_mlp/hidden_1/kernel"
    for one, other in pairs:
        assert np.array_equal(keras.ops.convert_to_numpy(one.value), keras.ops.convert_to_numpy(other.value)), one.path
