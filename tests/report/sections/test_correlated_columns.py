"""Correlated columns, which the inspection permutes together."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import association, crosstab
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import skdl

N = 500
RNG = np.random.default_rng(0)
X = pd.DataFrame({"first": RNG.normal(size=N)})
X["second"] = X["first"] + RNG.normal(scale=0.4, size=N)
X["third"] = X["second"] + RNG.normal(scale=0.4, size=N)
X["x"] = RNG.normal(size=N)
X["bent"] = -np.exp(X["x"])
X["place"] = RNG.choice(["north", "south", "west"], N)
X["code"] = X["place"].map({"north": "1", "south": "2", "west": "3"})
X["quarter"] = RNG.choice(list("abcd"), N)
X["mistyped"] = np.where(RNG.random(N) < 0.95, X["quarter"], "z")
X["who"] = [f"person {row}" for row in range(N)]
X["other"] = RNG.permutation(X["who"])


def inspected(X, model):
    """Inspect a model."""
    return skdl.compare({"model": model}, X, np.arange(len(X)), cv=3, repeats=1, metrics=["mae"]).summary.insight


@pytest.fixture(scope="module")
def insight():
    """The inspection of a model that uses one of the columns."""
    return inspected(X, make_pipeline(make_column_transformer(("passthrough", ["x"])), LinearRegression()))


@pytest.fixture(scope="module")
def pairs(insight):
    """Strengths of the correlated pairs."""
    return {(pair.first, pair.second): pair.strength for pair in insight.correlated}


def test_association_of_categories_is_cramers_v(pairs):
    """SciPy's, corrected for the number of categories as Bergsma does."""
    counts = crosstab(X["quarter"], X["mistyped"]).count
    freedom = np.array(counts.shape) - 1
    squared = association(counts, method="cramer") ** 2 * freedom.min() - freedom.prod() / (N - 1)
    corrected = np.sqrt(squared / (freedom - freedom**2 / (N - 1)).min())
    assert pairs["quarter", "mistyped"] == pytest.approx(corrected)


def test_a_falling_and_a_bent_relation_are_correlations_too(pairs):
    """Only ranks count, with either sign."""
    assert pairs["x", "bent"] == pytest.approx(1.0)


def test_columns_are_grouped_also_through_others(pairs, insight):
    """The first and the third, since both correlate with the second; a name with its code.

    Two columns of identifiers are not one group: every value is unique, so neither predicts the other.
    """
    assert ("first", "third") not in pairs
    groups = {tuple(importance.columns) for importance in insight.importances}
    assert groups == {
        ("first", "second", "third"),
        ("x", "bent"),
        ("place", "code"),
        ("quarter", "mistyped"),
        ("who",),
        ("other",),
    }


def test_an_array_of_objects_holds_numbers():
    found = inspected(X[["x", "bent"]].to_numpy().astype(object), LinearRegression())
    assert [(pair.first, pair.second, pair.measure) for pair in found.correlated] == [("x0", "x1", "spearman")]
