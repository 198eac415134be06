"""scikit-learn's own estimator checks, on skdl's estimators and on its peers, side by side.

Every check runs in a worker process under a time limit, so that one that hangs or crashes costs itself alone. A peer
that is not installed is said to be missing. skdl's and scikit-learn's estimators are as they are by default; the
wrappers of other libraries are given a network of one hidden layer and enough epochs to learn with. The check that
waits for SCIPY_ARRAY_API runs too.

Run with ``python benchmarks/scikit_learn_checks.py [seconds a check] [peer ...]`` (120, and all of them, unless told).
"""

# SciPy reads the variable at its import; Import skdl before Keras: it chooses the backend.
import os

os.environ["SCIPY_ARRAY_API"] = "1"
import skdl

# isort: split
import importlib.metadata
import importlib.util
import multiprocessing
import sys
import warnings
from collections import Counter
from typing import Any, NamedTuple
from unittest import SkipTest

from sklearn.utils.estimator_checks import estimator_checks_generator

KINDS = ("regressor", "classifier")
UNITS, EPOCHS = 64, 200
STATUSES = ("passed", "failed", "no answer", "expected", "skipped")
FLOAT32 = {f"check_sample_weight_equivalence_on_{form}_data" for form in ("dense", "sparse")}


def skdl_estimator(kind: str) -> Any:
    """Return skdl's own."""
    return skdl.KerasMLPRegressor() if kind == "regressor" else skdl.KerasMLPClassifier()


def scikit_learn_estimator(kind: str) -> Any:
    """Return scikit-learn's own multi-layer perceptron."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    return MLPRegressor() if kind == "regressor" else MLPClassifier()


def keras_network(n_features: int, n_units: int, activation: str, loss: str) -> Any:
    """Build and compile what the wrappers of Keras wrap."""
    import keras

    layers = [keras.layers.Input((n_features,)), keras.layers.Dense(UNITS, "relu")]
    network = keras.Sequential([*layers, keras.layers.Dense(n_units, activation)])
    network.compile("adam", loss)
    return network


def scikeras_regression(meta: dict[str, Any]) -> Any:
    """Build a network as SciKeras' own guide does."""
    return keras_network(meta["n_features_in_"], meta["n_outputs_"], "linear", "mse")


def scikeras_classification(meta: dict[str, Any]) -> Any:
    """Build one by the number of classes, likewise."""
    if meta["target_type_"] == "binary":
        return keras_network(meta["n_features_in_"], 1, "sigmoid", "binary_crossentropy")
    return keras_network(meta["n_features_in_"], meta["n_classes_"], "softmax", "sparse_categorical_crossentropy")


def scikeras_estimator(kind: str) -> Any:
    """Return SciKeras' wrapper."""
    from scikeras.wrappers import KerasClassifier, KerasRegressor

    if kind == "regressor":
        return KerasRegressor(scikeras_regression, epochs=EPOCHS, verbose=0)
    return KerasClassifier(scikeras_classification, epochs=EPOCHS, verbose=0)


def wrapped_regressor(X: Any, y: Any) -> Any:
    """Build a network for Keras' own wrapper."""
    return keras_network(X.shape[1], 1 if y.ndim == 1 else y.shape[1], "linear", "mse")


def wrapped_classifier(X: Any, y: Any) -> Any:
    """Build one for labels, which that wrapper hands over one-hot encoded."""
    return keras_network(X.shape[1], y.shape[1], "softmax", "categorical_crossentropy")


def keras_estimator(kind: str) -> Any:
    """Return Keras' own wrapper."""
    from keras.wrappers import SKLearnClassifier, SKLearnRegressor

    settings = {"epochs": EPOCHS, "verbose": 0}
    if kind == "regressor":
        return SKLearnRegressor(wrapped_regressor, fit_kwargs=settings)
    return SKLearnClassifier(wrapped_classifier, fit_kwargs=settings)


if importlib.util.find_spec("torch") is not None:
    import torch

    class TorchNetwork(torch.nn.Module):
        """A network that takes numbers of any type: skorch's guide leaves casting to the user."""

        def __init__(self, n_units: int = 1) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.LazyLinear(UNITS), torch.nn.ReLU(), torch.nn.LazyLinear(n_units))

        def forward(self, X: Any) -> Any:
            """Apply it."""
            return self.layers(X.float())

    class TorchLoss(torch.nn.MSELoss):
        """Mean squared error for targets of any type, (n,) or (n, 1)."""

        def forward(self, predicted: Any, target: Any) -> Any:
            """Compute it."""
            return super().forward(predicted, target.float().reshape(predicted.shape))


def skorch_estimator(kind: str) -> Any:
    """Return skorch's wrapper of PyTorch."""
    from skorch import NeuralNetClassifier, NeuralNetRegressor

    settings = {"max_epochs": EPOCHS, "optimizer": torch.optim.Adam, "train_split": None, "verbose": 0}
    if kind == "regressor":
        return NeuralNetRegressor(TorchNetwork, criterion=TorchLoss, **settings)
    return NeuralNetClassifier(TorchNetwork, module__n_units=3, criterion=torch.nn.CrossEntropyLoss, **settings)


PEERS = {
    "skdl": skdl_estimator,
    "scikit-learn": scikit_learn_estimator,
    "SciKeras": scikeras_estimator,
    "keras": keras_estimator,
    "skorch": skorch_estimator,
}
MODULES = {"scikit-learn": "sklearn", "SciKeras": "scikeras"}


class Result(NamedTuple):
    """How one check went."""

    check: str
    status: str


def work(peer: str, kind: str, orders: Any) -> None:
    """Run the checks whose numbers come through the pipe, after saying their names."""
    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)  # peers print, and must not into the table
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        pairs = list(estimator_checks_generator(PEERS[peer](kind)))
    except Exception as error:  # noqa: BLE001 - an estimator may not even say what it is
        orders.send(f"{type(error).__name__}: {error}")
        return
    orders.send([check.func.__name__ for _, check in pairs])
    while True:
        estimator, check = pairs[orders.recv()]
        try:
            check(estimator)
            orders.send("passed")
        except SkipTest:
            orders.send("skipped")
        except BaseException:  # noqa: BLE001 - whatever a check raises (pytest's own are no Exception), it has failed
            orders.send("failed")


class Worker:
    """A process that runs the checks of one estimator, one at a time."""

    def __init__(self, peer: str, kind: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(peer, kind, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.names: Any = self._orders.recv()  # or what is wrong with the estimator

    def run(self, number: int, limit_s: float) -> str | None:
        """Run one check; None where no answer came in time, or the process died."""
        self._orders.send(number)
        try:
            return self._orders.recv() if self._orders.poll(limit_s) else None
        except (EOFError, ConnectionResetError):
            return None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()


def results(peer: str, kind: str, limit_s: float) -> list[Result]:
    """Run all checks of one estimator, with a fresh worker after each that gave no answer."""
    worker = Worker(peer, kind)
    names, found = worker.names, []
    if isinstance(names, str):
        worker.stop()
        return [Result(names, "failed")]
    for number, name in enumerate(names):
        status = worker.run(number, limit_s)
        if status is None:
            worker.stop()
            worker = Worker(peer, kind)
        if status == "failed" and peer == "skdl" and name in FLOAT32:
            status = "expected"
        found.append(Result(name, status or "no answer"))
    worker.stop()
    return found


def main() -> None:
    """Print a line an estimator, then the checks that failed."""
    limit_s = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    chosen = sys.argv[2:] or list(PEERS)
    print(f"{'':34}" + "".join(f"{status:>11}" for status in STATUSES))
    failed: dict[str, list[str]] = {}
    for peer, kind in ((peer, kind) for kind in KINDS for peer in chosen):
        if importlib.util.find_spec(MODULES.get(peer, peer)) is None:
            print(f"{peer:22}{kind:12}  not installed")
            continue
        name = f"{peer} {importlib.metadata.version(peer)}"
        found = results(peer, kind, limit_s)
        counts = Counter(result.status for result in found)
        print(f"{name:22}{kind:12}" + "".join(f"{counts[status]:11}" for status in STATUSES), flush=True)
        failed[f"{name}, {kind}"] = [one.check for one in found if one.status in {"failed", "no answer"}]
    for name, checks in failed.items():
        print(f"\n{name}: {len(checks)} failed", *checks, sep="\n    ")


if __name__ == "__main__":
    main()
