"""Tasks in this process and in several: each has an outcome, whatever happens to the worker that runs it."""

import os
from contextlib import closing

import numpy as np
import pytest
from helpers.worker_tasks import describe, end_process, fail, grow, scale, sleep

from skdl.exceptions import UsageError
from skdl.workers import Executor, Outcome, Work, run_tasks

pytestmark = pytest.mark.processes

EXECUTORS = pytest.mark.parametrize(
    "executor", [Executor(), Executor(n_jobs=2), Executor(timeout_s=600)], ids=["serial", "processes", "timeout"]
)


def outcomes(work, tasks, executor):
    """Run them all."""
    return list(run_tasks(work, iter(tasks), executor))


@EXECUTORS
def test_every_task_has_an_outcome(executor):
    """With its result, in any order."""
    found = outcomes(Work(scale, 3, "test"), range(5), executor)
    assert sorted(found, key=lambda one: one.task) == [Outcome(task, 3 * task) for task in range(5)]


@EXECUTORS
def test_an_error_of_the_function_is_raised(executor):
    """Where the outcome is waited for."""
    with pytest.raises(ZeroDivisionError, match="7"):
        outcomes(Work(fail, None, "test"), [7], executor)


@EXECUTORS
def test_tasks_are_requested_when_a_worker_is_free(executor):
    """The iterator can then stop depending on finished tasks."""
    drawn = []
    tasks = (drawn.append(task) or task for task in range(100))
    with closing(run_tasks(Work(scale, 1, "test"), tasks, executor)) as results:
        next(results)
        assert len(drawn) <= executor.n_jobs


@pytest.mark.filterwarnings("ignore:.*worker")
def test_a_process_that_loky_replaces_has_the_shared_value(monkeypatch):
    """It does so where the memory of a process has grown; the limit of 300 MB is lowered here."""
    monkeypatch.setenv("LOKY_MAX_MEMORY_LEAK_SIZE", "10000000")
    found = outcomes(Work(grow, 3, "test", queue_depth=2), range(12), Executor(n_jobs=2))
    assert {one.task: one.result[0] for one in found} == {task: 3 * task for task in range(12)}
    assert len({one.result[1] for one in found}) > 2


def test_a_lost_task_is_tried_once_more(tmp_path):
    """A task that ends its worker twice has failed; no other has."""
    tasks = [("once", 1), ("twice", 2), ("never", 0)]
    found = outcomes(Work(end_process, tmp_path, "test", queue_depth=2), tasks, Executor(n_jobs=2))
    assert {one.task[0]: (one.result, one.failure) for one in found} == {
        "once": ("once", None),
        "twice": (None, "lost"),
        "never": ("never", None),
    }


def test_a_task_that_times_out_is_killed_and_not_retried(tmp_path):
    """The others have their results."""
    found = outcomes(Work(sleep, tmp_path, "test"), [3600, 0, 0.01], Executor(timeout_s=2.0))
    assert [(one.task, one.result, one.failure) for one in found] == [
        (3600, None, "timeout"),
        (0, 0, None),
        (0.01, 0.01, None),
    ]
    assert (tmp_path / "3600").read_text() == "begun\n"


@pytest.mark.parametrize("n_threads", [1, 3])
def test_a_worker_has_its_threads_ignores_ctrl_c_and_maps_arrays(n_threads):
    """And ends with the run."""
    work = Work(describe, np.arange(10.0), "test", threads_per_worker=n_threads)
    [outcome] = outcomes(work, [None], Executor(timeout_s=600))
    pid = outcome.result.pop("pid")
    assert outcome.result == {"threads": {str(n_threads)}, "ignores_ctrl_c": True, "sum": 45.0, "is_writable": False}
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(pid, 0)


def test_memory_is_measured_on_request():
    """In other processes alone."""
    work = Work(scale, 3, "test", measure_memory=True)
    assert [one.peak_bytes for one in outcomes(work, [1], Executor())] == [None]
    assert [one.peak_bytes is not None for one in outcomes(work, [1], Executor(timeout_s=600))] == [True]


def test_a_task_that_cannot_be_pickled_is_refused_by_name():
    """Before any process starts."""
    with pytest.raises(UsageError, match=r"^test: models and data must be possible to pickle"):
        outcomes(Work(scale, (_ for _ in ()), "test"), [1], Executor(n_jobs=2))
