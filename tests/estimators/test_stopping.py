"""Early stopping by parameter: Keras' own callback is the oracle."""

import keras
import numpy as np
import pytest

from skdl import KerasMLPClassifier, KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = X.sum(axis=1) + RNG.normal(size=80)
CODES = (Y > 0).astype(int)
SETTINGS = {"hidden_layer_sizes": (8,), "epochs": 60, "learning_rate": 0.05, "batch_size": 16, "random_state": 0}


@pytest.mark.parametrize(
    ("estimator", "stop"),
    [
        (KerasMLPRegressor, {"patience": 3}),
        pytest.param(
            KerasMLPRegressor,
            {"patience": 2, "min_delta": 0.05, "restore_best_weights": False},
            marks=pytest.mark.slow,  # tests/training/test_compiled.py has it too
        ),
        (KerasMLPRegressor, {"monitor": "loss", "patience": 2, "min_delta": 0.01}),
        pytest.param(KerasMLPRegressor, {"monitor": "val_mae", "patience": 3}, marks=pytest.mark.slow),
        (KerasMLPClassifier, {"monitor": "val_accuracy", "patience": 4}),
    ],
    ids=["default", "last weights", "training loss", "lower is better", "higher is better"],
)
def test_training_stops_where_keras_stops(estimator, stop):
    """The same number of epochs, and the same weights."""
    target = CODES if estimator is KerasMLPClassifier else Y
    settings = {**SETTINGS, "metrics": ["accuracy"] if estimator is KerasMLPClassifier else ["mae"]}
    stop = {"monitor": "val_loss", "min_delta": 0.0, "restore_best_weights": True, **stop}
    if stop["monitor"] in {"loss", "val_loss"}:
        settings["metrics"] = None
    ours = estimator(**settings, **stop, early_stopping=True, validation_split=0.2).fit(X, target)
    callback = keras.callbacks.EarlyStopping(**stop)
    theirs = estimator(**settings, validation_split=0.2, callbacks=callback).fit(X, target)
    assert ours.n_iter_ == theirs.n_iter_ < 60
    assert ours.predict(X) == pytest.approx(theirs.predict(X), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("n_rows", "settings", "refused"),
    [
        (1000, {}, "monitor"),
        (999, {}, "optimizer"),
        (1000, {"callbacks": [keras.callbacks.EarlyStopping("loss")]}, "optimizer"),
    ],
    ids=["many rows", "few rows", "a callback that stops"],
)
def test_training_stops_early_by_itself_where_rows_are_many(n_rows, settings, refused):
    """Nothing is trained: a wrong monitor is refused where training would stop early, and else a wrong optimizer."""
    net = KerasMLPRegressor(monitor="val_wrong", optimizer="wrong", **settings)
    with pytest.raises(ValueError, match=refused):
        net.fit(np.ones((n_rows, 1)), np.arange(n_rows))


def test_accuracy_is_maximised_and_an_error_minimised():
    """The best epoch is the first one with the highest accuracy."""
    stop = {"early_stopping": True, "monitor": "val_accuracy", "patience": 4, "metrics": ["accuracy"]}
    net = KerasMLPClassifier(**SETTINGS, **stop).fit(X, CODES)
    seen = net.history_["val_accuracy"]
    assert net.best_epoch_ == np.argmax(seen) + 1 == net.n_iter_ - 4
    assert min(seen) < max(seen)


def test_without_restore_best_weights_the_last_ones_are_kept():
    """They are those of a training of as many epochs."""
    stop = {"early_stopping": True, "patience": 2, "restore_best_weights": False}
    ours = KerasMLPRegressor(**SETTINGS, **stop).fit(X, Y)
    plain = KerasMLPRegressor(**{**SETTINGS, "epochs": ours.n_iter_}, validation_split=0.2).fit(X, Y)
    assert ours.best_epoch_ == ours.n_iter_ - 2
    assert np.array_equal(ours.predict(X), plain.predict(X))


def test_averaged_weights_are_validated():
    """The mean of three epochs here, where the best ones are not restored; a linear network predicts the mean too."""
    settings = {**SETTINGS, "hidden_layer_sizes": (), "early_stopping": True, "patience": 9}
    few = [KerasMLPRegressor(**{**settings, "epochs": n}, restore_best_weights=False).fit(X, Y) for n in (1, 2, 3)]
    averaged = KerasMLPRegressor(**{**settings, "epochs": 3}, restore_best_weights=False, averaging=0.9).fit(X, Y)
    mean = np.mean([net.predict(X) for net in few], axis=0)
    assert averaged.predict(X) == pytest.approx(mean, abs=1e-5)
    assert np.ptp([net.predict(X[:1]) for net in few]) > 0.01


@pytest.mark.parametrize("parameters", [{"monitor": "loss"}, {"batch_normalization": True}])
def test_averaging_is_refused_where_the_average_is_not_validated(parameters):
    """With the training loss, and with statistics of other weights."""
    net = KerasMLPRegressor(averaging=0.5, early_stopping=True, **parameters)
    with pytest.raises(ValueError, match="KerasMLPRegressor: averaging must be 0"):
        net.fit(X, Y)


def test_training_loss_is_monitored_without_validation_rows():
    """No val_ in the history."""
    stop = {"early_stopping": True, "monitor": "loss", "patience": 1, "min_delta": 1e9}
    net = KerasMLPRegressor(**SETTINGS, **stop).fit(X, Y)
    assert net.n_iter_ == 2
    assert set(net.history_) == {"loss"}


def test_the_given_validation_rows_are_evaluated():
    """The last validation loss is the last weights' error on them, in standard deviations of the training rows."""
    settings = {**SETTINGS, "epochs": 3, "batch_size": 60}
    net = KerasMLPRegressor(**settings, validation_split=0.5).fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    gap = (net.predict(X[60:]) - Y[60:]) / Y[:60].std()
    assert net.history_["val_loss"][-1] == pytest.approx(np.mean(gap**2), rel=1e-4)


def of_its_own(y_true, y_pred):
    """Keras cannot know whether it should increase."""
    return keras.ops.mean(y_true - y_pred)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"monitor": "val_mse"}, "one of loss, val_loss; got 'val_mse'.* Name it in `metrics`"),
        (
            {"monitor": "val_maee", "metrics": ["mae"]},
            r"one of loss, mae, val_loss, val_mae; .* did you mean val_mae\?",
        ),
        ({"monitor": "mse", "validation_split": None}, "one of loss; got 'mse'"),
        ({"monitor": "val_of_its_own", "metrics": [of_its_own]}, "a metric of which Keras knows .*mode='max'"),
    ],
    ids=["no metric", "typing", "nothing held out", "no direction"],
)
def test_a_monitor_that_is_not_recorded_or_has_no_direction_is_an_error(parameters, message):
    """Keras itself would train to the end and warn in every epoch."""
    net = KerasMLPRegressor(early_stopping=True, **parameters)
    with pytest.raises(ValueError, match=f"KerasMLPRegressor: monitor must be {message}"):
        net.fit(X, Y)
    assert net.history_ == {}
