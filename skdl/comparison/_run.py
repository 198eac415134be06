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
    """How far a model is: folds done of all, and the one that just ended; None where the contest begins."""

    model: str
    done: int
    total: int
    result: FoldResult | None = None


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
        Told of every model when the contest begins, and of every fold that ends.

    Returns
    -------
    list of FoldResult
        In the order of models and folds, whichever ended first.
    """
    tasks = [delayed(run_fold)(one, table, split, metrics) for one in contestants for split in splits.members]
    done = dict.fromkeys((one.name for one in contestants), 0)
    tell = listener if listener is not None else _nobody
    for name in done:
        tell(Progress(name, 0, len(splits.members)))
    results = []
    for result in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks):
        results.append(result)
        done[result.model] += 1
        tell(Progress(result.model, done[result.model], len(splits.members), result))
    place = {one.name: number for number, one in enumerate(contestants)}
    return sorted(results, key=lambda r: (place[r.model], r.repeat, r.fold))


def _nobody(progress: Progress) -> None:
    """Listen to nothing."""
