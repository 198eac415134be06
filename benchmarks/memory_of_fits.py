"""Memory of a process over many fits of one structure: skdl beside ``keras.Model.fit`` with a new network each time.

150 rows of 8 columns, a hidden layer of 16, 3 epochs, a prediction after each fit. Each way runs in a process of its
own; resident memory is read after a garbage collection. What counts is the growth after the first fits, which compile.

Run with ``python benchmarks/memory_of_fits.py [fits]`` (200 unless told).
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPRegressor

# isort: split
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

WARM_UP = 20
ROWS, COLUMNS, UNITS, EPOCHS = 150, 8, 16, 3

Table = tuple[NDArray[np.float32], NDArray[np.float32]]


def fit_skdl(table: Table, seed: int) -> None:
    """Fit and predict with skdl, every time another seed."""
    KerasMLPRegressor((UNITS,), epochs=EPOCHS, random_state=seed).fit(*table).predict(table[0])


def fit_skdl_by_keras(table: Table, seed: int) -> None:
    """Fit with a callback that wants to see the batches: such fits are left to ``keras.Model.fit``."""
    watcher = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)  # noqa: ARG005 - Keras names them
    KerasMLPRegressor((UNITS,), epochs=EPOCHS, callbacks=[watcher], random_state=seed).fit(*table).predict(table[0])


def fit_keras(table: Table, seed: int) -> None:
    """Fit and predict with a new Sequential, as every wrapper of Keras does."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Input((COLUMNS,)), keras.layers.Dense(UNITS, "relu"), keras.layers.Dense(1)]
    network = keras.Sequential(layers)
    network.compile("adam", "mse")
    network.fit(*table, batch_size=ROWS, epochs=EPOCHS, verbose=0)
    network.predict(table[0], verbose=0)


PEERS: dict[str, Callable[[Table, int], None]] = {
    "skdl": fit_skdl,
    "skdl, by Keras": fit_skdl_by_keras,
    "keras.Model.fit": fit_keras,
}


def resident_mb() -> float:
    """Resident memory of this process in MB; Linux tells it page by page."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(name: str, fits: int) -> list[tuple[int, float]]:
    """Fit again and again; return resident memory after some of the fits."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS)).astype("float32")
    table = X, X.sum(axis=1)
    seen = []
    for number in range(1, fits + 1):
        PEERS[name](table, number)
        if number == WARM_UP or number % 50 == 0:
            gc.collect()
            seen.append((number, resident_mb()))
    return seen


def main() -> None:
    """Print resident memory over the fits, and the growth a fit."""
    fits = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    context = multiprocessing.get_context("spawn")
    for name in PEERS:
        with context.Pool(1) as pool:
            seen = pool.apply(measure, (name, fits))
        if name == "skdl":
            print(f"{'MB after fit':16}" + "".join(f"{number:>8}" for number, _ in seen) + f"{'kB a fit':>12}")
        growth = 1024 * (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])
        print(f"{name:16}" + "".join(f"{memory:8.0f}" for _, memory in seen) + f"{growth:12.1f}")


if __name__ == "__main__":
    main()
