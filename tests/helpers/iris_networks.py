"""Iris, standardised, and tiny networks for it: up to 200 rows are one batch, so that all fits share their programs."""

import numpy as np
from sklearn.datasets import load_iris

from skdl import KerasMLPClassifier, KerasMLPRegressor

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
SPECIES = np.array(["setosa", "versicolor", "virginica"])
NAMES = SPECIES[Y]
LAST = np.where(Y == 2, "yes", "no")
LENGTH = 3 * X[:, 0] + X[:, 1] ** 2 + 100
SETTINGS = {"hidden_layer_sizes": (4,), "epochs": 10, "learning_rate": 0.05, "batch_size": 200, "random_state": 0}


def classifier(**parameters):
    """Make an unfitted classifier."""
    return KerasMLPClassifier(**{**SETTINGS, **parameters})


def regressor(**parameters):
    """Make an unfitted regressor."""
    return KerasMLPRegressor(**{**SETTINGS, **parameters})
