"""What a comparison reads of its searches."""

import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

import skdl
from skdl.metrics import Scorer, resolve_metrics

X, Y = load_diabetes(return_X_y=True)
SCORING = Scorer(resolve_metrics(["rmse"], "regression")[0])


def tuned(search, metrics=("rmse", "r2")):
    """Compare one search with the dummy over four folds, and give what was read of it."""
    comparison = skdl.compare({"model": search}, X, Y, cv=4, repeats=1, metrics=metrics, insight=False)
    return comparison, comparison.summary.tuning[0]


def test_optimism_is_the_inner_score_minus_the_outer_score():
    """Of an error, the outer mean minus the inner one; the oracle is the folds themselves."""
    comparison, read = tuned(GridSearchCV(Ridge(), {"alpha": [0.01, 1.0]}, scoring=SCORING, cv=3))
    inner = np.mean([result.inner_score for result in comparison.comparison.by_model["model"]])
    outer = comparison.folds().query("model == 'model'")["rmse"].mean()
    assert (read.inner, read.outer) == (pytest.approx(inner), pytest.approx(outer))
    assert read.optimism == pytest.approx(outer - inner)


def test_optimism_of_a_gain_has_the_other_sign():
    """More R² inside the search than on the test rows is too much."""
    scoring = Scorer(resolve_metrics(["r2"], "regression")[0])
    read = tuned(GridSearchCV(Ridge(), {"alpha": [0.01, 1.0]}, scoring=scoring, cv=3), ["r2"])[1]
    assert read.optimism == pytest.approx(read.inner - read.outer)


def test_a_search_by_another_metric_promised_nothing_in_this_one():
    """The default of scikit-learn is R²."""
    read = tuned(GridSearchCV(Ridge(), {"alpha": [0.01, 1.0]}, cv=3))[1]
    assert (read.inner, read.outer, read.optimism) == (None, None, None)


def test_chosen_values_are_counted_by_fold():
    """By parameter names without the pipeline's prefix."""
    pipeline = Pipeline([("scale", MinMaxScaler()), ("model", KNeighborsRegressor())])
    read = tuned(GridSearchCV(pipeline, {"model__n_neighbors": [1, 40], "model__weights": ["uniform"]}, cv=3))[1]
    chosen = {parameter.name: [(one.value, one.n_folds) for one in parameter.chosen] for parameter in read.parameters}
    assert chosen == {"n_neighbors": [(40, 4)], "weights": [("uniform", 4)]}


EDGES = {
    "highest": (GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [1, 9]}), "highest"),
    "lowest": (GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [20, 150]}), "lowest"),
    "inside": (GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [1, 15, 200]}), None),
    "one value": (GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [15]}), None),
    "no numbers": (GridSearchCV(KNeighborsRegressor(), {"weights": ["uniform", "distance"]}), None),
    "defaults count": (GridSearchCV(Ridge(), [{"alpha": [1e4, 1e5]}, {"alpha": [0.1]}]), "lowest"),
    "nothing below 0": (GridSearchCV(Ridge(), {"alpha": [0.0, 1e4]}), None),
    "distribution": (RandomizedSearchCV(Ridge(), {"alpha": loguniform(1e2, 1e6)}, n_iter=40, random_state=0), "lowest"),
    "whole numbers": (
        RandomizedSearchCV(KNeighborsRegressor(), {"n_neighbors": randint(1, 4)}, n_iter=20, random_state=0),
        "highest",
    ),
    "without ends": (RandomizedSearchCV(Ridge(), {"alpha": norm(9, 0.1)}, n_iter=2, random_state=0), None),
    "no limit": (
        GridSearchCV(RandomForestRegressor(9, random_state=0), [{"max_depth": [1, 4]}, {"max_depth": [None]}], cv=3),
        None,
    ),
    "as far as the model goes": (
        GridSearchCV(RandomForestRegressor(9, random_state=0, max_depth=3), {"max_features": [0.05, 1.0]}, cv=3),
        None,
    ),
}


@pytest.mark.parametrize(("search", "edge"), EDGES.values(), ids=EDGES)
def test_an_edge_is_named_where_the_search_ended_too_early(search, edge):
    """At least half of the folds chose it, and the parameter allows values beyond it."""
    assert tuned(search)[1].parameters[0].edge == edge
