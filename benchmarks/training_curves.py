"""Accuracy of the diagnosis of training curves: networks in a known state, and the diagnoses of their curves.

Each state is caused by suitable settings, and confirmed by an independent criterion on test rows that neither network
nor diagnosis saw. Errors are relative to that of the constant prediction: squared error for numbers, log-loss
for classes. "Clearly" is by at least 10 %, and by at least 0.01 of the constant's error:

- diverged: the test loss ends above twice the constant's, or is no number;
- unscaled: the same settings on scaled columns and target err clearly less;
- too slow: a learning rate 30 times as high errs clearly less;
- too fast: a tenth of the learning rate errs clearly less, and the run has not diverged;
- overfitted: the test loss ends clearly above its least;
- undertrained: five times the epochs err clearly less;
- too small: 64 and 32 units err clearly less;
- gap: the kept weights err less than half as much on the training rows as on test rows, and differ by a tenth;
- healthy: none of five remedies errs clearly less in the mean over seeds, and the test loss does not end above its
  least where the last weights are kept.

Runs that do not meet their criterion are not counted. The last table is about healthy runs.

A classical model's test score is the best of three: linear, support vectors, a forest. Each
seed splits the table differently.

Run with ``python benchmarks/training_curves.py [--table PATH:TARGET[:COLUMN,COLUMN]] ... [--seeds N]``: scikit-learn's
own tables, and CSV files. ``--runs FILE`` stores the curves, and tables whose curves it holds are
not trained again.
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPClassifier, KerasMLPRegressor, diagnose_training
from skdl.diagnosis import is_underfit

# isort: split
import argparse
import json
import math
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from defaults import Table, csv_table, prepared
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC, SVR

SHARE_OF_SEEDS = 0.6  # as for folds
MOST_LEARNED, MOST_TESTED = 500, 1000
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (64, 32), "learning_rate": 0.003, "batch_size": 32, "epochs": 60}
STOPPING = {"epochs": 300, "early_stopping": True}


@dataclass(frozen=True)
class State:
    """Settings that should cause a state, the diagnosis codes of that state, and its remedies."""

    settings: dict[str, Any]
    codes: tuple[str, ...]
    remedies: dict[str, dict[str, Any]] = field(default_factory=dict)
    scaled: bool = True
    most_rows: int = MOST_LEARNED


@dataclass(frozen=True)
class Run:
    """Training of one network, its error on test rows, and the errors of its remedies."""

    table: str
    state: str
    seed: int
    history: dict[str, list[float]]
    baseline: float
    inference: float | None
    test_loss: list[float]
    test_baseline: float
    kept: int  # epoch whose weights were kept, from 0
    error: float
    remedied: dict[str, float]
    train_score: float
    classical_score: float  # of the classical model that is best on test rows


Readings = dict[int, tuple[str, ...]]  # by the run's identity

LARGE = {**SETTINGS, "hidden_layer_sizes": (256, 256), "epochs": 400}
FOR_HEALTHY = {
    "higher learning rate": {"learning_rate": 0.009},
    "lower learning rate": {"learning_rate": 0.001},
    "longer": {"epochs": 600, "patience": 40},
    "dropout": {"dropout": 0.2},
    "l2": {"l2": 0.003},
}
STATES = {
    "diverged": State({**SETTINGS, "optimizer": "sgd", "learning_rate": 10.0}, ("diverged", "unscaled")),
    "diverged, Adam": State({**SETTINGS, "learning_rate": 1.0}, ("diverged", "unscaled")),
    "unscaled": State(SETTINGS, ("unscaled", "diverged"), {"scaled": {}}, scaled=False),
    "unscaled, defaults": State({}, ("unscaled", "diverged"), {"scaled": {}}, scaled=False),
    "too slow": State(
        {**SETTINGS, "learning_rate": 0.00003}, ("undertrained", "flat_and_high"), {"faster": {"learning_rate": 0.001}}
    ),
    "too fast": State({**SETTINGS, "learning_rate": 0.1}, ("jagged",), {"slower": {"learning_rate": 0.01}}),
    "overfitted": State(LARGE, ("overfitting",), most_rows=150),
    "undertrained": State(
        {**SETTINGS, "epochs": 15, "learning_rate": 0.001}, ("undertrained",), {"longer": {"epochs": 75}}
    ),
    "too small": State(
        {**SETTINGS, "hidden_layer_sizes": (1,), "epochs": 300},
        ("underfit", "flat_and_high"),
        {"larger": {"hidden_layer_sizes": (64, 32)}},
    ),
    "gap": State({**LARGE, "early_stopping": True, "patience": 20}, ("gap",), most_rows=150),
    "healthy, stopped": State({**SETTINGS, **STOPPING}, ("healthy",), FOR_HEALTHY),
    "healthy, stopped, dropout": State({**SETTINGS, **STOPPING, "dropout": 0.2}, ("healthy",), FOR_HEALTHY),
    "healthy, defaults, stopped": State({"early_stopping": True, "epochs": 600}, ("healthy",), FOR_HEALTHY),
    "healthy, fixed": State({**SETTINGS, "epochs": 40}, ("healthy",), {**FOR_HEALTHY, "longer": {"epochs": 120}}),
    "healthy, fixed, L2": State(
        {**SETTINGS, "epochs": 60, "l2": 0.003},
        ("healthy",),
        {**FOR_HEALTHY, "longer": {"epochs": 180}, "l2": {"l2": 0.01}},
    ),
}


def own_tables() -> Iterator[Table]:
    """Yield scikit-learn's tables; of two classification tables also a column as a target."""
    X, y = datasets.load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    yield Table("diabetes", X, y, "regression")
    for name, column in (("wine", "proline"), ("breast_cancer", "worst symmetry")):
        X = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)[0]
        yield Table(f"{name}: {column}", X.drop(columns=column), X[column], "regression")
    for name in ("breast_cancer", "wine", "iris", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
        yield Table(name, X, y, "classification")


@dataclass(frozen=True)
class Parts:
    """Preprocessed training, validation and test rows."""

    task: str
    X: Any
    y: Any
    X_val: Any
    y_val: Any
    X_test: Any
    y_test: Any

    def error(self, model: Any) -> float:
        """Return the error on the test rows, relative to that of the constant prediction."""
        if self.task == "regression":
            with np.errstate(over="ignore"):
                wrong = np.mean((self.y_test - model.predict(self.X_test)) ** 2)
            return float(wrong / np.mean((self.y_test - self.y.mean()) ** 2))
        shares = np.bincount(self.y) / len(self.y)
        constant = log_loss(self.y_test, np.tile(shares, (len(self.y_test), 1)), labels=model.classes_)
        return float(log_loss(self.y_test, model.predict_proba(self.X_test), labels=model.classes_) / constant)

    def score(self, model: Any, X: Any, y: Any) -> float:
        """Return R2, or the accuracy."""
        measure = r2_score if self.task == "regression" else accuracy_score
        return float(measure(y, model.predict(X)))


def cut(table: Table, seed: int, *, scaled: bool, most_rows: int) -> Parts:
    """Split the table by a seed, and fit the preprocessing on the training rows."""
    y = np.asarray(table.y, dtype=float) if table.task == "regression" else LabelEncoder().fit_transform(table.y)
    strata = None if table.task == "regression" else y
    rows = np.arange(len(y))
    learned, tested = train_test_split(rows, train_size=0.5, random_state=seed, stratify=strata)
    learned, tested = learned[:most_rows], tested[:MOST_TESTED]
    trained, validation = train_test_split(
        learned, test_size=0.2, random_state=seed, stratify=None if strata is None else strata[learned]
    )
    columns = prepared("passthrough")[0]
    if not scaled:
        columns.transformers[0][1].steps.pop()  # the scaler of the numbers
    columns.fit(table.X.iloc[trained])
    parts = [
        part for rows in (trained, validation, tested) for part in (columns.transform(table.X.iloc[rows]), y[rows])
    ]
    return Parts(table.task, *parts)


def fitted(parts: Parts, settings: dict[str, Any], seed: int, *, scaled: bool = True, on_test: bool = False) -> Any:
    """Fit a network with the validation rows, or with the test rows in their place, which changes no weight."""
    kind: Any = KerasMLPRegressor if parts.task == "regression" else KerasMLPClassifier
    target = {} if scaled or parts.task == "classification" else {"target_scaling": None}
    validation = (parts.X_test, parts.y_test) if on_test else (parts.X_val, parts.y_val)
    return kind(**settings, **target, random_state=seed).fit(parts.X, parts.y, X_val=validation[0], y_val=validation[1])


def run(table: Table, name: str, seed: int, classical_score: float) -> Run:
    """Train one network and its remedies."""
    state = STATES[name]
    parts = cut(table, seed, scaled=state.scaled, most_rows=state.most_rows)
    network = fitted(parts, state.settings, seed, scaled=state.scaled)
    last = {**state.settings, "early_stopping": False, "epochs": network.n_iter_}
    again = fitted(parts, last, seed, scaled=state.scaled, on_test=True)
    stops = state.settings.get("early_stopping", False)
    whole = cut(table, seed, scaled=True, most_rows=state.most_rows)
    remedied = {
        remedy: whole.error(fitted(whole, {**state.settings, **change}, seed))
        for remedy, change in state.remedies.items()
    }
    finite = math.isfinite(network.inference_loss_)
    return Run(
        table=table.name,
        state=name,
        seed=seed,
        history={key: network.history_[key] for key in ("loss", "val_loss")},
        baseline=network.baseline_loss_,
        inference=network.inference_loss_,
        test_loss=again.history_["val_loss"],
        test_baseline=again.baseline_loss_,
        kept=(network.best_epoch_ if stops and network.best_epoch_ else network.n_iter_) - 1,
        error=parts.error(network) if finite else math.inf,
        remedied=remedied,
        train_score=parts.score(network, parts.X, parts.y) if finite else -math.inf,
        classical_score=classical_score,
    )


def best_classical_score(table: Table, seed: int) -> float:
    """Return the best test score of the classical models."""
    parts = cut(table, seed, scaled=True, most_rows=MOST_LEARNED)
    svr = TransformedTargetRegressor(SVR(C=10), transformer=StandardScaler())
    models: list[Any] = [Ridge(), svr, RandomForestRegressor(random_state=0)]
    if parts.task == "classification":
        models = [LogisticRegression(max_iter=1000), SVC(C=10), RandomForestClassifier(random_state=0)]
    return max(parts.score(model.fit(parts.X, parts.y), parts.X_test, parts.y_test) for model in models)


def clearly_below(less: float, more: float) -> bool:
    """Whether an error is clearly less than another; an error that is not finite is the largest."""
    if not math.isfinite(more):
        return math.isfinite(less)
    return less <= 0.9 * more and more - less >= 0.01


def ends_above_its_least(one: Run) -> bool:
    """Whether the test loss at the end is clearly above its least; both are medians of five epochs."""
    smooth = pd.Series(one.test_loss).rolling(5, center=True, min_periods=1).median().to_numpy()
    return clearly_below(smooth.min() / one.test_baseline, smooth[-1] / one.test_baseline)


def has_diverged(one: Run) -> bool:
    """Whether the test loss ended far above the constant's."""
    end = one.test_loss[-1] / one.test_baseline
    return not math.isfinite(end) or end > 2.0


def has_gap(one: Run) -> bool:
    """Whether the kept weights have a far smaller loss on the training rows than on test rows."""
    seen, kept = one.inference or 0.0, one.test_loss[one.kept]
    return seen <= 0.5 * kept and kept - seen >= 0.1 * one.test_baseline


def is_true(one: Run) -> bool:
    """Whether the run is in the state that its settings should cause; healthy runs need `healthy_runs`."""
    helped = any(clearly_below(error, one.error) for error in one.remedied.values())
    if one.state.startswith("diverged"):
        return has_diverged(one)
    if one.state == "too fast":
        return helped and not has_diverged(one)
    if one.state == "overfitted":
        return ends_above_its_least(one)
    if one.state == "gap":
        return has_gap(one)
    return helped


def healthy_runs(runs: list[Run]) -> list[Run]:
    """Return the runs whose settings no remedy improves in the mean over seeds, and that are in no other state."""
    groups = over_seeds([one for one in runs if one.state.startswith("healthy")])
    return [one for members in groups if not _is_bettered(members) for one in members if not _is_ill(one)]


def over_seeds(runs: list[Run]) -> list[list[Run]]:
    """Group the runs by table and state."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for one in runs:
        groups.setdefault((one.table, one.state), []).append(one)
    return list(groups.values())


def _is_bettered(members: list[Run]) -> bool:
    error = float(np.mean([one.error for one in members]))
    remedied = [float(np.mean([one.remedied[remedy] for one in members])) for remedy in members[0].remedied]
    return any(clearly_below(less, error) for less in remedied)


def _is_ill(one: Run) -> bool:
    keeps_last = one.kept == len(one.test_loss) - 1
    return has_diverged(one) or has_gap(one) or (keeps_last and ends_above_its_least(one))


def true_runs(runs: list[Run], name: str) -> list[Run]:
    """Return the runs meant for a state that are in it."""
    if name.startswith("healthy"):
        return [one for one in healthy_runs(runs) if one.state == name]
    return [one for one in runs if one.state == name and is_true(one)]


def diagnosed(one: Run, fellows: list[Run]) -> tuple[str, ...]:
    """Diagnose the run's curve; compare its mean training score over seeds with the classical models' test score."""
    diagnosis = diagnose_training(
        one.history, baseline_loss=one.baseline, inference_loss=one.inference, kept_epoch=one.kept + 1
    )
    is_small = is_underfit(
        diagnosis.codes,
        train_score=float(np.mean([fellow.train_score for fellow in fellows])),
        classical_score=float(np.mean([fellow.classical_score for fellow in fellows])),
        greater_is_better=True,
        region=0.01,
    )
    return ("underfit",) if is_small else diagnosis.codes


def read_all(runs: list[Run]) -> Readings:
    """Diagnose every curve."""
    return {id(one): diagnosed(one, members) for members in over_seeds(runs) for one in members}


def summary(runs: list[Run], readings: Readings) -> str:
    """Format hits, misses and other diagnoses as a table with a row for each state."""
    lines = ["| state | confirmed | hits | misses | other diagnoses |", "|---|---|---|---|---|"]
    for name, state in STATES.items():
        diagnoses = [readings[id(one)] for one in true_runs(runs, name)]
        hits = sum(bool(set(codes) & set(state.codes)) for codes in diagnoses)
        others = Counter(code for codes in diagnoses for code in codes or ("nothing",) if code not in state.codes)
        made = sum(one.state == name for one in runs)
        lines.append(f"| {name} | {len(diagnoses)} of {made} | {hits} | {len(diagnoses) - hits} | {_listed(others)} |")
    return "\n".join(lines)


def false_alarms(runs: list[Run], readings: Readings) -> str:
    """Format the diagnoses of healthy runs as a table, with the settings that most seeds diagnose wrongly.

    A comparison reports what holds in most folds; seeds take the place of folds here.
    """
    healthy = healthy_runs(runs)
    lines = ["| table | healthy runs | called ill | as | settings | reported ill |", "|---|---|---|---|---|---|"]
    for table in dict.fromkeys(one.table for one in runs):
        diagnoses = [readings[id(one)] for one in healthy if one.table == table]
        wrong = Counter(code for codes in diagnoses for code in codes or ("nothing",) if code != "healthy")
        settings = over_seeds([one for one in healthy if one.table == table])
        reported = sum(_is_reported_ill([readings[id(one)] for one in members]) for members in settings)
        called_ill = sum(codes != ("healthy",) for codes in diagnoses)
        lines.append(f"| {table} | {len(diagnoses)} | {called_ill} | {_listed(wrong)} | {len(settings)} | {reported} |")
    return "\n".join(lines)


def _is_reported_ill(diagnoses: list[tuple[str, ...]]) -> bool:
    counts = Counter(code for codes in diagnoses for code in codes if code != "healthy")
    return any(count >= SHARE_OF_SEEDS * len(diagnoses) for count in counts.values())


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in counts.most_common())


def measured(table: Table, n_seeds: int) -> Iterator[Run]:
    """Train all states on one table."""
    for seed in range(n_seeds):
        score = best_classical_score(table, seed)
        for name in STATES:
            yield run(table, name, seed, score)


def main() -> None:
    """Train or read the runs, diagnose them, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="append", default=[], metavar="PATH:TARGET[:COLUMN,...]", help="a CSV file")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, help="file to store the curves in, or to read them from")
    parser.add_argument("--only", help="names of the tables to diagnose, with commas between")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # networks that diverge are asked for
    kept = arguments.runs
    runs = [Run(**one) for one in json.loads(kept.read_text())] if kept is not None and kept.exists() else []
    for table in [*own_tables(), *map(csv_table, arguments.table)]:
        if table.name in {one.table for one in runs}:
            continue
        print(f"{table.name}: {len(table.X)} rows, {table.X.shape[1]} columns, {table.task}", flush=True)
        runs += measured(table, arguments.seeds)
        if kept is not None:
            kept.write_text(json.dumps([asdict(one) for one in runs]))
    if arguments.only is not None:
        runs = [one for one in runs if one.table in arguments.only.split(",")]
    readings = read_all(runs)
    print(f"\n{summary(runs, readings)}\n\n{false_alarms(runs, readings)}")


if __name__ == "__main__":
    main()
