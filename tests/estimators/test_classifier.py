"""KerasMLPClassifier, behaviour by behaviour."""

import numpy as np
import pytest
from helpers.weights import weights_of
from sklearn.datasets import load_breast_cancer, load_iris, make_multilabel_classification
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPClassifier

X, Y = load_iris(return_X_y=True)
X = MinMaxScaler().fit_transform(X)
NAMES = np.array(["setosa", "versicolor", "virginica"])
SETTINGS = {"hidden_layer_sizes": (16,), "epochs": 40, "learning_rate": 0.02, "random_state": 0}


def fitted(y=Y, **parameters):
    """Fit a small network on iris."""
    return KerasMLPClassifier(**{**SETTINGS, **parameters}).fit(X, y)


@pytest.mark.parametrize(
    "labels",
    [Y, NAMES[Y], Y * 10 - 5, NAMES[Y].astype(object)],
    ids=["integers", "text", "gaps", "objects"],
)
def test_predicted_labels_have_their_own_type(labels):
    predicted = fitted(labels).predict(X)
    assert predicted.dtype == np.asarray(labels).dtype
    assert np.mean(predicted == labels) > 0.9


@pytest.mark.parametrize(
    "loss", ["auto", "mse", "sparse_categorical_crossentropy", "categorical_crossentropy", "hinge"]
)
def test_two_classes_have_two_columns_of_probabilities(loss):
    """One row included."""
    cancer, label = load_breast_cancer(return_X_y=True)
    scaled = MinMaxScaler().fit_transform(cancer)
    net = KerasMLPClassifier(**{**SETTINGS, "loss": loss}).fit(scaled, label)
    assert net.score(scaled, label) > 0.9
    assert net.predict_proba(scaled[:1]).shape == (1, 2)
    with np.errstate(divide="ignore"):
        assert np.array_equal(net.predict_log_proba(scaled), np.log(net.predict_proba(scaled)))


def test_several_labels_of_a_row_are_predicted_at_once():
    """Predictions of a multilabel target are an indicator matrix."""
    features, labels = make_multilabel_classification(n_samples=120, n_labels=2, n_classes=3, random_state=0)
    features = MinMaxScaler().fit_transform(features)
    net = KerasMLPClassifier(**{**SETTINGS, "epochs": 100}).fit(features, labels)
    assert net.predict(features).shape == labels.shape
    assert np.mean(net.predict(features) == labels) > 0.8


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


def test_one_class_alone_is_an_error():
    with pytest.raises(ValueError, match="at least 2 classes; got 1 class"):
        KerasMLPClassifier(epochs=1).fit(X[:50], Y[:50])


def test_held_out_rows_are_stratified():
    """With early stopping a rare class has training and validation rows in its share."""
    net = fitted(early_stopping=True, epochs=5)
    assert len(net.history_["val_loss"]) == 5


def test_the_baseline_loss_is_that_of_the_class_shares():
    """Three equal classes: log 3."""
    assert fitted(epochs=1).baseline_loss_ == pytest.approx(np.log(3))
