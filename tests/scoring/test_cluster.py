"""A real Dask cluster of this machine gives the bytes of one process, and may lose workers."""

import gzip
import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from helpers.deadly_step import DEADLY, end_at_deadly_rows
from helpers.scored_folders import StoppedError, contents, stop_after
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdl.exceptions import TryAgainError, UsageError
from skdl.saved_models import save_model
from skdl.scoring import score_table

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(forks):
    """Start a scheduler with two workers that are restarted when they are lost, and that need to import nothing."""
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": forks.get_start_method()}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as started,
    ):
        yield started


@pytest.fixture
def run(saved, cluster, tmp_path):
    """Score here or on the cluster."""

    def start(inputs, out, *, there, **options):
        options = {"sha256": saved.sha256, "proba": True, "chunk_rows": 100, "max_bad_frac": 0.1, **options}
        dask = cluster.scheduler_address if there else None
        return score_table(saved.path, inputs, tmp_path / out, dask=dask, **options)

    return start


def test_a_cluster_gives_the_same_bytes(run, table, tmp_path, monkeypatch):
    """For Parquet in unaligned row groups, text with bad rows and quotes, and text that cannot be split."""
    monkeypatch.chdir(tmp_path)
    X = table(900, seed=5).astype({"children": object})
    X.loc[[3, 450], "children"] = '?\n"'
    X.to_csv("a.csv", index=False)
    table(700, seed=6).to_parquet("b.parquet", row_group_size=170)
    Path("c.csv.gz").write_bytes(gzip.compress(Path("a.csv").read_bytes()))
    Path("d.csv").write_text('age,children,city,sex\n30,1,5" Ulm,f\n31,1,Ulm,f,\n32,2,"Ulm",f\n')
    inputs = ["a.csv", "b.parquet", "c.csv.gz", "d.csv"]
    run(inputs, "there", there=True)
    run(inputs, "here", there=False)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_killed_worker_changes_no_bytes(run, cluster, table, write, tmp_path):
    """Killed when the second part is there."""
    source, killed = write(table(1500, seed=5), "in.csv"), []

    def kill_one(now):
        if now.n_rows >= 200 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    run(source, "there", there=True, progress=kill_one)
    run(source, "here", there=False)
    assert killed
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_run_that_a_cluster_began_can_be_finished_locally(run, table, write, tmp_path):
    """The run key does not depend on where the work is done."""
    source = write(table(900, seed=5), "in.parquet")
    with pytest.raises(StoppedError):
        run(source, "out", there=True, progress=stop_after(400))
    assert run(source, "out", there=False).n_resumed == 400
    run(source, "here", there=False)
    assert contents(tmp_path / "out") == contents(tmp_path / "here")


@pytest.fixture
def impatient(cluster, monkeypatch):
    """Let the scheduler give a task up when it ended its worker once."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    return cluster.scheduler_address


def test_rows_that_end_worker_after_worker_end_the_job(impatient, tmp_path):
    """With their numbers, and nothing half-written."""
    (tmp_path / "ends").mkdir()
    ends = FunctionTransformer(end_at_deadly_rows, kw_args={"folder": str(tmp_path / "ends"), "times": 999})
    X = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
    saved = save_model(make_pipeline(ends, LinearRegression()).fit(X, X["a"]), tmp_path / "model", X=X)
    pd.DataFrame({"a": [0.0, 1.0, DEADLY, 2.0]}).to_csv(tmp_path / "in.csv", index=False)
    job = {"sha256": saved.sha256, "chunk_rows": 2, "dask": impatient}
    with pytest.raises(TryAgainError, match="rows 2 to 4 ended their worker process at each try"):
        score_table(saved.path, tmp_path / "in.csv", tmp_path / "out", **job)
    assert not list((tmp_path / "out").glob(".tmp-*"))
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_an_invalid_address_is_refused(saved, table, write, tmp_path):
    with pytest.raises(UsageError, match="score: dask must be"):
        score_table(saved.path, write(table(3), "in.csv"), tmp_path / "out", sha256=saved.sha256, dask="local:none")
