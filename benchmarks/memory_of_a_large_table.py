"""Memory that training on a large table takes, beside the table's own size: skdl and ``keras.Model.fit``.

1,000,000 rows of 50 columns in float32, two epochs through a hidden layer of 16 in batches of 256. Each library runs in
a process of its own and is warm before the table is made. What counts is the peak over the memory of before the table,
in sizes of the table: 1 is the table itself.

Run with ``python benchmarks/memory_of_a_large_table.py [rows]`` (1,000,000 unless told).
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPRegressor

# isort: split
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

import keras
import numpy as np
from numpy.typing import NDArray

COLUMNS, UNITS, BATCH, EPOCHS = 50, 16, 256, 2

Array = NDArray[np.float32]


def fit_skdl(X: Array, y: Array) -> None:
    """Train with skdl."""
    KerasMLPRegressor((UNITS,), epochs=EPOCHS, batch_size=BATCH, early_stopping=False).fit(X, y)


def fit_skdl_held_out(X: Array, y: Array) -> None:
    """Train with skdl, a fifth of the rows held out."""
    KerasMLPRegressor((UNITS,), epochs=EPOCHS, batch_size=BATCH, early_stopping=False, validation_split=0.2).fit(X, y)


def fit_keras(X: Array, y: Array) -> None:
    """Train by Keras alone."""
    layers = [keras.layers.Input((COLUMNS,)), keras.layers.Dense(UNITS, "relu"), keras.layers.Dense(1)]
    network = keras.Sequential(layers)
    network.compile("adam", "mse")
    network.fit(X, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)


PEERS: dict[str, Callable[[Array, Array], None]] = {
    "skdl": fit_skdl,
    "skdl, rows held out": fit_skdl_held_out,
    "keras.Model.fit": fit_keras,
}


def resident_bytes() -> int:
    """Resident memory of this process; Linux tells it page by page."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure(name: str, n_rows: int) -> tuple[float, float]:
    """Return the peak in sizes of the table, and the seconds of the fit."""
    draw = np.random.default_rng(0)
    PEERS[name](draw.standard_normal((1000, COLUMNS), dtype=np.float32), np.zeros(1000, np.float32))
    before = peak = resident_bytes()
    X = draw.standard_normal((n_rows, COLUMNS), dtype=np.float32)
    y = X[:, 0].copy()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.is_set():
            peak = max(peak, resident_bytes())
            sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = perf_counter()
    PEERS[name](X, y)
    seconds = perf_counter() - started
    done.set()
    watcher.join()
    return (peak - before) / X.nbytes, seconds


def main(n_rows: int) -> None:
    """Print the table."""
    print(f"{'':22}{'peak / table':>14}{'seconds':>10}")
    context = multiprocessing.get_context("spawn")
    for name in PEERS:
        with context.Pool(1) as pool:
            peak, seconds = pool.apply(measure, (name, n_rows))
        print(f"{name:22}{peak:14.2f}{seconds:10.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
