"""Verdict: the leader, the conditions for a winner, the recommended model, and the letters of groups."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.analysis import corrected_ttest, decide, detectable_difference, equivalence_region, holm, letter_display
from skdl.exceptions import UsageError

RNG = np.random.default_rng(7)
HARD = RNG.normal(0, 0.3, 30)  # how hard each fold is, for every model alike


def scores(mean, noise=0.05, n_folds=30, seed=0):
    """Draw scores around a mean, on folds that are as hard for every model."""
    return mean + HARD[:n_folds] + np.random.default_rng(seed).normal(0, noise, n_folds)


def verdict(models, **changes):
    """Decide with the options of a plain comparison, but for some changes."""
    options = {
        "greater_is_better": False,
        "test_train_ratio": 1 / 9,
        "rope": 0.05,
        "simplicity": {"dummy": 0, "ridge": 1, "knn": 2, "forest": 3},
        "min_test_rows": 100,
    }
    return decide(models, **{**options, **changes})


def codes(result):
    """Collect the codes of the reasons."""
    return {reason.code for reason in result.reasons}


CLEAR = {"ridge": scores(4, seed=1), "forest": scores(3, seed=2), "dummy": scores(9, seed=3)}
TIED = {"ridge": scores(3.02, 0.3, seed=1), "forest": scores(3, 0.3, seed=2), "dummy": scores(9, seed=3)}


def test_a_clear_leader_wins_and_is_recommended():
    """No rule speaks against it."""
    result = verdict(CLEAR)
    assert (result.winner, result.recommended, result.recommended_because) == ("forest", "forest", "winner")
    assert result.reasons == ()


def test_scores_where_greater_is_better_turn_the_ranking():
    """The same numbers read as accuracy."""
    result = verdict(CLEAR, greater_is_better=True)
    assert result.ranking == ("dummy", "ridge", "forest")


def test_no_winner_is_named_between_models_that_do_not_differ_significantly():
    """Ridge and forest: one group. The simpler one is recommended, since little is lost with it."""
    result = verdict(TIED)
    assert result.winner is None
    assert "not_significant" in codes(result)
    assert result.group == ("forest", "ridge")
    assert (result.recommended, result.recommended_because, result.price.model) == ("ridge", "cheaper", "ridge")


def test_a_simpler_model_that_is_surely_worse_is_not_recommended():
    """Holm over all pairs leaves it in the group, yet it very probably loses by more than the region."""
    folds = np.array([0.0, 1.0, 0.5, -0.5, 1.5, 0.2, 0.8, -0.1, 0.6, 0.9])
    table = {"forest": 3 + folds, "ridge": 3.7 + folds + 0.5 * np.sin(np.arange(10) * 2.0)}
    table |= {f"other{i}": 3.1 + folds + np.cos(np.arange(10) + i) for i in range(6)}
    result = verdict({**table, "dummy": 9 + folds}, simplicity=dict.fromkeys(table, 5) | {"ridge": 1, "dummy": 0})
    assert "ridge" in result.group
    assert result.differences["ridge"].p_worse > 0.95
    assert result.recommended != "ridge"


def test_p_values_are_holm_adjusted_over_all_pairs():
    """Three models, three pairs, the dummy's included."""
    models = {"forest": scores(3, 0.3), "ridge": scores(3.1, 0.3, seed=1), "dummy": scores(3.3, 0.3, seed=2)}
    pairs = [("forest", "ridge"), ("forest", "dummy"), ("ridge", "dummy")]
    raw = [corrected_ttest(models[b] - models[a], test_train_ratio=1 / 9).p_value for a, b in pairs]
    result = verdict(models)
    assert [result.differences[m].p_value for m in ("ridge", "dummy")] == pytest.approx(list(holm(raw))[:2])
    assert [result.differences[m].p_raw for m in ("ridge", "dummy")] == pytest.approx(raw[:2])


def test_differences_are_model_minus_leader_in_the_metrics_sign():
    """A worse RMSE is higher, a worse accuracy lower; worse_by is positive for both."""
    error, accuracy = verdict(CLEAR), verdict({m: -s for m, s in CLEAR.items()}, greater_is_better=True)
    expected = (CLEAR["ridge"] - CLEAR["forest"]).mean()
    found = [(r.differences["ridge"].mean, r.differences["ridge"].worse_by) for r in (error, accuracy)]
    assert found == [pytest.approx((expected, expected)), pytest.approx((-expected, expected))]


def test_practically_equivalent_models_are_one_group_even_if_significant():
    """A difference of 0.01, sure but smaller than the region of 0.05."""
    result = verdict({"ridge": scores(3.01, 0.004, seed=1), "forest": scores(3, 0.004, seed=2)})
    assert result.differences["ridge"].p_value < 0.001
    assert codes(result) == {"equivalent"}
    assert (result.recommended, result.letters) == ("ridge", {"forest": "a", "ridge": "a"})


def test_nothing_better_than_the_dummy_recommends_the_dummy():
    """Pure noise: no model beats it, and a reason says so."""
    noise = {m: scores(9, 0.3, seed=s) for s, m in enumerate(["ridge", "forest", "dummy"])}
    result = verdict(noise)
    assert "dummy" in codes(result)
    assert (result.winner, result.recommended, result.recommended_because) == (None, "dummy", "dummy")


def test_the_dummy_neither_leads_nor_wins():
    """It is only the baseline, even with the best mean."""
    result = verdict({"ridge": scores(9.5, seed=1), "dummy": scores(9, seed=2)})
    assert (result.leader, result.winner, result.ranking[0]) == ("ridge", None, "dummy")


def test_the_dummy_is_not_recommended_where_a_model_beats_it():
    """Though simplest of all, and though no winner is named."""
    assert verdict(TIED).recommended != "dummy"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"min_minority_rows": 9}, "few_minority_rows"),
        ({"flaws": [("failed_folds", {"models": ["svm"]})]}, "failed_folds"),
        ({"flaws": [("tuning_not_nested", {})]}, "tuning_not_nested"),
    ],
    ids=["rare class", "failed folds", "tuning"],
)
def test_each_flaw_alone_refuses_a_winner(changes, code):
    result = verdict(CLEAR, **changes)
    assert (result.winner, codes(result)) == (None, {code})


@pytest.mark.parametrize(
    ("n_folds", "min_test_rows", "needed"),
    [(9, 1999, 10), (5, 1999, 10), (4, 2000, 5)],
    ids=["nine", "five of small test folds", "four of large test folds"],
)
def test_few_folds_are_a_preview(n_folds, min_test_rows, needed):
    result = verdict({m: s[:n_folds] for m, s in CLEAR.items()}, min_test_rows=min_test_rows)
    assert result.preview
    assert "few_folds" in codes(result)
    assert next(reason for reason in result.reasons if reason.code == "few_folds").values["needed"] == needed


def test_five_folds_of_large_test_parts_name_a_winner():
    result = verdict({m: s[:5] for m, s in CLEAR.items()}, min_test_rows=2000)
    assert (result.winner, result.preview) == ("forest", False)


def test_a_preview_recommends_a_model_that_is_ahead_of_the_dummy():
    """Three folds are too few to test it, but not to see it."""
    result = verdict({"ridge": np.array([5.0, 6.5, 4.0]), "dummy": np.array([9.0, 8.0, 9.5])})
    assert result.recommended == "ridge"


@pytest.mark.parametrize(("n_folds", "expected"), [(10, {"small_test_folds"}), (30, set())])
def test_small_test_folds_need_thirty_of_them(n_folds, expected):
    """Twenty-nine rows a fold, ten folds and thirty."""
    assert codes(verdict({m: s[:n_folds] for m, s in CLEAR.items()}, min_test_rows=29)) == expected


def test_a_leader_that_depends_on_one_fold_does_not_win():
    """Without its one lucky fold, ridge would lead."""
    forest = np.full(12, 3.0)
    forest[0] = 1.0
    result = verdict({"forest": forest, "ridge": np.full(12, 2.95)})
    assert {"leader_changes"} <= codes(result)
    reason = next(reason for reason in result.reasons if reason.code == "leader_changes")
    assert reason.values == {"models": ["ridge"], "n_folds_that_matter": 1, "n_folds": 12}


def test_one_model_alone_is_recommended_without_a_winner():
    """It is recommended, for want of another, and nothing is won."""
    result = verdict({"forest": CLEAR["forest"], "dummy": CLEAR["dummy"]})
    assert (result.winner, result.recommended, result.recommended_because) == (None, "forest", "only")
    assert (result.runner_up, codes(result)) == (None, {"one_model"})


def test_a_dummy_alone_is_recommended_as_nothing_else_finished():
    """The folder must name something, and say what it is."""
    assert verdict({"dummy": CLEAR["dummy"]}).recommended_because == "dummy"


def test_a_single_fold_compares_by_the_region_alone():
    """No test, no interval, no winner, but a leader and a recommendation."""
    result = verdict({"forest": [3.0], "ridge": [3.04], "knn": [3.2], "dummy": [9.0]})
    assert (result.leader, result.recommended, result.group) == ("forest", "forest", ("forest", "ridge"))
    assert result.recommended_because == "untested"
    assert result.differences["ridge"].p_value is None


def test_identical_scores_are_tied_without_a_warning():
    """Perfect folds everywhere, as on an easy table."""
    result = verdict({"forest": np.ones(10), "ridge": np.ones(10), "dummy": np.full(10, 0.5)}, greater_is_better=True)
    assert (result.leader, result.recommended) == ("ridge", "ridge")
    assert {"not_significant", "equivalent"} <= codes(result)


@pytest.mark.parametrize(
    ("models", "message"),
    [({}, "at least one"), ({"a": [1.0, 2.0], "b": [1.0]}, "same folds"), ({"a": [1.0, np.nan]}, "finite")],
    ids=["none", "lengths", "nan"],
)
def test_scores_that_cannot_be_compared_are_refused(models, message):
    with pytest.raises(UsageError, match=message):
        verdict(models)


def test_the_region_of_an_unbounded_metric_needs_the_dummy():
    """One per cent of nothing is nothing."""
    with pytest.raises(UsageError, match="dummy_score"):
        equivalence_region(bounded=False)


def test_equal_models_rarely_produce_a_winner():
    """Under the null, 100 comparisons of four equal models on ten overlapping folds name at most 5 % of winners."""
    rng, winners = np.random.default_rng(0), 0
    for _ in range(100):
        models = {name: rng.normal(3.0, 0.2, 10) for name in ("ridge", "knn", "forest", "svm")}
        winners += verdict(models).winner is not None
    assert winners <= 5


def test_the_detectable_difference_is_that_of_the_strictest_step():
    """Leader against runner-up, at 0.05 over the number of pairs, the dummy's among them."""
    expected = detectable_difference(TIED["ridge"] - TIED["forest"], test_train_ratio=1 / 9, alpha=0.05 / 3)
    assert verdict(TIED).detectable == pytest.approx(expected)


@pytest.mark.parametrize(
    "models", [{"ridge": TIED["ridge"]}, {m: s[:1] for m, s in TIED.items()}], ids=["model", "fold"]
)
def test_nothing_is_detectable_with_one_of_either(models):
    """One model has no rival, one fold no spread."""
    assert verdict(models).detectable is None


def test_folds_need_the_ratio_of_their_rows():
    """A hold-out set does not."""
    with pytest.raises(UsageError, match=r"test_train_ratio must be given with scores of folds; got None\."):
        verdict(CLEAR, test_train_ratio=None)


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
