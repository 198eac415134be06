"""Splitters that scikit-learn lacks."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from skdl.pipeline import ByQuantiles, StratifiedGroupHoldOut, quantile_bins

RNG = np.random.default_rng(0)


def test_bins_of_numbers_without_ties_are_of_one_size():
    """Tenths, as far as there are rows for ten."""
    assert np.bincount(quantile_bins(RNG.permutation(200), 10)).tolist() == [20] * 10


@pytest.mark.parametrize(("n_rows", "n_bins"), [(99, 9), (35, 3), (19, 1)])
def test_every_bin_has_as_many_rows_as_asked_for(n_rows, n_bins):
    """Fewer bins where there are fewer rows."""
    counts = np.unique(quantile_bins(RNG.normal(size=n_rows), 10), return_counts=True)[1]
    assert len(counts) == n_bins
    assert counts.min() >= 10


def test_equal_numbers_share_one_bin_and_the_others_are_binned_apart():
    """For a target that is mostly zero, the zeros are a bin of their own."""
    y = np.concatenate([np.zeros(95), np.arange(1.0, 6)])
    assert quantile_bins(y, 5).tolist() == [0] * 95 + [9] * 5


def test_ties_that_would_leave_a_bin_too_small_make_the_bins_wider():
    """Of ten bins, one would have the two rows between the ties and the next tenth."""
    y = np.concatenate([np.arange(42), np.full(16, 50), [51, 52], np.arange(60, 100)])
    counts = np.unique(quantile_bins(y, 10), return_counts=True)[1]
    assert len(counts) > 1
    assert counts.min() >= 10


def test_folds_by_quantiles_are_stratified_folds_of_the_bins():
    """The oracle is scikit-learn with the bins as classes."""
    y = RNG.exponential(size=60)
    folds = StratifiedKFold(3, shuffle=True, random_state=1)
    oracle = list(folds.split(y, quantile_bins(y, 3)))
    for mine, theirs in zip(ByQuantiles(folds, 3).split(y, y), oracle, strict=True):
        assert all(map(np.array_equal, mine, theirs))


def test_a_search_takes_folds_by_quantiles():
    """It counts them, and fits on each."""
    X, y = RNG.normal(size=(40, 2)), RNG.normal(size=40)
    folds = ByQuantiles(StratifiedKFold(4), 4)
    search = GridSearchCV(DecisionTreeRegressor(random_state=0), {"max_depth": [1, 2]}, cv=folds).fit(X, y)
    assert search.n_splits_ == 4


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.7])
def test_a_hold_out_of_groups_comes_near_the_share_and_splits_none(share):
    """Classes are in theirs, too."""
    groups, y = np.repeat(np.arange(60), 5), np.random.default_rng(0).random(300) < 0.3
    [(train, test)] = StratifiedGroupHoldOut(share, 0).split(y, y, groups)
    assert not set(groups[train]) & set(groups[test])
    assert sorted([*train, *test]) == list(range(300))
    assert len(test) == pytest.approx(300 * share, abs=6)
    assert y[test].mean() == pytest.approx(y.mean(), abs=0.05)


def test_another_seed_holds_out_other_groups():
    """Even where all groups differ, for which StratifiedGroupKFold has a single split."""
    groups = np.repeat(np.arange(12), np.arange(3, 15))
    y = groups % 2
    held = {tuple(next(StratifiedGroupHoldOut(0.25, seed).split(y, y, groups))[1]) for seed in range(8)}
    assert len(held) > 1
