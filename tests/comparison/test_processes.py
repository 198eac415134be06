"""Folds in processes of their own."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_info

import skdl
from skdl.exceptions import OutputError, UsageError

sys.path.insert(0, str(Path(__file__).parent))
from counted import Counted, Ends

X, Y = load_diabetes(return_X_y=True, as_frame=True)


class Greedy(Ridge):
    """A model that takes 80 MB while it is fitted."""

    def fit(self, X, y):
        """Take, fit, and give back."""
        block = np.ones(10_000_000)
        return super().fit(X, y * block[0])


class Tells(Ridge):
    """A model whose first coefficient is what it sees of its process."""

    def __init__(self, what="pid"):
        super().__init__()
        self.what = what

    def fit(self, X, y):
        """Look around."""
        super().fit(X, y)
        found = os.getpid() if self.what == "pid" else max(pool["num_threads"] for pool in threadpool_info())
        self.coef_, self.intercept_ = np.zeros(X.shape[1]), float(found)
        return self


class Unsendable(Ridge):
    """A model with a parameter that no pickle takes."""

    def __init__(self, lock=None):
        super().__init__()
        self.lock = lock


def compared(models, *, cv=3, **options):
    """Compare over a few folds."""
    return skdl.compare(models, X, Y, cv=cv, repeats=1, metrics=["rmse"], **options)


def test_a_stuck_fit_is_ended_and_the_others_go_on(tmp_path):
    """It is not tried on the other folds, and the error says why."""
    stuck = Counted(str(tmp_path / "log"), seconds=3600)
    began = time.monotonic()
    found = compared({"ridge": Ridge(), "stuck": stuck}, model_timeout=5.0)
    assert time.monotonic() - began < 120
    row = next(row for row in found.summary.models if row.model == "stuck")
    assert str(row.error) == "took longer than 5 s for one fold and was ended"
    assert (tmp_path / "log").read_text().count("\n") == 1
    assert found.folds().query("model == 'ridge'").status.tolist() == ["ok"] * 3


def test_a_fold_whose_process_is_ended_from_outside_is_run_again(tmp_path):
    """Once, and it has its number."""
    found = compared({"ridge": Ridge(), "ends": Ends(str(tmp_path / "log"))}, n_jobs=2)
    board = found.folds()
    assert board[board.model == "ends"].rmse.tolist() == board[board.model == "ridge"].rmse.tolist()


def test_a_model_that_ends_every_process_has_failed(tmp_path):
    """And no other."""
    found = compared({"ridge": Ridge(), "ends": Ends(str(tmp_path / "log"), times=99)}, n_jobs=2)
    assert str(found.summary.models[-1].error).startswith("ended its process twice")
    assert found.leaderboard().loc["ridge", "status"] == "ok"


def test_memory_is_measured_there():
    """The rise of one fit, not what the process holds; not measured in this one."""
    rises = {}
    compared({"greedy": Greedy()}, n_jobs=2, listener=lambda event: _note(rises, event))
    assert 70e6 < max(rises["greedy"]) < 200e6
    assert max(rises["dummy"]) < 40e6


def _note(rises, event):
    if hasattr(event, "result"):
        rises.setdefault(event.result.model, []).append(event.result.peak_bytes)


def test_threads_are_shared_between_the_processes():
    """Two processes have the cores once, not twice."""
    found = compared({"tells": Tells("threads")}, n_jobs=2, listener=None)
    threads = {value for result in found.contest.by_model["tells"] for value in result.predicted}
    assert max(threads) <= max(1, (os.cpu_count() or 1) // 2)


def test_no_process_is_left(tmp_path):
    """Nor the folder that the table was written to."""
    found = compared({"tells": Tells()}, n_jobs=2)
    pids = {pid for result in found.contest.by_model["tells"] for pid in result.predicted}
    assert pids
    assert not any(_is_alive(int(pid)) for pid in pids)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_cannot_be_sent_is_refused_before_anything_runs():
    """A lock, as a parameter."""
    model = Unsendable(threading.Lock())
    with pytest.raises(UsageError, match="must be possible to pickle"):
        compared({"ridge": model}, n_jobs=2)


def test_what_a_killed_run_left_is_cleared_away(tmp_path, monkeypatch):
    """The table of a process that is no more; not that of one that runs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, held = tmp_path / f"skdl-{ended.pid}-x", tmp_path / f"skdl-{os.getppid()}-x"
    left.mkdir()
    held.mkdir()
    compared({"ridge": Ridge()}, cv=2, n_jobs=2)
    assert [path.name for path in tmp_path.iterdir()] == [held.name]


def test_a_temporary_folder_without_room_is_an_output_error(monkeypatch):
    """With what to do."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(OutputError, match="name another in TMPDIR"):
        compared({"ridge": Ridge()}, n_jobs=2)
