"""Predictions of a million rows by NumPy networks: a RealMLP network, compared with plain ones of the same width.

Usage: python benchmarks/numpy_networks.py [rows] [turns]

The table has 20 numbers; each time is the least of the turns, which alternate between the networks.
"""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np

import skdl


def main() -> None:
    """Fit shortly, since the weights do not matter, and print seconds and ratios."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4_000, 20)).astype(np.float32)
    y = X[:, 0] + np.sin(X[:, 1])
    width = (256, 256, 256)
    networks = {
        "keras_real_mlp": skdl.KerasRealMLPRegressor(width, epochs=4, random_state=0),
        "plain, relu": skdl.KerasMLPRegressor(width, epochs=4, random_state=0),
        "plain, mish": skdl.KerasMLPRegressor(width, epochs=4, activation="mish", random_state=0),
    }
    frozen = {name: skdl.freeze(network.fit(X, y)) for name, network in networks.items()}
    rows = rng.normal(size=(n_rows, 20)).astype(np.float32)
    best = dict.fromkeys(frozen, np.inf)
    for _ in range(turns):
        for name, network in frozen.items():
            started = perf_counter()
            network.predict(rows)
            best[name] = min(best[name], perf_counter() - started)
    for name, seconds in best.items():
        print(f"{name:15} {seconds:6.2f} s, {seconds / best['plain, relu']:4.1f} x plain, relu")


if __name__ == "__main__":
    main()
