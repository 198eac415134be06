"""Folds in processes of their own."""

import os
import tempfile
import threading

import numpy as np
import pytest
from helpers.counting_models import Counted, Ends
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from threadpoolctl import threadpool_info

import skdl
from skdl.exceptions import OutputError, UsageError
from skdl.files import temporary_sibling

X, Y = load_diabetes(return_X_y=True, as_frame=True)


class Greedy(Ridge):
    """A model that takes 80 MB while it is fitted."""

    def fit(self, X, y):
        """Take, fit, and give back."""
        block = np.ones(10_000_000)
        return super().fit(X, y * block[0])


class ReportsProcess(Ridge):
    """A model whose first coefficient is a property of its process."""

    def __init__(self, what="pid"):
        super().__init__()
        self.what = what

    def fit(self, X, y):
        """Fit, then store the property of the process."""
        super().fit(X, y)
        found = os.getpid() if self.what == "pid" else max(pool["num_threads"] for pool in threadpool_info())
        self.coef_, self.intercept_ = np.zeros(X.shape[1]), float(found)
        return self


class Unsendable(Ridge):
    """A model with a parameter that no pickle takes."""

    def __init__(self, lock=None):
        super().__init__()
        self.lock = lock


def compared(models, **options):
    """Compare over a few folds."""
    return skdl.compare(models, X, Y, cv=3, repeats=1, metrics=["rmse"], insight=False, **options)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Name a folder for temporary files, with what a killed run left and with what one that runs holds."""
    place = tmp_path_factory.mktemp("processes")
    left = place / "tmp" / ".skdl-workers.saving-a_killed"
    left.mkdir(parents=True)
    (left / "lock").touch()
    with temporary_sibling(place / "tmp" / "skdl-workers") as held:
        (held / "arrays").touch()
        yield place


@pytest.fixture(scope="module")
def rises():
    """Hold the memory that each fit took, by model."""
    return {}


@pytest.fixture(scope="module")
def found(place, rises):
    """Compare models of every kind in two processes."""
    models = {
        "ridge": Ridge(),
        "knn": KNeighborsRegressor(),
        "ends once": Ends(str(place / "once")),
        "ends": Ends(str(place / "always"), times=99),
        "stuck": Counted(str(place / "stuck"), seconds=3600),
        "greedy": Greedy(),
        "pid": ReportsProcess(),
        "threads": ReportsProcess("threads"),
    }

    def note(event):
        if hasattr(event, "result"):
            rises.setdefault(event.result.model, []).append(event.result.peak_bytes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place / "tmp"))
        return compared(models, n_jobs=2, model_timeout=2.0, listener=note)


def scores(found, model):
    """Read the scores of a model, fold by fold."""
    return found.folds().query("model == @model").rmse.tolist()


def row_of(found, model):
    """Find the row of a model in the summary."""
    return next(row for row in found.summary.models if row.model == model)


def test_two_processes_give_the_numbers_of_one(found):
    """Folds do not depend on who runs them."""
    here = compared({"ridge": Ridge(), "knn": KNeighborsRegressor()})
    for model in ("ridge", "knn", "dummy"):
        assert scores(found, model) == scores(here, model)


def test_a_stuck_fit_is_killed_and_the_others_continue(found, place):
    """It runs on no later fold, and its error names the timeout; the other process may already have begun one."""
    assert str(row_of(found, "stuck").error) == "took longer than 2 s for one fold and was ended"
    assert (place / "stuck").read_text().count("\n") <= 2
    assert found.folds().query("model == 'ridge'").status.tolist() == ["ok"] * 3


def test_one_process_begins_a_stuck_fit_once(tmp_path):
    """No other process can be on its next fold by then."""
    models = {"ridge": Ridge(), "stuck": Counted(str(tmp_path / "stuck"), seconds=3600)}
    found = compared(models, n_jobs=1, model_timeout=2.0)
    assert str(row_of(found, "stuck").error) == "took longer than 2 s for one fold and was ended"
    assert (tmp_path / "stuck").read_text().count("\n") == 1


def test_a_fold_whose_process_is_killed_from_outside_is_run_again(found):
    """Once, and it has its number."""
    assert scores(found, "ends once") == scores(found, "ridge")


def test_a_model_that_ends_every_process_has_failed(found):
    assert str(row_of(found, "ends").error).startswith("ended its worker process at each try")
    assert set(found.leaderboard().query("status == 'failed'").index) == {"ends", "stuck"}


@pytest.mark.usefixtures("found")
def test_memory_is_measured_there(rises):
    """The rise of one fit, not what the process holds; not measured in this one."""
    assert 70e6 < max(rises["greedy"]) < 200e6
    assert max(rises["dummy"]) < 40e6


def test_threads_are_shared_between_the_processes(found):
    """Two processes have the cores once, not twice."""
    threads = {value for result in found.comparison.by_model["threads"] for value in result.predicted}
    assert max(threads) <= max(1, (os.cpu_count() or 1) // 2)


def test_no_process_is_left_after_the_comparison(found):
    pids = {pid for result in found.comparison.by_model["pid"] for pid in result.predicted}
    assert pids
    assert not any(_is_alive(int(pid)) for pid in pids)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("found")
def test_temporary_files_of_a_killed_run_are_removed(place):
    """The table of a process that is no more, and that of this comparison; not that of one that runs."""
    [held] = (place / "tmp").iterdir()
    assert (held / "arrays").exists()


def test_a_model_that_cannot_be_pickled_is_refused_before_anything_runs():
    """A lock, as a parameter."""
    model = Unsendable(threading.Lock())
    with pytest.raises(UsageError, match="must be possible to pickle"):
        compared({"ridge": model}, n_jobs=2)


def test_a_temporary_folder_without_room_is_an_output_error(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(OutputError, match="name another folder in TMPDIR"):
        compared({"ridge": Ridge()}, n_jobs=2)
