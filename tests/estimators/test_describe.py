"""Description of a fitted network, as one line and layer by layer."""

import keras
import numpy as np
import pytest

from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.estimators import LayerDescription, describe_network

X = np.random.default_rng(0).normal(size=(40, 5))


@pytest.fixture
def describe():
    """Describe a network."""

    def of(network, y):
        return describe_network(network.set_params(random_state=0).initialize(X, y))

    return of


def test_layers_are_listed_from_input_to_output(describe):
    """With units, activation and weights: one for each connection and one for each unit."""
    found = describe(KerasMLPRegressor((4, 3), activation="tanh"), X[:, 0])
    assert found.layers == (
        LayerDescription("input", "5", (), 0),
        LayerDescription("dense", "4", ("tanh",), 24),
        LayerDescription("dense", "3", ("tanh",), 15),
        LayerDescription("dense", "1", ("linear",), 4),
    )
    assert found.architecture == "5 -> 4 tanh -> 3 tanh -> 1 linear"


def test_modifications_of_a_layer_are_listed_with_it(describe):
    """Batch normalisation, activation and dropout are no entries of their own; their weights are counted."""
    network = KerasMLPClassifier((4,), batch_normalization=True, dropout=0.25)
    hidden = describe(network, X[:, 0] > 0).layers[1]
    assert hidden.details == ("batch norm", "relu", "dropout 0.25")
    assert hidden.n_parameters == 4 * 5 + 4 * 4


def test_the_weights_of_the_layers_are_those_of_the_network(describe):
    found = describe(KerasMLPClassifier((8, 4), batch_normalization=True), X[:, 0] > 0)
    assert sum(layer.n_parameters for layer in found.layers) == found.n_parameters


def test_a_user_defined_layer_is_listed_by_its_class(describe):

    def build(n_features_in, n_outputs):
        layers = [keras.Input((n_features_in,)), keras.layers.LayerNormalization(), keras.layers.Dense(n_outputs)]
        return keras.Sequential(layers)

    kinds = [layer.kind for layer in describe(KerasMLPRegressor(model=build), X[:, 0]).layers]
    assert kinds == ["input", "LayerNormalization", "dense"]
