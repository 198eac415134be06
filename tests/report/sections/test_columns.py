"""Groups of correlated columns."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import association, crosstab

from skdl.report.sections._columns import columns_of

RNG = np.random.default_rng(0)


def corrected(first, second):
    """Correct SciPy's Cramér's V for the number of categories, as Bergsma does."""
    counts = crosstab(first, second).count
    n, freedom = counts.sum(), np.array(counts.shape) - 1
    squared = association(counts, method="cramer") ** 2 * freedom.min() - freedom.prod() / (n - 1)
    return np.sqrt(max(0.0, squared) / (freedom - freedom**2 / (n - 1)).min())


def test_association_of_categories_is_cramers_v():
    frame = pd.DataFrame({name: RNG.choice(list("abcd")[:n], 200) for name, n in (("p", 2), ("q", 3), ("r", 4))})
    frame["s"] = np.where(RNG.random(200) < 0.7, frame["q"], "z")
    strengths = columns_of(frame).strengths
    for i, j in ((0, 1), (0, 3), (1, 3), (2, 3)):
        assert strengths[i, j] == pytest.approx(corrected(frame.iloc[:, i], frame.iloc[:, j]))


def test_two_columns_of_identifiers_are_not_one_group():
    """Every value is unique, so neither predicts the other."""
    names = [f"person {row}" for row in range(60)]
    frame = pd.DataFrame({"who": names, "other": RNG.permutation(names)})
    assert columns_of(frame).alike() == [[0], [1]]


def test_an_array_of_objects_holds_numbers():
    x = RNG.normal(size=50)
    assert columns_of(np.column_stack([x, x**3]).astype(object)).pairs()[0][:2] == (0, 1)


def test_columns_are_put_together_through_others():
    """The first and the third are grouped, since both correlate with the second; the fourth is not."""
    first = RNG.normal(size=500)
    second = first + RNG.normal(scale=0.4, size=500)
    third = second + RNG.normal(scale=0.4, size=500)
    found = columns_of(np.column_stack([first, second, third, RNG.normal(size=500)]))
    assert found.strengths[0, 2] < 0.9
    assert found.alike() == [[0, 1, 2], [3]]


def test_a_falling_and_a_bent_relation_are_correlations_too():
    """Only ranks count, with either sign."""
    x = RNG.normal(size=100)
    assert columns_of(np.column_stack([x, -np.exp(x)])).pairs() == [(0, 1, pytest.approx(1.0))]


def test_a_name_and_its_code_are_one_group():
    names = RNG.choice(["north", "south", "west"], 60)
    frame = pd.DataFrame({"name": names, "code": pd.Series(names).map({"north": "1", "south": "2", "west": "3"})})
    assert columns_of(frame).alike() == [[0, 1]]


@pytest.mark.parametrize("X", [np.zeros((3, 2, 2)), [[1, 2]]], ids=["images", "list"])
def test_some_inputs_have_no_columns(X):
    assert columns_of(X) is None
