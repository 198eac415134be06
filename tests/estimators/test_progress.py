"""Progress of a long fit: one bar, none in workers, and scikit-learn's own callbacks."""

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdl import KerasMLPRegressor

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X.sum(axis=1)


def net(**parameters):
    """Make a small regressor."""
    return KerasMLPRegressor((4,), epochs=3, random_state=0, **parameters)


@pytest.mark.parametrize("callbacks", [None, "batches"], ids=["compiled", "Keras"])
@pytest.mark.parametrize(("verbose", "n_lines"), [(0, 0), (1, 1), (2, 3)])
def test_verbose_shows_nothing_one_bar_or_a_line_for_each_epoch(verbose, n_lines, callbacks, capsys):
    """Whichever way the network is trained."""
    watching = [keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)] if callbacks else None
    net(verbose=verbose, callbacks=watching, validation_split=0.2).fit(X, Y)
    shown = capsys.readouterr().out
    assert shown.count("\n") == n_lines
    assert ("3/3" in shown) == ("val_loss: " in shown) == (verbose > 0)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_draw_no_bar(backend, capfd):
    """Several bars on one screen would overwrite each other."""
    Parallel(n_jobs=2, backend=backend)(delayed(net(verbose=1).fit)(X, Y) for _ in range(2))
    shown = capfd.readouterr()
    assert shown.out == ""


class RecordsTasks:
    """A callback of scikit-learn's that records the tasks that began, and may ask to stop."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.tasks, self.losses, self.stop_after = [], [], stop_after

    def setup(self, estimator, context):
        """Begin."""

    def teardown(self, estimator, context):
        """End."""

    def on_fit_task_begin(self, estimator, context):
        self.tasks.append((context.estimator_name, context.task_name))

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        if context.task_name != "epoch":
            return False
        self.losses.append(np.mean((fitted_estimator.predict(X) - y) ** 2))
        return len(self.losses) == self.stop_after


def test_each_epoch_is_a_task_of_scikit_learn_s_callbacks():
    """They see the network of that epoch: trained for one epoch alone, it predicts the same."""
    recorder = RecordsTasks()
    net().set_callbacks(recorder).fit(X, Y)
    assert recorder.tasks == [("KerasMLPRegressor", "fit"), *[("KerasMLPRegressor", "epoch")] * 3]
    first = net().set_params(epochs=1).fit(X, Y)
    assert recorder.losses[0] == np.mean((first.predict(X) - Y) ** 2)


def test_a_scikit_learn_callback_can_stop_the_training():
    assert net().set_callbacks(RecordsTasks(stop_after=2)).fit(X, Y).n_iter_ == 2


def test_scikit_learn_s_progress_bar_shows_epochs_inside_a_search(capsys):
    """scikit-learn's own ProgressBar."""
    search = GridSearchCV(make_pipeline(net()), {"kerasmlpregressor__learning_rate": [0.1, 0.01]}, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, Y)
    bars = [line for line in capsys.readouterr().out.splitlines() if "KerasMLPRegressor" in line]
    assert len(bars) >= 5  # four fits and the last on all rows
    assert "100%" in bars[-1]


def test_a_scoring_monitor_scores_each_epoch():
    """scikit-learn's own ScoringMonitor."""
    monitor = ScoringMonitor(scoring="r2")
    fitted = net().set_callbacks(monitor).fit(X, Y)
    scores = monitor.get_logs().data_as_pandas.query("task_name == 'epoch'")["r2"]
    assert scores.iloc[-1] == fitted.score(X, Y)
    assert len(scores) == 3
