"""Metadata routing: sample weights and validation rows through scikit-learn's meta-estimators."""

import numpy as np
import pytest
from helpers.iris_networks import SETTINGS
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor

X, Y = load_iris(return_X_y=True)
LENGTH = 3 * X[:, 0] + X[:, 1] ** 2
WEIGHT = np.random.default_rng(0).integers(0, 4, size=150).astype(float)
FOLDS = KFold(2, shuffle=True, random_state=0)
SETTINGS = {**SETTINGS, "epochs": 20}


@pytest.fixture
def _routing():
    with config_context(enable_metadata_routing=True):
        yield


def scaled(rows):
    """Scale by all rows, as a fitted pipeline does."""
    return MinMaxScaler().fit(X).transform(rows)


@pytest.mark.usefixtures("_routing")
def test_weights_reach_the_network_through_a_search_and_a_pipeline():
    """The refitted network is that of a fit by hand with weights, and not that of one without."""
    net = KerasMLPRegressor(**SETTINGS).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    search = GridSearchCV(make_pipeline(MinMaxScaler(), net), {"kerasmlpregressor__learning_rate": [0.05]}, cv=FOLDS)
    search.fit(X, LENGTH, sample_weight=WEIGHT)
    weighted = KerasMLPRegressor(**SETTINGS).fit(scaled(X), LENGTH, sample_weight=WEIGHT).predict(scaled(X))
    assert np.array_equal(search.predict(X), weighted)
    assert not np.array_equal(weighted, KerasMLPRegressor(**SETTINGS).fit(scaled(X), LENGTH).predict(scaled(X)))


@pytest.mark.usefixtures("_routing")
def test_each_fold_is_fitted_and_scored_with_its_own_weights():
    """The oracle is the loop by hand."""
    net = KerasMLPRegressor(**SETTINGS).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    scores = cross_validate(net, X, LENGTH, cv=FOLDS, params={"sample_weight": WEIGHT})["test_score"]
    by_hand = [
        r2_score(
            LENGTH[test],
            KerasMLPRegressor(**SETTINGS).fit(X[train], LENGTH[train], WEIGHT[train]).predict(X[test]),
            sample_weight=WEIGHT[test],
        )
        for train, test in FOLDS.split(X)
    ]
    assert scores.tolist() == by_hand


@pytest.mark.usefixtures("_routing")
def test_weights_that_were_not_requested_are_an_error():
    """It is scikit-learn's own."""
    with pytest.raises(UnsetMetadataPassedError, match=r"sample_weight.* are passed but are not explicitly set"):
        GridSearchCV(KerasMLPRegressor(**SETTINGS), {"epochs": [1]}, cv=2).fit(X, LENGTH, sample_weight=WEIGHT)


@pytest.mark.usefixtures("_routing")
def test_validation_rows_pass_through_a_pipeline_s_transformers():
    """With transform_input the validation rows are scaled as the training rows are."""
    net = KerasMLPClassifier(**SETTINGS).set_fit_request(X_val=True, y_val=True)
    pipeline = make_pipeline(MinMaxScaler(), net, transform_input=["X_val"])
    pipeline.fit(X, Y, X_val=X[:30], y_val=Y[:30])
    by_hand = KerasMLPClassifier(**SETTINGS).fit(scaled(X), Y, X_val=scaled(X[:30]), y_val=Y[:30])
    assert pipeline[-1].history_ == by_hand.history_


def test_a_clone_keeps_what_was_requested():
    """Requests are no parameters, and clones keep them nevertheless."""
    with config_context(enable_metadata_routing=True):
        net = clone(KerasMLPClassifier().set_fit_request(sample_weight=True))
        assert net.get_metadata_routing().fit.requests["sample_weight"] is True
        assert net.get_metadata_routing().fit.requests["X_val"] is None
