"""The comparison: fold after fold, every model on each, wherever they run; kept as they end, and told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from skdl.cross_validation._job import Job, Task

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.cross_validation._fold import FoldResult
    from skdl.cross_validation._journal import Journal
    from skdl.cross_validation._splits import Splits

__all__ = ["Begun", "EventCallback", "Limits", "Progress", "RunOutcome", "run_comparison", "run_tasks"]


@dataclass(frozen=True)
class Limits:
    """Where a comparison runs and how long it may.

    Attributes
    ----------
    n_jobs : int
        Processes, as joblib counts them.
    dask : str or None
        Address of a Dask cluster that does the work.
    time_budget : float or None
        Seconds after which no fold is begun.
    model_timeout : float or None
        Seconds that one model may take for one fold.
    """

    n_jobs: int = 1
    dask: str | None = None
    time_budget: float | None = None
    model_timeout: float | None = None


@dataclass(frozen=True)
class Begun:
    """A comparison begins: its models, the number of folds, and the metric that ranks.

    ``known`` holds the results of an earlier run that this one goes on with; ``afresh_because`` says why it does not.
    """

    models: tuple[str, ...]
    n_folds: int
    metric: str
    greater_is_better: bool
    known: tuple[FoldResult, ...] = ()
    afresh_because: str | None = None


@dataclass(frozen=True)
class Progress:
    """A model has done another fold: the result, and how many folds of how many it has done."""

    model: str
    done: int
    total: int
    result: FoldResult


EventCallback = Callable[[Begun | Progress], None]


@dataclass(frozen=True)
class RunOutcome:
    """What a comparison came to: results of every model on the same whole folds."""

    results: tuple[FoldResult, ...]
    splits: Splits
    elapsed_s: float


def run_comparison(
    job: Job,
    limits: Limits | None = None,
    *,
    journal: Journal | None = None,
    listener: EventCallback | None = None,
) -> RunOutcome:
    """Run every model on every fold, fold after fold.

    Parameters
    ----------
    job : Job
        Models, data, folds, metrics.
    limits : Limits, default=None
        Where it runs and how long it may; None is this process, for as long as it takes.
    journal : Journal, default=None
        Results that are there already are not run again; others are kept there before they are told.
    listener : callable, default=None
        Told when the comparison begins, and of every fold that ends.

    Returns
    -------
    RunOutcome
        Results in the order of models and folds, whichever ended first. Where time was up it holds the folds that
        every model has done.
    """
    limits = limits or Limits()
    course = _Course(job, limits, journal)
    tell = listener if listener is not None else _nobody
    tell(course.begun())
    with closing(run_tasks(job, limits, course.tasks())) as results:
        for result in results:
            course.take(result)
            tell(course.progress(result))
    return course.end()


def run_tasks(job: Job, limits: Limits, tasks: Iterator[Task]) -> Generator[FoldResult]:
    """Run tasks of a job where the limits say, and give the results as they come."""
    if limits.dask is not None:
        from skdl.cross_validation._cluster import run_on_cluster

        return run_on_cluster(job, tasks, address=limits.dask)
    if limits.n_jobs == 1 and limits.model_timeout is None:
        return (job.run(task) for task in tasks)
    from skdl.cross_validation._processes import run_in_processes

    return run_in_processes(job, tasks, n_jobs=limits.n_jobs, timeout=limits.model_timeout)


class _Course:
    """What is done, what comes next, and whether there is time for it."""

    def __init__(self, job: Job, limits: Limits, journal: Journal | None) -> None:
        self._job, self._limits, self._journal = job, limits, journal
        self._began = perf_counter()
        self._places = {one.name: number for number, one in enumerate(job.models)}
        self._folds = {(split.repeat, split.fold): number for number, split in enumerate(job.splits.members)}
        self._done: dict[Task, FoldResult] = {}
        self._given_up: dict[int, FoldResult] = {}
        for result in journal.results if journal is not None else ():
            if self._still_holds(result):
                self._keep(result)
        self._n_whole_before = len(self._whole())

    def begun(self) -> Begun:
        """Tell what the comparison is and what is known of it."""
        ranks = self._job.metrics[0]
        return Begun(
            models=tuple(self._places),
            n_folds=len(self._folds),
            metric=ranks.label,
            greater_is_better=ranks.greater_is_better,
            known=tuple(self._done.values()),
            afresh_because=None if self._journal is None else self._journal.afresh_because,
        )

    def progress(self, result: FoldResult) -> Progress:
        """Tell how far a model is."""
        place = self._places[result.model]
        return Progress(result.model, sum(task.model == place for task in self._done), len(self._folds), result)

    def tasks(self) -> Iterator[Task]:
        """Give what is still to do: all models on one fold, then on the next, as long as there is time."""
        for split in range(len(self._folds)):
            if not self._has_time_for_a_fold():
                return
            for model in range(len(self._places)):
                task = Task(model, split)
                if task in self._done or model in self._given_up:
                    continue
                if not self._has_time():
                    return
                yield task

    def take(self, result: FoldResult) -> None:
        """Keep a result, on disk first."""
        if self._journal is not None:
            self._journal.add(result, self._seconds())
        self._keep(result)

    def end(self) -> RunOutcome:
        """Put the whole folds together."""
        whole = self._whole()
        members = self._job.splits.members
        splits = self._job.splits
        if len(whole) < len(members):
            splits = replace(splits, members=tuple(members[split] for split in whole))
        results = [self._result(Task(place, split)) for place in range(len(self._places)) for split in whole]
        return RunOutcome(tuple(results), splits, self._seconds())

    def _keep(self, result: FoldResult) -> None:
        task = Task(self._places[result.model], self._folds[result.repeat, result.fold])
        self._done[task] = result
        if result.cut_short is not None:
            self._given_up.setdefault(task.model, result)

    def _still_holds(self, result: FoldResult) -> bool:
        """Whether a fold that an earlier run ended would end so again: a lost process or a short time may not."""
        fold = self._folds.get((result.repeat, result.fold))
        if result.model not in self._places or fold is None:
            return False
        if result.predicted is not None and len(result.predicted) != len(self._job.splits.members[fold].test):
            return False
        if result.cut_short == "timeout":
            allowed = self._limits.model_timeout
            return allowed is not None and result.limit_s is not None and allowed <= result.limit_s
        return result.cut_short is None

    def _result(self, task: Task) -> FoldResult:
        if task in self._done:
            return self._done[task]
        stuck = self._given_up[task.model]
        where = f"fold {stuck.fold + 1} of repeat {stuck.repeat + 1}"
        return self._job.cut_short(task, "left out", f"not tried; on {where} it {stuck.error}")

    def _whole(self) -> list[int]:
        """Give the folds that every model has done, or will not do."""
        return [
            split
            for split in range(len(self._folds))
            if all(model in self._given_up or Task(model, split) in self._done for model in range(len(self._places)))
        ]

    def _seconds(self) -> float:
        before = self._journal.seconds if self._journal is not None else 0.0
        return before + perf_counter() - self._began

    def _has_time(self) -> bool:
        """Whether the budget of this run holds; until one fold is whole there is no other way."""
        budget = self._limits.time_budget
        return budget is None or perf_counter() - self._began < budget or not self._whole()

    def _has_time_for_a_fold(self) -> bool:
        """Whether another fold would end within the budget, going by those of this run."""
        budget = self._limits.time_budget
        if budget is None or not (n_whole := len(self._whole())):
            return True
        elapsed, n_new = perf_counter() - self._began, n_whole - self._n_whole_before
        return elapsed + (elapsed / n_new if n_new else 0.0) < budget


def _nobody(event: Begun | Progress) -> None:
    """Listen to nothing."""
