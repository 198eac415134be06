"""Freezing: networks at any depth become NumPy networks that predict the same; tests/test_to_keras.py has each kind."""

import pickle

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from helpers.weights import untrained, with_random_weights
from scipy.sparse import csr_matrix
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor, freeze, save_model
from skdl.exceptions import NeedsKerasError
from skdl.frozen import FrozenMLPClassifier, FrozenMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = 100.0 * X[:, 0] + 30.0 * X[:, 1] ** 2


def regressor(**parameters):
    """Make a network for a target of spread 100."""
    given = {"hidden_layer_sizes": (8, 6), "random_state": 0, **parameters}
    return with_random_weights(KerasMLPRegressor(**given), X, Y)


def assert_predicts_alike(frozen, live, rows=X):
    """Within rtol 1e-5 and atol 1e-6 times the target's scale."""
    np.testing.assert_allclose(frozen.predict(rows), live.predict(rows), rtol=1e-5, atol=1e-6 * Y.std())


def test_sparse_rows_predict_alike():
    """Made dense a chunk at a time."""
    live = regressor()
    assert_predicts_alike(freeze(live), live, csr_matrix(X))


def test_a_pipeline_keeps_its_column_names():
    frame = pd.DataFrame(X, columns=list("abcd"))
    live = untrained(MinMaxScaler(), KerasMLPRegressor((4,), random_state=0), frame, Y)
    frozen = freeze(live)
    assert list(frozen.feature_names_in_) == list("abcd")
    assert isinstance(frozen[-1], FrozenMLPRegressor)
    assert isinstance(live[-1], KerasMLPRegressor)
    assert_predicts_alike(frozen, live, frame)


def test_a_search_is_frozen_with_its_unfitted_estimator():
    pipeline = make_pipeline(MinMaxScaler(), KerasMLPRegressor(epochs=1, random_state=0))
    live = GridSearchCV(pipeline, {"kerasmlpregressor__hidden_layer_sizes": [(2,), (3,)]}, cv=2).fit(X, Y)
    frozen = freeze(live)
    assert_predicts_alike(frozen, live)
    with pytest.raises(NotFittedError, match="not fitted"):
        frozen.estimator[-1].predict(X)


def test_networks_in_an_ensemble_are_frozen():
    """Fitted members and the unfitted one."""
    live = VotingRegressor(
        [("net", KerasMLPRegressor((4,), epochs=1, random_state=0)), ("line", LinearRegression())]
    ).fit(X, Y)
    frozen = freeze(live)
    assert isinstance(frozen.estimators_[0], FrozenMLPRegressor)
    assert_predicts_alike(frozen, live)


def branching(n_features_in, n_outputs):
    """Build a wide and deep network."""
    inputs = keras.Input((n_features_in,))
    deep = keras.layers.Dense(4, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(n_outputs)(keras.layers.Concatenate()([inputs, deep])))


def convolving(n_features_in, n_outputs):
    """Build a network with a layer that NumPy cannot compute."""
    layers = [keras.Input((n_features_in,)), keras.layers.LayerNormalization(), keras.layers.Dense(n_outputs)]
    return keras.Sequential(layers)


@pytest.mark.parametrize(
    ("build", "why"), [(branching, "it branches"), (convolving, "is a LayerNormalization")], ids=["branch", "layer"]
)
def test_a_network_that_numpy_cannot_compute_is_an_error_of_freeze(build, why):
    with pytest.raises(NeedsKerasError, match=f"{why}.*needs Keras to predict"):
        freeze(regressor(model=build))


def test_a_saved_network_predicts_where_keras_is_never_imported(commands, tmp_path):
    """`joblib.load`, on the frame it was fitted on."""
    frame = pd.DataFrame(X, columns=list("abcd"))
    live = untrained(MinMaxScaler(), KerasMLPRegressor((4,), random_state=0), frame, Y)
    saved = save_model(live, tmp_path / "model", X=frame, y=Y)
    joblib.dump((frame, live.predict(frame)), tmp_path / "rows")
    commands.output_of(
        f"import sys, joblib, numpy as np; frame, expected = joblib.load({str(tmp_path / 'rows')!r});"
        f"model = joblib.load({str(saved.path / 'model.joblib')!r});"
        f"np.testing.assert_allclose(model.predict(frame), expected, rtol=1e-5, atol={1e-6 * Y.std()});"
        "assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)"
    )


def test_an_unfitted_classifier_stays_unfitted():
    assert isinstance(freeze(KerasMLPClassifier()), FrozenMLPClassifier)


def test_other_keras_objects_are_an_error_that_names_them():
    """A search over optimizers keeps them in its results."""
    net = KerasMLPRegressor((4,), epochs=1, random_state=0)
    live = GridSearchCV(net, {"optimizer": [keras.optimizers.SGD]}, cv=2).fit(X, Y)
    with pytest.raises(NeedsKerasError, match=r"got SGD of keras.*best_estimator_"):
        freeze(live)


def test_a_frozen_network_can_be_pickled():
    """Predictions are the same bits."""
    frozen = freeze(regressor())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(frozen)).predict(X), frozen.predict(X))
