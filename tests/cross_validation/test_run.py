"""Budgets and the order of folds."""

import pytest
from helpers.counting_models import Counted
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import skdl
from skdl.cross_validation import Begun
from skdl.exceptions import UsageError

X, Y = load_diabetes(return_X_y=True, as_frame=True)


def slow(tmp_path, seconds=0.1):
    """Two models that take their time."""
    return {name: Counted(str(tmp_path / "log"), seconds=seconds) for name in ("first", "second")}


def test_time_that_is_up_leaves_whole_folds(tmp_path):
    """Every model has done the same ones, and the report says how many there were to be."""
    found = skdl.compare(slow(tmp_path), X, Y, cv=5, repeats=2, metrics=["rmse"], time_budget=0.7, insight=False)
    n_done = found.folds().groupby("model").size()
    assert n_done.nunique() == 1
    assert 1 <= n_done.iloc[0] < 10
    assert f"{n_done.iloc[0]} of 10 folds" in str(found.summary.data.notes[0])


def test_one_fold_is_done_whatever_the_budget(tmp_path):
    """Else there would be nothing to say."""
    found = skdl.compare(slow(tmp_path, 0.0), X, Y, cv=5, repeats=2, metrics=["rmse"], time_budget=1e-6, insight=False)
    assert found.folds().groupby("model").size().unique().tolist() == [1]


def test_the_same_call_goes_on_after_a_budget(tmp_path):
    """To the end, with the numbers of a run without one."""
    asked = {"cv": 5, "repeats": 1, "metrics": ["rmse"], "output_dir": tmp_path / "results", "insight": False}
    skdl.compare(slow(tmp_path), X, Y, time_budget=0.3, **asked)
    found = skdl.compare(slow(tmp_path), X, Y, **asked)
    whole = skdl.compare(slow(tmp_path, 0.0), X, Y, cv=5, repeats=1, metrics=["rmse"], insight=False)
    assert found.folds().rmse.tolist() == whole.folds().rmse.tolist()
    on_folds = [line for line in (tmp_path / "log").read_text().splitlines() if not line.startswith(f"{len(Y)} ")]
    assert len(on_folds) == 2 * (2 * 5)


def test_all_models_do_a_fold_before_the_next(tmp_path):
    """So that their means are of the same folds while they run."""
    told = []
    skdl.compare(slow(tmp_path, 0.0), X, Y, cv=3, repeats=1, metrics=["rmse"], listener=told.append, insight=False)
    assert isinstance(told[0], Begun)
    assert [event.result.fold for event in told[1:]] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("option", [{"time_budget": 0}, {"model_timeout": -1.0}, {"n_jobs": 0}])
def test_limits_that_are_none_are_refused(option):
    """Each by its name."""
    with pytest.raises(UsageError, match=next(iter(option))):
        skdl.compare({"ridge": Ridge()}, X, Y, **option, insight=False)


def test_processes_and_timeouts_are_not_for_a_cluster():
    """Its workers are its own."""
    with pytest.raises(UsageError, match="must be left out with dask"):
        skdl.compare({"ridge": Ridge()}, X, Y, dask="local:2", n_jobs=2, insight=False)
