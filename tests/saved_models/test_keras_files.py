"""Networks without a NumPy equivalent: Keras files next to the pickle, read in safe mode after verification."""

import copy
import json
import pickle
import zipfile

import joblib
import keras
import numpy as np
import pytest
from helpers.weights import untrained
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import MinMaxScaler

import skdl.weighted  # noqa: F401 - where it is loaded, saving pickles once more, to leave it out
from skdl import KerasMLPClassifier, KerasMLPRegressor, load_model, save_model
from skdl.exceptions import ModelFileError, UsageError
from skdl.saved_models import as_saved, is_saved_model, read_manifest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = 100.0 * X[:, 0] + 30.0 * X[:, 1] ** 2


@keras.saving.register_keras_serializable("tests")
class Tripled(keras.layers.Layer):
    """A user-defined layer, registered with Keras."""

    def call(self, inputs):
        """Multiply."""
        return 3.0 * inputs


class Unregistered(Tripled):
    """A user-defined layer, not registered with Keras."""


def network_of(*layers):
    """Return a function that builds a chain around layers."""

    def build(n_features_in, n_outputs, output_activation):
        last = keras.layers.Dense(n_outputs, activation=output_activation)
        return keras.Sequential([keras.Input((n_features_in,)), *(layer() for layer in layers), last])

    return build


def branching(n_features_in, n_outputs):
    """Build a wide and deep network."""
    inputs = keras.Input((n_features_in,))
    deep = keras.layers.Dense(4, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(n_outputs)(keras.layers.Concatenate()([inputs, deep])))


def fitted(build=branching, kind=KerasMLPRegressor, y=Y, **parameters):
    """Make a user-defined network behind a scaler."""
    return untrained(MinMaxScaler(), kind(model=build, random_state=0, **parameters), X, y)


@pytest.fixture(scope="module")
def live():
    """Make one that branches."""
    return fitted()


@pytest.fixture
def saved(live, tmp_path):
    """Save it."""
    return save_model(live, tmp_path / "model", X=X, y=Y)


def test_the_network_is_a_file_next_to_the_pickle(saved):
    """A Keras file, named and digested in the manifest, which states that scoring needs Keras."""
    assert saved.manifest.needs_keras
    assert list(saved.manifest.files) == ["model.joblib", "model.keras"]
    assert saved.manifest.versions["keras"] == keras.__version__
    assert "config.json" in zipfile.ZipFile(saved.path / "model.keras").namelist()
    assert is_saved_model(saved.path)


@pytest.mark.parametrize(
    ("kind", "y"),
    [
        (KerasMLPRegressor, Y),
        (KerasMLPRegressor, np.column_stack([Y, -Y])),
        (KerasMLPClassifier, np.where(Y > 0, "yes", "no")),
        (KerasMLPClassifier, np.digitize(Y, [-50, 50])),
        (KerasMLPClassifier, np.column_stack([Y > 0, X[:, 2] > 0]).astype(int)),
    ],
    ids=["one output", "two outputs", "two classes", "three classes", "multilabel"],
)
def test_it_predicts_as_the_live_one(tmp_path, kind, y):
    """In the target's unit, or labels in their own type."""
    live = fitted(network_of(keras.layers.LayerNormalization), kind, y)
    saved = save_model(live, tmp_path / "model", X=X, y=y)
    loaded = load_model(saved.path, sha256=saved.sha256)
    for method in ("predict", "predict_proba") if kind is KerasMLPClassifier else ("predict",):
        expected, found = getattr(live, method)(X), getattr(loaded, method)(X)
        assert np.array_equal(found, expected) or np.allclose(found, expected, rtol=1e-5, atol=1e-6 * Y.std())


def normalizing(n_features_in, n_outputs, dtype):
    """Build a network that computes in one precision from end to end."""
    parts = [keras.layers.LayerNormalization(dtype=dtype), keras.layers.Dense(n_outputs, dtype=dtype)]
    return keras.Sequential([keras.Input((n_features_in,), dtype=dtype), *parts])


COMPARE = """
import numpy as np, skdl
np.testing.assert_allclose(skdl.load_model(path, trust_pickle=True).predict(X), expected, rtol=rtol)
"""


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-5), ("float64", 1e-12)])
def test_it_computes_in_the_precision_it_was_trained_in(dtype, rtol, tmp_path, run_with_keras):
    """In a process that never trained."""
    live = fitted(normalizing, dtype=dtype)
    saved = save_model(live, tmp_path / dtype, X=X, y=Y)
    run_with_keras(COMPARE, path=str(saved.path), X=X, expected=live.predict(X), rtol=rtol)


def test_saving_it_logs_that_scoring_needs_keras(live, tmp_path, caplog):
    """Once, in the log of skdl."""
    save_model(live, tmp_path / "model", X=X, y=Y)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("skdl", "WARNING")
    assert record.getMessage() == (
        "model: needs Keras to predict: a network in it has layers without a NumPy equivalent. "
        "Load it with skdl.load_model."
    )


def test_a_frozen_network_is_saved_without_a_message(tmp_path, caplog):
    """Scoring does not need Keras."""
    save_model(KerasMLPRegressor((4,), random_state=0).initialize(X, Y), tmp_path / "model", X=X, y=Y)
    assert not caplog.records


def test_the_pickle_holds_nothing_of_keras(saved):
    """Neither the network nor the function that built it."""
    with pytest.raises(ModelFileError, match=r"is in model\.keras, in the same folder.*skdl\.load_model"):
        joblib.load(saved.path / "model.joblib")


def test_several_networks_have_a_file_each(tmp_path):
    """Those with a NumPy equivalent are frozen."""
    one, two = (KerasMLPRegressor(model=branching, epochs=1, random_state=seed) for seed in (0, 1))
    frozen = KerasMLPRegressor((4,), epochs=1, random_state=0)
    vote = VotingRegressor([("one", one), ("two", two), ("three", frozen), ("line", LinearRegression())])
    saved = save_model(vote.fit(X, Y), tmp_path / "model", X=X, y=Y)
    assert list(saved.manifest.files) == ["model.joblib", "model.keras", "model-1.keras"]
    loaded = load_model(saved.path, sha256=saved.sha256)
    np.testing.assert_allclose(loaded.predict(X), vote.predict(X), rtol=1e-5, atol=1e-6 * Y.std())
    assert as_saved(vote)[1] == pytest.approx(sum(entry.size for entry in saved.manifest.files.values()), rel=0.01)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_loaded_model_can_be_copied_and_pickled(saved, copied):
    loaded = load_model(saved.path, sha256=saved.sha256)
    np.testing.assert_array_equal(copied(loaded).predict(X), loaded.predict(X))


def test_a_loaded_model_is_saved_again(saved, tmp_path):
    """With the file of the network."""
    again = save_model(load_model(saved.path, sha256=saved.sha256), tmp_path / "again", X=X, y=Y)
    assert again.manifest.needs_keras
    assert (again.path / "model.keras").read_bytes() == (saved.path / "model.keras").read_bytes()


def test_a_changed_network_is_refused_before_keras_reads_it(saved):
    content = bytearray((saved.path / "model.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (saved.path / "model.keras").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model\.keras: must be .* bytes of blake3"):
        load_model(saved.path, sha256=saved.sha256)


@pytest.mark.parametrize("names", [["model.keras"], ["model.joblib", "model-1.keras"], ["model.joblib", "../other"]])
def test_a_manifest_names_the_pickle_and_its_networks(saved, names):
    """No other file, and each network file."""
    manifest = json.loads((saved.path / "manifest.json").read_text())
    manifest["files"] = dict.fromkeys(names, manifest["files"]["model.keras"])
    (saved.path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match=r"files must be the files of a saved model"):
        read_manifest(saved.path)


@pytest.mark.parametrize("layer", [Tripled, Unregistered])
def test_user_defined_layers_are_found_by_their_name(tmp_path, layer):
    """As pickle imports classes."""
    live = fitted(network_of(layer))
    saved = save_model(live, tmp_path / "model", X=X, y=Y)
    loaded = load_model(saved.path, sha256=saved.sha256)
    np.testing.assert_allclose(loaded.predict(X), live.predict(X), rtol=1e-5, atol=1e-6 * Y.std())


def test_a_network_that_holds_code_is_not_saved(tmp_path):
    """Keras' safe mode would refuse it when it is loaded."""
    live = fitted(network_of(lambda: keras.layers.Lambda(lambda inputs: 3.0 * inputs)))
    with pytest.raises(UsageError, match=r"loads in its safe mode.*in place of a Lambda layer"):
        save_model(live, tmp_path / "model", X=X)
    assert not list(tmp_path.iterdir())


class OwnWrapper(RegressorMixin, BaseEstimator):
    """A third-party estimator around a Keras network."""

    def fit(self, X, y):
        """Build it."""
        self.n_features_in_ = X.shape[1]
        self.network_ = branching(X.shape[1], 1)
        return self

    def predict(self, X):
        """Predict with it."""
        return self.network_.predict(X, verbose=0)[:, 0]


def test_a_network_in_another_estimator_is_not_pickled(tmp_path):
    """Keras would unpickle it without its safe mode."""
    with pytest.raises(UsageError, match=r"must be inside a KerasMLPRegressor .* Wrap it with from_keras"):
        save_model(OwnWrapper().fit(X, Y), tmp_path / "model", X=X)


def test_optimizers_in_a_search_are_kept(tmp_path):
    """They are names; the network is frozen."""
    net = KerasMLPRegressor((4,), epochs=1, random_state=0)
    live = GridSearchCV(net, {"optimizer": [keras.optimizers.SGD]}, cv=2).fit(X, Y)
    saved = save_model(live, tmp_path / "model", X=X, y=Y)
    assert (saved.manifest.needs_keras, list(saved.manifest.files)) == (True, ["model.joblib"])
    np.testing.assert_allclose(load_model(saved.path, sha256=saved.sha256).predict(X), live.predict(X), rtol=1e-4)


def test_without_keras_loading_names_the_missing_package(saved, commands):
    printed = commands.output_of(
        "import sys; sys.modules['keras'] = None; import skdl; from skdl.exceptions import NeedsKerasError\n"
        f"try: skdl.load_model({str(saved.path)!r}, sha256={saved.sha256!r})\n"
        "except NeedsKerasError as error: print(error)"
    )
    assert "so it needs Keras, which is not installed" in printed
