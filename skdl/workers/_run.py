"""Where tasks run, and the one call that runs them there."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from skdl.workers._task import Outcome, Result, Task, Work

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from skdl.workers._task import Engine


@dataclass(frozen=True)
class Executor:
    """Where tasks run."""

    n_jobs: int = 1  # processes, as joblib counts them; 1 is this one
    dask: str | None = None  # address of a Dask scheduler, "tcp://10.0.0.1:8786"; "local:4" starts four workers here
    timeout_s: float | None = None  # seconds that a task may take; not for Dask

    @property
    def is_serial(self) -> bool:
        """Whether tasks run in this process; a task with a timeout needs one that can be ended."""
        return self.dask is None and self.n_jobs == 1 and self.timeout_s is None


def open_engine(work: Work[Any, Task, Result], executor: Executor) -> AbstractContextManager[Engine[Task, Result]]:
    """Start what the executor asks for; the end of the block stops what still runs.

    Raises
    ------
    MissingExtraError
        Without Dask, where it is asked for.
    OutputError
        If there is no room for the shared value in the temporary folder.
    TryAgainError
        If no scheduler responds, or it has no worker.
    UsageError
        If the shared value cannot be sent, or the address is not that of a scheduler.
    """
    # Each is imported where it is needed: a serial run needs neither distributed nor loky.
    if executor.dask is not None:
        from skdl.workers._dask import open_cluster

        return open_cluster(work, executor.dask)
    if executor.is_serial:
        return nullcontext(partial(_run_here, work))
    from skdl.workers._processes import open_processes

    return open_processes(work, executor.n_jobs, executor.timeout_s)


def run_tasks(
    work: Work[Any, Task, Result], tasks: Iterator[Task], executor: Executor
) -> Generator[Outcome[Task, Result]]:
    """Run tasks, and give the outcome of each as it ends; closing the generator stops the rest."""
    with open_engine(work, executor) as run:
        yield from run(tasks)


def _run_here(work: Work[Any, Task, Result], tasks: Iterator[Task]) -> Iterator[Outcome[Task, Result]]:
    """Run each task when the outcome of the one before was taken; nothing can be lost, and nothing is ended."""
    for task in tasks:
        yield Outcome(task, work.function(work.shared, task))
