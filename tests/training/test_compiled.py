"""Training as one compiled program, against ``keras.Model.fit`` on the same batch order."""

import os
import subprocess
import sys
import threading

import jax
import keras
import numpy as np
import pytest
from helpers.cases import cases
from helpers.keras_training import SeesBatches
from helpers.keras_training import weight_vector as weights
from scipy import sparse
from sklearn.base import clone

from skdl import KerasMLPRegressor
from skdl.training import EarlyStop, Rows, n_traces, precision, predict, train

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(80, 5))
TARGET = FEATURES.sum(axis=1, keepdims=True) + 0.1 * RNG.normal(size=(80, 1))
CODES = (np.abs(FEATURES[:, :1] * 3).astype(int) % 3).astype(float)
WEIGHT = RNG.uniform(0.5, 2.0, 80)


def network(*, optimizer=None, loss="MeanSquaredError", units=1, head=None, dtype="float32", **parts):
    """Build a network with these parts, the same weights every time."""
    penalty = keras.regularizers.L1L2(parts["penalty"], parts["penalty"]) if "penalty" in parts else None
    first = {"use_bias": "norm" not in parts, "kernel_initializer": keras.initializers.GlorotUniform(1)}
    first |= {"kernel_regularizer": penalty, "activity_regularizer": parts.get("activity")}
    layers = [keras.layers.Input((5,), dtype=dtype), keras.layers.Dense(8, **first, dtype=dtype)]
    if "norm" in parts:
        layers.append(keras.layers.BatchNormalization(dtype=dtype))
    layers.append(keras.layers.Activation(parts.get("activation", "relu"), dtype=dtype))
    if "dropout" in parts:
        layers.append(keras.layers.Dropout(parts["dropout"], seed=3, dtype=dtype))
    layers.append(keras.layers.Dense(units, head, kernel_initializer=keras.initializers.GlorotUniform(2), dtype=dtype))
    made = keras.Sequential(layers)
    reduction = parts.get("reduction", "mean_with_sample_weight")
    chosen = getattr(keras.losses, loss)(reduction=reduction, dtype=dtype)
    made.compile(optimizer() if optimizer else keras.optimizers.Adam(0.01), chosen, metrics=parts.get("metrics"))
    return made


def rows(n_rows=70, *, weighted=False, codes=False, dtype="float32"):
    """Take the first rows of the table."""
    target = (CODES if codes else TARGET)[:n_rows].astype(dtype)
    return Rows(FEATURES[:n_rows].astype(dtype), target, WEIGHT[:n_rows].astype(dtype) if weighted else None)


SETTINGS = {"batch_size": 16, "epochs": 1, "seed": 0}


def both_ways(build, table, *, epochs=5, validation=None, early_stop=None):
    """Train one network by a program and one by Keras, which a callback that sees batches requires."""
    ours, theirs = build(), build()
    settings = SETTINGS | {"epochs": epochs, "validation": validation, "early_stop": early_stop}
    before = n_traces()
    compiled = train(ours, table, **settings)
    plain = train(theirs, table, **settings, callbacks=[SeesBatches()])
    return ours, theirs, compiled, plain, n_traces() - before


CASES = {
    "plain": ({}, {}),
    "whole batches": ({}, {"n_rows": 64}),
    "one batch": ({}, {"n_rows": 9}),
    "sample weights": ({}, {"weighted": True}),
    "L1 and L2": ({"penalty": 0.01}, {}),
    "mish": ({"activation": "mish"}, {}),
    "SELU": ({"activation": "selu"}, {}),
    "dropout": ({"dropout": 0.3}, {"n_rows": 64}),
    "dropout and a partial batch": ({"dropout": 0.3}, {}),
    "batch normalisation": ({"norm": True}, {"n_rows": 64}),
    "batch normalisation and a partial batch": ({"norm": True, "dropout": 0.3}, {}),
    "batch normalisation and one partial batch": ({"norm": True}, {"n_rows": 9}),
    "a penalty on activity": ({"activity": keras.regularizers.L2(0.01)}, {"weighted": True}),
    "a loss summed": ({"reduction": "sum"}, {}),
    "a loss over the batch's size": ({"reduction": "sum_over_batch_size"}, {"weighted": True}),
    "metrics": ({"metrics": ["mae", "r2_score"]}, {"weighted": True}),
    "metrics of classes": (
        {
            "metrics": ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
            "units": 3,
            "head": "softmax",
            "loss": "SparseCategoricalCrossentropy",
        },
        {"codes": True},
    ),
    "softmax": ({"units": 3, "head": "softmax", "loss": "SparseCategoricalCrossentropy"}, {"codes": True}),
    "huber": ({"loss": "Huber"}, {}),
    "schedule": (
        {"optimizer": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.9))},
        {},
    ),
    "clipping and decay": ({"optimizer": lambda: keras.optimizers.Adam(0.01, clipnorm=0.5, weight_decay=0.01)}, {}),
}


# One of each mechanism; the others combine them, or leave some out.
QUICK = {
    "sample weights",
    "L1 and L2",
    "mish",
    "dropout and a partial batch",
    "batch normalisation and a partial batch",
    "batch normalisation and one partial batch",
    "a penalty on activity",
    "a loss over the batch's size",
    "metrics of classes",
    "schedule",
}


@pytest.mark.parametrize(("parts", "table"), cases(CASES, QUICK))
def test_weights_and_history_equal_those_of_keras(parts, table):
    """To 1e-6: a padded batch is summed in another order than a short one."""
    ours, theirs, compiled, plain, traces = both_ways(lambda: network(**parts), rows(**table), validation=rows(20))
    assert traces <= 1
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)
    assert compiled.history.keys() == plain.history.keys()
    for name, values in plain.history.items():
        assert compiled.history[name] == pytest.approx(values, rel=1e-5, abs=1e-6)


def test_a_program_optimised_as_by_default_does_too():
    """In a process of its own: the tests' programs are compiled with less optimisation."""
    names = "test_weights_and_history_equal and dropout"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", __file__, "-k", names]
    finished = subprocess.run(command, env={**os.environ, "XLA_FLAGS": ""}, capture_output=True, text=True, check=False)
    assert "1 passed" in finished.stdout, finished.stdout


AROUND_OTHERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
OPTIMIZERS = sorted(
    {found.__name__ for found in vars(keras.optimizers).values() if isinstance(found, type)} - AROUND_OTHERS
)


# One of each kind of state: none, moments, signs, matrices in pieces, and orthogonal steps.
KINDS_OF_STATE = {"Adafactor", "Adam", "Lion", "Muon", "RMSprop", "SGD"}


@pytest.mark.parametrize("name", cases({name: name for name in OPTIMIZERS}, KINDS_OF_STATE))
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
        EarlyStop(patience=2, min_delta=0.01, averaging=0.6),
        EarlyStop("val_loss", 2, 0.01, restore_best_weights=False, averaging=0.6),
    ],
    ids=["best weights", "last weights", "no patience", "averaged weights", "average of the last weights"],
)
def test_early_stopping_inside_the_program_is_that_of_keras(stop):
    """The same last epoch, the same best epoch, the same weights."""
    ours, theirs, compiled, plain, _ = both_ways(network, rows(), epochs=60, validation=rows(20), early_stop=stop)
    assert len(compiled.history["loss"]) == len(plain.history["loss"]) < 60
    assert compiled.best_epoch == plain.best_epoch
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def test_double_precision_equals_keras_too():
    """A network of float64 shares no program with one of float32."""
    train(network(), rows(weighted=True), **SETTINGS)
    with precision("float64"):
        table = rows(weighted=True, dtype="float64")
        ours, theirs, _, _, _ = both_ways(lambda: network(dtype="float64"), table)
        assert weights(ours) == pytest.approx(weights(theirs), abs=1e-12)


SAME_STRUCTURE = {
    "seed": {"random_state": 5},
    "learning rate": {"learning_rate": 0.02},
    "many more epochs": {"epochs": 300},
    "dropout rate": {"dropout": 0.4},
    "strength of L2": {"l2": 0.3},
    "strength of L1": {"l1": 0.2},
    "weight decay": {"optimizer": keras.optimizers.AdamW(weight_decay=0.1)},
}


@pytest.mark.parametrize("batch_size", [16, "auto"])
def test_a_second_fit_of_the_same_structure_compiles_nothing(batch_size):
    """Nor does a fold that is a row shorter, on either side of a whole number of batches."""
    X, y = FEATURES, TARGET[:, 0]
    first = {"hidden_layer_sizes": (7,), "batch_size": batch_size, "dropout": 0.1, "l1": 0.1, "l2": 0.1, "epochs": 3}
    first |= {"optimizer": keras.optimizers.AdamW(), "random_state": 0}
    start = n_traces()
    KerasMLPRegressor(**first).fit(X[:79], y[:79]).predict(X)
    before = n_traces()
    assert before <= start + 2  # one to train, one to predict
    for name, other in SAME_STRUCTURE.items():
        KerasMLPRegressor(**(first | other)).fit(X[:79], y[:79]).predict(X)
        assert n_traces() == before, name
    for n_rows in (78, 80):
        KerasMLPRegressor(**first).fit(X[:n_rows], y[:n_rows]).predict(X)
        assert n_traces() == before, n_rows


def test_a_cross_validation_across_a_whole_number_of_batches_compiles_once():
    """80 rows fill five batches; 81 are padded to six, and so are then 80."""
    X, y = np.tile(FEATURES, (2, 1)), np.tile(TARGET[:, 0], 2)
    net = KerasMLPRegressor((6,), batch_size=16, epochs=1)
    net.fit(X[:81], y[:81])
    before = n_traces()
    net.fit(X[:80], y[:80])
    assert n_traces() == before


@pytest.mark.parametrize(
    "numbers", [{"penalty": 0.5}, {"dropout": 0.6}, {"decay": 0.3}], ids=["L1 and L2", "dropout", "decay"]
)
def test_a_traced_hyperparameter_has_its_effect(numbers):
    """The program was traced with other values."""
    slight = dict.fromkeys(numbers, 0.01)

    def build(decay=None, **parts):
        return network(optimizer=lambda: keras.optimizers.Adam(0.01, weight_decay=decay), **parts)

    train(build(**slight), rows(64), **SETTINGS)
    ours, theirs, _, _, traces = both_ways(lambda: build(**numbers), rows(64))
    assert traces == 0
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)
    assert np.abs(weights(ours) - weights(both_ways(lambda: build(**slight), rows(64))[0])).max() > 1e-3


def test_epochs_that_do_not_fit_one_block_continue_in_the_next():
    """The row order is drawn in blocks of a megabyte, which is 262,144 rows."""
    at_once, in_two = network(), network()
    train(at_once, rows(64), batch_size=64, epochs=5000, seed=0)
    train(in_two, rows(64), batch_size=64, epochs=2500, seed=0)
    train(in_two, rows(64), batch_size=64, epochs=2500, first_epoch=2500, seed=0)
    assert np.array_equal(weights(at_once), weights(in_two))


def test_tables_smaller_than_a_batch_share_a_program():
    """Their batch is the next power of two, 32 rows or more."""
    before = n_traces()
    for n_rows, programs in ((20, 1), (30, 1), (33, 2), (64, 2)):
        train(network(loss="LogCosh"), rows(n_rows), batch_size=200, epochs=1, seed=0)
        assert n_traces() - before == programs


def test_threads_trace_a_program_once():
    """The others wait for the first."""
    before = n_traces()
    networks = [network(loss="Poisson") for _ in range(4)]
    fits = [threading.Thread(target=train, args=(one, rows()), kwargs=SETTINGS) for one in networks]
    for fit in fits:
        fit.start()
    for fit in fits:
        fit.join()
    assert n_traces() - before == 1


class Stripped(keras.layers.Layer):
    """A user-defined layer around one of Keras'."""

    def __init__(self, rate=0.0):
        super().__init__()
        self.rate = rate
        self.inner = keras.layers.Dropout(rate, seed=1)

    def call(self, inputs, training=None):
        return self.inner(inputs, training=training)

    def get_config(self):
        return {"rate": self.rate}


WRAPPED = {
    "inside a wrapper": lambda number: keras.layers.TimeDistributed(keras.layers.Dropout(number, seed=1)),
    "inside a user-defined layer": Stripped,
    "inside a layer of layers": lambda number: keras.layers.MultiHeadAttention(
        1, 2, kernel_regularizer=keras.regularizers.L2(number), seed=1
    ),
    "inside a network": lambda number: keras.Sequential(
        [keras.layers.Input((3, 1)), keras.layers.Dropout(number, seed=1)]
    ),
}


@pytest.mark.parametrize("make", WRAPPED.values(), ids=WRAPPED.keys())
def test_a_hidden_hyperparameter_has_its_effect_too(make):
    """As an input or as structure: a second network is not trained with the value of the first."""

    def build(number):
        begin = keras.layers.Input((5,))
        steps = keras.layers.Reshape((3, 1))(keras.layers.Dense(3, kernel_initializer="ones")(begin))
        made = make(number)
        wide = made(steps, steps) if isinstance(made, keras.layers.MultiHeadAttention) else made(steps)
        end = keras.layers.Dense(1, kernel_initializer="ones")(keras.layers.Flatten()(wide))
        model = keras.Model(begin, end)
        for weight in model.trainable_variables:
            weight.assign(0.1 * np.ones(weight.shape))
        model.compile(keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
        return model

    train(build(0.1), rows(64), **SETTINGS)
    ours, theirs, _, _, _ = both_ways(lambda: build(0.6), rows(64))
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def first_own(slope):
    """Make an activation; all of them have one name."""

    def own(inputs):
        return slope * inputs

    return own


class ForgetsTheLoss(keras.Model):
    """A model with its own compute_loss."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.square(y_pred))


def adapted():
    """Make a layer that has learned from data."""
    layer = keras.layers.Normalization()
    layer.adapt(10.0 + FEATURES)
    return layer


def frozen_weight():
    """Make a layer of which one weight is not trained, which its configuration does not show."""
    layer = keras.layers.Dense(5)
    layer.build((None, 5))
    layer.kernel.trainable = False
    return layer


def frozen_inside():
    """Make a network with a layer that is not trained."""
    inner = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(5)])
    inner.layers[0].trainable = False
    return inner


PECULIAR = {
    "adapted to data": lambda x: adapted()(x),  # noqa: PLW0108 - made when it is called
    "a weight that is not trained": lambda x: frozen_weight()(x),  # noqa: PLW0108 - likewise
    "frozen inside": lambda x: frozen_inside()(x),  # noqa: PLW0108 - likewise
    "two functions of one name": lambda x: keras.layers.Activation(first_own(0.1))(
        keras.layers.Dense(5, activation=first_own(3.0))(x)
    ),
    "normalised inside a wrapper": lambda x: keras.layers.Reshape((5,))(
        keras.layers.TimeDistributed(keras.layers.BatchNormalization())(keras.layers.Reshape((5, 1))(x))
    ),
    "a mean over the rows": lambda x: x - keras.ops.mean(x, axis=0, keepdims=True),
}


KINDS = {"a model": keras.Model, "a model with a loss of its own": ForgetsTheLoss}


@pytest.mark.parametrize("kind", cases(KINDS, {"a model"}))
@pytest.mark.parametrize("make", PECULIAR.values(), ids=PECULIAR.keys())
def test_an_unusual_network_is_trained_and_applied_as_by_keras(make, kind):
    """By a program or by Keras."""

    def build():
        begin = keras.layers.Input((5,))
        model = kind(begin, keras.layers.Dense(1)(make(begin)))
        for number, weight in enumerate(model.trainable_variables):
            weight.assign(0.1 * np.cos(number + np.arange(np.prod(weight.shape))).reshape(weight.shape))
        for weight in (weight for weight in model.non_trainable_variables if weight.name == "kernel"):
            weight.assign(0.2 * np.ones(weight.shape))
        model.compile(keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
        return model

    ours, theirs, compiled, plain, _ = both_ways(build, rows(), validation=rows(20))
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)
    assert compiled.history["val_loss"] == pytest.approx(plain.history["val_loss"], rel=1e-5)
    some = rows(32).X
    assert predict(ours, np.tile(some, (8, 1)))[:32] == pytest.approx(
        np.asarray(theirs(np.tile(some, (8, 1))))[:32], abs=1e-5
    )


@keras.saving.register_keras_serializable("tests")
class Seeded(keras.layers.Layer):
    """A layer whose seed is structure."""

    def __init__(self, seed=0):
        super().__init__()
        self.seed = seed

    def call(self, inputs):
        return inputs + self.seed

    def get_config(self):
        return {"seed": self.seed}


@pytest.mark.parametrize("what", ["a seed that counts", "Muon by names", "a recurrent layer's penalty"])
def test_networks_that_differ_outside_their_configuration_share_no_program(what):

    def build(number):
        name = "wide" if number else "narrow"
        layers = [keras.layers.Input((5,)), keras.layers.Dense(4, name=name, kernel_initializer="ones")]
        layers += [Seeded(number)] if what.startswith("a seed") else []
        if what.startswith("a recurrent"):
            penalty = keras.regularizers.L2(0.001 + number)
            ones = dict.fromkeys(("kernel_initializer", "recurrent_initializer"), "ones")
            layers += [keras.layers.Reshape((4, 1)), keras.layers.LSTM(2, kernel_regularizer=penalty, **ones)]
        model = keras.Sequential([*layers, keras.layers.Dense(1, kernel_initializer="ones")])
        optimizer = keras.optimizers.Muon(exclude_layers=["wide"]) if what.startswith("Muon") else "adam"
        model.compile(optimizer, keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
        return model

    train(build(0), rows(64), batch_size=16, epochs=2, seed=0)
    ours, theirs, _, _, _ = both_ways(lambda: build(1), rows(64))
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def fit_as_keras(y_true, y_pred):
    """Return a loss in which the rows of a batch interact."""
    return keras.ops.square(y_true - y_pred) + keras.ops.mean(y_pred)


def test_a_user_defined_loss_is_not_padded():
    """Each batch has as many rows as in Keras."""

    def build():
        model = network()
        own = type("Own", (keras.losses.Loss,), {"call": lambda _, y_true, y_pred: fit_as_keras(y_true, y_pred)})
        model.compile(keras.optimizers.Adam(0.01), own(reduction="mean_with_sample_weight"))
        return model

    ours, theirs, _, _, traces = both_ways(build, rows(), validation=rows(20))
    assert traces <= 1
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


@pytest.mark.parametrize("monitor", ["val_r2_score", pytest.param("val_mae", marks=pytest.mark.slow)])
def test_early_stopping_by_a_metric_is_that_of_keras(monitor):
    """One should increase, the other decrease."""
    stop = EarlyStop(monitor, patience=2, min_delta=0.01)
    ours, theirs, compiled, plain, traces = both_ways(
        lambda: network(metrics=["mae", "r2_score"]), rows(), epochs=60, validation=rows(20), early_stop=stop
    )
    assert traces <= 1
    assert compiled.history.keys() == plain.history.keys()
    assert len(compiled.history["loss"]) == len(plain.history["loss"]) < 60
    assert compiled.best_epoch == plain.best_epoch
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


@pytest.mark.parametrize("case", ["a user-defined metric", "an average of the weights"])
def test_keras_trains_where_a_program_could_not_do_the_same(case):
    """Nothing is traced."""
    model = network()
    if case == "a user-defined metric":
        model.compile("adam", keras.losses.MeanSquaredError(), metrics=[fit_as_keras])
    else:
        model.compile(keras.optimizers.Adam(use_ema=True), keras.losses.MeanSquaredError())
    before = n_traces()
    history = train(model, rows(), batch_size=16, epochs=2, seed=0).history
    assert n_traces() == before
    assert len(history["loss"]) == 2


def functional(input_shape, n_outputs):
    """Build a network with a skip connection."""
    begin = keras.layers.Input(input_shape)
    hidden = keras.layers.Dense(5, "relu")(begin)
    end = keras.layers.Dense(n_outputs)(keras.layers.Concatenate()([begin, hidden]))
    return keras.Model(begin, end)


def test_a_second_user_defined_network_compiles_nothing():
    """Although Keras gives its layers other names; one with other connections is another structure."""

    def joined_otherwise(input_shape, n_outputs):
        begin = keras.layers.Input(input_shape)
        hidden = keras.layers.Dense(5, "relu")(begin)
        return keras.Model(begin, keras.layers.Dense(n_outputs)(keras.layers.Concatenate()([hidden, begin])))

    KerasMLPRegressor(model=functional, epochs=1).fit(FEATURES, TARGET[:, 0])
    before = n_traces()
    KerasMLPRegressor(model=functional, epochs=1).fit(FEATURES, TARGET[:, 0])
    assert n_traces() == before
    KerasMLPRegressor(model=joined_otherwise, epochs=1).fit(FEATURES, TARGET[:, 0])
    assert n_traces() == before + 1


COMPILED = {
    "batch normalisation": (FEATURES, {"batch_normalization": True}),
    "a user-defined network": (FEATURES, {"model": functional}),
    "double precision": (FEATURES, {"dtype": "float64"}),
    "sparse rows": (sparse.csr_matrix(FEATURES), {}),
    "images": (FEATURES.reshape(80, 5, 1).repeat(3, axis=2), {}),
    "metrics": (FEATURES, {"metrics": ["mae"]}),
    "a callback": (FEATURES, {"callbacks": keras.callbacks.ReduceLROnPlateau}),
}


@pytest.mark.parametrize("batch_size", cases({"whole batches": 16, "a partial batch": 30}, {"a partial batch"}))
@pytest.mark.parametrize(("X", "settings"), COMPILED.values(), ids=COMPILED.keys())
def test_all_of_these_are_compiled(X, settings, batch_size, monkeypatch):
    """Keras' own loop does not run, for 64 training rows."""

    def refuse(*_, **__):
        raise AssertionError("keras.Model.fit was called")

    monkeypatch.setattr(keras.Model, "fit", refuse)
    net = KerasMLPRegressor((6,), epochs=2, batch_size=batch_size, validation_split=0.2, **settings)
    assert net.fit(X, TARGET[:, 0]).n_iter_ == 2


def test_settings_of_keras_have_no_influence_and_stay():
    """``floatx``, the dtype policy of new layers, and JAX's promotion of types are for other code of the process."""

    def fit():  # a structure that no other test has, so that it is built here
        net = KerasMLPRegressor(hidden_layer_sizes=(), batch_size=13, epochs=1, random_state=0)
        return net.fit(FEATURES, TARGET[:, 0]).predict(FEATURES)

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float16")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with jax.numpy_dtype_promotion("strict"):
            found = fit()
        assert (keras.config.floatx(), keras.config.dtype_policy().name) == ("float16", "mixed_float16")
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
    np.testing.assert_array_equal(found, fit())


def test_networks_train_while_jax_looks_for_nan():
    """With jax_debug_nans, JAX raises wherever a NaN arises; training ends before its last epoch here."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    network = KerasMLPRegressor((4,), epochs=30, early_stopping=True, learning_rate=0.1, random_state=0)
    expected = clone(network).fit(X, X[:, 0]).predict(X)
    with jax.debug_nans(True):  # noqa: FBT003 - JAX's signature
        np.testing.assert_array_equal(network.fit(X, X[:, 0]).predict(X), expected)
