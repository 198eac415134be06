"""Running the folds of a comparison: their order, the time budget, events for a progress display.

All models are run on one fold before the next fold starts, so that a run that stops early has whole folds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

from skdl._note import Note
from skdl.cross_validation._finished import FinishedComparison
from skdl.cross_validation._fold import FoldTask, Job
from skdl.cross_validation._journal import FinishedFold
from skdl.workers import Work, run_tasks

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.cross_validation._fold import FoldResult
    from skdl.cross_validation._journal import Journal
    from skdl.workers import Executor


@dataclass(frozen=True)
class ComparisonStarted:
    """The event before the first fold: models, number of folds, and the metric that ranks.

    ``resumed`` holds the results of earlier runs that are used. ``fitted`` holds the models with folds to fit, each
    with the reason. Where no result of an earlier run is used, ``restart_reason`` is the reason that all models share,
    and ``restart_note`` the same for translation.
    """

    models: tuple[str, ...]
    n_folds: int
    metric: str
    greater_is_better: bool
    resumed: tuple[FoldResult, ...] = ()
    restart_reason: str | None = None
    restart_note: Note | None = None
    metric_name: str = ""  # in a pipeline file
    fitted: Mapping[str, Note] = field(default_factory=dict)


@dataclass(frozen=True)
class FoldFinished:
    """The event after a model has finished a fold: its result, and ``done`` of ``total`` folds of this model."""

    model: str
    done: int
    total: int
    result: FoldResult


@dataclass(frozen=True)
class PartFitted:
    """The event after a fit for a learning curve, on a part of the training rows: ``done`` of ``total`` fits."""

    done: int
    total: int


EventCallback = Callable[[ComparisonStarted | FoldFinished | PartFitted], None]


def run_folds(
    job: Job,
    executor: Executor,
    *,
    time_budget: float | None = None,
    journal: Journal | None = None,
    on_event: EventCallback | None = None,
) -> FinishedComparison:
    """Run every model on every fold, fold after fold.

    After ``time_budget`` seconds no fold is started, and the comparison is one of the folds that every model has
    finished. Results in the journal are not computed again; each new one is written to it before its event.
    """
    if journal is not None:
        job = job.keeping_outputs()
    queue = _TaskQueue(job, executor.timeout_s, time_budget, journal)
    if on_event is not None:
        on_event(queue.started())
    # Closing ends the workers at once, also when a callback raises or Ctrl-C comes.
    with closing(run_fold_tasks(job, executor, queue.tasks())) as results:
        for result in results:
            queue.add(result)
            if on_event is not None:
                on_event(queue.finished(result))
    return queue.comparison()


def run_fold_tasks(job: Job, executor: Executor, tasks: Iterator[FoldTask]) -> Generator[FoldResult]:
    """Run tasks of a job, and yield results as they finish.

    A fold that takes too long, or ends its worker at each try, is cut short. Memory is measured outside this process.
    """
    # The job (table, folds, models) goes to each worker once; a task is two integers.
    work = Work(Job.run, job, name="compare", measure_memory=True)
    timeout_s = executor.timeout_s
    with closing(run_tasks(work, tasks, executor)) as outcomes:
        for outcome in outcomes:
            if outcome.failure == "timeout":
                error = f"took longer than {timeout_s:g} s for one fold and was ended"
                yield job.cut_short(outcome.task, "timeout", error, timeout_s)
            elif outcome.result is None:
                # The system's out-of-memory killer leaves no exception, so the cause is a guess.
                error = "ended its worker process at each try; perhaps the memory did not suffice"
                yield job.cut_short(outcome.task, "lost", error)
            else:
                yield replace(outcome.result, peak_bytes=outcome.peak_bytes)


class _TaskQueue:
    """Pending, finished and abandoned folds, and the time budget.

    `tasks` is a generator that workers draw from while `add` is called with what they finish, so it decides as late as
    possible what comes next. A model is abandoned after its first fold that was cut short (a timeout, a lost process):
    its other folds would end in the same way.
    """

    def __init__(self, job: Job, timeout_s: float | None, time_budget: float | None, journal: Journal | None) -> None:
        self._job, self._timeout_s, self._time_budget, self._journal = job, timeout_s, time_budget, journal
        self._started_at = perf_counter()
        self._recorded_at = self._started_at
        self._earlier_s = 0.0  # that the results of earlier runs took
        self._model_index = {model.name: index for index, model in enumerate(job.models)}
        self._split_index = {(split.repeat, split.fold): index for index, split in enumerate(job.splits.members)}
        self._finished: dict[FoldTask, FoldResult] = {}
        self._abandoned: dict[int, FoldResult] = {}  # by model: the result that was cut short
        self._rows = [] if journal is None else [split.digest for split in job.splits.members]
        self._fitted = {} if journal is None else self._reuse(journal)
        self._resumed = tuple(self._finished.values())
        self._n_whole_folds_resumed = len(self._whole_folds())

    def started(self) -> ComparisonStarted:
        """Return the event of the start."""
        ranking_metric, reasons = self._job.metrics[0], [*self._fitted.values()]
        restart = None if self._journal is None else self._journal.restart_reason
        if not self._resumed and len({str(reason) for reason in reasons}) == 1 and reasons[0].code != "new_model":
            restart = reasons[0]
        return ComparisonStarted(
            models=tuple(self._model_index),
            n_folds=len(self._split_index),
            metric=ranking_metric.label,
            greater_is_better=ranking_metric.greater_is_better,
            resumed=self._resumed,
            restart_reason=None if restart is None else str(restart),
            restart_note=restart,
            metric_name=ranking_metric.name,
            fitted=self._fitted,
        )

    def finished(self, result: FoldResult) -> FoldFinished:
        """Return the event of a finished fold."""
        model = self._model_index[result.model]
        n_finished = sum(task.model == model for task in self._finished)
        return FoldFinished(result.model, n_finished, len(self._split_index), result)

    def tasks(self) -> Iterator[FoldTask]:
        """Yield pending tasks, all models of one fold before the next fold, as long as the time budget lasts."""
        for split in range(len(self._split_index)):
            if not self._has_time_for_a_fold():
                return
            for model in range(len(self._model_index)):
                task = FoldTask(model, split)
                # Decided when the task is drawn: a result that came in since the queue was made may have ended this
                # model.
                if task in self._finished or model in self._abandoned:
                    continue
                if not self._has_time():
                    return
                yield task

    def add(self, result: FoldResult) -> None:
        """Store a result, in the journal first: a kill in between then loses nothing that an event has announced."""
        if self._journal is not None:
            now = perf_counter()
            rows = self._rows[self._split_index[result.repeat, result.fold]]
            self._journal.add(FinishedFold(result, rows, now - self._recorded_at))
            self._recorded_at = now
        self._store(replace(result, kept=None))

    def comparison(self) -> FinishedComparison:
        """Return the results of the folds that every model has finished, in the order of models and folds."""
        whole_folds = self._whole_folds()
        splits = self._job.splits
        if len(whole_folds) < len(splits.members):
            # The verdict compares models on the same folds only.
            splits = replace(splits, members=tuple(splits.members[index] for index in whole_folds))
        results = [
            self._result(FoldTask(model, split)) for model in range(len(self._model_index)) for split in whole_folds
        ]
        # Of the earlier runs, too, that this one resumes.
        elapsed_s = self._earlier_s + perf_counter() - self._started_at
        return FinishedComparison(self._job, splits, tuple(results), elapsed_s)

    def _store(self, result: FoldResult) -> None:
        task = FoldTask(self._model_index[result.model], self._split_index[result.repeat, result.fold])
        self._finished[task] = result
        if result.cut_short is not None:
            # The first one is kept: the message for the other folds names the fold on which the model was ended.
            self._abandoned.setdefault(task.model, result)

    def _reuse(self, journal: Journal) -> dict[str, Note]:
        """Take over what earlier runs have fitted; return the models that have folds left to fit, with the reason."""
        fitted: dict[str, Note] = {}
        for model, number in self._model_index.items():
            folds = journal.folds(model)
            left: Counter[str] = Counter()
            for index, split in enumerate(self._job.splits.members):
                task, record = FoldTask(number, index), folds.get((self._rows[index], split.repeat, split.fold))
                if record is None:
                    why = "unfinished"
                elif not self._may_end_alike(record.result):
                    why = "retried"
                elif (result := self._job.take_over(record.result, task)) is None:
                    why = "metrics"
                else:
                    self._store(result)
                    self._earlier_s += record.seconds
                    continue
                left[why] += 1
            if number in self._abandoned or not left:
                journal.introduce(model)
            elif not folds:
                fitted[model] = journal.why_unknown(model)
            else:
                fitted[model] = self._why_left(left)
        return fitted

    def _why_left(self, left: Counter[str]) -> Note:
        n_folds = len(self._split_index)
        if left["metrics"]:
            return Note("needs_outputs", "for these metrics more is needed than the predictions that were kept")
        if left["retried"]:
            return Note("retried", "it is tried again")
        if left["unfinished"] == n_folds:
            return Note("changed", "the folds changed", {"part": "folds", "at": ""})
        n_done = n_folds - left["unfinished"]
        return Note.of("unfinished", "{n} of {n_folds} folds are already done", n=n_done, n_folds=n_folds)

    def _may_end_alike(self, result: FoldResult) -> bool:
        """Whether a fold of an earlier run would end in the same way again: a lost process or a timeout may not."""
        if result.cut_short == "timeout":
            # It would end in the same way only if this run allows no more time than that one did.
            timeout_s, limit_s = self._timeout_s, result.limit_s
            return timeout_s is not None and limit_s is not None and timeout_s <= limit_s
        return result.cut_short is None

    def _result(self, task: FoldTask) -> FoldResult:
        if task in self._finished:
            return self._finished[task]
        cut_short = self._abandoned[task.model]
        where = f"fold {cut_short.fold + 1} of repeat {cut_short.repeat + 1}"
        return self._job.cut_short(task, "left out", f"not tried; on {where} it {cut_short.error}")

    def _whole_folds(self) -> list[int]:
        """Return the folds on which no model is pending."""
        models = [model for model in range(len(self._model_index)) if model not in self._abandoned]
        return [
            split
            for split in range(len(self._split_index))
            if all(FoldTask(model, split) in self._finished for model in models)
        ]

    def _has_time(self) -> bool:
        """Whether the time budget of this run lasts; always until one fold is whole, as there is no result before."""
        budget = self._time_budget
        return budget is None or perf_counter() - self._started_at < budget or not self._whole_folds()

    def _has_time_for_a_fold(self) -> bool:
        """Whether another fold would end within the budget, by the mean time of the folds of this run."""
        budget = self._time_budget
        if budget is None or not (n_whole := len(self._whole_folds())):
            return True
        # Resumed folds took no time of this run, so the mean is over the new ones.
        elapsed_s, n_new = perf_counter() - self._started_at, n_whole - self._n_whole_folds_resumed
        return elapsed_s + (elapsed_s / n_new if n_new else 0.0) < budget
