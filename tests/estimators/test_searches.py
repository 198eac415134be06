"""scikit-learn's searches: exhaustive, random and halving."""

import numpy as np
import pytest
from helpers.iris_networks import SETTINGS
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - it makes the import below possible
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor

X, Y = load_iris(return_X_y=True)
LENGTH = 3 * X[:, 0] + X[:, 1] ** 2 + np.random.default_rng(0).normal(size=150)
SETTINGS = {**SETTINGS, "epochs": 20}
SHUFFLED = np.random.default_rng(1).permutation(150)
X, Y, LENGTH = X[SHUFFLED], Y[SHUFFLED], LENGTH[SHUFFLED]


def pipeline():
    """Make a scaler and a tiny regressor."""
    return make_pipeline(StandardScaler(), KerasMLPRegressor(**SETTINGS))


GRID = [
    {"kerasmlpregressor__hidden_layer_sizes": [(4,), ()], "kerasmlpregressor__learning_rate": [1e-6, 0.05]},
    {"kerasmlpregressor__optimizer": ["sgd"]},
]


def test_a_grid_search_scores_every_combination_as_cross_validation_does():
    """Layers, learning rates and optimizers in a pipeline; each mean is that of cross_val_score."""
    found = GridSearchCV(pipeline(), GRID, cv=2).fit(X, LENGTH)
    by_hand = [
        cross_val_score(pipeline().set_params(**parameters), X, LENGTH, cv=2).mean()
        for parameters in found.cv_results_["params"]
    ]
    assert found.cv_results_["mean_test_score"].tolist() == by_hand
    assert found.best_params_["kerasmlpregressor__learning_rate"] == 0.05
    assert len(set(by_hand)) == 5


def test_a_search_refits_the_best_network_on_all_rows():
    """The oracle is a fit by hand with the best parameters."""
    found = GridSearchCV(pipeline(), {"kerasmlpregressor__learning_rate": [1e-6, 0.05]}, cv=2).fit(X, LENGTH)
    by_hand = pipeline().set_params(**found.best_params_).fit(X, LENGTH)
    assert np.array_equal(found.predict(X), by_hand.predict(X))
    assert found.best_params_ == {"kerasmlpregressor__learning_rate": 0.05}


def test_a_random_search_tries_what_was_drawn():
    """ParameterSampler and cross_val_score are the oracles; accuracy is maximised, not the loss."""
    space = {"learning_rate": loguniform(1e-6, 0.1)}
    found = RandomizedSearchCV(KerasMLPClassifier(**SETTINGS), space, n_iter=3, cv=2, random_state=0).fit(X, Y)
    drawn = list(ParameterSampler(space, 3, random_state=0))
    scores = [cross_val_score(KerasMLPClassifier(**SETTINGS).set_params(**one), X, Y, cv=2).mean() for one in drawn]
    assert found.cv_results_["params"] == drawn
    assert found.cv_results_["mean_test_score"].tolist() == scores
    assert found.best_score_ == max(scores)


@pytest.mark.parametrize(
    ("resource", "least", "most", "expected"),
    [("epochs", 5, 20, [5, 10, 20]), ("n_samples", 36, 150, [36, 72, 144])],
    ids=["epochs", "rows"],
)
def test_a_halving_search_gives_the_survivors_more(resource, least, most, expected):
    """More epochs or more rows; the one learning rate that trains remains."""
    rates = {"learning_rate": [1e-6, 1e-5, 1e-4, 0.05]}
    net = KerasMLPClassifier(**SETTINGS)
    found = HalvingGridSearchCV(
        net, rates, resource=resource, min_resources=least, max_resources=most, factor=2, cv=2, random_state=0
    ).fit(X, Y)
    assert found.n_resources_ == expected
    assert found.n_candidates_ == [4, 2, 1]
    assert found.best_params_["learning_rate"] == 0.05
    assert found.best_estimator_.n_iter_ == 20
