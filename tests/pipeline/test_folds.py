"""Split plans with every default resolved."""

import numpy as np
import pytest
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from skdl.exceptions import DataError
from skdl.pipeline import draw_folds, resolve_folds


def only(plan, y, **columns):
    """Return the rows of a single split."""
    [(_, _, train, test)] = draw_folds(plan, y, **columns)
    return train, test


@pytest.mark.parametrize(
    ("n_rows", "folds", "repeats"),
    [(10_000, 10, 3), (10_001, 10, 1), (500_000, 10, 1), (500_001, 5, 1)],
)
def test_large_tables_get_fewer_folds(n_rows, folds, repeats):
    """Where the file gives neither."""
    plan = resolve_folds(n_rows)
    assert (plan.folds, plan.repeats, bool(plan.notes)) == (folds, repeats, n_rows > 10_000)


@pytest.mark.parametrize(("asked", "folds", "repeats"), [({"folds": 4}, 4, 3), ({"repeats": 2}, 10, 2)])
def test_given_folds_or_repeats_are_used(asked, folds, repeats):
    """For any number of rows; the other value then does not depend on the number of rows."""
    plan = resolve_folds(10**6, **asked)
    assert (plan.folds, plan.repeats, plan.notes) == (folds, repeats, ())


@pytest.mark.parametrize(("n_rows", "note"), [(20_000, None), (600_000, "600,000 rows: 5 folds")])
def test_time_ordered_folds_have_no_note_on_repeats(n_rows, note):
    """They have one repeat in any case."""
    plan = resolve_folds(n_rows, by="time")
    assert plan.repeats == 1
    assert [item.text.partition(";")[0] for item in plan.notes] == ([note] if note else [])


@pytest.mark.parametrize(
    ("labels", "oracle"), [(None, ShuffleSplit), ("classes", StratifiedShuffleSplit)], ids=["numbers", "classes"]
)
def test_a_hold_out_is_scikit_learn_s_own(labels, oracle):
    y = np.arange(40) % 4
    theirs = next(oracle(1, test_size=0.3, random_state=5).split(y, y))
    mine = only(resolve_folds(40, seed=5, labels=labels, holdout=0.3), y)
    assert all(map(np.array_equal, mine, theirs))


def test_a_hold_out_in_time_is_the_last_stretch():
    """Rows of the first moment that is held out are all held out."""
    time = np.array([5, 1, 2, 2, 2, 3, 4, 4, 6, 1])
    train, test = only(resolve_folds(10, by="time", holdout=0.6), range(10), time=time)
    assert sorted(time[train]) == [1, 1]
    assert len(test) == 8


@pytest.mark.parametrize("labels", [None, "classes", "quantiles"])
def test_a_hold_out_keeps_groups_whole(labels):
    groups, y = np.arange(90) % 15, np.arange(90) % 2
    train, test = only(resolve_folds(90, by="groups", labels=labels, holdout=0.2), y, groups=groups)
    assert not set(groups[train]) & set(groups[test])
    assert len(test) == pytest.approx(18, abs=6)


def test_the_smallest_training_part_is_computed_from_the_plan():
    """Of folds by their number, of a hold-out by its share."""
    assert resolve_folds(23, folds=5).rows_left(23) == 18
    assert resolve_folds(23, holdout=0.25).rows_left(23) == 17


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({}, "k-fold"),
        ({"labels": "classes", "by": "groups"}, "stratified grouped k-fold"),
        ({"labels": "quantiles", "holdout": 0.25}, "quantile-stratified hold-out of 25 %"),
        ({"by": "time", "holdout": 1 / 3}, "time-ordered hold-out of 33.3333 %"),
        ({"by": "time"}, "time-ordered"),
    ],
)
def test_a_plan_describes_itself(plan, words):
    assert resolve_folds(99, **plan).description == words


@pytest.mark.parametrize(
    ("plan", "y", "message"),
    [
        ({"holdout": 0.99}, np.arange(20), "must leave rows to train on; it tests 20 of 20"),
        ({"holdout": 0.1, "labels": "classes"}, np.arange(9) // 8, "needs two rows of each class; 1 has one"),
        ({"holdout": 0.1, "labels": "classes"}, np.arange(20) % 4, "each of 4 classes .* it tests 2 of 20 rows"),
    ],
    ids=["nothing to train on", "a class of one", "more classes than rows"],
)
def test_an_impossible_hold_out_is_refused(plan, y, message):
    with pytest.raises(DataError, match=message):
        list(draw_folds(resolve_folds(len(y), **plan), y))


def test_a_hold_out_of_the_only_moment_is_refused():
    """Nothing comes before it."""
    with pytest.raises(DataError, match="must leave earlier rows to train on"):
        list(draw_folds(resolve_folds(9, by="time", holdout=0.3), range(9), time=np.ones(9)))


def test_a_hold_out_of_the_only_group_is_refused():
    """It cannot be split."""
    with pytest.raises(DataError, match="must leave groups to train on; it tests 1 of 1"):
        list(draw_folds(resolve_folds(9, by="groups", holdout=0.3), range(9), groups=np.ones(9)))
