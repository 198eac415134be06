"""Compact letter display."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from skdl.analysis import letter_display


def test_models_that_do_not_differ_share_one_letter():
    """No pair differs: one group."""
    assert letter_display(["x", "y", "z"], []) == {"x": "a", "y": "a", "z": "a"}


def test_a_model_between_two_groups_has_both_letters():
    """The worked case of every textbook: a, ab, b."""
    assert letter_display(["x", "y", "z"], [("x", "z")]) == {"x": "a", "y": "ab", "z": "b"}


def test_all_different_models_have_a_letter_each():
    """Three pairs, three groups, in the order of the ranking."""
    assert letter_display(["x", "y", "z"], [("x", "y"), ("x", "z"), ("y", "z")]) == {"x": "a", "y": "b", "z": "c"}


@given(st.sets(st.sampled_from(list(combinations("pqrstu", 2)))))
def test_letters_are_shared_exactly_where_models_do_not_differ(different):
    """The definition of the display, for any set of differing pairs."""
    letters = letter_display(list("pqrstu"), sorted(different))
    for pair in combinations("pqrstu", 2):
        assert (set(letters[pair[0]]) & set(letters[pair[1]]) == set()) == (pair in different)
    assert "a" in letters["p"]


@given(st.sets(st.sampled_from(list(combinations("pqrstu", 2)))))
def test_no_letter_is_redundant(different):
    """A letter whose models all share another letter adds nothing."""
    letters = letter_display(list("pqrstu"), sorted(different))
    sets = [{model for model in letters if letter in letters[model]} for letter in set("".join(letters.values()))]
    assert not any(first < second for first in sets for second in sets)
