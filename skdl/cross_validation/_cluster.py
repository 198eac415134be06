"""Folds on a Dask cluster: the table is sent once, a lost worker costs the folds that it was at.

joblib's own Dask backend ends the whole run where a lost worker held the last copy of the table, and leaves out a task
that Dask gave up; so tasks are handed to Dask itself, one a thread, and the table is sent again where it was lost.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import joblib

from skdl._dask import connect
from skdl.cross_validation._fold import run_fold
from skdl.cross_validation._memory import watch_memory
from skdl.exceptions import TryAgainError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from skdl.cross_validation._fold import ComparedModel, FoldResult, FoldTask, Job, Table
    from skdl.cross_validation._splits import Split
    from skdl.metrics import Metric

__all__ = ["run_on_cluster"]

_SECONDS_TO_ANSWER = 30
_SECONDS_BETWEEN_LOOKS = 10


def run_on_cluster(job: Job, tasks: Iterator[FoldTask], *, address: str) -> Generator[FoldResult]:
    """Run tasks on a Dask cluster and give the results as they come.

    Parameters
    ----------
    job : Job
        Models, data, folds, metrics.
    tasks : iterator of FoldTask
        Asked for the next one when a thread of a worker is free.
    address : str
        Of a scheduler, such as ``"tcp://10.0.0.1:8786"``; ``"local:4"`` starts four workers on this machine.

    Yields
    ------
    FoldResult
        Folds of a worker that is lost are run anew on another one; a fold that ends worker after worker has failed.

    Raises
    ------
    MissingExtraError
        Without Dask.
    TryAgainError
        If no scheduler answers, or it has no worker.
    UsageError
        If the address cannot be one, or a worker cannot run a fold at all.
    """
    with ExitStack() as stack:
        client = connect(address, stack, what="compare", timeout_s=_SECONDS_TO_ANSWER)
        stack.enter_context(client.as_current())
        yield from _Work(client, job).run(tasks)


class _Work:
    """What a cluster is at.

    When a worker is lost, so are the folds that it was at, those it had just done, and perhaps the last copy of the
    table. They are run again. A fold that was lost twice is run while nothing else is: if it is lost then, it is the
    one that ends workers.
    """

    def __init__(self, client: Any, job: Job) -> None:
        self._client, self._job = client, job
        self._under_way: dict[Any, FoldTask] = {}
        self._again: list[FoldTask] = []
        self._suspects: list[FoldTask] = []
        self._losses: Counter[FoldTask] = Counter()
        self._send_table()

    def run(self, tasks: Iterator[FoldTask]) -> Iterator[FoldResult]:
        """Keep every thread busy, and give results as they come."""
        while True:
            suspect = self._suspects.pop() if self._suspects and not self._under_way else None
            if suspect is not None:
                self._submit(suspect)
            elif not self._suspects:
                self._fill(tasks)
            if not self._under_way:
                return
            for future in self._ended():
                task = self._under_way.pop(future)
                result = self._result(future)
                if result is not None:
                    yield result
                elif suspect is not None:
                    error = "ended its worker each time; perhaps the memory did not suffice"
                    yield self._job.cut_short(task, "lost", error)
                else:
                    self._lost(task)

    def _fill(self, tasks: Iterator[FoldTask]) -> None:
        free = max(1, sum(self._client.nthreads().values())) - len(self._under_way)  # a lost worker comes back
        while free > 0 and (task := self._again.pop() if self._again else next(tasks, None)) is not None:
            self._submit(task)
            free -= 1

    def _submit(self, task: FoldTask) -> None:
        job = self._job
        model, split = job.models[task.model], job.splits.members[task.split]
        if self._table.status != "finished":
            self._send_table()
        future = self._client.submit(
            _run,
            model,
            self._table,
            split,
            job.metrics,
            keep_response=job.is_holdout,
            classes=job.classes,
            pure=False,
        )
        self._under_way[future] = task

    def _send_table(self) -> None:
        """Send the table to every worker that there is."""
        patience = monotonic() + _SECONDS_TO_ANSWER
        while True:
            try:
                self._client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
                self._table = self._client.scatter(self._job.table, broadcast=True, hash=False)
            except (TimeoutError, OSError) as error:  # workers came and went meanwhile
                if monotonic() > patience:
                    raise _without_workers() from error
            else:
                return

    def _ended(self) -> list[Any]:
        """Wait for the first that ends, as long as there are workers."""
        import distributed

        without_workers = 0
        while without_workers < _SECONDS_TO_ANSWER:
            try:
                distributed.wait(self._under_way, timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED")
            except TimeoutError:
                without_workers = 0 if self._client.nthreads() else without_workers + _SECONDS_BETWEEN_LOOKS
            except distributed.CancelledError:
                pass  # with a lost worker; the future's status tells which
            ended = [future for future in self._under_way if future.status != "pending"]
            if ended:
                return ended
        raise _without_workers()

    def _result(self, future: Any) -> FoldResult | None:
        """Give the result; None where it was lost with a worker."""
        import distributed

        try:
            result: FoldResult = future.result()
        except (distributed.KilledWorker, distributed.CancelledError):
            return None
        except Exception as error:  # a model's own errors are results
            raise UsageError(
                f"compare: a worker of the cluster must be able to run a fold; got {type(error).__name__}: {error}. "
                "Install the same versions there, and put what is your own into a module."
            ) from error
        return result

    def _lost(self, task: FoldTask) -> None:
        self._losses[task] += 1
        (self._suspects if self._losses[task] > 1 else self._again).append(task)


def _run(
    model: ComparedModel,
    table: Table,
    split: Split,
    metrics: tuple[Metric, ...],
    *,
    keep_response: bool,
    classes: NDArray[Any] | None,
) -> FoldResult:
    """Run one fold in a worker; what it would run in parallel runs there too, not on the cluster again."""
    import distributed

    with joblib.parallel_config("sequential"), watch_memory() as rise:
        result = run_fold(model, table, split, metrics, keep_response=keep_response, classes=classes)
    alone = distributed.get_worker().state.nthreads == 1  # else other folds take memory too
    return replace(result, peak_bytes=rise.n_bytes if alone else None)


def _without_workers() -> TryAgainError:
    return TryAgainError("compare: the cluster must have a worker; got none for a while. Start one and run it again.")
