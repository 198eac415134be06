"""Seconds of an epoch and of a prediction with a large network, beside peers and beside bare matrix products.

An epoch over 100,000 rows of 50 columns through hidden layers of 256 and 128 in batches of 256, and a prediction of
1,000,000 rows. "products" are the matrix products of the same shapes by NumPy's BLAS and nothing else: what no library
can beat. All take turns; what counts are the ratios of the medians.

Run with ``python benchmarks/fit_large.py [turns]`` (5 unless told).
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPRegressor

# isort: split
import sys
import warnings
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPRegressor

ROWS, COLUMNS, SIZES, BATCH = 100_000, 50, (256, 128), 256
PREDICTED = 1_000_000
CHUNK = 8192

Array = NDArray[np.float32]


def products_of_an_epoch(X: Array, weights: list[Array]) -> None:
    """Multiply what an epoch multiplies: forward, to the weights, and back to all layers but the first."""
    widths = [weight.shape[1] for weight in weights]
    signals = [np.empty((BATCH, width), np.float32) for width in widths]
    for start in range(0, len(X) - BATCH + 1, BATCH):
        layer = X[start : start + BATCH]
        inputs = []
        for weight, signal in zip(weights, signals, strict=True):
            inputs.append(layer)
            layer = np.matmul(layer, weight, out=signal)
        for number in reversed(range(len(weights))):
            inputs[number].T @ signals[number]
            if number:
                signals[number] @ weights[number].T


def products_of_a_prediction(X: Array, weights: list[Array]) -> None:
    """Multiply what a prediction multiplies, chunk by chunk."""
    for start in range(0, len(X), CHUNK):
        layer = X[start : start + CHUNK]
        for weight in weights:
            layer = layer @ weight


def peers_of_an_epoch(X: Array, y: Array) -> dict[str, Callable[[], Any]]:
    """Return what trains one epoch more, or as many products; each is warm after its first call."""
    ours = KerasMLPRegressor(SIZES, epochs=1, batch_size=BATCH, early_stopping=False, warm_start=True, random_state=0)
    theirs = MLPRegressor(hidden_layer_sizes=SIZES, batch_size=BATCH, max_iter=1, warm_start=True, random_state=0)
    parts = [keras.layers.Dense(units, "relu") for units in SIZES]
    network = keras.Sequential([keras.layers.Input((COLUMNS,)), *parts, keras.layers.Dense(1)])
    network.compile("adam", "mse")
    sizes = (COLUMNS, *SIZES, 1)
    weights = [np.ones(shape, np.float32) for shape in pairwise(sizes)]
    return {
        "products": lambda: products_of_an_epoch(X, weights),
        "skdl": lambda: ours.fit(X, y),
        "keras.Model.fit": lambda: network.fit(X, y, batch_size=BATCH, epochs=1, verbose=0),
        "scikit-learn": lambda: theirs.fit(X, y),
    }


def peers_of_a_prediction(X: Array, y: Array) -> dict[str, Callable[[], Any]]:
    """Return what predicts many rows, or as many products."""
    many = np.tile(X, (PREDICTED // len(X), 1))
    ours = KerasMLPRegressor(SIZES, epochs=1, batch_size=BATCH, early_stopping=False, random_state=0).fit(X, y)
    theirs = MLPRegressor(hidden_layer_sizes=SIZES, batch_size=BATCH, max_iter=1, random_state=0).fit(X, y)
    sizes = (COLUMNS, *SIZES, 1)
    weights = [np.ones(shape, np.float32) for shape in pairwise(sizes)]
    return {
        "products": lambda: products_of_a_prediction(many, weights),
        "skdl": lambda: ours.predict(many),
        "keras.Model.predict": lambda: ours.model_.predict(many, batch_size=CHUNK, verbose=0),
        "scikit-learn": lambda: theirs.predict(many),
    }


def compare(title: str, peers: dict[str, Callable[[], Any]], turns: int) -> None:
    """Time peers in turn, after one call each, and print medians and ratios."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(turns + 1):
        for name, run in peers.items():
            started = perf_counter()
            run()
            if turn:
                seconds[name].append(perf_counter() - started)
    least = median(seconds["products"])
    print(f"{title:22}{'median s':>10}{'min s':>10}{'/ products':>12}")
    for name, times in seconds.items():
        print(f"{name:22}{median(times):10.3f}{min(times):10.3f}{median(times) / least:12.2f}", flush=True)


def main(turns: int) -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    draw = np.random.default_rng(0)
    X = draw.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    compare("an epoch", peers_of_an_epoch(X, y), turns)
    compare("1,000,000 rows", peers_of_a_prediction(X, y), turns)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
