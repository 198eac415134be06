"""Folds on a Dask cluster, through joblib: the table is sent once, a lost worker costs the folds that it was at."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import joblib

from skdl.comparison._fold import run_fold
from skdl.comparison._memory import watch_memory
from skdl.exceptions import MissingExtraError, TryAgainError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.comparison._fold import Contestant, FoldResult, Table
    from skdl.comparison._job import Job, Task
    from skdl.comparison._splits import Split
    from skdl.pipeline import Metric

__all__ = ["run_on_cluster"]

_LOCAL = "local:"
_SECONDS_TO_CONNECT = 20


def run_on_cluster(job: Job, tasks: Iterator[Task], *, address: str) -> Generator[FoldResult]:
    """Run tasks on a Dask cluster and give the results as they come.

    Parameters
    ----------
    job : Job
        Models, data, folds, metrics.
    tasks : iterator of Task
        Asked for the next ones when workers are nearly free.
    address : str
        Of a scheduler, such as ``"tcp://10.0.0.1:8786"``; ``"local:4"`` starts four workers on this machine.

    Yields
    ------
    FoldResult
        Folds of a worker that is lost are run anew on another one.

    Raises
    ------
    MissingExtraError
        Without Dask.
    TryAgainError
        If no scheduler answers, or it has no worker.
    UsageError
        If the address cannot be one.
    """
    with ExitStack() as stack:
        client = _connect(address, stack)
        stack.enter_context(joblib.parallel_config("dask", client=client, scatter=[job.table]))
        parallel = joblib.Parallel(batch_size=1, return_as="generator_unordered")
        under_way: set[Task] = set()
        for task, result in parallel(_call(job, task) for task in _noted(tasks, under_way)):
            under_way.discard(task)
            yield result
        # joblib leaves out what Dask gave up after several workers ended at it.
        for task in sorted(under_way):
            yield job.cut_short(task, "lost", "its worker ended each time; perhaps the memory did not suffice")


def _noted(tasks: Iterator[Task], under_way: set[Task]) -> Iterator[Task]:
    for task in tasks:
        under_way.add(task)
        yield task


def _call(job: Job, task: Task) -> Any:
    """Send one model and one fold; the table is there already."""
    contestant, split = job.contestants[task.contestant], job.splits.members[task.split]
    return joblib.delayed(_run)(task, contestant, job.table, split, job.metrics)


def _run(
    task: Task, contestant: Contestant, table: Table, split: Split, metrics: tuple[Metric, ...]
) -> tuple[Task, FoldResult]:
    """Run one fold in a worker; what it would run in parallel runs there, not on the cluster again."""
    with joblib.parallel_config("sequential"), watch_memory() as rise:
        result = run_fold(contestant, table, split, metrics)
    return task, replace(result, peak_bytes=rise.n_bytes)


def _connect(address: str, stack: ExitStack) -> Any:
    """Give a client of the scheduler, which is started here where the address is local."""
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            "compare: a cluster needs the package distributed; it is not installed here. "
            "Install it with: pip install 'skdl[dask]'."
        ) from error
    cluster: Any = address
    if address.startswith(_LOCAL):
        n_workers = address.removeprefix(_LOCAL)
        if not n_workers.isdecimal() or int(n_workers) < 1:
            raise UsageError(f"compare: dask must be an address, or local: and a number of workers; got {address!r}.")
        cluster = stack.enter_context(
            distributed.LocalCluster(n_workers=int(n_workers), threads_per_worker=1, dashboard_address=None)
        )
    try:
        client = stack.enter_context(distributed.Client(cluster, timeout=_SECONDS_TO_CONNECT, set_as_default=False))
        client.wait_for_workers(1, timeout=_SECONDS_TO_CONNECT)
    except TimeoutError as error:
        raise TryAgainError(
            f"compare: a Dask scheduler with at least one worker must answer at {address}; got none within "
            f"{_SECONDS_TO_CONNECT} s. Start it, or name another."
        ) from error
    except ValueError as error:
        raise UsageError(
            f"compare: dask must be the address of a scheduler, such as tcp://HOST:8786; got {address!r} ({error})."
        ) from error
    return client
