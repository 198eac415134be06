"""Bias of the leader's score, and of the score after choosing, on generated tables whose truth is known.

Nine linear models and a dummy. As in `false_winners.py` every model sees 3 shared columns and a block of 2 of its own,
so that models are equally good where the blocks weigh the same; where they weigh differently, some are better. The
truth of a table is the score of the leader's fold models on 5,000 new rows, which had no part in choosing it. The score
shown, and the one that `FinishedComparison.after_choosing` corrects, are compared with it. What all nine models have in
common is subtracted from both: how lucky the rows of the table are, and that an RMSE of 15 rows is too low in the mean,
which no choice causes. Biases come with their standard error over the tables. They are given against the score to
expect of the leader's kind of model, the mean of its truths over the tables, and against that of its own fold models:
the rows that make a model lead by chance also mislead its fits, so that these are a little worse than the mean.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, RepeatedKFold, RepeatedStratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from skdl.cross_validation import (
    ClassScores,
    ComparedModel,
    FinishedComparison,
    FoldResult,
    Job,
    Splits,
    Table,
    take_splits,
)
from skdl.metrics import Metric, resolve_metrics

N_MODELS, N_SHARED, N_OWN, N_NEW = 9, 3, 2, 5000
EQUAL = (0.3,) * N_MODELS
UNEQUAL = tuple(np.linspace(0.2, 0.5, N_MODELS))


@dataclass(frozen=True)
class Case:
    """Tables of one kind, and how the models are compared on them."""

    metric: str = "rmse"
    n_rows: int = 150
    repeats: int = 1
    own_weights: tuple[float, ...] = EQUAL
    rows_a_group: int | None = None  # rows of a group share the columns of the blocks, and half of the noise
    make_model: type[BaseEstimator] = Ridge

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return self.metric == "rmse"


CASES = {
    "equal, 150 rows, 10 x 1, RMSE": Case(),
    "equal, 150 rows, 10 x 3, RMSE": Case(repeats=3),
    "unequal, 150 rows, 10 x 1, RMSE": Case(own_weights=UNEQUAL),
    "equal, 1,000 rows, 10 x 1, RMSE": Case(n_rows=1000),
    "equal trees, 300 rows, 10 x 3, RMSE": Case(n_rows=300, repeats=3, make_model=DecisionTreeRegressor),
    "equal, 300 rows in 60 groups, 10 x 1, RMSE": Case(n_rows=300, rows_a_group=5),
    "equal, 300 rows, 10 x 1, accuracy": Case("accuracy", 300),
    "equal, 300 rows, 10 x 1, ROC AUC": Case("roc_auc", 300),
}


def draw_rows(case: Case, rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Draw columns, target and groups; a class is whether the target is above 0."""
    X = rng.normal(size=(n_rows, N_SHARED + N_MODELS * N_OWN))
    noise = rng.normal(size=n_rows)
    groups = None
    if case.rows_a_group:
        groups = np.arange(n_rows) // case.rows_a_group
        X[:, N_SHARED:] = rng.normal(size=(groups.max() + 1, N_MODELS * N_OWN))[groups]
        noise = (noise + rng.normal(size=groups.max() + 1)[groups]) / np.sqrt(2)
    y = X @ np.r_[np.ones(N_SHARED), np.repeat(case.own_weights, N_OWN)] + noise
    return X, y if case.is_regression else (y > 0).astype(int), groups


def columns_of(model: int) -> np.ndarray:
    """Return the indices of the columns of a model: the shared ones, and its block."""
    return np.r_[np.arange(N_SHARED), N_SHARED + model * N_OWN + np.arange(N_OWN)]


def models_of(case: Case) -> dict[str, tuple[BaseEstimator, np.ndarray]]:
    """Return the models and the dummy, each with the columns that it sees."""
    made = LinearDiscriminantAnalysis() if not case.is_regression else case.make_model()
    if isinstance(made, DecisionTreeRegressor):
        made.set_params(max_leaf_nodes=16, random_state=0)
    models = {f"model{number}": (made, columns_of(number)) for number in range(N_MODELS)}
    models["dummy"] = (DummyRegressor() if case.is_regression else DummyClassifier(), columns_of(0))
    return models


def splits_of(case: Case, X: np.ndarray, y: np.ndarray, groups: np.ndarray | None) -> Splits:
    """Make ten folds, as a comparison does."""
    if groups is not None:
        return take_splits(GroupKFold(10), X, y, groups)
    splitter = RepeatedKFold if case.is_regression else RepeatedStratifiedKFold
    return take_splits(splitter(n_splits=10, n_repeats=case.repeats, random_state=0), X, y)


def compare_models(case: Case, X: np.ndarray, y: np.ndarray, groups: np.ndarray | None) -> FinishedComparison:
    """Fit all models on all folds, without what a comparison measures besides scores and predictions."""
    splits, metrics = splits_of(case, X, y, groups), tuple(resolve_metrics([case.metric], _task(case)))
    results = []
    for name, (model, columns) in models_of(case).items():
        for split in splits.members:
            fitted = clone(model).fit(X[split.train][:, columns], y[split.train])
            predicted, scores = predict(fitted, X[split.test][:, columns])
            value = metrics[0].measure(y[split.test], predicted, scores, getattr(fitted, "classes_", None))
            kept = {} if scores is None else {"class_scores": ClassScores(scores, "probabilities")}
            results.append(
                FoldResult(name, split.repeat, split.fold, {case.metric: value}, predicted=predicted, **kept)
            )
    compared = tuple(ComparedModel(name, model) for name, (model, _) in models_of(case).items())
    job = Job(compared, Table(X, y, groups), splits, metrics)
    return FinishedComparison(job, splits, tuple(results), 0.0)


def predict(model: BaseEstimator, X: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return predictions, and the probabilities of a classifier."""
    return model.predict(X), model.predict_proba(X) if hasattr(model, "predict_proba") else None


def _task(case: Case) -> str:
    return "regression" if case.is_regression else "classification"


def true_scores(case: Case, comparison: FinishedComparison, new: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """Score the fold models of the first repeat on new rows, and return the mean of each model but the dummy."""
    X, y = comparison.table.X, comparison.table.y
    metric: Metric = comparison.metrics[0]
    truth = {}
    for name, (model, columns) in models_of(case).items():
        scores = []
        for split in comparison.splits.members[:10] if name != "dummy" else ():
            fitted = clone(model).fit(X[split.train][:, columns], y[split.train])
            responses = predict(fitted, new[0][:, columns])
            scores.append(metric.measure(new[1], *responses, getattr(fitted, "classes_", None)))
        truth[name] = float(np.mean(scores)) if scores else float("nan")
    del truth["dummy"]
    return truth


def simulate(case: Case, n_tables: int, seed: int) -> np.ndarray:
    """Return how much too high the leader's score and the one after choosing are, (n_tables, which truth, which score).

    The truths are the score to expect of fold models of the leader's kind, over the tables, and that of its own ones.
    """
    truths, leaders, found = [], [], []
    for number in range(n_tables):
        rng = np.random.default_rng([seed, number])
        comparison = compare_models(case, *draw_rows(case, rng, case.n_rows))
        # New rows are single ones: their marginal distribution is that of rows in groups.
        truth = true_scores(case, comparison, draw_rows(replace(case, rows_a_group=None), rng, N_NEW)[:2])
        shown = {name: interval.mean for name, interval in comparison.verdict.intervals.items()}
        leader = comparison.verdict.leader
        common = np.mean([shown[name] - truth[name] for name in truth])
        truths.append(list(truth.values()))
        leaders.append(list(truth).index(leader))
        found.append(np.array([shown[leader], comparison.after_choosing.score]) - common)
    rows = np.arange(n_tables)
    expected = np.mean(truths, axis=0)[leaders]
    own = np.array(truths)[rows, leaders]
    return np.stack([np.array(found) - expected[:, None], np.array(found) - own[:, None]], axis=1)


def main() -> None:
    """Print the biases of each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--cases", default="", metavar="TEXT", help="only cases whose name has this text in it")
    options = parser.parse_args()
    began = perf_counter()
    print(f"{options.tables} tables each; positive is too good")
    print(f"{'':44}expected of its kind                    its own fold models")
    print(f"{'':44}score shown         after choosing      score shown         after choosing")
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for seed, (name, case) in enumerate(CASES.items()):
            if options.cases not in name:
                continue
            biases = (-1.0 if case.is_regression else 1.0) * simulate(case, options.tables, seed)
            errors = biases.std(axis=0, ddof=1) / np.sqrt(len(biases))
            pairs = zip(biases.mean(axis=0).ravel(), errors.ravel(), strict=True)
            cells = (f"{bias:+.4f} ± {error:.4f}" for bias, error in pairs)
            print(f"{name:44}{'   '.join(cells)}", flush=True)
    print(f"\n{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
