"""A killed comparison resumes, and ends with the same numbers as one that was not killed."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.counting_models import Counted
from helpers.crash_points import CrashPoints, KilledError
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.multiclass import OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import skdl
from skdl.cross_validation import ComparisonStarted
from skdl.exceptions import AllModelsFailedError, OutputError, SkdlError, TryAgainError, UsageError
from skdl.report import saved_sentence
from skdl.saved_models import model_card, read_manifest

X, Y = load_diabetes(return_X_y=True, as_frame=True)
MODELS, FOLDS = 3, 12


def comparison(folder, log, metrics=("rmse",), *, insight=False, **options):
    """Compare three models over twelve folds, without the fits of a model inspection."""
    models = {f"ridge_{alpha}": Counted(str(log), alpha=alpha, seconds=0.003) for alpha in (0.1, 1.0, 10.0)}
    return skdl.compare(models, X, Y, cv=4, repeats=3, metrics=metrics, output_dir=folder, insight=insight, **options)


def fits(log):
    """Count the fits on folds, not the one on all rows of the model to be saved."""
    return sum(not line.startswith(f"{len(Y)} ") for line in log.read_text().splitlines())


def numbers(folder):
    """Read everything in folds.csv but the seconds."""
    table = pd.read_csv(folder / "folds.csv")
    return table[[name for name in table if not name.endswith("_s")]]


def kill_at_random(forks, folder, log, rng):
    """Start the comparison in another process, wait for a few fits and a moment, kill it, return its exit code."""
    process = forks.Process(target=comparison, args=(folder, log))
    n_awaited = fits(log) + rng.integers(1, 5)
    process.start()
    while process.is_alive() and fits(log) < n_awaited and not (folder / "report.html").exists():
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.03))
    process.kill()
    process.join()
    return process.exitcode


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Run without a stop: the numbers, and the number of changes in the folder."""
    folder = tmp_path_factory.mktemp("whole")
    n_changes = CrashPoints(folder / "results").count(lambda: comparison(folder / "results", folder / "log"))
    return numbers(folder / "results"), n_changes


def tear(journal):
    """Append half a line, as a kill during a write does."""
    last = journal.read_bytes().splitlines()[-1]
    with journal.open("ab") as file:
        file.write(last[: len(last) // 2])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_stopped_in_every_fit_it_ends_with_the_same_numbers_and_fits_nothing_twice(whole, tmp_path, monkeypatch):
    """Except the fit that was stopped: each run finishes one and stops in the next, the last in that on all rows."""
    log, folder = tmp_path / "log", tmp_path / "results"
    for _ in range(MODELS * FOLDS):
        monkeypatch.setattr(Counted, "fits_left", 1)
        with pytest.raises(KilledError):
            comparison(folder, log)
        tear(folder / ".journal.jsonl")
    monkeypatch.undo()
    comparison(folder, log)
    pd.testing.assert_frame_equal(numbers(folder), whole[0])
    assert fits(log) == 2 * MODELS * FOLDS - 1
    assert not list(folder.glob(".skdl-*"))


def crash_points():
    """Return shares of the changes of a folder: always three, all of them where it may take minutes."""
    few = [pytest.param(share, id=name) for share, name in [(0.0, "first"), (0.8, "while moved in"), (0.96, "last")]]
    return [*few, pytest.param(None, marks=pytest.mark.slow, id="each")]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("share", crash_points())
def test_stopped_before_a_change_of_its_folder_it_ends_with_the_same_numbers(whole, tmp_path, share):
    """While the journal, the saved model and the report are written, and while they are moved in."""
    expected, n_changes = whole
    for at in range(n_changes) if share is None else [int(share * n_changes)]:
        folder, log = tmp_path / f"results{at}", tmp_path / f"log{at}"
        CrashPoints(folder).kill(lambda folder=folder, log=log: comparison(folder, log), at)
        comparison(folder, log)
        pd.testing.assert_frame_equal(numbers(folder), expected)
        assert (fits(log), list(folder.glob(".skdl-*"))) == (MODELS * FOLDS, [])
        assert (folder / "report.html").exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("n_kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_it_ends_with_the_same_numbers_and_fits_nothing_twice(forks, whole, tmp_path, n_kills):
    """By SIGKILL; except the fit at the time of the kill."""
    log, folder, rng = tmp_path / "log", tmp_path / "results", np.random.default_rng(0)
    log.touch()
    ends = [kill_at_random(forks, folder, log, rng) for _ in range(n_kills)]
    assert set(ends) <= {-signal.SIGKILL, 0}
    assert -signal.SIGKILL in ends
    comparison(folder, log)
    pd.testing.assert_frame_equal(numbers(folder), whole[0])
    assert MODELS * FOLDS <= fits(log) <= MODELS * FOLDS + n_kills
    assert not list(folder.glob(".skdl-*"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Run the comparison to its end, with model inspection: the comparison, its folder and its log."""
    folder = tmp_path_factory.mktemp("finished")
    return comparison(folder / "results", folder / "log", insight=True), folder / "results", folder / "log"


@pytest.fixture
def done(finished, tmp_path):
    """Copy the finished results for one test: the comparison, the folder, the log."""
    first, folder, log = finished
    return first, Path(shutil.copytree(folder, tmp_path / "results")), log


class RestartedError(Exception):
    """Carries the reason why a comparison starts over."""


def raise_restart_reason(event):
    """End a comparison at its first event."""
    if isinstance(event, ComparisonStarted):
        raise RestartedError(event.restart_reason)


def test_a_finished_folder_is_run_again_without_a_fit(done):
    """Neither on folds, nor on all rows, nor for model inspection; the best model is the saved one."""
    first, folder, log = done
    n_lines = len(log.read_text().splitlines())
    again = comparison(folder, log, insight=True)
    assert len(log.read_text().splitlines()) == n_lines > MODELS * FOLDS + 1
    assert again.summary.insight == first.summary.insight
    assert again.model_pin == first.model_pin
    assert again.best.predict(X).tolist() == first.best.predict(X).tolist()


def test_another_model_is_saved_without_a_fit_on_folds(done):
    """The verdict is the same; report, results, card and `best` are about the saved model."""
    first, folder, log = done
    n_fits = fits(log)
    name = first.summary.models[2].model
    again = comparison(folder, log, insight=True, save_model=name)
    assert fits(log) == n_fits
    assert again.verdict == first.verdict
    assert again.best.alpha == float(name.removeprefix("ridge_"))
    card = model_card(read_manifest(folder / "model"))
    assert (card.model, card.recommended) == (name, again.verdict.recommended)
    assert json.loads((folder / "results.json").read_text())["saved"]["model"] == name
    sentence = f"The saved model is {name}, as requested; the recommended model is {again.verdict.recommended}."
    assert saved_sentence(again.summary) == sentence
    assert (folder / "report.md").read_text().count(sentence) == 2
    assert comparison(folder, log, save_model="leader").summary.saved_name == again.summary.verdict.leader


def test_a_model_to_save_that_is_not_compared_is_refused_before_a_fit(tmp_path):
    with pytest.raises(UsageError, match=r"save_model must be 'leader' or .*; got 'ridge_11'; did you mean ridge_1"):
        comparison(tmp_path, tmp_path / "log", save_model="ridge_11")
    assert not (tmp_path / "log").exists()


def test_a_model_to_save_without_a_score_is_refused_before_a_further_fit(tmp_path):
    """An earlier report and model stay."""
    models = {"ridge": Ridge(), "broken": Ridge(alpha=-1.0)}
    options = {"cv": 3, "repeats": 1, "metrics": ["rmse"], "output_dir": tmp_path, "insight": False}
    skdl.compare(models, X, Y, **options)
    with pytest.raises(SkdlError, match=r"score on every fold; got 'broken': .*alpha.* Name one of ridge, dummy"):
        skdl.compare(models, X, Y, save_model="broken", **options)
    assert (tmp_path / "report.html").exists()
    assert (tmp_path / "model").exists()


def test_fresh_fits_everything_again(done):
    _, folder, log = done
    n_fits = fits(log)
    comparison(folder, log, fresh=True)
    assert fits(log) == n_fits + MODELS * FOLDS


@pytest.mark.parametrize("metrics", [["rmse", "mae"], ["r2", "rmse"]], ids=["added", "first"])
def test_other_metrics_are_computed_without_a_fit_on_folds(done, metrics, tmp_path):
    """To the bit, the training scores of another first metric too."""
    _, folder, log = done
    n_fits = fits(log)
    again, fresh = (comparison(where, log, metrics=metrics) for where in (folder, tmp_path / "fresh"))
    assert fits(log) == n_fits + MODELS * FOLDS
    pd.testing.assert_frame_equal(numbers(folder), numbers(tmp_path / "fresh"), check_exact=True)
    assert trained(again) == trained(fresh)


def trained(found):
    """Return the training scores of all folds."""
    return [result.train_score for result in found.comparison.results]


def test_only_a_model_that_was_added_or_changed_is_fitted(done):
    """Those that were renamed, came back or stand at another place keep their folds, and the saved model stays."""
    first, folder, log = done
    n_lines, log = len(log.read_text().splitlines()), str(log)
    events = []

    def again(**alphas):
        models = {name: Counted(log, alpha=alpha, seconds=0.003) for name, alpha in alphas.items()}
        found = skdl.compare(
            models, X, Y, cv=4, repeats=3, metrics=["rmse"], output_dir=folder, insight=False, listener=events.append
        )
        fitted = {name: str(note) for name, note in events[0].fitted.items()}
        events.clear()
        return found, fitted, len(Path(log).read_text().splitlines()) - n_lines

    old = {"ridge_10.0": 10.0, "ridge_1.0": 1.0, "ridge_0.1": 0.1}
    found, fitted, n_fits = again(**old, added=3.0)
    assert (fitted, n_fits) == ({"added": "new"}, FOLDS)
    assert found.best.predict(X).tolist() == first.best.predict(X).tolist()
    _, fitted, n_fits = again(**{**old, "ridge_1.0": 2.0})
    assert (fitted, n_fits) == ({"ridge_1.0": "the model changed: alpha 1.0, now 2.0"}, 2 * FOLDS)
    _, fitted, n_fits = again(**old, renamed=3.0)
    assert (fitted, n_fits) == ({}, 2 * FOLDS)


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_class_scores_of_every_kind_give_the_metrics_of_a_fresh_run(tmp_path):
    """Probabilities by rows and by columns in memory, decision values, and a model without either."""
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "knn": KNeighborsClassifier(), "margins": RidgeClassifier()}
    models |= {"none": OutputCodeClassifier(GaussianNB(), random_state=0)}
    options = {"cv": 3, "repeats": 2, "insight": False}
    skdl.compare(models, X, y, metrics=["accuracy"], output_dir=tmp_path / "old", **options)
    metrics, events = ["log_loss", "roc_auc", "f1_macro"], []
    skdl.compare(models, X, y, metrics=metrics, output_dir=tmp_path / "old", listener=events.append, **options)
    skdl.compare(models, X, y, metrics=metrics, output_dir=tmp_path / "new", **options)
    assert not events[0].fitted
    pd.testing.assert_frame_equal(numbers(tmp_path / "old"), numbers(tmp_path / "new"), check_exact=True)
    # Scorers of scikit-learn call the model.
    events.clear()
    asked = {"metrics": ["log_loss", "neg_brier_score"], "listener": events.append}
    skdl.compare({"bayes": models["bayes"]}, X, y, output_dir=tmp_path / "old", **asked, **options)
    assert {note.code for note in events[0].fitted.values()} == {"needs_outputs"}


@pytest.mark.parametrize("lost", ["manifest.json", "model.joblib"])
def test_a_damaged_model_is_fitted_and_saved_again(done, lost):
    """Without a fit on the folds."""
    first, folder, log = done
    n_fits = fits(log)
    (folder / "model" / lost).unlink()
    again = comparison(folder, log)
    assert fits(log) == n_fits
    saved = skdl.load_model(folder / "model", sha256=again.model_pin)
    assert saved.predict(X).tolist() == first.best.predict(X).tolist()


def test_two_runs_do_not_share_a_folder(tmp_path):
    """The second one fails with exit code 75, "try again"."""
    log, folder = tmp_path / "log", tmp_path / "results"

    def second(event):
        if isinstance(event, ComparisonStarted):
            comparison(folder, log)

    with pytest.raises(TryAgainError, match="another comparison is writing there"):
        comparison(folder, log, listener=second)


def test_a_lock_file_that_a_killed_run_left_locks_nothing(tmp_path):
    """A lock ends with its process; the next run removes the file."""
    log, folder = tmp_path / "log", tmp_path / "results"
    folder.mkdir()
    (folder / ".lock").touch()
    comparison(folder, log)
    assert not (folder / ".lock").exists()


def test_nothing_is_kept_where_every_model_failed(tmp_path):
    """The cause may be outside of the models and be removed before the next run."""
    with pytest.raises(AllModelsFailedError, match="every model failed"):
        comparison(tmp_path / "results", tmp_path / "no such folder" / "log")
    assert comparison(tmp_path / "results", tmp_path / "log").verdict.recommended.startswith("ridge")


def test_the_report_is_written_if_the_model_cannot_be_saved(done):
    """A lambda cannot be pickled. The error names the report, and the model of the earlier run is removed."""
    folder = done[1]
    models = {"unsaveable": TransformedTargetRegressor(Ridge(), func=lambda y: y, inverse_func=lambda y: y)}
    with pytest.raises(SkdlError, match=r"could not be fitted on all rows and saved .* The report is in"):
        skdl.compare(models, X, Y, cv=3, repeats=1, metrics=["rmse"], output_dir=folder, insight=False)
    assert "unsaveable" in (folder / "report.md").read_text()
    assert not (folder / "model").exists()


def test_a_users_folder_called_model_is_not_replaced(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="model: must be a saved model, or not be there"):
        comparison(tmp_path, tmp_path / "log")
    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"


def test_a_results_folder_that_is_deleted_during_the_run_is_an_output_error(tmp_path):
    folder = tmp_path / "results"
    with pytest.raises(OutputError, match="results"):
        comparison(folder, tmp_path / "log", listener=lambda event: shutil.rmtree(folder, ignore_errors=True))


def test_other_groups_start_over(tmp_path):
    """Even if the folds are given, for searches use the groups."""
    folds = [(np.arange(300), np.arange(300, len(Y))), (np.arange(150, len(Y)), np.arange(150))]
    asked = {"cv": folds, "metrics": ["rmse"], "output_dir": tmp_path, "insight": False}
    skdl.compare({"ridge": Ridge()}, X, Y, groups=np.arange(len(Y)) % 5, **asked)
    with pytest.raises(RestartedError, match="the table changed"):
        skdl.compare({"ridge": Ridge()}, X, Y, groups=np.arange(len(Y)) % 6, listener=raise_restart_reason, **asked)


def test_a_class_without_source_starts_over(tmp_path):
    """Whether its code changed is not known: it was typed at a prompt."""
    code = """
class Mine(Ridge):
    def predict(self, X):
        return super().predict(X) + {shift}
found = skdl.compare(
    {{"mine": Mine()}}, X, y, cv=3, repeats=1, metrics=["rmse"], output_dir={folder!r}, insight=False
)
print(found.leaderboard().loc["mine", "rmse"])
"""
    head = """
import skdl
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
X, y = load_diabetes(return_X_y=True)
"""
    text = head + "".join(code.format(shift=shift, folder=str(tmp_path)) for shift in (0, 100))
    done = subprocess.run([sys.executable, "-"], input=text, capture_output=True, text=True, check=True)
    first, second = map(float, done.stdout.split())
    assert second > first + 20
