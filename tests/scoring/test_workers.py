"""Several processes give the bytes of one, and may die."""

import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdl.artefact import save_model
from skdl.exceptions import TryAgainError, UsageError
from skdl.scoring import score_table

sys.path.insert(0, str(Path(__file__).parent))
from deadly import DEADLY, end_at_deadly_rows


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def inputs(table, write):
    """Write two tables, one with bad rows."""
    X = table(2000, seed=5).astype({"children": object})
    X.loc[[3, 777, 778, 1999], "children"] = "?"
    return [write(X, "a.csv"), write(table(700, seed=6), "b.parquet")]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_any_number_of_processes_gives_the_same_bytes(saved, inputs, tmp_path, file_format):
    """Of every file."""
    for n_jobs in (1, 2, 4):
        score_table(
            saved.path,
            inputs,
            tmp_path / str(n_jobs),
            sha256=saved.sha256,
            format=file_format,
            proba=True,
            keep=["city"],
            chunk_rows=100,
            max_bad_frac=0.1,
            n_jobs=n_jobs,
        )
    assert len(contents(tmp_path / "1")) == 27 + 2
    assert contents(tmp_path / "1") == contents(tmp_path / "2") == contents(tmp_path / "4")


@pytest.fixture
def deadly(tmp_path):
    """Save a model that ends its process at a row so many times; write 1,000 rows with one such in the middle."""

    def make(times):
        (tmp_path / "ends").mkdir()
        ends = FunctionTransformer(end_at_deadly_rows, kw_args={"folder": str(tmp_path / "ends"), "times": times})
        X = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
        saved = save_model(make_pipeline(ends, LinearRegression()).fit(X, X["a"]), tmp_path / "model", X=X)
        rows = pd.DataFrame({"a": range(1000)}) / 1000
        rows.loc[500, "a"] = DEADLY
        rows.to_csv(tmp_path / "in.csv", index=False)
        return {"model": saved.path, "source": tmp_path / "in.csv", "sha256": saved.sha256, "chunk_rows": 50}

    return make


def test_a_process_that_dies_costs_one_more_try(deadly, tmp_path):
    """The job ends right."""
    job = deadly(times=1)
    score_table(**job, out=tmp_path / "out", n_jobs=2)
    score_table(**job, out=tmp_path / "clean")
    assert len(list((tmp_path / "ends").iterdir())) == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_a_chunk_that_ends_every_process_ends_the_job(deadly, tmp_path):
    """With its rows named, and nothing half-written."""
    job = deadly(times=2)
    with pytest.raises(TryAgainError, match="rows 500 to 550 ended their process twice"):
        score_table(**job, out=tmp_path / "out", n_jobs=2)
    assert not list((tmp_path / "out").glob(".tmp-*"))
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    assert score_table(**job, out=tmp_path / "out").start == "resumed"


def test_a_killed_run_takes_its_processes_along_and_goes_on_with_others(saved, inputs, tmp_path):
    """With another number of them."""
    job = f"{str(saved.path)!r}, {[str(path) for path in inputs]!r}, {str(tmp_path / 'out')!r}"
    code = (
        "import os, signal; from skdl.scoring import score_table\n"
        "def die(now):\n"
        "    if now.n_rows >= 1000: os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        f"    score_table({job}, trust_pickle=True, chunk_rows=100, max_bad_frac=0.1, n_jobs=2, progress=die)\n"
    )
    (tmp_path / "job.py").write_text(code)
    assert subprocess.run([sys.executable, tmp_path / "job.py"], check=False).returncode == -signal.SIGKILL
    options = {"trust_pickle": True, "chunk_rows": 100, "max_bad_frac": 0.1}
    result = score_table(saved.path, inputs, tmp_path / "out", n_jobs=3, **options)
    score_table(saved.path, inputs, tmp_path / "clean", **options)
    assert (result.start, result.n_resumed) == ("resumed", 1000)
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_no_process_is_left_behind(saved, inputs, tmp_path):
    """Neither after an end nor after an error."""
    before = children()
    score_table(saved.path, inputs, tmp_path / "out", trust_pickle=True, chunk_rows=500, max_bad_frac=1.0, n_jobs=2)
    assert len(children() - before) <= 2  # the trackers of shared memory, which stay for the next


def children():
    """Give the processes that this one started."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


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
