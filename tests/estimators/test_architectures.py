"""A further architecture is one class, and an estimator that names it; all else comes from the base classes."""

import pickle
from dataclasses import dataclass
from numbers import Integral

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import Interval

from skdl import freeze
from skdl.estimators import Architecture, NetworkRegressor, describe_network

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = 10.0 * X[:, 0] + X[:, 1] ** 2


@keras.saving.register_keras_serializable("tests")
class Scale(keras.layers.Layer):
    """Multiplies each column by a factor that is trained."""

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

    def call(self, inputs):
        return inputs * self.factor


def freeze_scale(translation, layer):
    """Translate the layer as (x - 0) * factor + 0."""
    factor = np.asarray(layer.factor)
    translation.affine(np.zeros_like(factor), factor, np.zeros_like(factor))


@dataclass(frozen=True)
class ScaledNet(Architecture):
    """Factors for the columns, a layer of tanh, and the output."""

    parameter_constraints = {"n_units": [Interval(Integral, 1, None, closed="left")]}  # noqa: RUF012 - a dataclass
    numpy_translators = {Scale: freeze_scale}  # noqa: RUF012 - likewise

    n_units: int

    def build(self):
        ends, layers = self.interface, keras.layers
        parts = [Scale(name="scale"), layers.Dense(self.n_units, "tanh", name="hidden", kernel_initializer="zeros")]
        parts.append(layers.Dense(ends.n_outputs, ends.output_activation, name="output", kernel_initializer="zeros"))
        return keras.Sequential([layers.Input(ends.input_shape), *parts])

    def initial_value(self, X):
        generator = np.random.default_rng(self.interface.seed)

        def draw(name, value):
            return generator.normal(scale=0.1, size=value.shape) if name.endswith("/kernel") else value

        return draw

    @staticmethod
    def describe_layer(layer):
        return "+scaled" if isinstance(layer, Scale) else None


class ScaledNetRegressor(NetworkRegressor):
    """A regressor with the parameters that its tests use."""

    _architecture = ScaledNet
    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's way to declare them
        name: constraint
        for name, constraint in {**NetworkRegressor._parameter_constraints, **ScaledNet.parameter_constraints}.items()
        if name in {"n_units", "epochs", "random_state"}
    }
    optimizer, learning_rate, loss, metrics, target_scaling = "adam", 0.05, "auto", None, "standard"
    batch_size, shuffle, validation_split, early_stopping = 20, True, None, False
    callbacks, model, dtype, warm_start, verbose = None, None, "float32", False, 0

    def __init__(self, n_units=8, *, epochs=40, random_state=0):
        self.n_units = n_units
        self.epochs = epochs
        self.random_state = random_state


@pytest.fixture(scope="module")
def net():
    """Fit the regressor."""
    return ScaledNetRegressor().fit(X, Y)


def test_it_is_trained_and_reproducible(net):
    """Its initial values are those that the architecture draws."""
    assert net.score(X, Y) > 0.9
    assert np.array_equal(clone(net).fit(X, Y).predict(X), net.predict(X))
    untrained = ScaledNetRegressor().initialize(X, Y)
    first = np.random.default_rng(untrained._seed).normal(scale=0.1, size=(3, 8))
    assert np.asarray(untrained.model_.get_layer("hidden").kernel) == pytest.approx(first, rel=1e-6)


def test_it_is_pickled(net):
    assert np.array_equal(pickle.loads(pickle.dumps(net)).predict(X), net.predict(X))


def test_it_is_frozen_by_the_translators_of_its_layers(net):
    frozen = freeze(net)
    assert [step["op"] for step in frozen.configuration_["layers"]] == ["affine", "dense", "activation", "dense"]
    assert frozen.predict(X) == pytest.approx(net.predict(X), rel=1e-4, abs=1e-4)


def test_it_describes_its_own_layers(net):
    assert describe_network(net).architecture == "3 scaled -> 8 tanh -> 1 linear"


def test_its_hyperparameters_are_checked():
    with pytest.raises(ValueError, match="The 'n_units' parameter of ScaledNetRegressor must be"):
        ScaledNetRegressor(0).fit(X, Y)
