"""Keras callbacks, compared with ``keras.Model.fit``."""

import csv

import keras
import numpy as np
import pytest
from helpers.weights import weights_of
from sklearn.base import clone

from skdl import KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X.sum(axis=1) + RNG.normal(size=60)


def fitted(*callbacks, **parameters):
    """Fit a small network that begins to overfit soon, a quarter of the rows held out."""
    settings = {"hidden_layer_sizes": (8,), "epochs": 5, "learning_rate": 0.04, "batch_size": 15, "random_state": 0}
    settings |= {"validation_split": 0.25, "callbacks": list(callbacks) or None}
    return KerasMLPRegressor(**{**settings, **parameters}).fit(X, Y)


class StopAfterTwo(keras.callbacks.Callback):
    """Ends the training after its second epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1


@pytest.mark.parametrize(
    "given",
    [
        StopAfterTwo,
        StopAfterTwo(),
        [StopAfterTwo],
        [keras.callbacks.TerminateOnNaN(), StopAfterTwo()],
        {"a": StopAfterTwo(), "b": keras.callbacks.TerminateOnNaN},
        {"a": [StopAfterTwo()]},
    ],
    ids=["class", "instance", "list of classes", "list", "dictionary", "dictionary of lists"],
)
def test_callbacks_come_as_class_instance_list_or_dictionary(given):
    """Each of them stops the training after its second epoch."""
    assert fitted(callbacks=given).n_iter_ == 2


def test_callbacks_are_copied_for_each_fit():
    """The parameter holds no network; the fit's copy does."""
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=1e9)
    net = fitted(stopper)
    assert net.n_iter_ == 2
    assert net.callbacks_[0] is not stopper
    assert net.callbacks_[0].stopped_epoch == 1
    assert stopper.stopped_epoch == 0
    assert clone(net).fit(X, Y).n_iter_ == 2


def test_a_callback_is_called_for_each_epoch_and_batch():
    calls = {"epoch": [], "batch": [], "end": []}
    fitted(
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: calls["epoch"].append((epoch, sorted(logs))),
            on_train_batch_end=lambda batch, logs: calls["batch"].append(batch),
            on_train_end=lambda logs: calls["end"].append(1),
        ),
        epochs=3,
    )
    assert calls["epoch"] == [(epoch, ["loss", "val_loss"]) for epoch in range(3)]
    assert calls["batch"] == [0, 1, 2] * 3
    assert calls["end"] == [1]


def test_a_callback_that_only_reads_changes_nothing():
    """With a callback or without, the same history to a millionth."""
    history = fitted(keras.callbacks.Callback()).history_
    plain = fitted().history_
    assert history["loss"] == pytest.approx(plain["loss"], rel=1e-6)
    assert history["val_loss"] == pytest.approx(plain["val_loss"], rel=1e-6)


@pytest.mark.parametrize("suffix", ["keras", "weights.h5"])
def test_a_checkpoint_of_the_best_only_holds_the_best_epoch_s_weights(suffix, tmp_path):
    """The oracle is early stopping without patience to lose, which goes back to the best epoch."""
    path = tmp_path / f"best.{suffix}"
    best = keras.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=suffix == "weights.h5")
    net = fitted(best, epochs=60)
    stopped = fitted(epochs=60, early_stopping=True, patience=60)
    assert net.best_epoch_ == stopped.best_epoch_ < 60
    loaded = keras.saving.load_model(path) if suffix == "keras" else net.model_
    if suffix != "keras":
        loaded.load_weights(path)
    for ours, theirs in zip(weights_of(loaded), weights_of(stopped.model_), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-6)


def test_a_plateau_lowers_the_learning_rate():
    """Halved in every epoch from the second on, where nothing counts as improvement; the history shows it."""
    net = fitted(keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9), epochs=4)
    assert net.history_["learning_rate"] == pytest.approx([0.04, 0.04, 0.02, 0.01])


def test_a_scheduler_sets_the_learning_rate_of_each_epoch():
    """At zero no weight changes."""
    net = fitted(keras.callbacks.LearningRateScheduler(lambda epoch: 0.04 if epoch < 2 else 0.0))
    assert net.history_["learning_rate"] == pytest.approx([0.04, 0.04, 0.0, 0.0, 0.0])
    losses = net.history_["val_loss"]
    assert losses[1] == losses[2] == losses[4] < losses[0]


def test_the_log_file_holds_the_history(tmp_path):
    """One line for each epoch, numbered from 0."""
    net = fitted(keras.callbacks.CSVLogger(tmp_path / "log.csv"))
    with (tmp_path / "log.csv").open() as opened:
        lines = list(csv.DictReader(opened))
    assert [int(line["epoch"]) for line in lines] == [0, 1, 2, 3, 4]
    for name, values in net.history_.items():
        assert [float(line[name]) for line in lines] == pytest.approx(values)


def test_tensorboard_writes_its_events(tmp_path):
    """Where TensorFlow and TensorBoard are installed."""
    pytest.importorskip("tensorflow")
    pytest.importorskip("tensorboard")
    fitted(keras.callbacks.TensorBoard(tmp_path))
    assert any(path.stat().st_size for path in tmp_path.rglob("events*"))


def test_another_object_as_callback_is_an_error():
    """Before anything is trained."""
    with pytest.raises(TypeError, match=r"instance of `keras\.callbacks\.Callback`"):
        fitted("early_stopping")
