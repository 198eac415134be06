"""Several fits at once, in processes and in threads."""

import os

import joblib
import numpy as np
from helpers.iris_networks import LENGTH, SETTINGS, X, Y
from sklearn.model_selection import GridSearchCV, cross_validate

from skdl import KerasMLPClassifier, KerasMLPRegressor


def test_two_processes_compute_the_same_as_one():
    """Processes of loky, for both estimators: the same scores to the bit, and fitted networks."""
    for net, target, method in ((KerasMLPRegressor, LENGTH, "predict"), (KerasMLPClassifier, Y, "predict_proba")):
        scorers = {"score": lambda net, X, y: net.score(X, y), "process": lambda *_: os.getpid()}
        with joblib.parallel_backend("loky", n_jobs=2):
            found = cross_validate(net(**SETTINGS), X, target, cv=2, scoring=scorers, return_estimator=True)
        alone = cross_validate(net(**SETTINGS), X, target, cv=2, return_estimator=True)
        assert os.getpid() not in found["test_process"]
        assert found["test_score"].tolist() == alone["test_score"].tolist()
        for there, here in zip(found["estimator"], alone["estimator"], strict=True):
            assert np.array_equal(getattr(there, method)(X), getattr(here, method)(X))


def search(n_jobs):
    """Search for a learning rate, with dropout."""
    net = KerasMLPClassifier(**SETTINGS, dropout=0.2)
    return GridSearchCV(net, {"learning_rate": [0.05, 0.01]}, cv=2, n_jobs=n_jobs).fit(X, Y)


def test_two_threads_compute_the_same_as_one():
    """The same scores to the last bit."""
    with joblib.parallel_backend("threading"):
        found = search(2)
    alone = search(1)
    assert found.cv_results_["mean_test_score"].tolist() == alone.cv_results_["mean_test_score"].tolist()
    assert np.array_equal(found.predict_proba(X), alone.predict_proba(X))
