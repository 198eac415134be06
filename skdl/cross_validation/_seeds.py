"""How far a network's score moves with its seed alone.

A network starts from drawn weights and sees its rows in a drawn order. Where another seed moves its score by more than
the difference to its rival, that difference is one of seeds as much as of models, and no winner is named. Only a
winner needs the check, and only networks: what else draws (forests, boosting) averages over its draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone

from skdl.cross_validation._chosen import chosen_model
from skdl.cross_validation._fold import ComparedModel
from skdl.cross_validation._job import Job, Task
from skdl.cross_validation._network_trace import is_network, way_to_final
from skdl.cross_validation._run import Limits, run_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.cross_validation._finished import FinishedComparison
    from skdl.cross_validation._fold import FoldResult, Table
    from skdl.cross_validation._journal import Journal
    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric

__all__ = ["N_SEEDS", "SeedSpread", "seed_spread", "with_seed_spreads"]

N_SEEDS = 5
N_FOLDS = 3


@dataclass(frozen=True)
class SeedSpread:
    """Standard deviation of a network's score over seeds, beside the difference between leader and runner-up."""

    model: str
    spread: float
    difference: float
    n_seeds: int

    @property
    def exceeds(self) -> bool:
        """Whether another seed moves the score by more than the difference."""
        return self.spread > abs(self.difference)


def with_seed_spreads(
    comparison: FinishedComparison, limits: Limits | None = None, journal: Journal | None = None
) -> FinishedComparison:
    """Measure the spread over seeds of the networks that a named winner hangs on: the leader and the runner-up.

    What the journal knows is not measured again.
    """
    verdict = comparison.verdict
    if verdict.winner is None or verdict.runner_up is None:
        return comparison
    started = perf_counter()
    difference = verdict.differences[verdict.runner_up].mean
    found, n_folds = [], len(comparison.splits.members[:N_FOLDS])
    for one in comparison.models:
        results = comparison.by_model[one.name]
        if one.name in {verdict.leader, verdict.runner_up} and _is_network_on_each(one, results[:N_FOLDS]):
            spread = None if journal is None else journal.seed_spreads.get((one.name, n_folds))
            if spread is None:
                spread = seed_spread(
                    one, comparison.table, comparison.splits, comparison.metrics[0], results, limits=limits
                )
                if journal is not None:
                    journal.add_seed_spread(one.name, n_folds, spread)
            found.append(SeedSpread(one.name, spread, difference, N_SEEDS))
    elapsed_s = comparison.elapsed_s + perf_counter() - started
    return replace(comparison, seed_spreads=tuple(found), elapsed_s=elapsed_s) if found else comparison


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
        What is measured.
    results : sequence of FoldResult
        What the network did on each fold, in their order.
    n_seeds : int, default=5
        Fits a fold.
    limits : Limits, default=None
        Where the fits run, and how long each may take.

    Returns
    -------
    float
        Standard deviation of the metric over seeds, pooled over the folds; infinite where a fit fails, for nothing is
        known of a network that fails on another seed.
    """
    members = splits.members[:N_FOLDS]
    seeded: list[ComparedModel] = []
    tasks: list[Task] = []
    for place, (_, result) in enumerate(zip(members, results, strict=False)):
        model = chosen_model(model.estimator, result)
        for seed in range(n_seeds):
            tasks.append(Task(len(seeded), place))
            other = clone(model).set_params(**{f"{way_to_final(model)}random_state": seed})
            seeded.append(ComparedModel(str(len(seeded)), other))
    job = Job(tuple(seeded), table, replace(splits, members=members), (metric,))
    scores = np.full(len(seeded), np.nan)
    for fit in run_tasks(job, limits or Limits(), iter(tasks)):
        scores[int(fit.model)] = fit.scores.get(metric.name, np.nan)
    if not np.isfinite(scores).all():
        return float("inf")
    return float(np.sqrt(scores.reshape(len(members), n_seeds).var(axis=1, ddof=1).mean()))


def _is_network_on_each(model: ComparedModel, results: Sequence[FoldResult]) -> bool:
    """Whether the folds have a network to seed; a search may choose one on this fold and none on that."""
    return all(is_network(chosen_model(model.estimator, result)) for result in results)
