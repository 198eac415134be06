"""`to_keras`: a frozen network as a Keras model, with the same weights and predictions."""

import joblib
import keras
import numpy as np
import pytest
from helpers.cases import cases
from helpers.frozen_networks import frozen_regressor
from helpers.weights import weights_of, with_random_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skdl import KerasMLPClassifier, KerasMLPRegressor, freeze
from skdl.exceptions import ModelFileError
from skdl.frozen import ACTIVATIONS, FrozenMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4))
Y = 1000.0 + 100.0 * X[:, 0] + 30.0 * X[:, 1] ** 2
# `glu` halves its units, which no layer of Keras expects.
NAMES = sorted(set(ACTIVATIONS) - {"glu"})


def drawn(estimator, rows=X, y=Y):
    """Build a network of random weights."""
    return with_random_weights(estimator, rows, y)


def assert_same(actual, expected, scale=1.0):
    """Compare within rtol 1e-5 and atol 1e-6 times the target's scale."""
    np.testing.assert_allclose(np.asarray(actual).reshape(expected.shape), expected, rtol=1e-5, atol=1e-6 * scale)


def assert_all_three_agree(live, rows=X, y=Y):
    """Compare the Keras estimator, the frozen one and the Keras model of that."""
    frozen = freeze(live)
    assert frozen.predict(rows).shape == live.predict(rows).shape
    assert_same(frozen.predict(rows), live.predict(rows), np.std(y))
    network = frozen.to_keras()
    assert isinstance(network, keras.Model)
    assert_same(network(rows.astype(live.dtype)), frozen.predict(rows), np.std(y))


# tests/test_frozen.py holds every activation against Keras' own.
ALL = {name: name for name in [*NAMES, "maxout"]}


QUICK = {"relu", "leaky_relu", "gelu", "maxout", "softmax", "sparsemax", "selu"} & set(ALL)


@pytest.mark.parametrize("activation", cases({**ALL, "swish": "swish"}, {*QUICK, "swish"}))
@pytest.mark.parametrize("batch_normalization", cases({"plain": False, "batch norm": True}, {"batch norm"}))
def test_the_estimator_the_frozen_one_and_its_keras_model_agree(activation, batch_normalization):
    """For each activation; dropout and penalties have no effect on predictions."""
    extras = {"dropout": 0.3, "l1": 0.01, "l2": 0.01, "batch_normalization": batch_normalization}
    assert_all_three_agree(drawn(KerasMLPRegressor((6, 5), activation=activation, **extras)))


@settings(max_examples=settings.default.max_examples // 5)  # each example compiles
@given(
    sizes=st.lists(st.integers(1, 40), max_size=3),
    activation=st.sampled_from(["relu", "maxout", "selu", "silu"]),
    n_outputs=st.integers(1, 3),
    batch_normalization=st.booleans(),
    n_rows=st.integers(1, 50),
)
def test_networks_of_any_size_agree(sizes, activation, n_outputs, batch_normalization, n_rows):
    """From a linear model to three hidden layers, one unit wide or forty; one row or many."""
    y = Y if n_outputs == 1 else np.column_stack([Y * (k + 1) for k in range(n_outputs)])
    net = KerasMLPRegressor(tuple(sizes), activation=activation, batch_normalization=batch_normalization)
    live = drawn(net, y=y)
    assert_all_three_agree(live, X[:n_rows], y)


def test_double_precision_is_kept():
    """The weights to the last bit, and predictions nearly so."""
    live = KerasMLPRegressor((4,), dtype="float64", epochs=1, random_state=0).fit(X, Y)
    frozen = freeze(live)
    assert {array.dtype for array in frozen.weights_} == {np.dtype("float64")}
    np.testing.assert_allclose(frozen.predict(X), live.predict(X), rtol=1e-12)
    network = frozen.to_keras()
    assert {str(weight.dtype) for weight in network.weights} == {"float64"}
    assert all(np.array_equal(*pair) for pair in zip(weights_of(network), weights_of(live.model_), strict=True))


CLASSES = {
    "two classes": ({}, np.where(Y > 1000, "yes", "no")),
    "three classes": ({}, np.digitize(Y, [950, 1050])),
    "one-hot": ({"loss": "categorical_crossentropy"}, np.digitize(Y, [950, 1050])),
    "multilabel": ({}, np.column_stack([Y > 1000, X[:, 2] > 0]).astype(int)),
}


@pytest.mark.parametrize(("parameters", "y"), CLASSES.values(), ids=CLASSES)
def test_the_keras_model_of_a_classifier_returns_the_units_of_its_last_layer(parameters, y):
    """The second class's probability, or one for each class or label; labels are in their own type."""
    live = drawn(KerasMLPClassifier((8,), **parameters), y=y)
    frozen = freeze(live)
    raw = frozen.to_keras().predict(X.astype("float32"), verbose=0)
    expected = frozen.predict_proba(X)
    assert_same(raw, expected[:, 1:] if raw.shape[1] == 1 else expected)
    assert_same(expected, live.predict_proba(X))
    np.testing.assert_array_equal(frozen.predict(X), live.predict(X))
    np.testing.assert_array_equal(frozen.classes_, live.classes_)


def own_chain(n_features_in, n_outputs):
    """Build a chain of every other layer that NumPy can compute, as a functional model."""
    layers = keras.layers
    normalization = layers.Normalization(mean=[5.0, 0.0, -3.0, 1.0], variance=[0.1, 1.0, 4.0, 2.0])
    parts = [normalization, layers.Rescaling(0.5, offset=1.0), layers.BatchNormalization(), layers.Dense(8)]
    parts += [layers.LeakyReLU(0.3), layers.Dense(6, activation="mish", use_bias=False), layers.ELU(0.5)]
    parts += [
        layers.GaussianNoise(0.1),
        layers.Dropout(0.5),
        layers.Dense(6),
        layers.ReLU(2.0, 0.1, 0.5),
        layers.Reshape((3, 2)),
    ]
    parts += [layers.Activation("tanh"), layers.Flatten(), layers.Dense(4), layers.Softmax(), layers.Dense(n_outputs)]
    inputs = outputs = keras.Input((n_features_in,))
    for layer in parts:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


def test_a_user_defined_chain_agrees():
    """All kinds of layers that NumPy can compute."""
    assert_all_three_agree(drawn(KerasMLPRegressor(model=own_chain)))


def test_a_large_mean_costs_no_digits():
    """It is subtracted first, as in the frozen network."""
    layers = [{"op": "affine", "mean": 0, "scale": 1, "shift": 2}]
    frozen = frozen_regressor(layers, [[1e6], [0.7], [0.5]], (1,))
    rows = 1e6 + np.arange(8.0).reshape(-1, 1) / 4
    assert frozen.to_keras().predict(rows.astype("float32"), verbose=0)[:, 0] == pytest.approx(frozen.predict(rows))


def test_images_keep_their_shape():
    """Each row is a (2, 2) image."""
    assert_all_three_agree(drawn(KerasMLPRegressor((4,)), X.reshape(-1, 2, 2)), X.reshape(-1, 2, 2))


def test_an_estimator_from_the_keras_model_can_be_trained():
    """Training continues from its weights, in the unit of the scaled target."""
    live = KerasMLPRegressor((8,), epochs=20, random_state=0).fit(X, Y)
    again = KerasMLPRegressor.from_keras(freeze(live).to_keras(), random_state=0)
    assert_same(again.predict(X), live.predict(X), Y.std())
    assert again.partial_fit(X, Y).loss_ < 2 * live.loss_


def test_a_network_that_numpy_cannot_compute_has_a_keras_model_too():
    """The one in its file."""

    def build(n_features_in, n_outputs):
        normalized = keras.layers.LayerNormalization()
        return keras.Sequential([keras.Input((n_features_in,)), normalized, keras.layers.Dense(n_outputs)])

    live = drawn(KerasMLPRegressor(model=build))
    frozen = freeze(live, keep_keras=True)
    assert_same(frozen.to_keras().predict(X, verbose=0), live.predict(X), Y.std())


def test_a_sparsemax_that_keras_now_computes_differently_is_refused():
    """The Keras model would predict something else."""
    frozen = freeze(drawn(KerasMLPRegressor((4,), activation="sparsemax")))
    step = next(step for step in frozen.configuration_["layers"] if step.get("name") == "sparsemax")
    step["parameters"]["summed"] = not step["parameters"]["summed"]
    with pytest.raises(ModelFileError, match="sparsemax must be computed as by the Keras that froze it"):
        frozen.to_keras()


def test_an_unfitted_estimator_has_no_keras_model():
    """The error is that of predicting."""
    with pytest.raises(NotFittedError, match="not fitted"):
        FrozenMLPRegressor().to_keras()


def test_to_keras_imports_keras_and_predicting_does_not(commands, tmp_path):
    joblib.dump(freeze(drawn(KerasMLPRegressor((4,)))), tmp_path / "frozen")
    commands.output_of(
        f"import sys, joblib; frozen = joblib.load({str(tmp_path / 'frozen')!r}); frozen.predict([[0.0] * 4]);"
        "assert not {'keras', 'jax'} & set(sys.modules); frozen.to_keras(); assert 'keras' in sys.modules"
    )


@pytest.mark.parametrize("parameters", [{"keep_keras": False}, {"keep_keras": True}], ids=["steps", "file"])
def test_thaw_is_a_deprecated_alias(parameters):
    """It returns the same network and names its successor."""

    def build(n_features_in, n_outputs):
        layer = keras.layers.LayerNormalization() if parameters["keep_keras"] else keras.layers.Dense(3)
        return keras.Sequential([keras.Input((n_features_in,)), layer, keras.layers.Dense(n_outputs)])

    frozen = freeze(drawn(KerasMLPRegressor(model=build)), **parameters)
    with pytest.warns(DeprecationWarning, match=r"FrozenMLPRegressor: thaw was renamed.* Call to_keras\."):
        network = frozen.thaw()
    expected = frozen.to_keras().predict(X, verbose=0)
    np.testing.assert_array_equal(network.predict(X, verbose=0), expected)
