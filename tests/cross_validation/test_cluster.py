"""Folds on a real Dask cluster of this machine."""

import os
import signal

import pytest
from helpers.counting_models import Counted, Ends
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import skdl
from skdl.exceptions import TryAgainError, UsageError

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

X, Y = load_diabetes(return_X_y=True, as_frame=True)
METHOD = "distributed.worker.multiprocessing-method"
ASKED = {"cv": 4, "repeats": 2, "metrics": ["rmse"], "insight": False}


@pytest.fixture(scope="module")
def address(forks):
    """Start a scheduler with two workers that are restarted when they are lost, and that need to import nothing."""
    with (
        dask.config.set({METHOD: forks.get_start_method()}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
    ):
        yield cluster.scheduler_address


def test_a_killed_worker_costs_only_its_running_fits(address, tmp_path):
    """The numbers are those of a run in this process."""
    log, killed = tmp_path / "log", []

    def kill_one(event):
        if hasattr(event, "result") and event.result.model == "slow" and not killed:
            killed.append(int(log.read_text().split()[-1]))
            os.kill(killed[0], signal.SIGKILL)

    models = {"slow": Counted(str(log), seconds=0.2), "ridge": Ridge()}
    found = skdl.compare(models, X, Y, dask=address, listener=kill_one, **ASKED)
    here = skdl.compare({"slow": Ridge(), "ridge": Ridge()}, X, Y, **ASKED)
    assert killed
    assert found.folds()[["model", "rmse"]].equals(here.folds()[["model", "rmse"]])
    n_fits = len(log.read_text().splitlines()) - 1  # one is of the model to ship
    assert n_fits <= 8 + 2


def test_a_model_that_ends_every_worker_has_failed(address, tmp_path):
    """The other models finish, though the workers lost the table."""
    models = {"ridge": Ridge(), "ends": Ends(str(tmp_path / "log"), times=99)}
    found = skdl.compare(models, X, Y, dask=address, **ASKED)
    assert str(found.summary.models[-1].error).startswith("ended its worker process at each try")
    assert found.folds().query("model == 'ridge'").status.tolist() == ["ok"] * 8


def test_a_cluster_of_this_machine_is_started_on_request(forks):
    with dask.config.set({METHOD: forks.get_start_method()}):
        found = skdl.compare({"ridge": Ridge()}, X, Y, dask="local:2", **ASKED)
    here = skdl.compare({"ridge": Ridge()}, X, Y, **ASKED)
    assert found.folds()[["model", "rmse"]].equals(here.folds()[["model", "rmse"]])


@pytest.mark.parametrize("address", ["local:", "local:none", "local:0", "what is this"])
def test_an_invalid_address_is_refused(address):
    with pytest.raises(UsageError, match="compare: dask must be"):
        skdl.compare({"ridge": Ridge()}, X, Y, dask=address, **ASKED)


def test_an_unreachable_scheduler_is_an_error_to_retry():
    """It may be reachable later; Dask's own setting is how long it may take to answer."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(TryAgainError, match=r"a Dask scheduler must answer at tcp:.* within 1 s"),
    ):
        skdl.compare({"ridge": Ridge()}, X, Y, dask="tcp://127.0.0.1:9", **ASKED)
