"""Several processes give the bytes of one, and may die."""

import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from helpers.deadly_step import DEADLY, end_at_deadly_rows
from helpers.forked_commands import wait_until
from helpers.scored_folders import contents
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdl.exceptions import TryAgainError, UsageError
from skdl.saved_models import save_model
from skdl.scoring import score_table


@pytest.fixture
def inputs(table, write):
    """Write two tables, one with bad rows."""
    X = table(700, seed=5).astype({"children": object})
    X.loc[[3, 277, 278, 699], "children"] = "?"
    return [write(X, "a.csv"), write(table(300, seed=6), "b.parquet")]


def test_any_number_of_processes_gives_the_same_bytes(saved, inputs, tmp_path):
    """In every file; no process is left behind."""
    before = children()
    for n_jobs in (1, 2):
        options = {"proba": True, "keep": ["city"], "chunk_rows": 100, "max_bad_frac": 0.1, "n_jobs": n_jobs}
        score_table(saved.path, inputs, tmp_path / str(n_jobs), sha256=saved.sha256, **options)
    assert len(contents(tmp_path / "1")) == 10 + 2
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert len(children() - before) <= 2  # the trackers of shared memory, which stay for the next


def children(pid="self"):
    """Return the processes that one started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}


def command_of(pid):
    """Return the command line of a process; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.fixture
def deadly(tmp_path):
    """Save a model that ends its process at a row so many times; write rows with one such among them."""

    def make(times, n_rows):
        (tmp_path / "ends").mkdir()
        ends = FunctionTransformer(end_at_deadly_rows, kw_args={"folder": str(tmp_path / "ends"), "times": times})
        X = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
        saved = save_model(make_pipeline(ends, LinearRegression()).fit(X, X["a"]), tmp_path / "model", X=X)
        rows = pd.DataFrame({"a": range(n_rows)}) / 1000
        rows.loc[10, "a"] = DEADLY
        rows.to_csv(tmp_path / "in.csv", index=False)
        return {"model": saved.path, "source": tmp_path / "in.csv", "sha256": saved.sha256, "chunk_rows": 20}

    return make


def test_a_lost_worker_costs_one_retry(deadly, tmp_path):
    """Its queued chunk is retried too; the job succeeds."""
    job = deadly(times=1, n_rows=100)
    score_table(**job, out=tmp_path / "out", n_jobs=2)
    score_table(**job, out=tmp_path / "clean")
    assert len(list((tmp_path / "ends").iterdir())) == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_a_chunk_that_ends_every_process_ends_the_job(deadly, tmp_path):
    """With its rows named, and nothing half-written."""
    job = deadly(times=2, n_rows=20)
    with pytest.raises(TryAgainError, match="rows 0 to 20 ended their worker process at each try"):
        score_table(**job, out=tmp_path / "out", n_jobs=2)
    assert not list((tmp_path / "out").glob(".tmp-*"))
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    assert score_table(**job, out=tmp_path / "out").n_scored == 20


def test_a_killed_run_ends_its_workers_and_resumes_with_others(saved, inputs, commands, tmp_path):
    """With another number of workers."""
    job = ["score", saved.path, *inputs, "--sha256", saved.sha256, "--chunk-rows", 20, "--max-bad-frac", 0.1]
    out = tmp_path / "out"
    asked = [sys.executable, "-m", "skdl", *job, "--out", out, "--jobs", 2]
    running = subprocess.Popen(list(map(str, asked)))
    wait_until(lambda: len(list(out.glob("part-*"))) >= 2)
    workers = [pid for pid in children(running.pid) if b"popen_loky" in command_of(pid)]
    running.kill()
    assert running.wait() == -signal.SIGKILL
    assert len(workers) == 2
    wait_until(lambda: not any(map(command_of, workers)))
    assert commands.run(*job, "--out", out) == 0
    assert "were already scored" in commands.said.read_text()
    assert commands.run(*job, "--out", tmp_path / "clean") == 0
    assert contents(out) == contents(tmp_path / "clean")


@pytest.mark.parametrize("options", [{"n_jobs": 2}, {"dask": "local:1"}])
def test_an_estimator_is_not_sent_to_other_processes(ridge, inputs, tmp_path, options):
    """They load a saved one by its pin."""
    with pytest.raises(UsageError, match="must be a saved model for other processes"):
        score_table(ridge, inputs, tmp_path / "out", **options)


@pytest.mark.parametrize("options", [{"n_jobs": 0}, {"n_jobs": 2, "dask": "local:1"}])
def test_numbers_of_processes_that_make_no_sense_are_refused(saved, inputs, tmp_path, options):
    """Before anything is loaded."""
    with pytest.raises(UsageError, match="n_jobs: must be 1 or more"):
        score_table(saved.path, inputs, tmp_path / "out", **options)
