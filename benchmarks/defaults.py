"""Accuracy of the estimators' defaults: mean errors on real tables, compared with scikit-learn's MLPs.

Every model gets the same seeded splits, four fifths for training and one fifth for testing, with the same
preprocessing: imputation, numbers scaled to 0 .. 1, one-hot encoding. Nothing is tuned; early stopping uses its own
validation set. Three measures: RMSE as a share of the target's standard deviation, error rate, log-loss. For each,
the mean over the tables, the shifted geometric mean ``exp(mean(log(error + 0.01)))`` relative to scikit-learn's
defaults, the mean rank, and the number of tables with a lower error than scikit-learn's defaults.

Run with ``python benchmarks/defaults.py [--table PATH:TARGET[:COLUMN,COLUMN]] ...``: scikit-learn's own tables, and
CSV files (target, columns to leave out). A numeric target of more than 20 values is regression.

``--choose`` runs the candidates for a default instead, beside the present defaults, on made tables that the report does
not hold. (A default is changed where another wins on most tables in all three measures, there and then here.)
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPClassifier, KerasMLPRegressor

# isort: split
import argparse
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

SPLITS = 5
SHIFT = 0.01
MOST_CLASSES = 20
REFERENCE = "scikit-learn"  # what the others are told relative to; where a default is chosen, the present one
MEASURES = {"rmse": "RMSE / std", "error": "error rate", "log_loss": "log-loss"}

Maker = Callable[[str, int, int], Any]  # (task, seed, rows to learn from) -> estimator, or None where it makes no sense
Peers = dict[str, Maker]


@dataclass(frozen=True)
class Table:
    """Rows, a target, and what to do with it: ``"regression"`` or ``"classification"``."""

    name: str
    X: pd.DataFrame
    y: Any
    task: str


def ours(**settings: Any) -> Maker:
    """Make a maker of skdl's estimators."""

    def make(task: str, seed: int, n_rows: int) -> Any:  # noqa: ARG001 - a schedule needs the rows
        kind = KerasMLPRegressor if task == "regression" else KerasMLPClassifier
        return kind(random_state=seed, **settings)

    return make


def cosine(peak: float, **settings: Any) -> Maker:
    """Make a maker of skdl's estimators whose learning rate falls from ``peak`` to 0 over the default 200 epochs."""

    def make(task: str, seed: int, n_rows: int) -> Any:
        steps = 200 * math.ceil(n_rows / min(200, n_rows))
        schedule = keras.optimizers.schedules.CosineDecay(peak, steps)
        return ours(learning_rate=schedule, **settings)(task, seed, n_rows)

    return make


def theirs(*, scale_target: bool = False, **settings: Any) -> Maker:
    """Make a maker of scikit-learn's estimators; a target can be scaled where it is a number."""

    def make(task: str, seed: int, n_rows: int) -> Any:  # noqa: ARG001 - likewise
        if task == "classification":
            return None if scale_target else MLPClassifier(random_state=seed, **settings)
        network = MLPRegressor(random_state=seed, **settings)
        return TransformedTargetRegressor(network, transformer=StandardScaler()) if scale_target else network

    return make


PEERS: Peers = {
    "skdl": ours(),
    "skdl, early stopping": ours(early_stopping=True),
    REFERENCE: theirs(),
    "scikit-learn, early stopping": theirs(early_stopping=True),
    "scikit-learn, scaled target": theirs(scale_target=True),
    "scikit-learn, scaled, stopping": theirs(scale_target=True, early_stopping=True),
}

CANDIDATES: Peers = {
    "skdl": ours(),
    "early stopping": ours(early_stopping=True),
    "early stopping, patient": ours(early_stopping=True, patience=20, learning_rate=0.002),
    "learning rate 0.002": ours(learning_rate=0.002),
    "learning rate 0.005": ours(learning_rate=0.005),
    "beta_2 0.95": ours(optimizer=keras.optimizers.Adam(0.001, beta_2=0.95)),
    "L2 0.00001": ours(l2=0.00001),
    "L2 0.0001": ours(l2=0.0001),
    "L2 0.0003": ours(l2=0.0003),
    "cosine from 0.003": cosine(0.003),
    "cosine from 0.003, L2": cosine(0.003, l2=0.0003),
    "batches of 32": ours(batch_size=32),
    "400 epochs": ours(epochs=400),
    "(100,)": ours(hidden_layer_sizes=(100,)),
    "(128, 64)": ours(hidden_layer_sizes=(128, 64)),
    "dropout 0.1": ours(dropout=0.1, learning_rate=0.002),
}


def own_tables() -> Iterator[Table]:
    """Yield scikit-learn's tables, and one that it makes."""
    X, y = datasets.load_diabetes(return_X_y=True, as_frame=True)
    yield Table("diabetes", X, y, "regression")
    X, y = datasets.make_friedman1(1000, noise=1.0, random_state=0)
    yield Table("friedman1", pd.DataFrame(X), y, "regression")
    for name in ("breast_cancer", "wine", "iris", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
        yield Table(name, X, y, "classification")


def made_tables() -> Iterator[Table]:
    """Yield tables to choose by, none of which is reported."""
    made = {
        "friedman2": datasets.make_friedman2(400, noise=100.0, random_state=1),
        "friedman3": datasets.make_friedman3(800, noise=0.1, random_state=2),
        "linear, noisy": datasets.make_regression(300, 12, n_informative=6, noise=60.0, random_state=3),
        "linear, clean": datasets.make_regression(1000, 20, n_informative=10, noise=5.0, random_state=4),
        "sparse": datasets.make_sparse_uncorrelated(500, 15, random_state=5),
        "waves": _waves(2000),
        "steps": _steps(600),
    }
    for name, (X, y) in made.items():
        yield Table(name, pd.DataFrame(X), y, "regression")
    kind = datasets.make_classification
    sorts = {
        "moons": datasets.make_moons(400, noise=0.25, random_state=1),
        "quantiles": datasets.make_gaussian_quantiles(n_samples=800, n_features=8, n_classes=3, random_state=2),
        "hastie": datasets.make_hastie_10_2(1500, random_state=3),
        "noisy labels": kind(900, 12, n_informative=5, flip_y=0.3, random_state=4),
        "rare class": kind(1200, 15, n_informative=6, weights=[0.85], flip_y=0.08, class_sep=0.8, random_state=5),
        "five classes": kind(1500, 20, n_informative=10, n_classes=5, flip_y=0.05, random_state=6),
        "few rows": kind(150, 8, n_informative=4, n_classes=3, n_clusters_per_class=1, flip_y=0.05, random_state=7),
        "easy": kind(600, 10, n_informative=6, class_sep=2.0, flip_y=0.0, random_state=8),
        "rare levels": _rare_levels(400),
        "word counts": _word_counts(150),
    }
    for name, (X, y) in sorts.items():
        yield Table(name, pd.DataFrame(X).rename(columns=str), y, "classification")


def _waves(n_rows: int) -> tuple[Any, Any]:
    random = np.random.default_rng(6)
    X = random.uniform(-1, 1, (n_rows, 6))
    return X, np.sin(3 * X[:, 0] * X[:, 1]) + np.abs(X[:, 2]) + 0.5 * X[:, 3] + random.normal(0, 0.15, n_rows)


def _steps(n_rows: int) -> tuple[Any, Any]:
    """Prices: skewed, with steps, of skewed columns."""
    random = np.random.default_rng(7)
    X = random.lognormal(0, 0.6, (n_rows, 8))
    value = np.log(X[:, 0]) + (X[:, 1] > 1) * (X[:, 2] > 1.2) + 0.3 * (X[:, 3] > 2)
    return X, np.exp(value + random.normal(0, 0.3, n_rows))


def _rare_levels(n_rows: int) -> tuple[Any, Any]:
    """Codes of which many are seen once, so that test rows hold some that training rows do not."""
    random = np.random.default_rng(9)
    codes = np.minimum(random.zipf(1.5, (n_rows, 2)), 80)
    numbers = random.normal(0, 1, (n_rows, 3))
    effect = random.normal(0, 1, 81)
    y = numbers[:, 0] + effect[codes[:, 0]] + 0.5 * effect[codes[:, 1]] + random.normal(0, 0.7, n_rows) > 0
    return {"a": codes[:, 0].astype(str), "b": codes[:, 1].astype(str), **dict(enumerate(numbers.T))}, y


def _word_counts(n_rows: int) -> tuple[Any, Any]:
    """Count many words in few texts; most words are in a few of them."""
    random = np.random.default_rng(10)
    y = random.integers(0, 4, n_rows)
    rates = random.gamma(0.15, 1.0, (4, 400))
    return random.poisson(0.5 * (rates[y] + rates.mean(axis=0))), y


def csv_table(described: str) -> Table:
    """Read ``PATH:TARGET[:COLUMN,COLUMN]``."""
    path, target, *dropped = described.split(":")
    table = pd.read_csv(path).dropna(subset=[target])
    X, y = table.drop(columns=[target, *(dropped[0].split(",") if dropped else [])]), table[target]
    is_number = pd.api.types.is_numeric_dtype(y) and y.nunique() > MOST_CLASSES
    return Table(Path(path).stem, X, y.to_numpy(), "regression" if is_number else "classification")


def prepared(model: Any) -> Any:
    """Put a model behind the preprocessing."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, model)


def measured(model: Any, table: Table, seed: int) -> dict[str, float]:
    """Fit on the split of this seed and measure on its test rows."""
    strata = None if table.task == "regression" else table.y
    X_train, X_test, y_train, y_test = train_test_split(
        table.X, table.y, test_size=0.2, random_state=seed, stratify=strata
    )
    pipeline = prepared(model)
    started = perf_counter()
    pipeline.fit(X_train, y_train)
    seconds = perf_counter() - started
    if table.task == "regression":
        rmse = root_mean_squared_error(y_test, pipeline.predict(X_test))
        return {"rmse": rmse / float(np.std(table.y)), "fit_s": seconds}
    wrong = float(np.mean(pipeline.predict(X_test) != y_test))
    surprise = log_loss(y_test, pipeline.predict_proba(X_test), labels=pipeline.classes_)
    return {"error": wrong, "log_loss": surprise, "fit_s": seconds}


def run(peers: Peers, tables: list[Table]) -> pd.DataFrame:
    """Measure every peer on every split of every table; a row each."""
    rows = []
    for table in tables:
        print(f"{table.name}: {table.X.shape[0]} rows, {table.X.shape[1]} columns, {table.task}", flush=True)
        for name, make in peers.items():
            for seed in range(SPLITS):
                model = make(table.task, seed, round(0.8 * len(table.X)))
                if model is not None:
                    rows.append({"table": table.name, "model": name, "split": seed, **measured(model, table, seed)})
    return pd.DataFrame(rows)


def summary(results: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Aggregate over the tables: a row a measure and model."""
    rows = []
    for measure, label in MEASURES.items():
        if measure not in results:
            continue
        means = _by_table(results, measure, "mean").dropna(axis=1)
        level = np.log(means + SHIFT).mean()
        seconds = _by_table(results, "fit_s", "median").loc[means.index]
        rows += [
            {
                "measure": label,
                "model": model,
                "mean": means[model].mean(),
                "relative": np.exp(level[model] - level[reference]),
                "mean rank": means.rank(axis=1)[model].mean(),
                "wins": f"{(means[model] < means[reference]).sum()}/{len(means)}",
                "fit s": seconds[model].mean(),
            }
            for model in results["model"].unique()
            if model in means
        ]
    return pd.DataFrame(rows).set_index(["measure", "model"])


def _by_table(results: pd.DataFrame, measure: str, over_splits: str) -> pd.DataFrame:
    """Return one number a table (rows) and model (columns), where the table has this measure."""
    known = results.dropna(subset=[measure])
    return known.pivot_table(index="table", columns="model", values=measure, aggfunc=over_splits, sort=False)


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="append", default=[], metavar="PATH:TARGET[:COLUMN,...]", help="a CSV file")
    parser.add_argument("--choose", action="store_true", help="candidates for a default, on made tables")
    parser.add_argument("--csv", type=Path, help="where to write every single measurement")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn's networks say that 200 epochs are not enough
    tables = list(made_tables()) if arguments.choose else [*own_tables(), *map(csv_table, arguments.table)]
    results = run(CANDIDATES if arguments.choose else PEERS, tables)
    if arguments.csv is not None:
        results.to_csv(arguments.csv, index=False)
    for measure, label in MEASURES.items():
        if measure in results:
            means = _by_table(results, measure, "mean").dropna(axis=1, how="all")
            print(f"\n{label}, mean of {SPLITS} splits\n{means.round(4).T.to_string()}")
    reference = "skdl" if arguments.choose else REFERENCE
    print(f"\nOver the tables; wins are against {reference}\n{summary(results, reference).round(3).to_string()}")


if __name__ == "__main__":
    main()
