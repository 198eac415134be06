"""Keras metrics in the history and in ``evaluate``; scikit-learn and NumPy are the oracles."""

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from skdl import KerasMLPClassifier, KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X.sum(axis=1) + RNG.normal(size=60)
WEIGHT = RNG.uniform(0.5, 2.0, 60)
STILL = {"hidden_layer_sizes": (), "epochs": 2, "learning_rate": 1e-12, "random_state": 0}  # predicts as it trained


def worst(y_true, y_pred):
    """Return the largest error."""
    return keras.ops.max(keras.ops.abs(y_true - y_pred))


def test_metrics_of_every_kind_are_recorded_for_training_and_validation_rows():
    """By name, class, instance and function; errors are in standard deviations of the training rows."""
    instance = keras.metrics.RootMeanSquaredError(name="rmse")
    net = KerasMLPRegressor(**STILL, metrics=["mae", keras.metrics.R2Score, instance, worst])
    net.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
    names = ["loss", "mae", "r2_score", "rmse", "worst"]
    assert sorted(net.history_) == sorted([*names, *(f"val_{name}" for name in names)])
    target, predicted = ((values - Y[:40].mean()) / Y[:40].std() for values in (Y, net.predict(X)))
    formulas = [mean_absolute_error, r2_score, root_mean_squared_error, lambda y, p: np.max(np.abs(y - p))]
    for name, formula in zip(names[1:], formulas, strict=True):
        assert net.history_[name][-1] == pytest.approx(formula(target[:40], predicted[:40]), rel=1e-4)
        assert net.history_[f"val_{name}"][-1] == pytest.approx(formula(target[40:], predicted[40:]), rel=1e-4)


def test_an_instance_is_copied_for_each_fit():
    """The parameter keeps no state, and a second fit starts without any."""
    total = keras.metrics.MeanAbsoluteError()
    nets = [KerasMLPRegressor(**STILL, metrics=total).fit(X, Y) for _ in range(2)]
    assert nets[0].history_ == nets[1].history_
    assert float(total.result()) == 0.0


@pytest.mark.parametrize(
    ("n_classes", "loss"),
    [(2, "auto"), (3, "auto"), (3, "categorical_crossentropy")],
    ids=["one unit", "integer codes", "one-hot"],
)
def test_accuracy_is_that_of_the_labels_however_they_are_coded(n_classes, loss):
    """In the history and in evaluate, where the loss is the log-loss."""
    labels = np.array(["a", "b", "c"])[np.digitize(Y, [0.0, 1.0][: n_classes - 1])]
    net = KerasMLPClassifier(**STILL, loss=loss, metrics=["accuracy"]).fit(X, labels)
    accuracy = accuracy_score(labels, net.predict(X))
    assert net.history_["accuracy"][-1] == pytest.approx(accuracy)
    assert net.evaluate(X, labels) == pytest.approx(
        {"loss": log_loss(labels, net.predict_proba(X)), "accuracy": accuracy}, rel=1e-4
    )


def test_weights_count_in_the_loss_that_evaluate_returns():
    """A weighted mean; NumPy is the oracle."""
    net = KerasMLPRegressor(**STILL).fit(X, Y)
    gap = (net.predict(X) - Y) / Y.std()
    expected = np.average(gap**2, weights=WEIGHT)
    assert net.evaluate(X, Y, sample_weight=WEIGHT)["loss"] == pytest.approx(expected, rel=1e-4)


def test_an_unknown_metric_is_an_error_that_suggests_names():
    """Before anything is trained."""
    net = KerasMLPRegressor(metrics=["mae", "root_mean_square_error"])
    with pytest.raises(ValueError, match=r"metrics: the name must be .*; did you mean root_mean_squared_error\?"):
        net.fit(X, Y)
    assert net.history_ == {}
