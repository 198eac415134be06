"""What a recommendation loses: true regret of the recommended model against the best one, on tables with known truth.

Made tables follow a known law and have 20,000 further rows for the truth; with ``--tables FOLDER`` (a module
``tables.py`` with ``TABLES`` and ``load(name) -> X, y, "reg" or "clf"``), real tables are split into a few training
rows and all others. Each table goes through `skdl.compare` (10 folds). Every model is then fitted on all training rows
and scored on the further rows, in the ranking metric: regret is the best model's score minus that of the model chosen,
in units of what matters (the region of practical equivalence). Beside the recommendation stand two policies: always
the leader, and the simplest of the models that are not significantly different from the leader.

    python benchmarks/recommendation.py --out regret.jsonl [--sizes 300 1000] [--seeds 0] [--tables FOLDER]

The file is continued where it exists; the summary is printed at the end.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import warnings
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdl
from skdl.analysis import Cost, is_cheaper
from skdl.catalogue import simplicity

if TYPE_CHECKING:
    from collections.abc import Iterator

N_TEST, N_COLUMNS, N_FOLDS = 20_000, 10, 10
N_FEWEST_TEST = 1_000  # rows of a real table that must be left for the truth
SIGNAL_TO_NOISE = (0.5, 2.0)
SLOPES = (1.0, 3.0)
RARE = 4.5  # shift of the log-odds: about 5 % of the rows
LEVELS = 15  # of a category of a real table; rarer ones count as one


def scaled(model: Any) -> Any:
    """Put min-max scaling before a model."""
    return make_pipeline(MinMaxScaler(), model)


MODELS: dict[str, dict[str, Any]] = {
    "regression": {
        "dummy": DummyRegressor(),
        "linear": scaled(LinearRegression()),
        "ridge": scaled(Ridge()),
        "knn": scaled(KNeighborsRegressor()),
        "svm": TransformedTargetRegressor(scaled(SVR()), transformer=MinMaxScaler()),
        "decision_tree": DecisionTreeRegressor(random_state=0),
        "random_forest": RandomForestRegressor(random_state=0),
        "hist_gradient_boosting": HistGradientBoostingRegressor(random_state=0),
    },
    "classification": {
        "dummy": DummyClassifier(),
        "logistic": scaled(LogisticRegression(max_iter=1000)),
        "knn": scaled(KNeighborsClassifier()),
        "svm": scaled(SVC()),
        "decision_tree": DecisionTreeClassifier(random_state=0),
        "random_forest": RandomForestClassifier(random_state=0),
        "hist_gradient_boosting": HistGradientBoostingClassifier(random_state=0),
    },
}
# The first metric ranks; scikit-learn's name of its scorer.
METRICS = {
    "regression": (["rmse", "mae", "r2"], "neg_root_mean_squared_error"),
    "classification": (["accuracy", "balanced_accuracy", "f1", "roc_auc"], "accuracy"),
    "rare": (["average_precision", "balanced_accuracy", "f1", "roc_auc"], "average_precision"),
}
LAWS = {
    "linear": lambda x: 3 * x[0] - 2 * x[1] + x[2] + 0.5 * x[3],
    "nearly linear": lambda x: 3 * x[0] - 2 * x[1] + x[2] + 0.5 * x[3] + 0.25 * x[4] ** 2,
    "smooth": lambda x: 2 * np.sin(1.5 * x[0]) + 1.5 * np.abs(x[1]) + x[2],
    "products": lambda x: x[0] * x[1] + x[2] + 0.5 * x[3] * x[4],
    "steps": lambda x: 3.0 * (x[0] > 0) * (x[1] > 0.3) + 2.0 * (x[2] < -0.5),
    "circle": lambda x: 2.5 - x[0] ** 2 - x[1] ** 2 + 0.3 * x[2],
}

Data = tuple[np.ndarray, np.ndarray]


def draw(law: str, kind: str, strength: float, n_rows: int, seed: int) -> Data:
    """Draw rows whose target follows a law: with noise, or as a class of this probability."""
    rng = np.random.default_rng([seed, n_rows])
    X = rng.normal(size=(n_rows, N_COLUMNS))
    reference = LAWS[law](np.random.default_rng(0).normal(size=(N_TEST, N_COLUMNS)).T)
    signal = (LAWS[law](X.T) - reference.mean()) / reference.std()
    if kind == "regression":
        return X, signal + rng.normal(size=n_rows) / strength
    log_odds = strength * signal - (RARE if kind == "rare" else 0.0)
    return X, (rng.random(n_rows) < 1.0 / (1.0 + np.exp(-log_odds))).astype(int)


def made_tables(sizes: list[int], seeds: list[int]) -> Iterator[tuple[str, str, Any]]:
    """Yield name, kind, and a function that gives training and further rows."""
    kinds = [("regression", s) for s in SIGNAL_TO_NOISE] + [("classification", s) for s in SLOPES] + [("rare", 2.5)]
    for n_rows in sizes:
        for seed in seeds:
            for law in LAWS:
                for kind, strength in kinds:

                    def rows(law=law, kind=kind, strength=strength, n_rows=n_rows, seed=seed):  # noqa: ANN001, ANN202
                        return (
                            draw(law, kind, strength, n_rows, seed),
                            draw(law, kind, strength, N_TEST, seed + 1000),
                        )

                    yield f"{law} {kind} {strength} {n_rows} {seed}", kind, rows


def real_tables(folder: Path, sizes: list[int], seeds: list[int]) -> Iterator[tuple[str, str, Any]]:
    """Yield the tables of a folder: a sample to train on, all other rows for the truth."""
    spec = importlib.util.spec_from_file_location("tables", folder / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    for name in tables.TABLES:
        frame, target, task = tables.load(name)
        for column in frame.select_dtypes(object):
            known = frame[column].value_counts().index[:LEVELS]
            frame[column] = frame[column].where(frame[column].isin(known), "other")
        X = pd.get_dummies(frame, dtype=float).pipe(lambda d: d.fillna(d.median())).fillna(0.0).to_numpy(float)
        y = np.asarray(target)
        kind = "regression"
        if task == "clf":
            y = (y == np.bincount(y).argmax()).astype(int)
            y = y if y.mean() < 0.5 else 1 - y  # the rarer class is the positive one
            kind = "rare" if y.mean() < 0.1 else "classification"
        for n_rows in sizes:
            if len(y) - n_rows < N_FEWEST_TEST:
                continue
            for seed in seeds:

                def rows(X=X, y=y, n_rows=n_rows, seed=seed):  # noqa: ANN001, ANN202
                    order = np.random.default_rng([seed, n_rows]).permutation(len(y))
                    train, test = order[:n_rows], order[n_rows:]
                    return (X[train], y[train]), (X[test], y[test])

                yield f"{name} {n_rows} {seed}", kind, rows


def measure(name: str, kind: str, train: Data, test: Data) -> dict[str, Any]:
    """Compare the models on the training rows, and score them on the further ones."""
    models = MODELS["regression" if kind == "regression" else "classification"]
    metrics, scorer = METRICS[kind]
    comparison = skdl.compare(models, *train, cv=N_FOLDS, repeats=1, metrics=metrics, insight=False)
    verdict = comparison.summary.verdict
    truth = {key: float(get_scorer(scorer)(clone(model).fit(*train), *test)) for key, model in models.items()}
    simplest = min(verdict.group, key=lambda model: simplicity(models[model]))
    return {
        "name": name,
        "region": verdict.equivalence,
        "truth": truth,
        "recommended": verdict.recommended,
        "leader": verdict.leader,
        "simplest": simplest,
        "because": verdict.recommended_because,
        "cost": {name: list(astuple(comparison.comparison.cost(name))) for name in models},
        "simplicity": {name: simplicity(model) for name, model in models.items()},
    }


def summarise(rows: list[dict[str, Any]]) -> None:
    """Print the regret of each policy, and how often a cheaper model is taken where one is truly as good."""
    # Where no model beats the dummy there is nothing to choose.
    rows = [row for row in rows if row["because"] != "dummy"]
    print(f"{len(rows)} tables; regret in units of what matters")
    print("policy               mean   median   90 %   within what matters")
    for policy in ("recommended", "leader", "simplest"):
        regret = np.array([(max(r["truth"].values()) - r["truth"][r[policy]]) / r["region"] for r in rows])
        print(
            f"{policy:18} {regret.mean():6.2f} {np.median(regret):8.2f} {np.quantile(regret, 0.9):6.2f}"
            f" {np.mean(regret <= 1.0):10.0%}"
        )
    lost = np.array([(row["truth"][row["leader"]] - row["truth"][row["recommended"]]) / row["region"] for row in rows])
    print(f"recommended - leader: {lost.mean():+.3f}, standard error {lost.std(ddof=1) / len(lost) ** 0.5:.3f}")
    equal = [row for row in rows if cheaper_equals(row)]
    taken = sum(row["recommended"] != row["leader"] for row in equal)
    print(f"a cheaper model is truly as good as the leader: {len(equal)} tables; one is recommended in {taken}")


def cheaper_equals(row: dict[str, Any]) -> bool:
    """Whether any model that is cheaper than the leader is as good in truth."""
    costs = {model: Cost(*cost) for model, cost in row["cost"].items()}
    goal = row["truth"][row["leader"]] - row["region"]
    return any(
        row["truth"][model] >= goal and is_cheaper(model, row["leader"], costs, row["simplicity"])
        for model in costs
        if model not in {"dummy", row["leader"]}
    )


def main() -> None:
    """Measure the tables that the file does not hold yet, and print the summary of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", type=Path, default=None)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    done = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    known = {row["name"] for row in done}
    tables = (
        made_tables(options.sizes, options.seeds)
        if options.tables is None
        else real_tables(options.tables, options.sizes, options.seeds)
    )
    for name, kind, rows in tables:
        if name in known:
            continue
        train, test = rows()
        if kind != "regression" and np.bincount(train[1]).min() < N_FOLDS:
            continue  # too few rows of the rare class for the folds
        row = measure(name, kind, train, test)
        done.append(row)
        with options.out.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(f"{name}: {row['recommended']} ({row['because']}), leader {row['leader']}", file=sys.stderr)
    summarise(done)


if __name__ == "__main__":
    main()
