"""Estimators inside searches, pipelines and other wrappers."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline

from skdl.cross_validation import FoldResult, chosen_model, final_estimator, fit_with_groups, wrapper_labels

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 2))
Y = (X[:, 0] + RNG.normal(size=120) > 0.5).astype(int)
GROUPS = np.arange(120) // 10
FOLDS = StratifiedGroupKFold(3)
TUNED = TunedThresholdClassifierCV(LogisticRegression(), cv=FOLDS, thresholds=20)
SEARCH = GridSearchCV(TUNED, {"estimator__C": [0.1, 1]}, cv=FOLDS)


class CustomSplitter:
    """A splitter that metadata routing does not know."""

    def split(self, X, y=None, groups=None):
        """Yield one fold: the first groups against the others."""
        yield np.flatnonzero(groups < 6), np.flatnonzero(groups >= 6)

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds."""
        return 1


def test_groups_reach_the_folds_inside_a_search():
    """The threshold is that of a fit with the same folds, given as row numbers."""
    found = fit_with_groups(SEARCH, X, Y, GROUPS)
    by_hand = TunedThresholdClassifierCV(
        LogisticRegression(C=found.best_params_["estimator__C"]), cv=list(FOLDS.split(X, Y, GROUPS)), thresholds=20
    ).fit(X, Y)
    assert found.best_estimator_.best_threshold_ == by_hand.best_threshold_


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=CustomSplitter())],
    ids=["no inner folds", "custom splitter"],
)
def test_groups_are_passed_only_where_they_are_used(model):
    """A plain model has no use for them; a search with a custom splitter has."""
    assert len(fit_with_groups(model, X, Y, GROUPS).predict(X)) == 120


def test_the_final_estimator_is_found_before_and_after_the_fit():
    """The unfitted one of the search; the fitted one of its best candidate."""
    search = clone(SEARCH)
    assert not hasattr(final_estimator(search), "coef_")
    fitted = fit_with_groups(search, X, Y, GROUPS)
    assert final_estimator(fitted).coef_.shape == (1, 2)


def test_of_several_calibrated_copies_none_is_the_final_estimator():
    """It is the unfitted one."""
    model = CalibratedClassifierCV(LogisticRegression(), cv=2, ensemble=True).fit(X, Y)
    assert not hasattr(final_estimator(model), "coef_")


def test_wrappers_are_labelled_from_the_inside_out():
    model = GridSearchCV(TunedThresholdClassifierCV(CalibratedClassifierCV(LogisticRegression())), {})
    assert wrapper_labels(model) == ["calibrated", "threshold tuned", "tuned"]
    assert wrapper_labels(LogisticRegression()) == []


def test_the_chosen_model_has_the_values_of_the_grid_themselves():
    """`parameters` holds only their plain form."""
    search = GridSearchCV(Pipeline([("model", LogisticRegression())]), {"model": [LogisticRegression(C=2.0)]})
    result = FoldResult("search", 0, 0, parameters={"model": "LogisticRegression(C=2.0)"}, candidate=0)
    assert chosen_model(search, result).named_steps["model"].C == 2.0
    assert chosen_model(LogisticRegression(C=3.0), result).C == 3.0
