"""One random_state gives one result: in a loop, in threads, in processes, under any global random state."""

import os
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from helpers.cases import marks

from skdl import KerasMLPRegressor

X = np.random.default_rng(0).normal(size=(60, 4))
Y = X[:, 0] + X[:, 1] ** 2


def unseeded(n_features_in, n_outputs):
    """Build a network whose layers name no seed."""
    layers = keras.layers
    parts = [layers.Dense(4, "relu"), layers.Dropout(0.2), layers.GaussianNoise(0.1), layers.Dense(n_outputs)]
    return keras.Sequential([layers.Input((n_features_in,)), *parts])


def unseeded_and_unbuilt(n_outputs):
    """Build one that learns its input's shape only when skdl builds it."""
    return keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(n_outputs)])


@keras.saving.register_keras_serializable("skdl_tests")
class Late(keras.layers.Layer):
    """A layer that makes another one, which names no seed, when it is built."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def get_config(self):
        """Add the number of units."""
        return {**super().get_config(), "units": self.units}

    def build(self, input_shape):
        """Make the inner layer."""
        self.inner = keras.layers.Dense(self.units)
        self.inner.build(input_shape)

    def call(self, rows):
        """Apply it."""
        return self.inner(rows)


def built_late(n_outputs):
    """Build a network of such a layer."""
    return keras.Sequential([keras.layers.Dropout(0.2), Late(n_outputs)])


not_on_torch = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="where a dropout layer names no seed, Keras lets PyTorch draw"
)
CASES = {
    "dropout and held-out rows": {"dropout": 0.2, "early_stopping": True},
    "callbacks": {"dropout": 0.2, "early_stopping": True, "callbacks": [keras.callbacks.Callback()]},
    "own network": {"model": unseeded},
    "own network, built late": {"model": unseeded_and_unbuilt},
    "own layer, built late": {"model": built_late},
    "own network, callbacks": {"model": unseeded, "callbacks": [keras.callbacks.Callback()]},
}
QUICK = {"dropout and held-out rows", "own network", "own layer, built late"}
every_case = pytest.mark.parametrize(
    "parameters",
    [
        pytest.param(case, id=name, marks=[*marks(name in QUICK), *([not_on_torch] if "model" in case else [])])
        for name, case in CASES.items()
    ],
)


def fitted(**parameters):
    """Fit a small network with every kind of randomness."""
    given = {"dropout": 0.2, "early_stopping": True, "epochs": 3, "random_state": 0, **parameters}
    return KerasMLPRegressor((4,), **given).fit(X, Y)


def bits(**parameters):
    """Fit and predict."""
    return fitted(**parameters).predict(X).tobytes()


def global_draws():
    """Draw from all global generators."""
    drawn_by_keras = keras.ops.convert_to_numpy(keras.random.uniform((2,)))
    return drawn_by_keras.tolist(), random.random(), np.random.random()  # noqa: NPY002, S311 - the global ones are tested


@pytest.mark.parametrize("state", [lambda: 7, lambda: np.random.RandomState(7)], ids=["integer", "RandomState"])
def test_the_same_random_state_gives_the_same_bits(state):
    """Two fits agree, and a third of another seed does not."""
    assert bits(random_state=state()) == bits(random_state=state())
    assert bits(random_state=state()) != bits(random_state=8)


@pytest.mark.parametrize("name", ["dropout and held-out rows", pytest.param("own network", marks=not_on_torch)])
def test_four_threads_give_the_bits_of_one(name):
    """Also with layers that name no seed."""
    alone = bits(**CASES[name])
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: bits(**CASES[name]), range(8)))
    assert together == [alone] * 8


IN_A_PROCESS = """
import numpy as np
from skdl import {cls}
X = np.random.default_rng(0).normal(size=(60, 4))
Y = X[:, 0] + X[:, 1] ** 2
network = {cls}((4,), dropout=0.2, early_stopping=True, epochs=3, random_state=0)
bits = network.fit(X, {target}).{method}(X).tobytes().hex()
"""


@pytest.mark.parametrize(
    ("cls", "target", "method"),
    [
        ("KerasMLPRegressor", "Y", "predict"),
        pytest.param("KerasMLPClassifier", "np.where(Y > 0, 'yes', 'no')", "predict_proba", marks=pytest.mark.slow),
    ],
    ids=["regressor", "classifier"],
)
def test_another_process_gives_the_same_bits(cls, target, method):
    """Its strings hash differently, and it compiles where this one may read a compiled program."""
    code, here = IN_A_PROCESS.format(cls=cls, target=target, method=method), {}
    variables = {**os.environ, "PYTHONHASHSEED": "1", "SKDL_CACHE_DIR": "off"}
    there = subprocess.check_output([sys.executable, "-c", f"{code}print(bits)"], env=variables, text=True)
    exec(code, here)  # noqa: S102 - the same code
    assert there.strip() == here["bits"]


@every_case
def test_a_fit_neither_reads_nor_changes_global_random_state(parameters):
    """Whatever NumPy, Python and Keras are seeded with, the result is the same, and so is what they draw afterwards."""
    keras.utils.set_random_seed(1)
    undisturbed = global_draws()
    keras.utils.set_random_seed(1)
    first = bits(**parameters)
    assert global_draws() == undisturbed
    keras.utils.set_random_seed(2)
    assert bits(**parameters) == first


@every_case
def test_a_loaded_network_trains_alike_under_any_global_seed(parameters):
    """Unpickling and partial_fit draw nothing either."""
    stored = pickle.dumps(fitted(**parameters))
    results = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        undisturbed = global_draws()
        keras.utils.set_random_seed(seed)
        results.append(pickle.loads(stored).partial_fit(X, Y).predict(X).tobytes())
        assert global_draws() == undisturbed
    assert results[0] == results[1]


def test_a_random_state_instance_continues_from_fit_to_fit():
    """As in scikit-learn: two fits with one generator differ; another generator of its seed gives the same two."""

    def two_fits():
        generator = np.random.RandomState(3)
        return bits(random_state=generator), bits(random_state=generator)

    first, second = two_fits()
    assert first != second
    assert two_fits() == (first, second)


def test_none_draws_one_seed_from_numpy_s_global_state():
    """`np.random.seed` makes a fit repeatable; the oracle is one draw from a generator of the same seed."""
    np.random.seed(5)  # noqa: NPY002 - the global state is what is tested
    first, following = bits(random_state=None), np.random.random()  # noqa: NPY002 - likewise
    assert bits(random_state=None) != first
    np.random.seed(5)  # noqa: NPY002 - likewise
    assert bits(random_state=None) == first
    oracle = np.random.RandomState(5)
    oracle.randint(np.iinfo(np.int32).max)
    assert following == oracle.random_sample()


def test_later_epochs_draw_no_new_seed():
    """partial_fit and a warm start use the seed of the first fit."""
    net = KerasMLPRegressor((4,), dropout=0.2, early_stopping=True, epochs=1, warm_start=True).fit(X, Y)
    np.random.seed(5)  # noqa: NPY002 - the global state is what is tested
    net.partial_fit(X, Y).fit(X, Y)
    assert np.random.random() == np.random.RandomState(5).random_sample()  # noqa: NPY002 - likewise
