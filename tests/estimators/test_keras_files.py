"""Export to Keras files, and loading of them."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone

from skdl import KerasMLPClassifier, KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = 1000 + 50 * X.sum(axis=1)
SETTINGS = {"hidden_layer_sizes": (4,), "epochs": 3, "learning_rate": 0.01, "random_state": 0}


def exported(net, folder):
    """Write a network to a file."""
    net.export_keras(folder / "net.keras")
    return folder / "net.keras"


@pytest.mark.parametrize("target", [Y, np.column_stack([Y, -Y])], ids=["one", "two"])
def test_an_exported_network_predicts_in_the_target_s_unit(target, tmp_path):
    """The file holds the rescaling."""
    net = KerasMLPRegressor(**SETTINGS).initialize(X, target)
    loaded = keras.saving.load_model(exported(net, tmp_path))
    assert np.squeeze(loaded.predict(X.astype("float32"), verbose=0)) == pytest.approx(net.predict(X), rel=1e-5)


def test_a_file_is_loaded_as_the_same_estimator(tmp_path):
    """It predicts the same, measures its loss in the same unit, and continues training."""
    net = KerasMLPRegressor(**SETTINGS).fit(X, Y)
    loaded = KerasMLPRegressor.from_keras(exported(net, tmp_path), **SETTINGS)
    assert loaded.predict(X) == pytest.approx(net.predict(X), rel=1e-6)
    assert loaded.evaluate(X, Y) == pytest.approx(net.evaluate(X, Y), rel=1e-4)
    assert loaded.partial_fit(X, Y).loss_ == pytest.approx(net.partial_fit(X, Y).loss_, rel=0.05)


def test_a_clone_of_a_loaded_network_trains_a_new_one_of_its_structure(tmp_path):
    """As well as the exported network: the target's unit is no part of the structure."""
    net = KerasMLPRegressor(**{**SETTINGS, "epochs": 50}).fit(X, Y)
    again = clone(KerasMLPRegressor.from_keras(exported(net, tmp_path), **{**SETTINGS, "epochs": 50})).fit(X, 2 * Y)
    assert again.history_["loss"][0] < 10
    assert again.predict(X).mean() == pytest.approx(2 * Y.mean(), rel=0.05)


def test_an_estimator_of_another_network_predicts_as_it_does():
    """A network is accepted in place of a file."""
    network = keras.Sequential([layers.Input((3,)), layers.Dense(2, kernel_initializer="ones")])
    net = KerasMLPRegressor.from_keras(network)
    assert net.predict(X) == pytest.approx(np.column_stack([X.sum(axis=1)] * 2), rel=1e-5, abs=1e-6)


def test_a_loaded_classifier_has_its_labels(tmp_path):
    """In the order of the units."""
    names = np.array(["few", "many", "some"])
    net = KerasMLPClassifier(**SETTINGS).initialize(X, names[np.digitize(Y, [950, 1050])])
    loaded = KerasMLPClassifier.from_keras(exported(net, tmp_path), classes=names)
    assert np.array_equal(loaded.predict(X), net.predict(X))
    with pytest.raises(ValueError, match=r"classes must be 3 different labels for this network; got \['a', 'b'\]"):
        KerasMLPClassifier.from_keras(exported(net, tmp_path), classes=["a", "b"])


def test_a_file_name_must_end_in_keras(tmp_path):
    """Keras chooses the format by it."""
    net = KerasMLPRegressor(**SETTINGS).initialize(X, Y)
    with pytest.raises(ValueError, match=r"path must end in '\.keras'; got '.*net\.h5'"):
        net.export_keras(tmp_path / "net.h5")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"path must name a \.keras file; got '.*none\.keras', which does not exist"):
        KerasMLPRegressor.from_keras(tmp_path / "none.keras")


def two_outputs():
    """Build a network with two ends."""
    inputs = keras.Input((3,))
    return keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])


def three_axes():
    """Build a network whose output has three axes."""
    return keras.Sequential([layers.Input((3,)), layers.Reshape((3, 1))])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (two_outputs, "one input and one output; got 1 and 2"),
        (three_axes, r"got an output of shape \(None, 3, 1\)"),
    ],
    ids=["two outputs", "three axes"],
)
def test_a_network_without_one_row_of_outputs_is_an_error(build, message):
    with pytest.raises(ValueError, match=f"from_keras: the network must .*{message}"):
        KerasMLPRegressor.from_keras(build())
