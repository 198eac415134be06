"""Keras metrics in the history and in ``evaluate``; scikit-learn and NumPy are the oracles."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

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
    """Each metric of classes, and F1 of each class, in the history and in evaluate, where the loss is the log-loss."""
    labels = np.array(["a", "b", "c"])[np.digitize(Y, [0.0, 1.0][: n_classes - 1])]
    of_classes = [
        "accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
        keras.metrics.Accuracy(name="equal"),
    ]
    metrics = [*of_classes, "f1_score", keras.metrics.F1Score("macro", name="macro"), "categorical_crossentropy"]
    net = KerasMLPClassifier(**STILL, loss=loss, metrics=metrics).fit(
        X[:40], labels[:40], X_val=X[40:], y_val=labels[40:]
    )
    predicted = net.predict(X)
    evaluated = net.evaluate(X, labels)
    for rows, recorded in (
        (slice(0, 40), {name: values[-1] for name, values in net.history_.items() if not name.startswith("val_")}),
        (slice(40, 60), {name[4:]: values[-1] for name, values in net.history_.items() if name.startswith("val_")}),
        (slice(0, 60), evaluated),
    ):
        known, found = labels[rows], predicted[rows]
        scores = f1_score(known, found, average=None, labels=net.classes_, zero_division=0)
        cost = log_loss(known, net.predict_proba(X[rows]), labels=net.classes_)
        expected = {name: accuracy_score(known, found) for name in ("equal", *of_classes[:3])}
        expected |= {f"f1_score_{number}": score for number, score in enumerate(scores)} | {"macro": scores.mean()}
        assert recorded == pytest.approx(
            {**expected, "loss": cost, "categorical_crossentropy": cost}, rel=1e-4, abs=1e-6
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


class SeesBatches(keras.callbacks.Callback):
    """Sends a fit to ``keras.Model.fit``, and keeps what callbacks see."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at a batch."""

    def on_epoch_end(self, epoch, logs=None):
        """Look at an epoch."""
        self.seen = dict(logs)


def test_a_metric_with_several_values_is_the_same_where_keras_trains():
    """Callbacks see single numbers: R2 of each output."""
    metrics = [keras.metrics.R2Score(class_aggregation=None, name="r2")]
    targets = np.column_stack([Y, X[:, 0]])
    nets = [KerasMLPRegressor(**STILL, metrics=metrics, callbacks=calls) for calls in (None, [SeesBatches()])]
    compiled, by_keras = (net.fit(X, targets) for net in nets)
    assert by_keras.callbacks_[0].seen.keys() == by_keras.history_.keys() == {"loss", "r2_0", "r2_1"}
    for name, values in by_keras.history_.items():
        assert values == pytest.approx(compiled.history_[name], rel=1e-5)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("f1_score", r"of one number; got 'val_f1_score', .* metrics=\[keras.metrics.F1Score\(average='macro'\)\]"),
        (keras.metrics.F1Score("macro"), None),
    ],
    ids=["a number for each class", "their mean"],
)
def test_early_stopping_needs_one_number(metric, message):
    """The error comes before any training."""
    net = KerasMLPClassifier(**STILL, metrics=[metric], early_stopping=True, monitor="val_f1_score")
    with nullcontext() if message is None else pytest.raises(ValueError, match=message):
        net.fit(X, np.digitize(Y, [0.0, 1.0]))
    assert (len(net.history_) == 0) is (message is not None)


@pytest.mark.parametrize(
    ("metric", "message"),
    [("sparse_categorical_accuracy", r"one class a row; .* Take 'binary_acc"), ("mean_iou", r"as an instance, keras")],
    ids=["of one class a row", "with arguments"],
)
def test_a_metric_that_cannot_be_computed_is_an_error(metric, message):
    """Of several labels a row, or by a name that lacks what it needs."""
    labels = (X > 0).astype(int)
    with pytest.raises(ValueError, match=message):
        KerasMLPClassifier(**STILL, metrics=[metric]).fit(X, labels)
