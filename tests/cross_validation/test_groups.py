import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, TunedThresholdClassifierCV

from skdl.cross_validation._groups import fit_in_groups

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 2))
Y = (X[:, 0] + RNG.normal(size=120) > 0.5).astype(int)
GROUPS = np.arange(120) // 10
FOLDS = StratifiedGroupKFold(3)
SEARCH = GridSearchCV(TunedThresholdClassifierCV(LogisticRegression(), cv=FOLDS), {"estimator__C": [0.1, 1]}, cv=FOLDS)


class OwnFolds:
    """A splitter that says nothing of itself."""

    def split(self, X, y=None, groups=None):
        """Give one fold: the first groups against the others."""
        yield np.flatnonzero(groups < 6), np.flatnonzero(groups >= 6)

    def get_n_splits(self, X=None, y=None, groups=None):
        """Give the number of folds."""
        return 1


def test_groups_reach_the_folds_inside_a_search():
    """The threshold is the one that is found by hand with the same folds."""
    found = fit_in_groups(SEARCH, X, Y, GROUPS)
    by_hand = TunedThresholdClassifierCV(
        LogisticRegression(C=found.best_params_["estimator__C"]), cv=list(FOLDS.split(X, Y, GROUPS))
    ).fit(X, Y)
    assert found.best_estimator_.best_threshold_ == by_hand.best_threshold_


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=OwnFolds())],
    ids=["no folds", "a splitter of one's own"],
)
def test_other_models_are_fitted_as_ever(model):
    """With groups where they ask for them, without where they do not."""
    assert len(fit_in_groups(model, X, Y, GROUPS).predict(X)) == 120
