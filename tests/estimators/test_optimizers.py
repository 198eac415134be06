"""Optimizers: every one of Keras' by name, class and instance, and learning rate schedules."""

import inspect

import keras
import numpy as np
import pytest
from helpers.cases import cases
from helpers.weights import weights_of

from skdl import KerasMLPRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3))
Y = X.sum(axis=1)
OTHERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}  # the base, and those around others
CLASSES = [
    found
    for name, found in vars(keras.optimizers).items()
    if inspect.isclass(found) and issubclass(found, keras.optimizers.Optimizer) and name not in OTHERS
]


def trained(**parameters):
    """Fit a plane: the program compiled for each optimizer is small."""
    settings = {"hidden_layer_sizes": (), "epochs": 3, "batch_size": 16, "learning_rate": 0.01, "random_state": 0}
    return KerasMLPRegressor(**{**settings, **parameters}).fit(X, Y)


# tests/training/test_compiled.py holds the steps of every optimizer against Keras'.
@pytest.mark.parametrize("kind", cases({kind.__name__: kind for kind in CLASSES}, {"Adam", "Lion", "SGD"}))
def test_an_optimizer_is_the_same_by_name_class_and_instance(kind):
    """To the last bit of the history; and the loss falls."""
    histories = [trained(optimizer=given).history_["loss"] for given in (kind.__name__.lower(), kind, kind(0.01))]
    assert histories[0] == histories[1] == histories[2]
    assert histories[0][-1] < histories[0][0]


def test_an_instance_keeps_its_own_arguments():
    """Two steps of gradient descent with momentum on a plane, by hand."""
    settings = {"hidden_layer_sizes": (), "batch_size": 64, "target_scaling": None}
    start = KerasMLPRegressor(**settings, random_state=0).initialize(X, Y)
    weights = np.append(*(array.ravel() for array in weights_of(start.model_)))
    table, velocity = np.column_stack([X, np.ones(64)]), np.zeros(4)
    for _ in range(2):
        velocity = 0.8 * velocity - 0.05 * 2 * table.T @ (table @ weights - Y) / 64
        weights = weights + velocity
    net = trained(**settings, epochs=2, optimizer=keras.optimizers.SGD(0.05, momentum=0.8))
    assert net.predict(X) == pytest.approx(table @ weights, rel=1e-4, abs=1e-5)


def test_a_fit_leaves_the_instance_as_it_was():
    """Two estimators may share one."""
    shared = keras.optimizers.Adam(0.01)
    nets = [KerasMLPRegressor((), epochs=3, batch_size=16, optimizer=shared, random_state=0) for _ in range(2)]
    first, second = (net.fit(X, Y).history_ for net in nets)
    assert first == second == trained().history_
    assert int(shared.iterations) == 0
    assert not shared.built


SCALED = {
    "by an optimizer around it": lambda of: of.LossScaleOptimizer(of.Adam(0.01)),
    "by a factor": lambda of: of.Adam(0.01, loss_scale_factor=1024.0),
}


@pytest.mark.parametrize("make", SCALED.values(), ids=SCALED.keys())
def test_a_loss_scale_optimizer_changes_nothing(make):
    """In single precision scaling changes nothing."""
    scaled = trained(optimizer=make(keras.optimizers))
    assert scaled.history_["loss"] == pytest.approx(trained().history_["loss"], rel=1e-5)


SCHEDULES = {
    "exponential": lambda of: of.ExponentialDecay(0.05, decay_steps=1, decay_rate=1e-6),
    "cosine": lambda of: of.CosineDecay(0.05, decay_steps=3),
    "piecewise": lambda of: of.PiecewiseConstantDecay([1, 2], [0.05, 0.02, 0.0]),
    "polynomial": lambda of: of.PolynomialDecay(0.05, decay_steps=3, end_learning_rate=0.0),
}


@pytest.mark.parametrize("make", cases(SCHEDULES, {"exponential", "piecewise"}))
def test_a_schedule_sets_the_learning_rate(make):
    """Once the rate is zero no weight changes."""
    schedule = make(keras.optimizers.schedules)
    losses = trained(learning_rate=schedule, epochs=6, batch_size=64).history_["loss"]
    assert losses[-1] < losses[0]
    assert losses[-1] == pytest.approx(losses[-2], rel=1e-6)


def test_the_learning_rate_applies_to_names_and_classes():
    """Under a tiny rate weights hardly change; an instance has its own rate."""
    still = trained(optimizer="adam", learning_rate=1e-12).history_["loss"]
    own = trained(optimizer=keras.optimizers.Adam(0.01), learning_rate=1e-12)
    assert still[-1] == pytest.approx(still[0], rel=1e-6)
    assert own.history_ == trained().history_


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("adamm", r"the name must be .* got 'adamm'; did you mean adam\? There are: adadelta, .*, sgd"),
        (dict, "the class must be one .* got dict. Try keras.optimizers.Adam"),
        (keras.optimizers.LossScaleOptimizer, "the class must be .* got LossScaleOptimizer.* give an instance"),
    ],
    ids=["name", "no optimizer", "around another"],
)
def test_another_object_as_optimizer_is_an_error(given, message):
    """The message suggests the nearest name."""
    net = KerasMLPRegressor(optimizer=given)
    with pytest.raises(ValueError, match=f"optimizer: {message}"):
        net.fit(X, Y)
    assert net.history_ == {}
