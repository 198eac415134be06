"""A task: the work that is done with it, its outcome, and what happens if its worker is lost."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

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
    before = _resident_before() if measure_memory else None
    result = function(shared, task)
    # The kernel counts resident pages in batches (proc(5) calls the fields inaccurate), so the difference of two
    # readings may come out slightly negative.
    return result, None if before is None else max(0, _resident_bytes("VmHWM") - before)


def _resident_before() -> int | None:
    """Reset the high-water mark of resident memory to what is resident now, and return that.

    None where the system does not measure it: not Linux, or a sandbox that hides or protects the files.
    """
    if sys.platform != "linux":
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)  # glibc keeps freed memory, and the next rise would not show while it is used up
    try:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5)
        return _resident_bytes("VmRSS")
    except (OSError, KeyError):
        return None


def _resident_bytes(field: str) -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields[field].split()[0]) * 1024
