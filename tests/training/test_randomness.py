"""Seeds, row orders and validation splits."""

import random

import numpy as np
import pytest

from skdl.training import Purpose, derive_seed, seeded_python_random, split_rows


def test_the_same_seed_and_purpose_give_the_same_derived_seed():
    """Derived seeds are a function of their arguments alone."""
    assert derive_seed(7, Purpose.ORDER, 3) == derive_seed(7, Purpose.ORDER, 3)


def test_purposes_and_uses_have_different_seeds():
    """No two uses of one fit's seed share a derived seed."""
    seeds = {derive_seed(7, purpose, index) for purpose in Purpose for index in range(50)}
    assert len(seeds) == 50 * len(Purpose)


def test_every_row_is_a_training_or_a_validation_row():
    training, validation = split_rows(101, share=0.2, seed=0)
    assert sorted([*training, *validation]) == list(range(101))
    assert len(validation) == 20


def test_held_out_rows_are_not_the_tail():
    """Rows are drawn from the whole table."""
    _, validation = split_rows(100, share=0.2, seed=0)
    assert validation.min() < 50


def test_validation_rows_hold_each_class_in_its_share():
    """Strata of 80 and 20 rows give 16 and 4."""
    strata = np.repeat([0, 1], [80, 20])
    _, validation = split_rows(100, share=0.2, seed=0, strata=strata)
    assert np.bincount(strata[validation]).tolist() == [16, 4]


def test_a_class_of_one_row_is_trained_on():
    """A class is never held out whole."""
    strata = np.array([0] * 9 + [1])
    for seed in range(20):
        training, _ = split_rows(10, share=0.5, seed=seed, strata=strata)
        assert 9 in training


@pytest.mark.parametrize("seed", range(20))  # without the rule, some of them hold the rare class out
def test_groups_are_whole_and_each_class_is_trained_on(seed):
    """The rare class has one group, which is therefore never held out; groups have 1 to 30 rows."""
    groups = np.repeat(np.arange(30), np.arange(1, 31))
    strata = (groups == 3).astype(int)
    training, validation = split_rows(len(groups), share=0.2, seed=seed, strata=strata, groups=groups)
    assert sorted([*training, *validation]) == list(range(len(groups)))
    assert not {*groups[training]} & {*groups[validation]}
    assert 1 in strata[training]
    assert len(validation) == pytest.approx(0.2 * len(groups), abs=15)


def test_rows_of_a_single_group_are_drawn():
    _, validation = split_rows(100, share=0.2, seed=0, groups=np.zeros(100))
    assert len(validation) == 20


def test_no_global_random_state_changes():
    """Of Python's and NumPy's generators."""
    before = (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002 - the global state is what is tested
    split_rows(50, share=0.2, seed=0)
    derive_seed(0, Purpose.NETWORK)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002 - likewise


def test_python_s_generator_is_restored():
    """What is drawn inside depends on the seed alone; an error inside changes nothing."""

    def fail():
        raise KeyError(random.getrandbits(8))

    before = random.getstate()
    drawn = []
    for seed in (1, 1, 2):
        with seeded_python_random(seed):
            drawn.append(random.getrandbits(64))
    with pytest.raises(KeyError, match=r"\d"), seeded_python_random():
        fail()
    assert drawn[0] == drawn[1] != drawn[2]
    assert random.getstate() == before
