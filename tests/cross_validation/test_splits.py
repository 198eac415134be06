"""The folds that all models share."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, RepeatedKFold

from skdl.cross_validation import draw_splits, take_splits
from skdl.exceptions import DataError, UsageError
from skdl.pipeline import resolve_folds


def test_every_row_is_tested_once_a_repeat():
    """Test folds make up the table."""
    splits = draw_splits(resolve_folds(23, folds=5, repeats=2), range(23))
    for repeat in (0, 1):
        tested = np.concatenate([split.test for split in splits.members if split.repeat == repeat])
        assert sorted(tested) == list(range(23))


def test_the_first_repeat_is_scikit_learn_s_own_k_fold():
    """The oracle is KFold with the same seed."""
    splits = draw_splits(resolve_folds(20, folds=4, repeats=1, seed=7), range(20))
    for split, (train, test) in zip(
        splits.members, KFold(4, shuffle=True, random_state=7).split(np.zeros(20)), strict=True
    ):
        assert np.array_equal(split.train, train)
        assert np.array_equal(split.test, test)


def test_the_hash_names_the_folds():
    """The same folds have the same hash, others another."""
    plans = (resolve_folds(20, folds=4, repeats=1, seed=seed) for seed in (0, 0, 1))
    first, same, other = (draw_splits(plan, range(20)).digest for plan in plans)
    assert first == same != other


def test_classes_have_their_share_in_every_fold():
    """Ten of a hundred rows are one in each fold of ten."""
    classes = np.repeat([0, 1], [90, 10])
    splits = draw_splits(resolve_folds(100, repeats=1, labels="classes"), classes)
    assert [classes[split.test].sum() for split in splits.members] == [1] * 10


def test_a_group_is_never_split():
    """Training and test rows share no group."""
    groups = np.repeat(np.arange(10), 3)
    plan = resolve_folds(30, folds=5, repeats=2, by="groups")
    for split in draw_splits(plan, range(30), groups=groups).members:
        assert not set(groups[split.train]) & set(groups[split.test])


def test_folds_of_time_never_train_on_the_future():
    """Every training row is earlier than every test row, equal moments together."""
    time = np.repeat(np.arange(12), 2)
    splits = draw_splits(resolve_folds(24, folds=3, repeats=5, by="time"), range(24), time=time)
    assert len(splits.members) == 3
    for split in splits.members:
        assert time[split.train].max() < time[split.test].min()


def test_the_ratio_of_k_folds_is_one_to_k_minus_one():
    """Ten folds: 1 to 9."""
    assert draw_splits(resolve_folds(100), range(100)).test_train_ratio == pytest.approx(1 / 9)


def test_a_repeated_splitter_keeps_its_repeats():
    """Folds are counted within each repeat."""
    splits = take_splits(RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), np.zeros((9, 1)), np.zeros(9))
    assert [(split.repeat, split.fold) for split in splits.members] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_fewer_rows_than_folds_is_an_error():
    """The message names the number of rows."""
    with pytest.raises(DataError, match="10 folds need at least 10 rows; got 5"):
        draw_splits(resolve_folds(5), range(5))


def test_fewer_groups_than_folds_is_an_error():
    """The message counts groups."""
    with pytest.raises(DataError, match="5 folds need at least 5 groups; got 2"):
        draw_splits(resolve_folds(20, folds=5, by="groups"), range(20), groups=np.arange(20) % 2)


def test_a_cv_that_is_not_a_splitter_is_an_error():
    """The message names what is accepted."""
    with pytest.raises(UsageError, match="cv must be a number of folds"):
        take_splits(3.5, None, None)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], "at least one fold"),
        ([([0.5], [1])], "must give row numbers from 0 to 3"),
        ([([0, 1, 2], [4])], "must give row numbers from 0 to 3"),
        ([([0, 1, 2], [])], "must give row numbers from 0 to 3"),
        ([([True, False], [False, True])], "must give row numbers"),
        ([([0, 1], [2]), ([0, 2, 3], [1, 2])], "fold 2 has 1 in both, first row 2"),
    ],
)
def test_invalid_folds_are_refused(cv, message):
    """The message names what was expected."""
    with pytest.raises(UsageError, match=message):
        take_splits(cv, np.zeros((4, 1)), np.zeros(4))


def test_masks_are_folds_too():
    mask = np.array([True, True, False, True])
    (split,) = take_splits([(mask, ~mask)], np.zeros((4, 1)), np.zeros(4)).members
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 3], [2])
