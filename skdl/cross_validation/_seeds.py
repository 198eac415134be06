"""Spread of a network's score over random seeds.

A network starts from random weights and sees its rows in a random order. If another seed moves its score by more than
the difference to the runner-up, that difference is as much one of seeds as of models, and no winner is named. Only
a winner needs the check, and only networks: other random models (forests, boosting) average over many draws.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone

from skdl.cross_validation._finished import SeedSpread
from skdl.cross_validation._fold import ComparedModel, FoldTask, Job, chosen_model
from skdl.cross_validation._identity import basis_of
from skdl.cross_validation._journal import MeasuredSeeds
from skdl.cross_validation._nested_estimators import parameter_prefix
from skdl.cross_validation._network_trace import is_network
from skdl.cross_validation._run import run_fold_tasks

if TYPE_CHECKING:
    from skdl.cross_validation._finished import FinishedComparison
    from skdl.cross_validation._journal import Journal
    from skdl.workers import Executor

N_SEEDS = 5
N_SEED_FOLDS = 3


def check_seeds(
    comparison: FinishedComparison, executor: Executor, journal: Journal | None = None
) -> FinishedComparison:
    """Return the comparison with the seed spreads of the networks that a winner depends on: leader and runner-up.

    Spreads in the journal are not measured again; new ones are written to it.
    """
    verdict = comparison.verdict  # by the folds alone
    if verdict.winner is None or verdict.runner_up is None:
        return comparison
    started = perf_counter()
    difference = verdict.differences[verdict.runner_up].mean
    # A resumed run with more folds has to measure again.
    basis = basis_of(comparison.metrics[0], comparison.splits.members[:N_SEED_FOLDS], str(N_SEEDS))
    spreads = []
    for model in comparison.models:
        # A search may choose a network on some folds only.
        if model.name not in {verdict.leader, verdict.runner_up} or not all(
            is_network(chosen_model(model.estimator, result))
            for result in comparison.by_model[model.name][:N_SEED_FOLDS]
        ):
            continue
        spread = None if journal is None else journal.seed_spread(model.name, basis)
        if spread is None:
            spread = _seed_spread(model, comparison, executor)
            if journal is not None:
                journal.add(MeasuredSeeds(model.name, basis, spread))
        spreads.append(SeedSpread(model.name, spread, difference, N_SEEDS))
    if not spreads:
        return comparison
    elapsed_s = comparison.elapsed_s + perf_counter() - started
    return replace(comparison, seed_spreads=tuple(spreads), elapsed_s=elapsed_s)


def _seed_spread(model: ComparedModel, comparison: FinishedComparison, executor: Executor) -> float:
    """Return the standard deviation of a network's score over seeds, pooled over the first three folds.

    The network may stand inside pipelines, calibrations and thresholds. Of a search it has the parameters that were
    chosen on the fold, without searching again. Infinite where a fit fails, since a network that fails with another
    seed has no known spread.
    """
    metric = comparison.metrics[0]
    members = comparison.splits.members[:N_SEED_FOLDS]
    seeded: list[ComparedModel] = []
    tasks: list[FoldTask] = []
    for split, result in enumerate(comparison.by_model[model.name][:N_SEED_FOLDS]):
        network = chosen_model(model.estimator, result)
        for seed in range(N_SEEDS):
            tasks.append(FoldTask(len(seeded), split))
            # The folds, and so the rows, stay the same; only the initial weights and the order of rows change.
            with_seed = clone(network).set_params(**{f"{parameter_prefix(network)}random_state": seed})
            seeded.append(ComparedModel(str(len(seeded)), with_seed))
    job = Job(
        tuple(seeded), comparison.table, replace(comparison.splits, members=members), (metric,), measures_cost=False
    )
    scores = np.full(len(seeded), np.nan)
    for result in run_fold_tasks(job, executor, iter(tasks)):
        scores[int(result.model)] = result.scores.get(metric.name, np.nan)
    if not np.isfinite(scores).all():
        return float("inf")
    # Pooled within folds, sqrt(mean of the variances), so that differences between folds do not count as spread of
    # seeds.
    variances = scores.reshape(len(members), N_SEEDS).var(axis=1, ddof=1)  # (n_folds,)
    return float(np.sqrt(variances.mean()))
