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
from skdl.cross_validation._nested_estimators import parameter_prefix
from skdl.cross_validation._network_trace import is_network
from skdl.cross_validation._run import Limits, run_fold_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.cross_validation._finished import FinishedComparison
    from skdl.cross_validation._fold import FoldResult, Table
    from skdl.cross_validation._journal import Journal
    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric

__all__ = ["N_SEEDS", "measure_seed_spreads", "seed_spread"]

N_SEEDS = 5
N_FOLDS = 3


def measure_seed_spreads(
    comparison: FinishedComparison, limits: Limits | None = None, journal: Journal | None = None
) -> tuple[tuple[SeedSpread, ...], float]:
    """Measure the spread over seeds of the networks that a winner depends on: the leader and the runner-up.

    Parameters
    ----------
    comparison : FinishedComparison
        With the verdict by the folds alone.
    limits : Limits, default=None
        Where the fits run, and how long each may take.
    journal : Journal, default=None
        Spreads in it are not measured again; new ones are written to it.

    Returns
    -------
    spreads : tuple of SeedSpread
        Empty where no winner is named, or neither model is a network.
    elapsed_s : float
        Seconds that it took.
    """
    verdict = comparison.verdict
    if verdict.winner is None or verdict.runner_up is None:
        return (), 0.0
    started = perf_counter()
    difference = verdict.differences[verdict.runner_up].mean
    n_folds = len(comparison.splits.members[:N_FOLDS])
    spreads = []
    for model in comparison.models:
        results = comparison.by_model[model.name]
        if model.name not in {verdict.leader, verdict.runner_up} or not _is_network_on_each(model, results[:N_FOLDS]):
            continue
        # The key holds the number of folds: a resumed run with more folds has to measure again.
        spread = None if journal is None else journal.seed_spreads.get((model.name, n_folds))
        if spread is None:
            spread = seed_spread(
                model, comparison.table, comparison.splits, comparison.metrics[0], results, limits=limits
            )
            if journal is not None:
                journal.add_seed_spread(model.name, n_folds, spread)
        spreads.append(SeedSpread(model.name, spread, difference, N_SEEDS))
    return tuple(spreads), perf_counter() - started if spreads else 0.0


def seed_spread(
    model: ComparedModel,
    table: Table,
    splits: Splits,
    metric: Metric,
    results: Sequence[FoldResult],
    *,
    n_seeds: int = N_SEEDS,
    limits: Limits | None = None,
) -> float:
    """Fit a network on the first three folds with several seeds each.

    Parameters
    ----------
    model : ComparedModel
        The network, alone or inside pipelines, calibrations and thresholds; or in a search: then with the parameters
        that the search chose on that fold, without searching again.
    table : Table
        The data.
    splits : Splits
        The folds of the comparison; where there are fewer than three, all.
    metric : Metric
        The metric whose spread is measured.
    results : sequence of FoldResult
        Results of the network on each fold, in their order.
    n_seeds : int, default=5
        Fits a fold.
    limits : Limits, default=None
        Where the fits run, and how long each may take.

    Returns
    -------
    float
        Standard deviation of the metric over seeds, pooled over the folds; infinite where a fit fails, since a network
        that fails with another seed has no known spread.
    """
    members = splits.members[:N_FOLDS]
    seeded: list[ComparedModel] = []
    tasks: list[FoldTask] = []
    for split, (_, result) in enumerate(zip(members, results, strict=False)):  # there may be more results than folds
        network = chosen_model(model.estimator, result)
        for seed in range(n_seeds):
            tasks.append(FoldTask(len(seeded), split))
            # The folds, and so the rows, stay the same; only the initial weights and the order of rows change.
            with_seed = clone(network).set_params(**{f"{parameter_prefix(network)}random_state": seed})
            seeded.append(ComparedModel(str(len(seeded)), with_seed))
    job = Job(tuple(seeded), table, replace(splits, members=members), (metric,))
    scores = np.full(len(seeded), np.nan)
    for result in run_fold_tasks(job, limits or Limits(), iter(tasks)):
        scores[int(result.model)] = result.scores.get(metric.name, np.nan)
    if not np.isfinite(scores).all():
        return float("inf")
    # Pooled within folds, sqrt(mean of the variances), so that differences between folds do not count as spread of
    # seeds.
    variances = scores.reshape(len(members), n_seeds).var(axis=1, ddof=1)  # (n_folds,)
    return float(np.sqrt(variances.mean()))


def _is_network_on_each(model: ComparedModel, results: Sequence[FoldResult]) -> bool:
    """Whether the model is a network on every fold; a search may choose one on some folds only."""
    return all(is_network(chosen_model(model.estimator, result)) for result in results)
