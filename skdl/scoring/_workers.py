"""Chunks in processes of their own: rows go to them as Arrow, parts come back as the bytes of their files.

Each worker is an executor of one process from loky, which joblib runs on too: when a process dies, it is known at which
chunk, and no other loses more than its place in the queue. Few chunks are under way, so that memory stays flat.
"""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker as own_tracker
from typing import TYPE_CHECKING

import joblib
import loky
from loky.backend import resource_tracker

from skdl._parent import end_with_parent
from skdl.exceptions import TryAgainError
from skdl.scoring._chunk import finish_elsewhere

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.scoring._chunk import Chunk, Finished, Format, ModelAt

__all__ = ["finish_in_processes"]

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_QUEUED = 2  # chunks a worker: the one that it is at, and the next
_TRIES = 2  # a process can be ended from outside; one that ends again ends by what it is at


def finish_in_processes(
    model: ModelAt, chunks: Iterator[Chunk], file_format: Format, *, n_jobs: int
) -> Generator[Finished]:
    """Finish chunks in so many processes, and give them as they come.

    Raises
    ------
    TryAgainError
        If a process ends at the same chunk twice.
    """
    workers = [_Worker(model, file_format) for _ in range(joblib.effective_n_jobs(n_jobs))]
    again: deque[Chunk] = deque()
    losses: Counter[int] = Counter()
    try:
        while True:
            _fill(workers, again, chunks)
            heads = [worker.under_way[0][0] for worker in workers if worker.under_way]
            if not heads:
                return
            wait(heads, return_when=FIRST_COMPLETED)
            for worker in workers:
                yield from worker.take_finished()
                if worker.lost:
                    losses[worker.lost[0].number] += 1
                    if losses[worker.lost[0].number] == _TRIES:
                        raise _lost_twice(worker.lost[0])
                    again.extend(worker.lost)
                    worker.lost.clear()
    finally:
        for worker in workers:
            worker.stop()


def _fill(workers: list[_Worker], again: deque[Chunk], chunks: Iterator[Chunk]) -> None:
    """Give every worker something to do, those that have nothing first."""
    for n_queued in range(_QUEUED):
        for worker in workers:
            if len(worker.under_way) <= n_queued:
                chunk = again.popleft() if again else next(chunks, None)
                if chunk is None:
                    return
                worker.begin(chunk)


def _lost_twice(chunk: Chunk) -> TryAgainError:
    start, stop = chunk.rows
    return TryAgainError(
        f"{chunk.plan.source}: rows {start:,} to {stop:,} ended their process twice; perhaps the memory did not "
        "suffice. Use fewer jobs, and run again: it goes on where it was."
    )


class _Worker:
    """One process at a time, and what it is at; the rows of a process that ended are in ``lost``."""

    def __init__(self, model: ModelAt, file_format: Format) -> None:
        self._model, self._format = model, file_format
        self._executor: loky.ProcessPoolExecutor | None = None
        self.under_way: deque[tuple[Future[Finished], Chunk]] = deque()
        self.lost: list[Chunk] = []

    def begin(self, chunk: Chunk) -> None:
        """Hand over a chunk."""
        with _deaf_to_interrupts():
            if self._executor is None:
                self._executor = loky.ProcessPoolExecutor(
                    1, initializer=end_with_parent, initargs=(os.getpid(),), env=_ONE_THREAD
                )
            try:
                future = self._executor.submit(finish_elsewhere, self._model, chunk, self._format)
            except BrokenProcessPool as error:
                future = Future()
                future.set_exception(error)
        self.under_way.append((future, chunk))

    def take_finished(self) -> Iterator[Finished]:
        """Give what is finished; where the process ended, note what it was at and what was to follow."""
        while self.under_way and self.under_way[0][0].done():
            future, chunk = self.under_way.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                self.lost = [chunk, *(waiting for _, waiting in self.under_way)]
                self.stop()

    def stop(self) -> None:
        """End the process, whatever it is at."""
        executor, self._executor = self._executor, None
        self.under_way.clear()
        if executor is not None:
            executor.shutdown(wait=True, kill_workers=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C, which a terminal sends to all: it is for the one who started them."""
    own_tracker.ensure_running()  # starting a tracker takes the mask away again, so they come first
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
