"""The order of folds, the time budget, and the limits of a run."""

import pytest
from helpers.counting_models import Counted
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import skdl
from skdl.cross_validation import ComparisonStarted
from skdl.exceptions import UsageError

X, Y = load_diabetes(return_X_y=True, as_frame=True)


def slow(tmp_path, seconds=0.1):
    """Two models whose fits take a while."""
    return {name: Counted(str(tmp_path / "log"), seconds=seconds) for name in ("first", "second")}


def test_a_time_budget_leaves_whole_folds(tmp_path):
    """Every model has finished the same ones, and the report names how many were planned."""
    found = skdl.compare(slow(tmp_path), X, Y, cv=5, repeats=2, metrics=["rmse"], time_budget=0.7, insight=False)
    n_done = found.folds().groupby("model").size()
    assert n_done.nunique() == 1
    assert 1 <= n_done.iloc[0] < 10
    assert f"{n_done.iloc[0]} of 10 folds" in str(found.summary.data.notes[0])


def test_one_fold_is_finished_with_the_smallest_budget(tmp_path):
    """Without one there would be no result."""
    found = skdl.compare(slow(tmp_path, 0.0), X, Y, cv=5, repeats=2, metrics=["rmse"], time_budget=1e-6, insight=False)
    assert found.folds().groupby("model").size().unique().tolist() == [1]


def test_the_same_call_resumes_after_a_time_budget(tmp_path):
    """It ends with the numbers of a run without a budget."""
    asked = {"cv": 5, "repeats": 1, "metrics": ["rmse"], "output_dir": tmp_path / "results", "insight": False}
    skdl.compare(slow(tmp_path), X, Y, time_budget=0.3, **asked)
    found = skdl.compare(slow(tmp_path), X, Y, **asked)
    whole = skdl.compare(slow(tmp_path, 0.0), X, Y, cv=5, repeats=1, metrics=["rmse"], insight=False)
    assert found.folds().rmse.tolist() == whole.folds().rmse.tolist()
    on_folds = [line for line in (tmp_path / "log").read_text().splitlines() if not line.startswith(f"{len(Y)} ")]
    assert len(on_folds) == 2 * (2 * 5)


def test_all_models_finish_a_fold_before_the_next_one_starts(tmp_path):
    """So the means that are shown during the run are of the same folds."""
    events = []
    skdl.compare(slow(tmp_path, 0.0), X, Y, cv=3, repeats=1, metrics=["rmse"], listener=events.append, insight=False)
    assert isinstance(events[0], ComparisonStarted)
    assert [event.result.fold for event in events[1:]] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("option", [{"time_budget": 0}, {"model_timeout": -1.0}, {"n_jobs": 0}])
def test_impossible_limits_are_refused(option):
    """The message names the parameter."""
    with pytest.raises(UsageError, match=next(iter(option))):
        skdl.compare({"ridge": Ridge()}, X, Y, **option, insight=False)


def test_processes_and_timeouts_are_refused_with_a_cluster():
    """It has its own workers."""
    with pytest.raises(UsageError, match="must be left out with dask"):
        skdl.compare({"ridge": Ridge()}, X, Y, dask="local:2", n_jobs=2, insight=False)
