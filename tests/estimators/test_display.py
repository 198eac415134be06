"""The learning curve as a picture."""

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPRegressor, TrainingCurveDisplay

mpl.use("Agg")
X, Y = np.arange(40.0).reshape(-1, 2), np.arange(20.0)


@pytest.fixture(scope="module")
def net():
    """Fit a small network with held-out rows."""
    return KerasMLPRegressor((4,), epochs=3, validation_split=0.2, metrics=["mae"], random_state=0).fit(X, Y)


@pytest.mark.parametrize("metric", ["loss", "mae"])
def test_training_and_validation_are_drawn_with_the_best_epoch(net, metric):
    """The lines are the history."""
    display = TrainingCurveDisplay.from_estimator(net, metric=metric)
    drawn = [line.get_ydata().tolist() for line in display.lines_]
    assert drawn == [net.history_[metric], net.history_[f"val_{metric}"]]
    assert f"best epoch ({net.best_epoch_})" in [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_a_pipeline_shows_the_network_at_its_end():
    """Scaling in front changes nothing."""
    pipeline = make_pipeline(MinMaxScaler(), KerasMLPRegressor((4,), epochs=2, random_state=0)).fit(X, Y)
    assert len(TrainingCurveDisplay.from_estimator(pipeline).lines_) == 1


def test_a_metric_that_was_not_recorded_is_an_error(net):
    """The message names what there is."""
    with pytest.raises(ValueError, match=r"metric must be one of \['loss', 'mae', 'val_loss', 'val_mae'\]; got 'mape'"):
        TrainingCurveDisplay.from_estimator(net, metric="mape")


def test_a_loaded_network_has_no_curve(net, tmp_path):
    """The message says why."""
    net.export_keras(tmp_path / "net.keras")
    with pytest.raises(ValueError, match="history must hold at least one epoch"):
        TrainingCurveDisplay.from_estimator(KerasMLPRegressor.from_keras(tmp_path / "net.keras"))
