"""Seconds of a grid search, 24 candidates in 5 folds, beside peers; each in a fresh process.

``GridSearchCV`` over ``Pipeline(MinMaxScaler, network)`` on 442 rows of 10 columns: four shapes of hidden layers, three
learning rates, two strengths of L2; batches of 32, 100 epochs. skdl runs three times: with an empty disk cache, with
the one that this left behind, and with an empty one and ``n_jobs=2`` threads, which compile two structures at a time.
Seconds are those of the search, and those of the process with its imports.

Run with ``python benchmarks/grid_search.py [--layouts] [peer ...]`` (all peers by default; SciKeras takes minutes).
``--layouts`` searches over eight layouts of hidden layers alone, in 3 folds of 400 rows: the first use, where skdl
compiles a program for each layout.
"""

import os
import subprocess
import sys
import tempfile
import warnings
from time import perf_counter
from typing import Any

EPOCHS, BATCH = 100, 32
SHAPES = [(16,), (32,), (32, 16), (64, 32)]
RATES = [0.001, 0.003, 0.01]
STRENGTHS = [0.0001, 0.001]
LAYOUTS = [(8,), (16,), (32,), (64,), (16, 8), (32, 16), (64, 32), (32, 16, 8)]
NAMES_OF_LAYOUTS = {"hidden_layer_sizes", "model__shape"}
PEERS = ["skdl, cold", "skdl, warm", "skdl, cold, 2 threads", "scikit-learn", "SciKeras"]


def make(peer: str) -> tuple[Any, dict[str, list[Any]]]:
    """Return a peer's estimator and its grid."""
    if peer.startswith("skdl"):
        from skdl import KerasMLPRegressor

        net = KerasMLPRegressor(epochs=EPOCHS, batch_size=BATCH, random_state=0)
        return net, {"hidden_layer_sizes": SHAPES, "learning_rate": RATES, "l2": STRENGTHS}
    if peer == "scikit-learn":
        from sklearn.neural_network import MLPRegressor

        mlp = MLPRegressor(max_iter=EPOCHS, n_iter_no_change=EPOCHS, batch_size=BATCH, random_state=0)
        return mlp, {"hidden_layer_sizes": SHAPES, "learning_rate_init": RATES, "alpha": STRENGTHS}
    import skdl.training  # Keras on JAX  # noqa: F401

    # isort: split
    import keras
    from scikeras.wrappers import KerasRegressor

    def build(shape: tuple[int, ...] = (16,), strength: float = 0.0) -> keras.Model:
        penalty = keras.regularizers.L2(strength)
        hidden = [keras.layers.Dense(units, "relu", kernel_regularizer=penalty) for units in shape]
        return keras.Sequential([keras.layers.Input((10,)), *hidden, keras.layers.Dense(1)])

    wrapped = KerasRegressor(build, loss="mse", optimizer="adam", epochs=EPOCHS, batch_size=BATCH, verbose=0)
    return wrapped, {"model__shape": SHAPES, "optimizer__learning_rate": RATES, "model__strength": STRENGTHS}


def search(peer: str, *, layouts: bool) -> None:
    """Run one peer's search, and print its seconds."""
    from joblib import parallel_config
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler

    warnings.simplefilter("ignore")
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    net, grid = make(peer)
    if layouts:
        X, y = X[:400], y[:400]
        grid = {name: LAYOUTS for name in grid if name in NAMES_OF_LAYOUTS}
    pipeline = Pipeline([("scale", MinMaxScaler()), ("net", net)])
    named = {f"net__{name}": values for name, values in grid.items()}
    n_jobs = 2 if peer.endswith("threads") else None
    started = perf_counter()
    with parallel_config("threading"):
        found = GridSearchCV(pipeline, named, cv=3 if layouts else 5, n_jobs=n_jobs).fit(X, y)
    print(f"{perf_counter() - started:.2f} {found.best_score_:.3f}")


def main(peers: list[str], *, layouts: bool) -> None:
    """Run each peer in a process of its own, and print the table."""
    print(f"{'':24}{'search s':>10}{'process s':>12}{'best r2':>10}", flush=True)
    with tempfile.TemporaryDirectory() as kept:
        for peer in peers:
            with tempfile.TemporaryDirectory() as empty:
                cache = empty if peer.endswith("threads") else kept
                started = perf_counter()
                command = [sys.executable, __file__, *["--layouts"] * layouts, "--search", peer]
                environment = {**os.environ, "SKDL_CACHE_DIR": cache}
                told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
                seconds, score = told.split()[-2:]
                print(f"{peer:24}{float(seconds):10.2f}{perf_counter() - started:12.2f}{score:>10}", flush=True)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--layouts"]
    only_layouts = len(arguments) < len(sys.argv) - 1
    if arguments[:1] == ["--search"]:
        search(arguments[1], layouts=only_layouts)
    else:
        main(arguments or PEERS, layouts=only_layouts)
