"""Keras callbacks with a compiled program: they see and set the same as in ``keras.Model.fit``."""

import keras
import numpy as np
import pytest
from helpers.keras_training import SeesBatches
from helpers.weights import weights_of

from skdl.training import Rows, n_traces, train

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) + 0.1 * RNG.normal(size=(64, 1))).astype("float32")
ROWS, HELD = Rows(X[:48], Y[:48]), Rows(X[48:], Y[48:])


class RecordsEpochs(keras.callbacks.Callback):
    """Records what it sees at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        kernel = np.asarray(self.model.layers[0].kernel.value)
        self.seen.append((epoch, kernel, float(self.model.optimizer.learning_rate), dict(logs)))


class StopsAfter(keras.callbacks.Callback):
    """Stops the training after so many epochs, and changes the weights at its end."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 2

    def on_train_end(self, logs=None):
        self.model.set_weights([2.0 * weight for weight in weights_of(self.model)])


CALLBACKS = {
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=1, min_delta=0.5),
    "scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.8 * rate),
    "early stopping": lambda: keras.callbacks.EarlyStopping(patience=1, min_delta=0.3, restore_best_weights=True),
    "stop and change": StopsAfter,
    "a metric that should rise": lambda: keras.callbacks.EarlyStopping("val_r2_score", patience=1, min_delta=0.05),
}


def trained(callbacks):
    """Train a small network, the same one every time."""
    kernel = [keras.initializers.GlorotUniform(seed) for seed in (1, 2)]
    layers = [
        keras.layers.Dense(4, "relu", kernel_initializer=kernel[0]),
        keras.layers.Dense(1, kernel_initializer=kernel[1]),
    ]
    model = keras.Sequential([keras.layers.Input((5,)), *layers])
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=["mae", keras.metrics.R2Score()])
    before = n_traces()
    result = train(model, ROWS, validation=HELD, batch_size=16, epochs=8, seed=0, callbacks=callbacks)
    return model, result, n_traces() - before


@pytest.mark.parametrize("make", CALLBACKS.values(), ids=CALLBACKS.keys())
def test_a_callback_does_what_it_does_in_keras(make):
    """The oracle is keras.Model.fit on the same batches; both record each epoch."""
    ours, theirs = RecordsEpochs(), RecordsEpochs()
    model, result, _ = trained([make(), ours])
    their_model, expected, traces = trained([make(), theirs, SeesBatches()])
    assert traces == 0
    assert result.history.keys() == expected.history.keys()
    assert len(ours.seen) == len(theirs.seen) <= 8
    for mine, other in zip(ours.seen, theirs.seen, strict=True):
        assert np.array_equal(mine[1], other[1])
        assert (mine[0], mine[2], list(mine[3])) == (other[0], other[2], list(other[3]))
        assert mine[3] == pytest.approx(other[3], rel=1e-5)
    for mine, other in zip(weights_of(model), weights_of(their_model), strict=True):
        assert np.array_equal(mine, other)


def test_a_second_fit_with_callbacks_compiles_nothing():
    """One epoch at a time runs the same program."""
    trained([RecordsEpochs()])
    assert trained([CALLBACKS["plateau"]()])[2] == 0


def test_a_checkpoint_of_the_best_epoch_holds_its_weights(tmp_path):
    """ModelCheckpoint sees batches only where its frequency is a number of batches."""
    path = tmp_path / "best.weights.h5"
    diary = RecordsEpochs()
    watch = keras.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    model, result, _ = trained([watch, diary])
    model.load_weights(path)
    assert np.array_equal(np.asarray(model.layers[0].kernel.value), diary.seen[result.best_epoch - 1][1])
