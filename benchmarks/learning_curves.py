"""Coverage of the scores that learning curves give for more rows, on generated tables whose truth is known.

Models are compared on tables of a nonlinear function, as `skdl.compare` does it. The truth is the mean score of models
that were fitted on as many new rows, on test parts as large as those of the folds (the RMSE of few rows is lower in the
mean). Counted is how often the 95 % interval holds it, for the score and for the gain over the rows at hand. No model
follows a power law exactly, so this checks the law as well as the intervals.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdl.analysis import learning_curves
from skdl.cross_validation import ComparedModel, FinishedComparison, Job, Table, draw_splits, measure_rows, run_folds
from skdl.metrics import resolve_metrics
from skdl.pipeline import resolve_folds
from skdl.workers import Executor

N_COLUMNS, TIMES = 10, (2.0, 10.0)
MODELS = {
    "rmse": {
        "ridge": Ridge(),
        "knn": KNeighborsRegressor(),
        "tree": DecisionTreeRegressor(min_samples_leaf=5, random_state=0),
        "boosting": HistGradientBoostingRegressor(max_iter=30, random_state=0),
        "dummy": DummyRegressor(),
    },
    "log_loss": {
        "logistic": LogisticRegression(),
        "knn": KNeighborsClassifier(15),
        "tree": DecisionTreeClassifier(min_samples_leaf=20, random_state=0),
        "boosting": HistGradientBoostingClassifier(max_iter=30, random_state=0),
        "dummy": DummyClassifier(),
    },
}


def draw_rows(metric: str, rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw columns and target of Friedman's first function; a class is whether it is above its middle."""
    X = rng.uniform(size=(n_rows, N_COLUMNS))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    y += 2.0 * rng.normal(size=n_rows)
    return X, y if metric == "rmse" else (y > 14.0).astype(int)


def true_scores(metric: str, model: BaseEstimator, sizes: list[int], n_test: int, n_fits: int) -> list[float]:
    """Mean scores of fits on so many rows, over the same 1,000 test parts."""
    measure = resolve_metrics([metric], _task(metric))[0]
    X_test, y_test = draw_rows(metric, np.random.default_rng(0), 1000 * n_test)
    parts = np.arange(len(y_test)).reshape(-1, n_test)
    means = []
    for n_rows in sizes:
        scores = []
        for seed in range(1, n_fits + 1):
            fitted = clone(model).fit(*draw_rows(metric, np.random.default_rng(seed), n_rows))
            predicted, classes = fitted.predict(X_test), getattr(fitted, "classes_", None)
            proba = None if classes is None else fitted.predict_proba(X_test)
            scores += [
                measure.measure(y_test[part], predicted[part], None if proba is None else proba[part], classes)
                for part in parts
            ]
        means.append(float(np.mean(scores)))
    return means


def _task(metric: str) -> str:
    return "regression" if metric == "rmse" else "classification"


def measured(metric: str, names: tuple[str, ...], rng: np.random.Generator, n_rows: int) -> FinishedComparison:
    """Measure two models and the dummy on a table, with their learning curves."""
    X, y = draw_rows(metric, rng, n_rows)
    task = _task(metric)
    labels = None if task == "regression" else "classes"
    splits = draw_splits(resolve_folds(n_rows, folds=10, repeats=1, labels=labels), y)
    models = tuple(ComparedModel(name, MODELS[metric][name]) for name in (*names, "dummy"))
    job = Job(models, Table(X, y), splits, tuple(resolve_metrics([metric], task)), measures_cost=False)
    return measure_rows(run_folds(job, Executor()), Executor())


def main() -> None:
    """Print the coverage of each model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--rows", type=int, nargs="*", default=[250, 1000])
    parser.add_argument("--fits", type=int, default=20, help="for each true score")
    options = parser.parse_args()
    began = perf_counter()
    print(f"{options.tables} tables each; share of the 95 % intervals that hold the truth, and half their width, mean")
    print(f"{'':34}trend better   twice: score        gain        ten times: score    gain")
    for metric, n_rows in ((metric, n_rows) for metric in MODELS for n_rows in options.rows):
        pairs = (tuple(MODELS[metric])[:2], tuple(MODELS[metric])[2:4])  # two lead in any comparison of two
        found: dict[str, list[list[float]]] = {name: [] for pair in pairs for name in pair}
        n_test = n_rows // 10
        sizes = [round(times * (n_rows - n_test)) for times in (1.0, *TIMES)]
        truths = {name: true_scores(metric, MODELS[metric][name], sizes, n_test, options.fits) for name in found}
        for number in range(options.tables):
            for pair in pairs:
                comparison = measured(metric, pair, np.random.default_rng([n_rows, number]), n_rows)
                rows, first = comparison.row_scores, comparison.metrics[0]
                curves = learning_curves(
                    (rows.n_rows / rows.n_rows[:, -1:]).mean(axis=0),
                    rows.scores,
                    test_train_ratio=comparison.test_train_ratio,
                    greater_is_better=False,
                    bounds=first.bounds,
                )
                for name, curve in curves.items():
                    cells = [float(curve.trend == "better")]
                    for at, truth in zip(curve.ahead, truths[name][1:], strict=False):
                        gain = truths[name][0] - truth
                        cells += [at.low <= truth <= at.high, (at.high - at.low) / 2]
                        cells += [at.gain_low <= gain <= at.gain_high, (at.gain_high - at.gain_low) / 2]
                    found[name].append(cells + [np.nan] * (9 - len(cells)))
        for name, cells in found.items():
            known = np.ma.masked_invalid(np.array(cells, dtype=float))
            shown = known.mean(axis=0).filled(np.nan)
            pairs_of = [f"{100 * a:4.0f} % ± {b:.3f}" for a, b in zip(shown[1::2], shown[2::2], strict=True)]
            label = f"{metric}, {n_rows:,} rows, {name}"
            print(f"{label:34}{100 * shown[0]:6.0f} %      {'   '.join(pairs_of)}", flush=True)
            print(f"{'':34}truth {'  '.join(f'{truth:.3f}' for truth in truths[name])}", flush=True)
    print(f"\n{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
