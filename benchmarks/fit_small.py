"""Seconds to fit one small network, beside peers, in one process.

442 rows of 10 columns, hidden layers of 32 and 16, batches of 32, 100 epochs. Each library fits once to warm up; then
they take turns, so that a machine that slows down slows all of them. What counts are the ratios.

Run with ``python benchmarks/fit_small.py``.
"""

# skdl comes before Keras: it decides which backend Keras runs on.
from skdl import KerasMLPRegressor

# isort: split
import warnings
from statistics import median
from time import perf_counter

import keras
from scikeras.wrappers import KerasRegressor
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor

TURNS = 7
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


def main() -> None:
    """Time the peers in turn and print medians and ratios."""
    warnings.simplefilter("ignore")
    X, y = load_diabetes(return_X_y=True)
    X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
    peers = {
        "skdl": KerasMLPRegressor((32, 16), epochs=EPOCHS, batch_size=BATCH, random_state=0),
        "scikit-learn": MLPRegressor(
            hidden_layer_sizes=(32, 16), max_iter=EPOCHS, batch_size=BATCH, n_iter_no_change=EPOCHS, random_state=0
        ),
        "SciKeras": KerasRegressor(
            keras_network, loss="mse", optimizer="adam", epochs=EPOCHS, batch_size=BATCH, verbose=0
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(TURNS + 1):
        for name, peer in peers.items():
            started = perf_counter()
            peer.fit(X, y)
            if turn:
                seconds[name].append(perf_counter() - started)
    ours = median(seconds["skdl"])
    print(f"{'':14}{'median s':>10}{'min s':>10}{'/ skdl':>10}")
    for name, times in seconds.items():
        print(f"{name:14}{median(times):10.3f}{min(times):10.3f}{median(times) / ours:10.2f}")


if __name__ == "__main__":
    main()
