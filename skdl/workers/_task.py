"""A task: the work that is done with it, its outcome, and what happens if its worker is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from skdl.workers._memory import peak_memory, reset_peak_memory

TRIES = 2  # a worker can be ended from outside; a task that ends two is likely the cause

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Work(Generic[Shared, Task, Result]):
    """What is done with each task."""

    function: Callable[[Shared, Task], Result]  # of a module that workers can import
    shared: Shared  # goes to each worker once; between processes its arrays are mapped into memory
    name: str  # what messages begin with
    queue_depth: int = 1  # tasks that a worker has at a time; more where handing over takes time. A timeout takes 1
    threads_per_worker: int | None = None  # of OpenMP, BLAS and XLA; None shares the cores between the processes
    measure_memory: bool = False  # in worker processes that run one task at a time


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """How a task ended: with a result, or with a failure of its worker."""

    task: Task
    result: Result | None = None
    failure: Literal["lost", "timeout"] | None = None  # the worker ended at each try, or the time was up
    peak_bytes: int | None = None  # how far resident memory rose; None where it was not measured


# An engine is called with tasks and yields an outcome for each, as they end; what the function raises is raised there.
Engine = Callable[[Iterator[Task]], Iterator[Outcome[Task, Result]]]


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
    """Run one task in a worker; return its result, and how far resident memory of the whole process rose meanwhile."""
    before = reset_peak_memory() if measure_memory else None
    result = function(shared, task)
    peak = None if before is None else peak_memory()
    # The kernel counts resident pages in batches (proc(5) calls the fields inaccurate), so the difference of two
    # readings may come out slightly negative.
    return result, None if before is None or peak is None else max(0, peak - before)
