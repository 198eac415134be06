"""Tasks in several processes, each with its share of the cores.

`joblib.Parallel` cannot end one task and leave the others alone, so each worker here is an executor of one process from
loky, which joblib uses too: when its process ends, the task that ran in it is known, and no other worker is affected.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic

import joblib
import loky

from skdl.workers._process import THREAD_LIMITS, end_with_parent, sigint_blocked
from skdl.workers._shared import SharedValue, share
from skdl.workers._task import Attempt, Outcome, Result, Task, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from skdl.workers._task import Engine, Work

_GROWTH_LIMIT = "LOKY_MAX_MEMORY_LEAK_SIZE"  # bytes that a process may grow by from task to task


@contextmanager
def open_processes(
    work: Work[Any, Task, Result], n_jobs: int, timeout_s: float | None
) -> Iterator[Engine[Task, Result]]:
    """Give an engine of processes on this machine; the time of a task does not include the start of its process.

    One thread, the caller's, hands out tasks and waits: a task is drawn after the outcomes before it were taken.
    """
    n_workers = joblib.effective_n_jobs(n_jobs)
    # loky.cpu_count respects the CPU affinity and the CPU quota of a container; os.cpu_count counts the whole machine.
    n_threads = work.threads_per_worker or max(1, loky.cpu_count() // n_workers)
    environment = dict.fromkeys(THREAD_LIMITS, str(n_threads))
    # loky takes the first network after other models for a memory leak, and would start the process anew.
    environment[_GROWTH_LIMIT] = os.environ.get(_GROWTH_LIMIT, str(2**50))
    # The file is opened first and therefore removed last: every worker that has mapped it is stopped by then.
    with share(work.shared, work.name) as shared, ExitStack() as at_end:
        workers = [_Worker(work, shared, environment, timeout_s) for _ in range(n_workers)]
        for worker in workers:
            at_end.callback(worker.stop)
        yield partial(_run, workers, work.queue_depth if timeout_s is None else 1)


def _run(
    workers: list[_Worker[Task, Result]], queue_depth: int, tasks: Iterator[Task]
) -> Iterator[Outcome[Task, Result]]:
    retries: deque[Attempt[Task]] = deque()
    while True:
        _hand_out(workers, queue_depth, tasks, retries)
        busy = [worker for worker in workers if worker.queue]
        if not busy:
            return
        # A worker that is starting has no limit yet; `wait` then blocks until its shared value is loaded.
        limits = [seconds for worker in busy if (seconds := worker.remaining_s) is not None]
        wait([worker.awaited for worker in busy], min(limits, default=None), FIRST_COMPLETED)
        for worker in busy:
            yield from worker.take_outcomes()
            # Collected after the outcomes were yielded: the next task is drawn only when the caller has seen all of
            # them.
            retries.extend(worker.unfinished)
            worker.unfinished.clear()


def _hand_out(
    workers: list[_Worker[Task, Result]], queue_depth: int, tasks: Iterator[Task], retries: deque[Attempt[Task]]
) -> None:
    """Give every worker its number of tasks, those that have nothing to do first."""
    for n_queued in range(queue_depth):
        for worker in workers:
            if len(worker.queue) <= n_queued:
                attempt = retries.popleft() if retries else next(map(Attempt, tasks), None)
                if attempt is None:
                    return
                worker.begin(attempt)


class _Worker(Generic[Task, Result]):
    """One process at a time, started with the first task and again after it ended."""

    def __init__(
        self, work: Work[Any, Task, Result], shared: SharedValue, environment: dict[str, str], timeout_s: float | None
    ) -> None:
        self._work, self._shared, self._environment, self._timeout_s = work, shared, environment, timeout_s
        self._executor: loky.ProcessPoolExecutor | None = None
        self._loaded: Future[None] | None = None  # until the process has the shared value
        self._began = 0.0  # when the first task of the queue began, if the shared value is loaded
        self.queue: deque[tuple[Future[tuple[Result, int | None]], Attempt[Task]]] = deque()  # the running one first
        self.unfinished: list[Attempt[Task]] = []  # of a process that ended, to be handed out again

    @property
    def awaited(self) -> Future[Any]:
        """What happens next."""
        return self._loaded or self.queue[0][0]

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the task that runs is ended; None without a timeout, and while the process starts."""
        if self._timeout_s is None or self._loaded is not None:
            return None
        return max(0.0, self._began + self._timeout_s - monotonic())

    def begin(self, attempt: Attempt[Task]) -> None:
        """Hand over a task."""
        # loky starts the process at the first submit, not when the executor is made, so the mask has to be set here.
        with sigint_blocked():
            if self._executor is None:
                # The parent's id is passed on, because getppid() gives that of another process once the parent was
                # killed.
                self._executor = loky.ProcessPoolExecutor(
                    1, initializer=_begin, initargs=(os.getpid(), self._shared), env=self._environment
                )
                self._loaded = self._submit(_load)
            future = self._submit(_call, self._work.function, attempt.task, self._work.measure_memory)
        if not self.queue:
            self._began = monotonic()
        self.queue.append((future, attempt))

    def take_outcomes(self) -> Iterator[Outcome[Task, Result]]:
        """Give the outcomes of what has ended; where the process ended, fill ``unfinished``."""
        if self._loaded is not None and self._loaded.done():
            # A value that cannot be unpickled there fails for every worker, so it is raised. A process that was lost
            # while it loaded breaks the future of its first task too, and is handled there.
            error, self._loaded = self._loaded.exception(), None
            if error is not None and not isinstance(error, BrokenProcessPool):
                raise error
            # Starting a process and importing libraries takes seconds, which do not count as time of the task.
            self._began = monotonic()
        while self.queue and self.queue[0][0].done():
            future, attempt = self.queue.popleft()
            try:
                result, peak_bytes = future.result()
            except BrokenProcessPool:
                # A broken executor never runs a task again; the next task starts a new one.
                self._stop_and_return_queue()
                # One task runs in a process at a time: the first one is the one that ended it.
                if attempt.lose(alone=True) == "lost":
                    yield Outcome(attempt.task, failure="lost")
                else:
                    self.unfinished.insert(0, attempt)
                return
            self._began = monotonic()
            yield Outcome(attempt.task, result, peak_bytes=peak_bytes)
        if self.queue and self.remaining_s == 0.0:
            # Not retried: it would take as long again. A timeout sets the queue depth to 1, so no other task is lost
            # with the process.
            _, attempt = self.queue.popleft()
            self._stop_and_return_queue()
            yield Outcome(attempt.task, failure="timeout")

    def stop(self) -> None:
        """End the process, also in the middle of a task."""
        executor, self._executor, self._loaded = self._executor, None, None
        self.queue.clear()
        if executor is not None:
            # Without kill_workers, shutdown waits for the task that is running, which may be one that hangs.
            executor.shutdown(wait=True, kill_workers=True)

    def _stop_and_return_queue(self) -> None:
        self.unfinished = [attempt for _, attempt in self.queue]
        self.stop()

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        assert self._executor is not None
        try:
            future: Future[Any] = self._executor.submit(function, *arguments)
        except BrokenProcessPool as error:  # it ended between two tasks: that is a loss of the one that was to come
            future = Future()
            future.set_exception(error)
        return future


# Of this process, where it is a worker: where the shared value is, and the value once it is loaded.
_source: SharedValue | None = None
_shared: tuple[Any, ...] = ()


def _begin(parent: int, source: SharedValue) -> None:
    global _source  # noqa: PLW0603 - a process of an executor keeps nothing else from task to task
    end_with_parent(parent)
    _source = source


def _load() -> None:
    global _shared  # noqa: PLW0603 - as above
    assert _source is not None
    _shared = (_source.load(),)


def _call(function: Callable[[Any, Any], Any], task: Any, measure_memory: bool) -> tuple[Any, int | None]:
    # Where a limit is set, loky replaces a process that has grown, and begins the new one alone.
    if not _shared:
        _load()
    return call(function, _shared[0], task, measure_memory=measure_memory)
