"""Where tasks run, and the one call that runs them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from skdl.workers._serial import SerialEngine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.workers._engine import Engine, Outcome, Work

__all__ = ["Executor", "open_engine", "run_tasks"]

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Executor:
    """Where tasks run.

    Attributes
    ----------
    n_jobs : int
        Processes, as joblib counts them; 1 is this one.
    dask : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``; ``"local:4"`` starts four workers here.
    timeout_s : float, optional
        Seconds that a task may take; not for Dask.
    """

    n_jobs: int = 1
    dask: str | None = None
    timeout_s: float | None = None

    @property
    def is_serial(self) -> bool:
        """Whether tasks run in this process; a task with a timeout needs one that can be ended."""
        return self.dask is None and self.n_jobs == 1 and self.timeout_s is None


def open_engine(work: Work[Any, Task, Result], executor: Executor) -> Engine[Task, Result]:
    """Return the engine that the executor asks for; entering it starts what it needs.

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
    if executor.dask is not None:
        from skdl.workers._dask import DaskEngine

        return DaskEngine(work, executor.dask)
    if executor.is_serial:
        return SerialEngine(work)
    # Imported here, because it imports loky, which a serial run does not need.
    from skdl.workers._processes import ProcessEngine

    return ProcessEngine(work, executor.n_jobs, executor.timeout_s)


def run_tasks(
    work: Work[Any, Task, Result], tasks: Iterator[Task], executor: Executor
) -> Generator[Outcome[Task, Result]]:
    """Run tasks, and give the outcome of each as it ends; closing the generator stops the rest."""
    with open_engine(work, executor) as engine:
        yield from engine.run(tasks)
