import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl.pipeline import n_fits, search_rounds

MODEL = LogisticRegression()
GRID = {"C": [1.0, 2.0, 3.0, 4.0]}


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (MODEL, 1),
        (CalibratedClassifierCV(MODEL, ensemble=False, cv=5), 6),
        (CalibratedClassifierCV(MODEL, cv=TimeSeriesSplit(4)), 4),
        (make_pipeline(MinMaxScaler(), CalibratedClassifierCV(MODEL, ensemble=False, cv=3)), 4),
        (TunedThresholdClassifierCV(MODEL, cv=3), 4),
        (RandomizedSearchCV(MODEL, GRID, n_iter=2, cv=3), 7),
        (GridSearchCV(TunedThresholdClassifierCV(MODEL, cv=2), GRID, cv=3), (4 * 3 + 1) * 3),
        (HalvingGridSearchCV(MODEL, GRID, cv=3), (4 + 2) * 3 + 1),
    ],
    ids=["plain", "calibrated", "averaged", "in a pipeline", "threshold", "random", "nested", "halving"],
)
def test_every_fit_of_the_innermost_model_is_counted(estimator, expected):
    """On each of two folds."""
    assert n_fits(estimator, 2) == 2 * expected


@pytest.mark.parametrize("first", ["exhaust", 60, 200])
def test_rounds_are_those_that_scikit_learn_runs(first):
    """For any number of rows in the first round."""
    from sklearn.datasets import make_classification

    X, y = make_classification(500, random_state=0)
    grid = {"C": [10.0**power for power in range(-5, 5)]}
    search = HalvingGridSearchCV(MODEL, grid, cv=2, min_resources=first).fit(X, y)
    rounds = search_rounds(search, 500)
    assert [candidates for candidates, _ in rounds] == search.n_candidates_
    assert [round(share * 500 / rows, 1) for (_, share), rows in zip(rounds, search.n_resources_, strict=True)] == [
        1.0
    ] * len(rounds)
