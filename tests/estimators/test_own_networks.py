"""User-defined networks by ``model=``: their arguments, and errors where they do not fit the table."""

import keras
import numpy as np
import pytest
from keras import layers

from skdl import KerasMLPClassifier, KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X.sum(axis=1)
CODES = np.digitize(Y, [-1, 1])


def wide_and_deep(n_features_in, n_outputs, activation):
    """Build a network that no list of layer sizes describes."""
    inputs = keras.Input((n_features_in,))
    deep = layers.Dense(4, activation=activation)(inputs)
    return keras.Model(inputs, layers.Dense(n_outputs)(layers.Concatenate()([inputs, deep])))


def test_a_user_defined_network_replaces_the_mlp():
    """The function receives what its signature names; the same random state gives the same bits."""
    first, second = (KerasMLPRegressor(model=wide_and_deep, epochs=2, random_state=0).fit(X, Y) for _ in range(2))
    assert any("concatenate" in layer.name for layer in first.model_.layers)
    assert np.array_equal(first.predict(X), second.predict(X))


def test_a_function_with_keyword_arguments_receives_all_parameters():
    """Parameters of the estimator, and what target and loss require of the last layer."""
    seen = {}

    def build(n_outputs, output_activation, **rest):
        seen.update(rest, n_outputs=n_outputs, output_activation=output_activation)
        return keras.Sequential([layers.Input(rest["input_shape"]), layers.Dense(n_outputs, output_activation)])

    KerasMLPClassifier(model=build, dropout=0.3).initialize(X, CODES)
    assert (seen["n_features_in"], seen["n_outputs"], seen["output_activation"]) == (3, 3, "softmax")
    assert (seen["input_shape"], seen["dropout"], seen["dtype"]) == ((3,), 0.3, "float32")


def chain(*given, inputs=(3,)):
    """Build a chain of layers."""
    return keras.Sequential([layers.Input(inputs), *given])


def ends(inputs=1, outputs=1):
    """Build a network of several inputs or outputs."""
    given = [keras.Input((3,)) for _ in range(inputs)]
    total = layers.Add()(given) if inputs > 1 else given[0]
    return keras.Model(given, [layers.Dense(1)(total) for _ in range(outputs)])


class Subclassed(keras.Model):
    """A network without inputs before its first call."""

    def __init__(self):
        super().__init__()

    def call(self, rows):
        return rows[:, :1]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: chain(layers.Dense(2)), "last layer must have 1 units for this target and loss; got 2.*n_outputs"),
        (lambda: chain(layers.Reshape((3, 1)), layers.Dense(1)), r"of shape \(1,\); got \(3, 1\).*Flatten"),
        (lambda: chain(layers.Dense(1), inputs=(5,)), r"the shape \(3,\) of a row of X; got \(5,\).*input_shape"),
        (lambda: chain(layers.Flatten(), layers.Dense(1), inputs=(3, 1)), r"the shape \(3,\) .* got \(3, 1\)"),
        (lambda: ends(outputs=2), "one input and one output; got 1 and 2"),
        (lambda: ends(inputs=2), "one input and one output; got 2 and 1"),
        (Subclassed, "one input and one output; got 0 and 0 in a Subclassed.*Return keras.Sequential"),
    ],
    ids=["units", "three axes", "columns", "images", "two outputs", "two inputs", "subclass"],
)
def test_a_network_that_does_not_fit_the_table_is_an_error(build, message):
    net = KerasMLPRegressor(model=build)
    with pytest.raises(ValueError, match=f"model: the network.*{message}"):
        net.fit(X, Y)
    assert not hasattr(net, "model_")


def test_three_classes_need_three_units():
    with pytest.raises(ValueError, match="last layer must have 3 units for this target and loss; got 1"):
        KerasMLPClassifier(model=lambda: chain(layers.Dense(1, "sigmoid"))).fit(X, CODES)


def test_a_function_that_returns_no_network_is_an_error():
    with pytest.raises(TypeError, match=r"must return a keras\.Model; got 'list'\. Return keras\.Sequential"):
        KerasMLPRegressor(model=lambda: [layers.Dense(1)]).fit(X, Y)


@pytest.mark.parametrize("wrapped", [lambda end: [end], lambda end: {"prediction": end}], ids=["list", "dictionary"])
def test_a_single_input_or_output_may_be_in_a_list_or_a_dictionary(wrapped):

    def build():
        inputs = keras.Input((3,))
        return keras.Model([inputs], wrapped(layers.Dense(1)(inputs)))

    net = KerasMLPRegressor(model=build, epochs=2, random_state=0).fit(X, Y)
    assert net.predict(X).shape == (40,)


@pytest.mark.parametrize("sizes", [(4, 0), (2.5,), (-1,)], ids=["zero", "fraction", "negative"])
def test_a_layer_has_a_whole_number_of_units(sizes):
    """Before anything is trained."""
    with pytest.raises(ValueError, match="hidden_layer_sizes: each must be a whole number of units, 1 or more; got"):
        KerasMLPRegressor(sizes).fit(X, Y)
