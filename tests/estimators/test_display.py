"""Learning curves as a scikit-learn display."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, GradientBoostingRegressor, VotingRegressor
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor, TrainingCurveDisplay, freeze

mpl.use("Agg")
X, Y = np.arange(80.0).reshape(-1, 2), np.arange(40.0)
THREE = [
    {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 2.6]},
    {"loss": [5.0, 4.0], "val_loss": [4.0, 4.5]},
    {"loss": [4.0, 3.0, 2.0, 1.5], "val_loss": [5.0, 4.0, 3.0, 2.0]},
]


@pytest.fixture(autouse=True)
def _closed_figures():
    """Matplotlib keeps every figure of pyplot until it is closed."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def net():
    """Fit a small network with validation rows."""
    return KerasMLPRegressor((4,), epochs=3, validation_split=0.2, metrics=["mae"], random_state=0).fit(X, Y)


def small():
    """Make an unfitted pipeline; all tests share its structure, which is compiled once."""
    return make_pipeline(MinMaxScaler(), KerasMLPRegressor((4,), epochs=2, random_state=0))


def drawn(display):
    """Return what the curves show."""
    return [line.get_ydata().tolist() for line in display.lines_]


def legend(display):
    """Return the legend's entries."""
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


@pytest.mark.parametrize("metric", ["loss", "mae"])
def test_training_and_validation_are_drawn_with_the_best_epoch(net, metric):
    """The lines are the history."""
    display = TrainingCurveDisplay.from_estimator(net, metric=metric)
    assert drawn(display) == [net.history_[metric], net.history_[f"val_{metric}"]]
    assert legend(display) == ["training", "validation", f"best epoch ({net.best_epoch_})"]


@pytest.mark.parametrize(
    ("wrapped", "network"),
    [
        (make_pipeline(small()), lambda fitted: fitted[-1][-1]),
        (TransformedTargetRegressor(small()), lambda fitted: fitted.regressor_[-1]),
        (GridSearchCV(small(), {"kerasmlpregressor__epochs": [2, 3]}, cv=4), lambda s: s.best_estimator_[-1]),
        (FrozenEstimator(small().fit(X, Y)), lambda frozen: frozen.estimator[-1]),
    ],
    ids=["nested pipeline", "target transformer", "grid search", "frozen estimator"],
)
def test_the_curve_of_a_network_inside_another_estimator_is_drawn(wrapped, network):
    wrapped.fit(X, Y)
    assert drawn(TrainingCurveDisplay.from_estimator(wrapped)) == [network(wrapped).history_["loss"]]


def test_a_cross_validation_has_a_line_for_each_fold():
    """Results and a list of estimators draw the same."""
    folds = cross_validate(small(), X, Y, cv=4, return_estimator=True)
    expected = [pipeline[-1].history_["loss"] for pipeline in folds["estimator"]]
    assert drawn(TrainingCurveDisplay.from_cv_results(folds)) == expected
    assert drawn(TrainingCurveDisplay.from_estimator(folds)) == expected
    assert drawn(TrainingCurveDisplay.from_estimator(folds["estimator"])) == expected


def test_a_fold_that_failed_is_left_out():
    broken = np.where(np.arange(40) < 10, np.nan, Y)
    halves = PredefinedSplit(np.arange(40) // 10 > 0)  # the second trains on the broken rows
    with pytest.warns(FitFailedWarning):
        folds = cross_validate(small(), X, broken, cv=halves, return_estimator=True, scoring=lambda *_: 0.0)
    assert len(TrainingCurveDisplay.from_cv_results(folds).lines_) == 1


@pytest.mark.parametrize(
    ("ensemble", "networks"),
    [
        (BaggingRegressor(small(), n_estimators=2), lambda fitted: [one[-1] for one in fitted.estimators_]),
        (VotingRegressor([("line", LinearRegression()), ("net", small())]), lambda fitted: [fitted.estimators_[1][-1]]),
    ],
    ids=["bagging of pipelines", "voting with another model"],
)
def test_an_ensemble_has_a_line_for_each_network(ensemble, networks):
    """Members of other classes have no curve."""
    ensemble.fit(X, Y)
    assert drawn(TrainingCurveDisplay.from_estimator(ensemble)) == [one.history_["loss"] for one in networks(ensemble)]


def test_a_calibrated_classifier_has_a_line_for_each_fold():
    """Its networks are one level deeper than those of other ensembles."""
    calibrated = CalibratedClassifierCV(KerasMLPClassifier((4,), epochs=1, random_state=0), cv=2).fit(X, Y > 20)
    assert len(TrainingCurveDisplay.from_estimator(calibrated).lines_) == 2


def test_the_mean_ends_with_the_shortest_curve():
    """Hand values: two epochs are common to all three."""
    display = TrainingCurveDisplay(THREE).plot()
    assert drawn(display) == [one[part] for part in ("loss", "val_loss") for one in THREE]
    assert [line.get_ydata().tolist() for line in display.mean_lines_] == [[4.0, 3.0], [4.0, 11.0 / 3.0]]
    assert {line.get_color() for line in display.lines_[:3]} == {display.mean_lines_[0].get_color()}
    assert legend(display) == ["training (mean of 3)", "validation (mean of 3)"]


def test_each_best_epoch_is_circled_on_the_validation_curve():
    """A network without one has no circle."""
    display = TrainingCurveDisplay(THREE, best_epoch=[2, None, 4]).plot()
    (circles,) = [line for line in display.ax_.lines if line.get_label() == "best epochs (2 to 4)"]
    assert circles.get_xydata().tolist() == [[2.0, 2.5], [4.0, 2.0]]


def test_several_metrics_are_drawn_side_by_side(net):
    """On given axes or on new ones."""
    display = TrainingCurveDisplay.from_estimator(net, metric=["loss", "mae"])
    assert [ax.get_ylabel() for ax in display.ax_] == ["loss", "mae"]
    axes = plt.figure().subplots(2, 1)
    assert display.plot(axes).ax_.tolist() == axes.tolist()
    with pytest.raises(ValueError, match="ax must be as many axes as there are metrics, 1; got 2"):
        display.plot(axes, metric="mae")


def test_a_metric_with_a_value_for_each_class_has_a_line_for_each_and_their_mean():
    """By the metric's name; one class by its own."""
    history = {"loss": [1.0, 0.5], "f1_score_0": [0.2, 0.6], "f1_score_1": [0.4, 1.0]}
    display = TrainingCurveDisplay(history, best_epoch=2, metric="f1_score").plot()
    assert drawn(display) == [[0.2, 0.6], [0.4, 1.0]]
    assert display.mean_lines_[0].get_ydata() == pytest.approx([0.3, 0.8])
    assert drawn(display.plot(metric="f1_score_1")) == [[0.4, 1.0]]


@pytest.mark.parametrize(
    ("values", "log_scale", "scale"),
    [
        ([20.0, 1.0], None, "log"),
        ([19.0, 1.0], None, "linear"),
        ([0.01, 0.9], None, "linear"),
        ([20.0, 0.0], None, "linear"),
        ([np.nan, np.nan], None, "linear"),
        ([20.0, 1.0], False, "linear"),
        ([19.0, 1.0], True, "log"),
    ],
    ids=["steep", "flat", "rising", "zero", "diverged", "steep, refused", "flat, asked for"],
)
def test_a_curve_that_falls_far_has_a_logarithmic_scale(values, log_scale, scale):
    assert TrainingCurveDisplay({"loss": values}).plot(log_scale=log_scale).ax_.get_yscale() == scale


@pytest.mark.parametrize("n_epochs", [1, 2, 30])
def test_epochs_are_whole_numbers_on_the_axis(n_epochs):
    """One epoch is a point, which a line without marker would not show."""
    display = TrainingCurveDisplay({"loss": np.linspace(2.0, 1.0, n_epochs)}).plot()
    assert all(tick == int(tick) for tick in display.ax_.get_xticks())
    assert (display.lines_[0].get_marker() != "None") == (n_epochs == 1)


def test_displays_in_the_same_axes_differ_by_name_and_colour():
    """Styles may have Matplotlib's short names."""
    first = TrainingCurveDisplay(THREE, name="A").plot(line_kw={"lw": 3.0, "c": "red"}, mean_line_kw={"ls": ":"})
    second = TrainingCurveDisplay(THREE[0], name="B").plot(first.ax_)
    assert second.figure_ is first.figure_
    assert {"A: training (mean of 3)", "B: validation"} <= set(legend(second))
    assert {(line.get_color(), line.get_linewidth()) for line in first.lines_} == {("red", 3.0)}
    assert [line.get_linestyle() for line in first.mean_lines_] == [":", ":"]
    assert second.lines_[0].get_color() != second.lines_[1].get_color()


@pytest.mark.parametrize("metric", ["mape", "val_loss"])
def test_a_metric_that_was_not_recorded_is_an_error(net, metric):
    """The message lists the recorded ones."""
    with pytest.raises(ValueError, match=rf"metric must be one of \['loss', 'mae'\]; got '{metric}'"):
        TrainingCurveDisplay.from_estimator(net, metric=metric)


def test_a_loaded_network_has_no_curve(net, tmp_path):
    net.export_keras(tmp_path / "net.keras")
    with pytest.raises(ValueError, match="history must hold at least one epoch"):
        TrainingCurveDisplay.from_estimator(KerasMLPRegressor.from_keras(tmp_path / "net.keras"))


@pytest.mark.parametrize(
    "estimator", [KerasMLPRegressor(), small(), GridSearchCV(small(), {})], ids=["network", "pipeline", "search"]
)
def test_an_unfitted_estimator_has_no_curve(estimator):
    with pytest.raises(NotFittedError, match=rf"must be fitted; got a {type(estimator).__name__} that is not\. Call"):
        TrainingCurveDisplay.from_estimator(estimator)


@pytest.mark.parametrize(
    "estimator",
    [LinearRegression().fit(X, Y), GradientBoostingRegressor(n_estimators=2).fit(X, Y), [1.0]],
    ids=["linear", "boosting", "number"],
)
def test_an_estimator_without_a_network_has_no_curve(estimator):
    """The message points to scikit-learn's own display."""
    with pytest.raises(TypeError, match=r"must be a Keras network of skdl, .* or hold one; got a .* without"):
        TrainingCurveDisplay.from_estimator(estimator)


def test_a_frozen_network_has_no_curve(net):
    with pytest.raises(TypeError, match=r"got a FrozenMLPRegressor, .* Draw the estimator that was frozen"):
        TrainingCurveDisplay.from_estimator(make_pipeline(MinMaxScaler().fit(X), freeze(net)))


def test_a_search_without_refit_has_no_curve():
    """Scikit-learn keeps none of its networks."""
    search = GridSearchCV(small(), {}, cv=4, refit=False).fit(X, Y)
    with pytest.raises(ValueError, match=r"got a GridSearchCV with refit=False, which keeps none\. Set refit=True"):
        TrainingCurveDisplay.from_estimator(search)


def test_a_cross_validation_without_estimators_has_no_curve():
    """The message names the parameter."""
    with pytest.raises(ValueError, match=r"got the keys \['test_score'\]\. Call cross_validate with return_estimator"):
        TrainingCurveDisplay.from_cv_results({"test_score": [1.0]})
