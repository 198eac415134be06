"""Pipelines, column transformers and transformed targets."""

import numpy as np
import pandas as pd
import pytest
from helpers.iris_networks import SETTINGS
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor

X, Y = load_iris(return_X_y=True)
LENGTH = 3 * X[:, 0] + X[:, 1] ** 2
COLOURS = np.array(["red", "green"])
FRAME = pd.DataFrame({"length": X[:, 0], "width": X[:, 1], "colour": COLOURS[(Y == 1).astype(int)]})


@pytest.mark.parametrize(
    ("cls", "target", "method"),
    [(KerasMLPRegressor, LENGTH, "predict"), (KerasMLPClassifier, Y, "predict_proba")],
    ids=["regressor", "classifier"],
)
def test_a_pipeline_scales_the_network_s_input(cls, target, method):
    """The oracle is the scaler and the network by hand."""
    pipeline = make_pipeline(StandardScaler(), cls(**SETTINGS)).fit(X, target)
    scaled = StandardScaler().fit_transform(X)
    by_hand = getattr(cls(**SETTINGS).fit(scaled, target), method)(scaled)
    assert np.array_equal(getattr(pipeline, method)(X), by_hand)


def columns(*, sparse):
    """Scale two columns and encode one, four in all, as one sparse or dense table."""
    parts = [("numbers", StandardScaler(), ["length", "width"]), ("names", OneHotEncoder(), ["colour"])]
    return ColumnTransformer(parts, sparse_threshold=1.0 if sparse else 0.0)


def test_encoded_columns_train_the_same_sparse_or_dense():
    """A column transformer with scikit-learn's encoder as it is by default."""
    sparse, dense = (
        make_pipeline(columns(sparse=kind), KerasMLPRegressor(**SETTINGS)).fit(FRAME, LENGTH) for kind in (True, False)
    )
    assert hasattr(sparse[0].transform(FRAME), "tocsr")
    assert sparse.predict(FRAME) == pytest.approx(dense.predict(FRAME), rel=1e-6)


def test_an_encoded_column_is_learned_from():
    """The class with its own colour is predicted."""
    pipeline = make_pipeline(columns(sparse=False), KerasMLPClassifier(**{**SETTINGS, "epochs": 150})).fit(FRAME, Y)
    predicted = pipeline.predict(FRAME)
    assert np.mean((predicted == 1) == (Y == 1)) > 0.95


def test_a_transformed_target_is_trained_on_and_inverted():
    """The oracle is the logarithm by hand."""
    wrapped = TransformedTargetRegressor(KerasMLPRegressor(**SETTINGS), func=np.log, inverse_func=np.exp)
    by_hand = KerasMLPRegressor(**SETTINGS).fit(X, np.log(LENGTH)).predict(X)
    assert np.array_equal(wrapped.fit(X, LENGTH).predict(X), np.exp(by_hand))
