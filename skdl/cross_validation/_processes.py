"""Folds in processes of their own: several at once, each with its share of the cores, and a stuck one is ended.

`joblib.Parallel` cannot end one fit and leave the others alone, so each slot here is an executor of one process from
loky, which joblib runs on too. The table is written down once and read once a process.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from concurrent.futures import TimeoutError as StillRunning
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import resource_tracker as own_tracker
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import cloudpickle
import joblib
import loky
from loky.backend import resource_tracker

from skdl._parent import end_with_parent
from skdl.cross_validation._fold import Job
from skdl.cross_validation._memory import watch_memory
from skdl.exceptions import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.cross_validation._fold import FoldResult, FoldTask

__all__ = ["run_in_processes"]

# XLA sizes its pool by NPROC; OpenMP, OpenBLAS and MKL by names of their own.
_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
_PREFIX = "skdl-"
_TRIES = 2  # a process can be ended from outside; one that ends again ends by what it is at


def run_in_processes(
    job: Job, tasks: Iterator[FoldTask], *, n_jobs: int, timeout: float | None = None
) -> Generator[FoldResult]:
    """Run tasks in processes of their own and give the results as they come.

    Parameters
    ----------
    job : Job
        Models, data, folds, metrics.
    tasks : iterator of FoldTask
        Asked for the next one when a process is free.
    n_jobs : int
        Processes, as joblib counts them.
    timeout : float, default=None
        Seconds after which the process of a fold is ended.

    Yields
    ------
    FoldResult
        A fold whose process ends is run once more, then it has failed; one that takes too long has failed at once. No
        other fold is touched. Memory is measured.

    Raises
    ------
    OutputError
        If there is no room for the table in the temporary folder.
    UsageError
        If the models or the data cannot be sent to a process.
    """
    with _place_for_the_job() as folder:
        n_slots = joblib.effective_n_jobs(n_jobs)
        path = _write_job(job, folder)
        queue = _Queue(tasks)
        slots = [_Slot(job, path, queue, timeout, max(1, loky.cpu_count() // n_slots)) for _ in range(n_slots)]
        try:
            for slot in slots:
                slot.start()
            yield from queue.results(n_slots)
        finally:
            queue.close()
            for slot in slots:
                slot.stop()
            for slot in slots:
                slot.join()


class _Queue:
    """Tasks to the slots, one at a time, and results back to the one who asked."""

    def __init__(self, tasks: Iterator[FoldTask]) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._open = True
        self._found: SimpleQueue[FoldResult | Exception | None] = SimpleQueue()

    def take(self) -> FoldTask | None:
        """Give the next task; None where there is none."""
        with self._lock:
            return next(self._tasks, None) if self._open else None

    @property
    def is_open(self) -> bool:
        """Whether anybody still waits for results."""
        return self._open

    def put(self, found: FoldResult | Exception | None) -> None:
        """Hand over a result, what went wrong with the slot itself, or None for the end of a slot."""
        self._found.put(found)

    def results(self, n_slots: int) -> Iterator[FoldResult]:
        """Give results until every slot has ended."""
        while n_slots:
            found = self._found.get()
            if isinstance(found, Exception):
                raise found
            if found is None:
                n_slots -= 1
            else:
                yield found

    def close(self) -> None:
        """Give no more tasks."""
        self._open = False


class _Slot(threading.Thread):
    """One process at a time, fed by a thread of this one."""

    def __init__(self, job: Job, path: Path, queue: _Queue, timeout: float | None, n_threads: int) -> None:
        super().__init__(daemon=True)
        self._job, self._path, self._queue, self._timeout = job, path, queue, timeout
        self._limits = dict.fromkeys(_THREAD_LIMITS, str(n_threads))
        self._executor: loky.ProcessPoolExecutor | None = None

    def run(self) -> None:
        """Take tasks until there are no more."""
        # The processes inherit this: Ctrl-C, which a terminal sends to all, is for the one who started the comparison.
        # Starting a tracker, loky's or Python's own, takes the mask away again, so they come first.
        own_tracker.ensure_running()
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while (task := self._queue.take()) is not None:
                self._queue.put(self._result(task))
            self._queue.put(None)
        except Exception as error:  # noqa: BLE001 - it is raised where results are waited for
            self._queue.put(error)
        finally:
            self.stop()

    def stop(self) -> None:
        """End the process, whatever it is at."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, kill_workers=True)

    def _result(self, task: FoldTask) -> FoldResult:
        for _ in range(_TRIES):
            try:
                executor = self._executor or self._begin()
                result: FoldResult = executor.submit(_run, str(self._path), task).result(self._timeout)
            except StillRunning:
                self.stop()
                error = f"took longer than {self._timeout:g} s for one fold and was ended"
                return replace(self._job.cut_short(task, "timeout", error), limit_s=self._timeout)
            except BrokenProcessPool:
                self.stop()
            else:
                return result
        return self._job.cut_short(task, "lost", "ended its process twice; perhaps the memory did not suffice")

    def _begin(self) -> loky.ProcessPoolExecutor:
        """Start a process and have it read the job; none of this is the time of a fold."""
        self._executor = executor = loky.ProcessPoolExecutor(
            1, initializer=end_with_parent, initargs=(os.getpid(),), env=self._limits
        )
        if not self._queue.is_open:  # all was ended while this process was made
            self.stop()
        executor.submit(_hold_job, str(self._path)).result()
        return executor


@contextmanager
def _place_for_the_job() -> Iterator[Path]:
    """Make a temporary folder that names its process, and clear away those of processes that were killed."""
    with suppress(OSError):
        for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            if not _is_alive(left.name.removeprefix(_PREFIX).partition("-")[0]):
                shutil.rmtree(left, ignore_errors=True)
    try:
        made = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with made as folder:
        yield Path(folder)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):  # somebody else's, or none of ours
        return True
    return True


def _no_room(error: OSError) -> OutputError:
    return OutputError(
        f"compare: the table must be writable to a temporary folder for other processes; {error}. Free the place, or "
        "name another in TMPDIR."
    )


def _write_job(job: Job, folder: Path) -> Path:
    """Write the job down; large arrays are mapped into memory by whoever reads it."""
    path = folder / "job.joblib"
    try:
        # Only cloudpickle takes functions and classes from a notebook, only joblib arrays that can be mapped.
        joblib.dump((cloudpickle.dumps((job.models, job.splits, job.metrics)), job.table), path)
    except OSError as error:
        raise _no_room(error) from error
    except Exception as error:
        raise UsageError(
            f"compare: models and data must be possible to pickle for other processes ({error}). "
            "Put what is your own into a module, or leave out n_jobs and timeouts."
        ) from error
    return path


_held: dict[str, Job] = {}


def _job_at(path: str) -> Job:
    """Read the job, once a process."""
    if path not in _held:
        pickled, table = joblib.load(path, mmap_mode="r")
        models, splits, metrics = cloudpickle.loads(pickled)
        _held[path] = Job(models, table, splits, metrics)
    return _held[path]


def _hold_job(path: str) -> None:
    _job_at(path)


def _run(path: str, task: FoldTask) -> FoldResult:
    job = _job_at(path)
    with watch_memory() as rise:
        result = job.run(task)
    return replace(result, peak_bytes=rise.n_bytes)
