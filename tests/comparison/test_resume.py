"""A comparison that is killed goes on where it was, with the numbers of one that was not."""

import multiprocessing
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import skdl
from skdl.comparison import Begun
from skdl.exceptions import AllModelsFailedError, OutputError, SkdlError, TryAgainError

sys.path.insert(0, str(Path(__file__).parent))
from counted import Counted

X, Y = load_diabetes(return_X_y=True, as_frame=True)
MODELS, FOLDS, KILLS = 3, 12, 20


def contest(folder, log, metrics=("rmse",), *, insight=False, **options):
    """Compare three models over twelve folds, and leave out what takes fits of its own."""
    models = {f"ridge_{alpha}": Counted(str(log), alpha=alpha, seconds=0.003) for alpha in (0.1, 1.0, 10.0)}
    return skdl.compare(models, X, Y, cv=4, repeats=3, metrics=metrics, output_dir=folder, insight=insight, **options)


def fits(log):
    """Count the fits on folds; a fit on all rows is that of the model to be saved."""
    return sum(not line.startswith(f"{len(Y)} ") for line in log.read_text().splitlines())


def numbers(folder):
    """Everything in folds.csv but the seconds."""
    table = pd.read_csv(folder / "folds.csv")
    return table[[name for name in table if not name.endswith("_s")]]


def kill_at_random(folder, log, rng):
    """Start the contest in a process of its own, wait for a few fits and a moment, and kill it."""
    process = multiprocessing.get_context("forkserver").Process(target=contest, args=(folder, log))
    awaited = fits(log) + rng.integers(1, 5)
    process.start()
    while process.is_alive() and fits(log) < awaited and not (folder / "report.html").exists():
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.03))
    process.kill()
    process.join()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_killed_twenty_times_it_ends_with_the_same_numbers_and_fits_nothing_twice(tmp_path):
    """But what was under way at a kill."""
    log, folder, rng = tmp_path / "log", tmp_path / "results", np.random.default_rng(0)
    log.touch()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["skdl.comparison", "counted"])
    for _ in range(KILLS):
        kill_at_random(folder, log, rng)
    contest(folder, log)
    contest(tmp_path / "whole", tmp_path / "other_log")
    pd.testing.assert_frame_equal(numbers(folder), numbers(tmp_path / "whole"))
    assert MODELS * FOLDS <= fits(log) <= MODELS * FOLDS + KILLS
    assert not list(folder.glob(".skdl-*"))


def test_a_finished_folder_is_run_again_without_a_fit(tmp_path):
    """Neither on folds, nor on all rows, nor for a look into the model, which is the best one still."""
    log, folder = tmp_path / "log", tmp_path / "results"
    first = contest(folder, log, insight=True)
    n_lines = len(log.read_text().splitlines())
    again = contest(folder, log, insight=True)
    assert len(log.read_text().splitlines()) == n_lines > MODELS * FOLDS + 1
    assert again.summary.insight == first.summary.insight
    assert again.model_pin == first.model_pin
    assert again.best.predict(X).tolist() == first.best.predict(X).tolist()


def test_fresh_fits_everything_again(tmp_path):
    """Twice as many fits."""
    log, folder = tmp_path / "log", tmp_path / "results"
    contest(folder, log)
    contest(folder, log, fresh=True)
    assert fits(log) == 2 * MODELS * FOLDS


def test_another_metric_begins_anew_and_says_so(tmp_path):
    """The listener is told why."""
    told = []
    log, folder = tmp_path / "log", tmp_path / "results"
    contest(folder, log)
    contest(folder, log, metrics=["mae"], listener=told.append)
    assert next(event.afresh_because for event in told if isinstance(event, Begun)) == "the metrics changed"


@pytest.mark.parametrize("lost", ["manifest.json", "model.joblib"])
def test_a_model_that_was_taken_away_is_saved_anew(tmp_path, lost):
    """The folds are known, the model is fitted on all rows once more."""
    log, folder = tmp_path / "log", tmp_path / "results"
    first = contest(folder, log)
    (folder / "model" / lost).unlink()
    again = contest(folder, log)
    assert fits(log) == MODELS * FOLDS
    assert (
        skdl.load_model(folder / "model", sha256=again.model_pin).predict(X).tolist() == first.best.predict(X).tolist()
    )


def test_two_runs_do_not_share_a_folder(tmp_path):
    """The second one is told to come again."""
    log, folder = tmp_path / "log", tmp_path / "results"

    def second(event):
        if isinstance(event, Begun):
            contest(folder, log)

    with pytest.raises(TryAgainError, match="another comparison is writing there"):
        contest(folder, log, listener=second)


def test_nothing_is_kept_where_every_model_failed(tmp_path):
    """What made them fail may be mended outside of the comparison."""
    with pytest.raises(AllModelsFailedError, match="every model failed"):
        contest(tmp_path / "results", tmp_path / "no such folder" / "log")
    assert contest(tmp_path / "results", tmp_path / "log").verdict.recommended.startswith("ridge")


def test_the_report_is_written_though_the_model_cannot_be_saved(tmp_path):
    """A function that has no name cannot be pickled; the error says where the report is, and an old model goes."""
    contest(tmp_path, tmp_path / "log")
    models = {"unsaveable": TransformedTargetRegressor(Ridge(), func=lambda y: y, inverse_func=lambda y: y)}
    with pytest.raises(SkdlError, match=r"could not be fitted on all rows and saved .* The report is in"):
        skdl.compare(models, X, Y, cv=3, repeats=1, metrics=["rmse"], output_dir=tmp_path)
    assert "unsaveable" in (tmp_path / "report.md").read_text()
    assert not (tmp_path / "model").exists()


def test_a_folder_of_the_users_own_called_model_is_left_alone(tmp_path):
    """It is no saved model."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="model: must be a saved model, or not be there"):
        contest(tmp_path, tmp_path / "log")
    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"


def test_a_folder_that_is_taken_away_meanwhile_is_an_output_error(tmp_path):
    """Not a traceback."""
    folder = tmp_path / "results"
    with pytest.raises(OutputError, match="results"):
        contest(folder, tmp_path / "log", listener=lambda event: shutil.rmtree(folder, ignore_errors=True))


def test_other_groups_begin_anew(tmp_path):
    """Also where the folds are given and only searches look at them."""
    told, folds = [], [(np.arange(300), np.arange(300, len(Y))), (np.arange(150, len(Y)), np.arange(150))]
    for n_groups in (5, 6):
        asked = {"cv": folds, "metrics": ["rmse"], "groups": np.arange(len(Y)) % n_groups, "output_dir": tmp_path}
        skdl.compare({"ridge": Ridge()}, X, Y, listener=told.append, **asked)
    assert [event.afresh_because for event in told if isinstance(event, Begun)] == [None, "the table changed"]


def test_a_class_that_is_typed_anew_begins_anew(tmp_path):
    """What a prompt was told cannot be read again."""
    code = """
import skdl
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
class Mine(Ridge):
    def predict(self, X):
        return super().predict(X) + {shift}
X, y = load_diabetes(return_X_y=True)
found = skdl.compare({{"mine": Mine()}}, X, y, cv=3, repeats=1, metrics=["rmse"], output_dir={folder!r})
"""
    means = []
    for shift in (0, 100):
        text = code.format(shift=shift, folder=str(tmp_path)) + "print(found.leaderboard().loc['mine', 'rmse'])"
        done = subprocess.run([sys.executable, "-"], input=text, capture_output=True, text=True, check=True)
        means.append(float(done.stdout))
    assert means[1] > means[0] + 20
