"""What all engines have in common: the work, the outcome of a task, and what happens to a task that was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, TypeVar

from skdl.workers._memory import watch_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TRIES", "Attempt", "Engine", "Outcome", "Work", "call"]

TRIES = 2  # a worker can be ended from outside; a task that ends two is likely the cause

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Work(Generic[Shared, Task, Result]):
    """What is done with each task.

    Attributes
    ----------
    function : callable
        Called as ``function(shared, task)``, of a module that workers can import.
    shared : object
        What every task needs. It goes to each worker once; between processes its arrays are mapped into memory.
    name : str
        What messages begin with.
    queue_depth : int
        Tasks that a worker is given at a time; more than one where handing over takes time. A timeout takes 1.
    threads_per_worker : int, optional
        Threads of OpenMP, BLAS and XLA in a process; None shares the cores between the processes.
    measure_memory : bool
        Whether outcomes hold the memory that a task took; only where one task at a time runs in a process.
    """

    function: Callable[[Shared, Task], Result]
    shared: Shared
    name: str
    queue_depth: int = 1
    threads_per_worker: int | None = None
    measure_memory: bool = False


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """How a task ended: with a result, or with a failure of its worker.

    Attributes
    ----------
    task : object
        The task.
    result : object or None
        What the function returned; None after a failure.
    failure : {None, "lost", "timeout"}
        Its worker ended at each try, or the task took longer than the timeout.
    peak_bytes : int or None
        How far resident memory rose while it ran; None where that was not measured.
    """

    task: Task
    result: Result | None = None
    failure: Literal["lost", "timeout"] | None = None
    peak_bytes: int | None = None


class Engine(Protocol[Task, Result]):
    """Runs tasks somewhere. A context manager, whose end stops what still runs."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome[Task, Result]]:
        """Give an outcome for each task, as they end; what the function raises is raised here."""
        ...


@dataclass(eq=False)  # by identity: tasks need not be hashable
class Attempt(Generic[Task]):
    """A task on its way, with the number of workers that it lost."""

    task: Task
    n_losses: int = 0

    def lose(self, *, alone: bool) -> Literal["retry", "retry alone", "lost"]:
        """Count a lost worker and return what to do next.

        With ``alone``, no other task can have ended the worker. A task that was not alone is not given up.
        """
        # The first loss may have a cause outside of the task (the memory of a neighbour, a node that was taken away). A
        # second one counts against the task only if nothing else ran in that worker.
        self.n_losses += 1
        if self.n_losses < TRIES:
            return "retry"
        return "lost" if alone else "retry alone"


def call(
    function: Callable[[Any, Any], Any], shared: Any, task: Any, *, measure_memory: bool
) -> tuple[Any, int | None]:
    """Run one task in a worker; return its result and how far memory rose."""
    if not measure_memory:
        return function(shared, task), None
    with watch_memory() as rise:
        result = function(shared, task)
    return result, rise.n_bytes
