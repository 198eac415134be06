"""Seconds to fit one small network, beside peers, in one process.

442 rows of 10 columns, hidden layers of 32 and 16, batches of 32, 100 epochs. Each library fits once to warm up; then
they take turns, so that a machine that slows down slows all of them. What counts are the ratios. "training alone" is
what of a fit of skdl is neither checks nor building: the network and the arrays are ready.

Run with ``python benchmarks/fit_small.py [turns]`` (7 unless told).
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPRegressor

# isort: split
import sys
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import keras
import numpy as np
from scikeras.wrappers import KerasRegressor
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor

from skdl.training import Rows, train

EPOCHS, BATCH = 100, 32


def keras_network() -> keras.Model:
    """Build the network that SciKeras wraps."""
    parts = [
        keras.layers.Input((10,)),
        keras.layers.Dense(32, "relu"),
        keras.layers.Dense(16, "relu"),
        keras.layers.Dense(1),
    ]
    return keras.Sequential(parts)


def training_alone(X: Any, y: Any) -> Callable[[], object]:
    """Return what trains a network that is there on rows that are ready."""
    network = keras_network()
    network.compile("adam", keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
    rows = Rows(X.astype(np.float32), y.astype(np.float32).reshape(-1, 1))
    return partial(train, network, rows, batch_size=BATCH, epochs=EPOCHS, seed=0)


def main(turns: int) -> None:
    """Time the peers in turn and print medians and ratios."""
    warnings.simplefilter("ignore")
    X, y = load_diabetes(return_X_y=True)
    X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
    scikit_learn = MLPRegressor(
        hidden_layer_sizes=(32, 16), max_iter=EPOCHS, batch_size=BATCH, n_iter_no_change=EPOCHS, random_state=0
    )
    scikeras = KerasRegressor(keras_network, loss="mse", optimizer="adam", epochs=EPOCHS, batch_size=BATCH, verbose=0)
    ours = KerasMLPRegressor((32, 16), epochs=EPOCHS, batch_size=BATCH, random_state=0)
    peers: dict[str, Callable[[], object]] = {
        "skdl": lambda: ours.fit(X, y),
        "training alone": training_alone(X, y),
        "scikit-learn": lambda: scikit_learn.fit(X, y),
        "SciKeras": lambda: scikeras.fit(X, y),
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(turns + 1):
        for name, fit in peers.items():
            started = perf_counter()
            fit()
            if turn:
                seconds[name].append(perf_counter() - started)
    medians = {name: median(times) for name, times in seconds.items()}
    print(f"{'':16}{'median s':>10}{'min s':>10}{'/ skdl':>10}{'/ training':>12}")
    for name, times in seconds.items():
        ratios = f"{medians[name] / medians['skdl']:10.2f}{medians[name] / medians['training alone']:12.2f}"
        print(f"{name:16}{medians[name]:10.4f}{min(times):10.4f}{ratios}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
