"""KerasMLPClassifier, behaviour by behaviour."""

import numpy as np
import pytest
from helpers.iris_networks import SETTINGS, X, Y
from helpers.weights import weights_of

from skdl import KerasMLPClassifier

SETTINGS = {**SETTINGS, "epochs": 40}


def fitted(y=Y, **parameters):
    """Fit a small network on iris."""
    return KerasMLPClassifier(**{**SETTINGS, **parameters}).fit(X, y)


@pytest.mark.parametrize(
    "loss", ["auto", "mse", "sparse_categorical_crossentropy", "categorical_crossentropy", "hinge"]
)
def test_two_classes_have_two_columns_of_probabilities(loss):
    """One row included."""
    net = fitted(Y == 2, loss=loss)
    assert net.score(X, Y == 2) > 0.9
    assert net.predict_proba(X[:1]).shape == (1, 2)
    with np.errstate(divide="ignore"):
        assert np.array_equal(net.predict_log_proba(X), np.log(net.predict_proba(X)))


def test_class_weights_move_predictions_towards_the_weighted_class():
    """It is predicted more often."""
    plain = fitted(epochs=5).predict(X)
    heavy = fitted(epochs=5, class_weight={0: 1, 1: 50, 2: 1}).predict(X)
    assert np.sum(heavy == 1) > np.sum(plain == 1)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({0: 1, 1: -2}, "got -2 for class 1"),
        ({0: float("nan")}, "got nan for class 0"),
        ({0: float("inf")}, "got inf for class 0"),
        ({0: "a"}, "got 'a' for class 0"),
        ({0: 1, 7: 2}, "got 7"),
    ],
)
def test_class_weights_that_mean_nothing_are_refused(weights, message):
    with pytest.raises(ValueError, match=f"class_weight must .* {message}"):
        KerasMLPClassifier(class_weight=weights).fit(X, Y)


def test_balanced_class_weights_equal_their_formula():
    """The oracle is n_samples / (n_classes * count), given as sample weights."""
    rows = np.flatnonzero((Y != 2) | (np.arange(150) % 5 == 0))
    weight = len(rows) / (3 * np.bincount(Y[rows]))[Y[rows]]
    balanced = KerasMLPClassifier(**{**SETTINGS, "class_weight": "balanced"}).fit(X[rows], Y[rows])
    weighted = KerasMLPClassifier(**SETTINGS).fit(X[rows], Y[rows], sample_weight=weight)
    assert np.array_equal(balanced.predict_proba(X), weighted.predict_proba(X))


def test_class_weights_are_those_of_keras():
    """The oracle is keras.Model.fit(class_weight=...) on the estimator's initial network."""
    settings = {**SETTINGS, "epochs": 4, "batch_size": 30, "shuffle": False}
    weights = {0: 1.0, 1: 5.0, 2: 0.5}
    ours = KerasMLPClassifier(**settings, class_weight=weights).fit(X, Y)
    theirs = KerasMLPClassifier(**settings).initialize(X, Y).model_
    theirs.fit(X.astype("float32"), Y, batch_size=30, epochs=4, shuffle=False, class_weight=dict(weights), verbose=0)
    for mine, other in zip(weights_of(ours.model_), weights_of(theirs), strict=True):
        assert mine == pytest.approx(other, abs=1e-6)


def test_partial_fit_accepts_classes_without_rows_so_far():
    net = KerasMLPClassifier(**SETTINGS)
    net.partial_fit(X[:100], Y[:100], classes=[0, 1, 2])
    assert net.partial_fit(X[100:], Y[100:]).predict_proba(X).shape == (150, 3)


def test_an_unknown_label_in_partial_fit_is_an_error():
    """Searchsorted alone would take it for another class."""
    net = KerasMLPClassifier(**SETTINGS).partial_fit(X[:100], Y[:100])
    with pytest.raises(ValueError, match="y must hold only the classes"):
        net.partial_fit(X[100:], Y[100:])


def test_the_baseline_loss_is_that_of_the_class_shares():
    """Three equal classes: log 3."""
    assert fitted(epochs=1).baseline_loss_ == pytest.approx(np.log(3))
