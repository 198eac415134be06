"""Training as one compiled program, against ``keras.Model.fit`` on the same batch order."""

import keras
import numpy as np
import pytest

from skdl import KerasMLPRegressor
from skdl.training import EarlyStop, Rows, n_traces, precision, train

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(80, 5))
TARGET = FEATURES.sum(axis=1, keepdims=True) + 0.1 * RNG.normal(size=(80, 1))
CODES = (np.abs(FEATURES[:, :1] * 3).astype(int) % 3).astype(float)
WEIGHT = RNG.uniform(0.5, 2.0, 80)


def network(*, optimizer=None, loss="MeanSquaredError", units=1, head=None, dtype="float32", **parts):
    """Build a network with the parts asked for, the same weights every time."""
    layers = [keras.layers.Input((5,), dtype=dtype)]
    penalty = keras.regularizers.L1L2(parts["penalty"], parts["penalty"]) if "penalty" in parts else None
    first = keras.initializers.GlorotUniform(1)
    layers.append(
        keras.layers.Dense(
            8, use_bias="norm" not in parts, kernel_initializer=first, kernel_regularizer=penalty, dtype=dtype
        )
    )
    if "norm" in parts:
        layers.append(keras.layers.BatchNormalization(dtype=dtype))
    layers.append(keras.layers.Activation("relu", dtype=dtype))
    if "dropout" in parts:
        layers.append(keras.layers.Dropout(parts["dropout"], seed=3, dtype=dtype))
    layers.append(keras.layers.Dense(units, head, kernel_initializer=keras.initializers.GlorotUniform(2), dtype=dtype))
    made = keras.Sequential(layers)
    chosen = getattr(keras.losses, loss)(reduction="mean_with_sample_weight", dtype=dtype)
    made.compile(optimizer() if optimizer else keras.optimizers.Adam(0.01), chosen)
    return made


def rows(n_rows=70, *, weighted=False, codes=False, dtype="float32"):
    """Take the first rows of the table."""
    target = (CODES if codes else TARGET)[:n_rows].astype(dtype)
    return Rows(FEATURES[:n_rows].astype(dtype), target, WEIGHT[:n_rows].astype(dtype) if weighted else None)


class LooksAtBatches(keras.callbacks.Callback):
    """Sends a fit to Keras."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at a batch."""


def both_ways(build, table, *, epochs=5, held=None, early_stop=None):
    """Train one network the compiled way and one by Keras, whose way a callback that looks at batches asks for."""
    ours, theirs = build(), build()
    settings = {"batch_size": 16, "epochs": epochs, "seed": 0, "validation": held, "early_stop": early_stop}
    before = n_traces()
    compiled = train(ours, table, **settings)
    plain = train(theirs, table, **settings, callbacks=[LooksAtBatches()])
    return ours, theirs, compiled, plain, n_traces() - before


def weights(model):
    """Collect all weights in one vector."""
    return np.concatenate([np.asarray(variable.value).ravel() for variable in model.weights])


CASES = {
    "plain": ({}, {}),
    "whole batches": ({}, {"n_rows": 64}),
    "one batch": ({}, {"n_rows": 9}),
    "sample weights": ({}, {"weighted": True}),
    "L1 and L2": ({"penalty": 0.01}, {}),
    "dropout": ({"dropout": 0.3}, {"n_rows": 64}),
    "dropout and a partial batch": ({"dropout": 0.3}, {}),
    "batch normalisation": ({"norm": True}, {"n_rows": 64}),
    "softmax": ({"units": 3, "head": "softmax", "loss": "SparseCategoricalCrossentropy"}, {"codes": True}),
    "huber": ({"loss": "Huber"}, {}),
    "schedule": (
        {"optimizer": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.9))},
        {},
    ),
    "clipping and decay": ({"optimizer": lambda: keras.optimizers.Adam(0.01, clipnorm=0.5, weight_decay=0.01)}, {}),
}


@pytest.mark.parametrize(("parts", "table"), CASES.values(), ids=CASES.keys())
def test_weights_and_history_equal_those_of_keras(parts, table):
    """To 1e-6: a padded batch is summed in another order than a short one."""
    ours, theirs, compiled, plain, traces = both_ways(lambda: network(**parts), rows(**table), held=rows(20))
    assert traces <= 1
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)
    assert compiled.history.keys() == plain.history.keys()
    for name, values in plain.history.items():
        assert compiled.history[name] == pytest.approx(values, rel=1e-5, abs=1e-6)


OPTIMIZERS = [
    "SGD",
    "RMSprop",
    "Adam",
    "AdamW",
    "Adadelta",
    "Adagrad",
    "Adamax",
    "Adafactor",
    "Nadam",
    "Ftrl",
    "Lion",
    "Lamb",
]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_the_steps_that_it_takes_in_keras(name):
    """On whole batches, to the bit."""
    ours, theirs, _, _, _ = both_ways(lambda: network(optimizer=getattr(keras.optimizers, name)), rows(64), epochs=3)
    assert np.array_equal(weights(ours), weights(theirs))


@pytest.mark.parametrize(
    "stop",
    [
        EarlyStop(patience=2, min_delta=0.01),
        EarlyStop("loss", 3, 0.02, restore_best_weights=False),
        EarlyStop(patience=0),
    ],
    ids=["best weights", "last weights", "no patience"],
)
def test_early_stopping_inside_the_program_is_that_of_keras(stop):
    """The same last epoch, the same best epoch, the same weights."""
    ours, theirs, compiled, plain, _ = both_ways(network, rows(), epochs=60, held=rows(20), early_stop=stop)
    assert len(compiled.history["loss"]) == len(plain.history["loss"]) < 60
    assert compiled.best_epoch == plain.best_epoch
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def test_double_precision_equals_keras_too():
    """A network of float64 shares no program with one of float32."""
    train(network(), rows(weighted=True), batch_size=16, epochs=1, seed=0)
    with precision("float64"):
        table = rows(weighted=True, dtype="float64")
        ours, theirs, _, _, _ = both_ways(lambda: network(dtype="float64"), table)
        assert weights(ours) == pytest.approx(weights(theirs), abs=1e-12)


def test_a_second_fit_of_the_same_structure_compiles_nothing():
    """Other seeds, learning rates, numbers of epochs, and a fold that is a row shorter."""
    X, y = FEATURES, TARGET[:, 0]
    settings = {"hidden_layer_sizes": (7,), "batch_size": 16, "dropout": 0.1}
    start = n_traces()
    KerasMLPRegressor(**settings, epochs=20, random_state=0).fit(X, y).predict(X)
    before = n_traces()
    assert before == start + 2  # one to train, one to predict
    KerasMLPRegressor(**settings, epochs=17, learning_rate=0.02, random_state=5).fit(X[1:], y[1:]).predict(X)
    assert n_traces() == before


def test_other_regularisation_is_another_program():
    """It is part of the trace; nothing is reused that should not be."""
    train(network(penalty=0.01), rows(), batch_size=16, epochs=1, seed=0)
    ours, theirs, _, _, _ = both_ways(lambda: network(penalty=0.5), rows())
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def test_epochs_that_do_not_fit_one_block_go_on_in_the_next(monkeypatch):
    """The row order is drawn in blocks of bounded size."""
    whole, cut = network(), network()
    train(whole, rows(), batch_size=16, epochs=7, seed=0)
    monkeypatch.setattr("skdl.training._schedule._ORDER_BYTES", 4 * 80 * 3)
    train(cut, rows(), batch_size=16, epochs=7, seed=0)
    assert np.array_equal(weights(whole), weights(cut))


@pytest.mark.parametrize("case", ["metrics", "batch normalisation over a partial batch", "a loss summed"])
def test_what_the_program_cannot_do_as_keras_does_is_left_to_keras(case):
    """Nothing is traced."""
    model = network(norm=True) if case.startswith("batch") else network()
    if case == "metrics":
        model.compile("adam", keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"), metrics=["mae"])
    if case == "a loss summed":
        model.compile("adam", keras.losses.MeanSquaredError(reduction="sum"))
    before = n_traces()
    history = train(model, rows(), batch_size=16, epochs=2, seed=0).history
    assert n_traces() == before
    assert len(history["loss"]) == 2
