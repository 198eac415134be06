"""False positives and power of a comparison: equally good models, and models of which one is better.

Nine ridge regressions and a dummy on generated tables of 150 rows. The target is a sum of 3 columns that every model
sees, of 18 that come in nine blocks of 2, one block a model, and of noise. All columns are independent draws from one
distribution, and under the null all blocks have the same weights. The distribution of a table then stays the same under
an exchange of two blocks, and so do the scores of any two models: they are equally good in expectation, for any number
of training rows, and which one leads is chance. For power, the block of the first model weighs more.

Every table goes through `skdl.analysis.decide`, as a comparison does, through the plain paired t-test, and through the
second opinion, the test by rows. Its hypothesis is about the fold models that were trained, which differ even where
their kinds are equally good, so it is also tested by that: against their true difference, measured on new rows.
The hold-out line is for one hold-out set of 1,000 of 4,000 rows with bootstrap resamples: it shows how much the single
training run of each model, which resampling of rows cannot show, adds to the false positives.

``--large`` is for tables of 12,000 and 20,000 rows with 5 and 10 folds, without repeats. Beside ridge regressions there
are decision trees, whose scores vary most with the training rows, and beside nine models two: with nothing else to
compare than a dummy that is clearly worse, Holm's method leaves the test of the two at the full level. The region of
practical equivalence is next to nothing there, so that it cannot hide a false positive.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable  # noqa: TC003 - a script, and the import is there anyway
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter

import numpy as np
from scipy import stats
from sklearn import config_context
from sklearn.base import BaseEstimator  # noqa: TC002 - a script, and the import is there anyway
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeRegressor

from skdl.analysis import Holdout, bootstrap_counts, decide, equivalence_region, holm, n_draws_for, row_ttest
from skdl.metrics import Predictions, resolve_metrics, row_values

N_ROWS, N_MODELS, N_SHARED, N_OWN = 150, 9, 3, 2
SHARED_WEIGHT, OWN_WEIGHT, BETTER_WEIGHT, NOISE = 1.0, 0.3, 1.2, 1.0
HOLDOUT_OF, HOLDOUT_ROWS = 4000, 1000
N_NEW = 20_000
Designs = tuple[tuple[int, int], ...]
DESIGNS: Designs = ((5, 1), (10, 1), (5, 5), (10, 3))
ALPHA = 0.05
NAMES = [f"ridge{number}" for number in range(N_MODELS)]


@dataclass(frozen=True)
class Case:
    """Models on tables of one size: how many rows and models, which folds, and what a model is."""

    n_rows: int = N_ROWS
    n_models: int = N_MODELS
    designs: Designs = DESIGNS
    make_model: Callable[[], BaseEstimator] = Ridge
    better_weight: float = BETTER_WEIGHT
    rope: float | None = None  # None is the default of a comparison

    @property
    def names(self) -> list[str]:
        """Names of the models; the blocks of the others are noise."""
        return NAMES[: self.n_models]


def shallow_tree() -> BaseEstimator:
    """Make a tree of at most 64 leaves, which takes milliseconds."""
    return DecisionTreeRegressor(max_leaf_nodes=64, random_state=0)


_ONCE: Designs = ((5, 1), (10, 1))
LARGE = {
    f"{kind}, {n_models} models, {n_rows:,} rows": Case(
        n_rows, n_models, _ONCE, make_model, better_weight=0.35, rope=1e-6
    )
    for n_rows in (12_000, 20_000)
    for kind, make_model in (("ridge", Ridge), ("tree", shallow_tree))
    for n_models in (2, N_MODELS)
}


@dataclass
class Tally:
    """Counts of outcomes over the tables."""

    leader_differs: int = 0  # significantly, from at least one other model
    winner: int = 0
    first_wins: int = 0
    first_leads_significantly: int = 0  # the first model leads, with a significant difference from the second best
    naive: int = 0  # the leader differs from at least one other by a plain paired t-test
    naive_holm: int = 0  # likewise, adjusted by Holm over all pairs
    by_rows: int = 0  # likewise, by the differences of the rows
    by_rows_of_fits: int = 0  # likewise, from the true difference of the fold models
    first_by_rows: int = 0  # the first model leads, with a significant difference from the second best by rows


def draw_table(rng: np.random.Generator, first_weight: float, n_rows: int = N_ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Draw columns and target; the block of the first model has a separate weight."""
    X = rng.normal(size=(n_rows, N_SHARED + N_MODELS * N_OWN))
    weights = np.r_[np.full(N_SHARED, SHARED_WEIGHT), np.full(N_MODELS * N_OWN, OWN_WEIGHT)]
    weights[N_SHARED : N_SHARED + N_OWN] = first_weight
    return X, X @ weights + rng.normal(scale=NOISE, size=n_rows)


def columns_of(model: int) -> np.ndarray:
    """Return the indices of the columns of a model: the shared ones, and its block."""
    return np.r_[np.arange(N_SHARED), N_SHARED + model * N_OWN + np.arange(N_OWN)]


def folds_of(n_rows: int, folds: int, repeat: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return training and test rows of each fold of a repeat."""
    return list(KFold(folds, shuffle=True, random_state=repeat).split(np.empty(n_rows)))


Table = tuple[np.ndarray, np.ndarray]


def errors_on(
    case: Case, table: Table, new: Table, folds: int, repeats: int
) -> tuple[dict[str, list[np.ndarray]], dict[str, list[float]]]:
    """Return the squared errors of every model and the dummy on every fold of every repeat, and their truths.

    A truth is the mean squared error of a fold's model on new rows.
    """
    X, y = table
    splits = [split for repeat in range(repeats) for split in folds_of(len(X), folds, repeat)]
    models = {name: (case.make_model(), columns_of(number)) for number, name in enumerate(case.names)}
    models["dummy"] = (DummyRegressor(), np.arange(X.shape[1]))
    errors: dict[str, list[np.ndarray]] = {name: [] for name in models}
    truths: dict[str, list[float]] = {name: [] for name in models}
    for name, (model, columns) in models.items():
        for train, test in splits:
            errors[name].append(squared_errors(model, X[:, columns], y, train, test))
            truths[name].append(float(np.mean((new[1] - model.predict(new[0][:, columns])) ** 2)))
    return errors, truths


def rmse(errors: list[np.ndarray]) -> np.ndarray:
    """Return the RMSE of each fold."""
    return np.array([np.sqrt(fold.mean()) for fold in errors])


def p_by_rows(
    errors: dict[str, list[np.ndarray]], folds: int, truths: dict[str, list[float]] | None = None
) -> dict[frozenset[str], float]:
    """Return the p-value of every pair by the differences of the rows, as `FinishedComparison.row_tests` does.

    With truths the hypothesis is that the fold models differ by as much as they do on new rows.
    """
    n_rows = sum(map(len, errors["dummy"][:folds]))
    order = [test for repeat in range(len(errors["dummy"]) // folds) for _, test in folds_of(n_rows, folds, repeat)]
    rows, metric = np.concatenate(order), resolve_metrics(["rmse"], "regression")[0]
    values = {}
    for name, parts in errors.items():
        # Predictions of 0 for truths whose squares are the squared errors.
        known = Predictions(np.sqrt(np.concatenate(parts)), np.zeros(len(rows)))
        of_rows = row_values(metric, known)
        if truths is not None:
            # The values of rows are s + (e - s^2) / 2s, of squared errors e and their mean s^2; so is the truth.
            true = np.concatenate([np.full(len(part), t) for part, t in zip(parts, truths[name], strict=True)])
            score = np.sqrt(np.concatenate(parts).mean())
            of_rows = of_rows - (score / 2 + true / (2 * score))
        values[name] = np.bincount(rows, weights=of_rows) / np.bincount(rows)
    pairs = list(combinations(values, 2))
    adjusted = holm([row_ttest(values[a] - values[b]).p_value for a, b in pairs])
    return {frozenset(pair): p for pair, p in zip(pairs, adjusted, strict=True)}


def squared_errors(
    model: BaseEstimator, X: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    """Fit on the training rows and return the squared error of each test row."""
    return (y[test] - model.fit(X[train], y[train]).predict(X[test])) ** 2


def count(
    case: Case, tally: Tally, errors: dict[str, list[np.ndarray]], truths: dict[str, list[float]], folds: int
) -> None:
    """Compute the verdict on one table and count its outcome."""
    scores = {name: rmse(parts) for name, parts in errors.items()}
    verdict = decide(
        scores,
        greater_is_better=False,
        test_train_ratio=1 / (folds - 1),
        rope=case.rope or equivalence_region(bounded=False, dummy_score=scores["dummy"].mean()),
        simplicity=dict.fromkeys(scores, 1),
        min_test_rows=case.n_rows // folds,
    )
    rival = verdict.differences[verdict.runner_up]
    tally.leader_differs += len(verdict.group) < case.n_models
    tally.winner += verdict.winner is not None
    tally.first_wins += verdict.winner == NAMES[0]
    tally.first_leads_significantly += verdict.leader == NAMES[0] and rival.p_value < ALPHA
    pairs = list(combinations(case.names, 2))
    naive = np.array([stats.ttest_rel(scores[a], scores[b]).pvalue for a, b in pairs])
    of_leader = np.array([verdict.leader in pair for pair in pairs])
    tally.naive += naive[of_leader].min() < ALPHA
    tally.naive_holm += holm(naive)[of_leader].min() < ALPHA
    by_rows = p_by_rows(errors, folds)
    tally.by_rows += min(by_rows[frozenset(pair)] for pair in pairs if verdict.leader in pair) < ALPHA
    of_fits = p_by_rows(errors, folds, truths)
    tally.by_rows_of_fits += min(of_fits[frozenset(pair)] for pair in pairs if verdict.leader in pair) < ALPHA
    to_second = by_rows[frozenset((verdict.leader, verdict.runner_up))]
    tally.first_by_rows += verdict.leader == NAMES[0] and to_second < ALPHA


def simulate(case: Case, n_tables: int, first_weight: float, seed: int) -> tuple[dict[tuple[int, int], Tally], float]:
    """Run all designs over the tables; return the tallies, and the mean lead of the first model."""
    tallies = {design: Tally() for design in case.designs}
    leads = []
    for number in range(n_tables):
        rng = np.random.default_rng([seed, number])
        table, new = draw_table(rng, first_weight, case.n_rows), draw_table(rng, first_weight, N_NEW)
        drawn = {
            folds: errors_on(case, table, new, folds, max(r for f, r in case.designs if f == folds))
            for folds in dict(case.designs)
        }
        means = {name: rmse(parts).mean() for name, parts in drawn[10][0].items()}
        leads.append(np.mean([means[name] for name in case.names[1:]]) - means[NAMES[0]])
        for folds, repeats in case.designs:
            # The folds of fewer repeats are the first ones of more.
            errors, truths = drawn[folds]
            part = {name: parts[: folds * repeats] for name, parts in errors.items()}
            true = {name: parts[: folds * repeats] for name, parts in truths.items()}
            count(case, tallies[folds, repeats], part, true, folds)
    return tallies, float(np.mean(leads))


def simulate_holdout(n_tables: int, seed: int) -> Tally:
    """Compare equally good models on one hold-out set per table."""
    tally = Tally()
    train, test = np.split(np.arange(HOLDOUT_OF), [HOLDOUT_OF - HOLDOUT_ROWS])
    for number in range(n_tables):
        X, y = draw_table(np.random.default_rng([seed, number]), OWN_WEIGHT, HOLDOUT_OF)
        models = {name: (Ridge(), X[:, columns_of(number)]) for number, name in enumerate(NAMES)}
        models["dummy"] = (DummyRegressor(), X)
        errors = {name: squared_errors(model, seen, y, train, test) for name, (model, seen) in models.items()}
        counts = np.concatenate(list(bootstrap_counts(HOLDOUT_ROWS, n_draws=n_draws_for(len(errors)), seed=number)))
        evidence = Holdout(
            {name: float(np.sqrt(error.mean())) for name, error in errors.items()},
            {name: np.sqrt(counts @ error / HOLDOUT_ROWS) for name, error in errors.items()},
        )
        verdict = decide(
            evidence,
            greater_is_better=False,
            rope=equivalence_region(bounded=False, dummy_score=evidence.scores["dummy"]),
            simplicity=dict.fromkeys(errors, 1),
            min_test_rows=HOLDOUT_ROWS,
        )
        tally.leader_differs += len(verdict.group) < N_MODELS
        tally.winner += verdict.winner is not None
    return tally


def print_null(tallies: dict[tuple[int, int], Tally], n_tables: int) -> None:
    """Print how often the leader differs significantly although all models are equally good."""
    print("folds   leader differs, %                                                  winner named, %")
    print("        plain t   plain t, Holm   corrected   by rows   by rows, fits")
    for (folds, repeats), tally in tallies.items():
        counts = (tally.naive, tally.naive_holm, tally.leader_differs, tally.by_rows, tally.by_rows_of_fits)
        plain, holmed, corrected, rows, fits = (100 * n / n_tables for n in counts)
        print(
            f"{folds:>2} x {repeats}  {plain:7.1f}   {holmed:13.1f}   {corrected:9.1f}   {rows:7.1f}   {fits:13.1f}"
            f"   {100 * tally.winner / n_tables:13.1f}"
        )


def print_power(tallies: dict[tuple[int, int], Tally], n_tables: int) -> None:
    """Print how often the better model leads significantly, and how often it wins."""
    print("folds   leads significantly, %   by rows, %   wins, %")
    for (folds, repeats), tally in tallies.items():
        counts = (tally.first_leads_significantly, tally.first_by_rows, tally.first_wins)
        leads, rows, wins = (100 * n / n_tables for n in counts)
        print(f"{folds:>2} x {repeats}  {leads:22.1f}   {rows:10.1f}   {wins:7.1f}")


def report_small(n_tables: int) -> None:
    """Print false positives and power on tables of 150 rows, and the false positives of a hold-out set."""
    case, n_real = Case(), max(1, n_tables // 2)
    null, lead = simulate(case, n_tables, OWN_WEIGHT, seed=1)
    print(f"{N_MODELS} equally good models, {n_tables} tables of {N_ROWS} rows; mean lead of the first {lead:.3f}")
    print_null(null, n_tables)
    once = simulate_holdout(n_tables, seed=3)
    differs, winner = (100 * n / n_tables for n in (once.leader_differs, once.winner))
    print(f"hold-out{differs:35.1f}             {winner:13.1f}")
    real, lead = simulate(case, n_real, case.better_weight, seed=2)
    print(f"\none model better by an RMSE of {lead:.2f} in the mean, {n_real} tables")
    print_power(real, n_real)


def report_large(n_tables: int, asked: str) -> None:
    """Print false positives and power on tables of more than 10,000 rows; of the cases whose name begins so."""
    for number, (name, case) in enumerate(LARGE.items()):
        if not name.startswith(asked):
            continue
        null, _ = simulate(case, n_tables, OWN_WEIGHT, seed=10 + number)
        print(f"{name}: equally good, {n_tables} tables")
        print_null(null, n_tables)
        n_real = max(1, n_tables // 4)
        real, lead = simulate(case, n_real, case.better_weight, seed=50 + number)
        print(f"one model better by an RMSE of {lead:.4f} in the mean, {n_real} tables")
        print_power(real, n_real)
        print(flush=True)


def main() -> None:
    """Print false positives and power of each design."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=150, help="tables of equally good models; fewer of others")
    parser.add_argument("--large", metavar="CASE", nargs="?", const="", help="tables of more than 10,000 rows")
    options = parser.parse_args()
    began = perf_counter()
    # The tables are clean, and a thousand checks of each would take most of the time.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        if options.large is None:
            report_small(options.tables)
        else:
            report_large(options.tables, options.large)
    print(f"\n{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
