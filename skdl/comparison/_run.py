"""The contest: every model on every fold, in this process or in several, told as it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from skdl.comparison._fold import Contestant, FoldResult, Table, run_fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.comparison._splits import Splits
    from skdl.pipeline import Metric

__all__ = ["Progress", "ProgressListener", "run_contest"]


@dataclass(frozen=True)
class Progress:
    """How far a contest is: the fold that just ended, and how many of its model's folds are done."""

    result: FoldResult
    done: int
    total: int


ProgressListener = Callable[[Progress], None]


def run_contest(
    contestants: Sequence[Contestant],
    table: Table,
    splits: Splits,
    metrics: Sequence[Metric],
    *,
    n_jobs: int = 1,
    listener: ProgressListener | None = None,
) -> list[FoldResult]:
    """Run every model on every fold, model after model.

    Parameters
    ----------
    contestants : sequence of Contestant
        The models.
    table : Table
        Data that all of them see.
    splits : Splits
        Folds that all of them meet.
    metrics : sequence of Metric
        What is measured.
    n_jobs : int, default=1
        Processes, as joblib counts them; -1 is all cores. Short fits are done sooner in one.
    listener : callable, default=None
        Told of every fold that ends.

    Returns
    -------
    list of FoldResult
        In the order of models and folds, whichever ended first.
    """
    tasks = [delayed(run_fold)(one, table, split, metrics) for one in contestants for split in splits.members]
    done = dict.fromkeys((one.name for one in contestants), 0)
    results = []
    for result in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks):
        results.append(result)
        done[result.model] += 1
        if listener is not None:
            listener(Progress(result, done[result.model], len(splits.members)))
    place = {one.name: number for number, one in enumerate(contestants)}
    return sorted(results, key=lambda r: (place[r.model], r.repeat, r.fold))
