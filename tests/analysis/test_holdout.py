"""A hold-out set as evidence: bootstrap resamples of its rows."""

import numpy as np
import pytest
from scipy import stats

from skdl.analysis import Holdout, bootstrap_counts, decide, differences_from, holm, n_draws_for
from skdl.exceptions import UsageError

RNG = np.random.default_rng(3)
HARD = RNG.gamma(2.0, 1.0, 2000)  # how hard each row is, for every model alike


def holdout(shifts, n_rows=2000, n_draws=2000, **options):
    """Make mean errors of models that differ by their shift and a little noise on each row."""
    rng = np.random.default_rng(4)
    errors = {model: HARD[:n_rows] + shift + rng.normal(0, 0.3, n_rows) for model, shift in shifts.items()}
    counts = np.concatenate(list(bootstrap_counts(n_rows, n_draws=n_draws)))
    drawn = {model: counts @ error / n_rows for model, error in errors.items()}
    return Holdout({model: error.mean() for model, error in errors.items()}, drawn, **options)


def verdict(evidence, **changes):
    """Decide on a hold-out set of 2,000 rows, but for some changes."""
    options = {
        "greater_is_better": False,
        "rope": 0.01,
        "simplicity": {"dummy": 0, "ridge": 1, "forest": 2},
        "min_test_rows": 2000,
    }
    return decide(evidence, **{**options, **changes})


def codes(result):
    """Collect the codes of the reasons."""
    return {reason.code for reason in result.reasons}


CLEAR = {"forest": 0.0, "ridge": 0.1, "dummy": 1.0}
TIED = {"forest": 0.0, "ridge": 0.001, "dummy": 1.0}


def test_each_resample_has_as_many_rows_as_the_set():
    """With replacement, so that some rows come twice and some not at all."""
    (counts,) = bootstrap_counts(50, n_draws=40)
    assert counts.sum(axis=1).tolist() == [50] * 40
    assert (counts == 0).any()
    assert (counts > 1).any()


def test_classes_keep_their_numbers():
    """Each draw has as many rows of each as the set."""
    labels = np.array(list("aab" * 10))
    (counts,) = bootstrap_counts(30, n_draws=20, strata=labels)
    assert counts[:, labels == "b"].sum(axis=1).tolist() == [10] * 20


def test_groups_are_resampled_whole():
    """Rows of a group come equally often; draws differ in their number of rows."""
    groups = np.repeat([7, 3, 5, 9], [1, 2, 3, 4])
    (counts,) = bootstrap_counts(10, n_draws=30, groups=groups)
    assert all(np.ptp(counts[:, groups == group], axis=1).max() == 0 for group in groups)
    assert len(set(counts.sum(axis=1))) > 1


def test_draws_are_those_of_their_seed_whatever_the_blocks():
    """A large set comes in blocks, as many draws in all."""
    blocks = list(bootstrap_counts(900_000, n_draws=5, seed=1))
    again = list(bootstrap_counts(900_000, n_draws=5, seed=1))
    assert len(blocks) > 1
    assert sum(map(len, blocks)) == 5
    assert all(np.array_equal(one, other) for one, other in zip(blocks, again, strict=True))


def test_enough_draws_for_a_significant_p_after_holm():
    """The smallest p-value times the number of pairs stays well below 0.05."""
    for n_models in range(2, 40):
        n_pairs = n_models * (n_models - 1) / 2
        assert n_pairs * 2 / (n_draws_for(n_models) + 1) < 0.021


def test_the_interval_is_near_that_of_the_normal_law():
    """A mean over 2,000 rows is as good as normal."""
    evidence = holdout({"ridge": 0.0, "dummy": 1.0})
    errors = HARD + np.random.default_rng(4).normal(0, 0.3, 2000)
    half = stats.norm.isf(0.025) * errors.std() / np.sqrt(2000)
    found = verdict(evidence).intervals["ridge"]
    assert (found.low, found.high) == pytest.approx((errors.mean() - half, errors.mean() + half), abs=0.15 * half)


def test_a_p_value_counts_draws_on_the_far_side_and_is_never_zero():
    """Two of four draws below zero, one above, with the set itself one more; and a clear case."""
    few = Holdout({"a": 1.0, "b": 0.0}, {"a": [1.0, 2.0, 0.0, 3.0], "b": [0.0, 0.0, 1.0, 0.0]})
    (found,) = differences_from("b", few, greater_is_better=True, rope=0.5)
    assert found.p_raw == pytest.approx(2 * 2 / 5)
    assert (found.p_better, found.p_equivalent, found.p_worse) == pytest.approx((0.75, 0.0, 0.25))
    assert verdict(holdout(CLEAR)).differences["dummy"].p_raw == pytest.approx(2 / 2001)


def test_p_values_are_holm_adjusted_over_all_pairs():
    result = verdict(evidence := holdout({"forest": 0.0, "ridge": 0.015, "dummy": 1.0}))
    drawn = evidence.replicates["ridge"] - evidence.replicates["forest"]
    raw = 2 * (min((drawn <= 0).sum(), (drawn >= 0).sum()) + 1) / 2001
    assert result.differences["ridge"].p_value == pytest.approx(holm([raw, 2 / 2001, 2 / 2001])[0])


def test_false_positives_are_as_rare_as_the_level():
    """Two models of the same distribution: at 5 %, some 15 of 300 sets differ."""
    rng, n_rows = np.random.default_rng(9), 100
    counts = next(bootstrap_counts(n_rows, n_draws=999))
    drawn = counts @ rng.normal(size=(n_rows, 300)) / n_rows
    alarms = [2 * (min((one <= 0).sum(), (one >= 0).sum()) + 1) / 1000 < 0.05 for one in drawn.T]
    assert 6 <= sum(alarms) <= 30


def test_a_clear_leader_wins_on_a_hold_out_set():
    """Neither few folds nor a fold left out speak against it."""
    result = verdict(holdout(CLEAR))
    assert (result.winner, result.evidence, result.preview) == ("forest", "holdout", False)
    assert result.letters == {"forest": "a", "ridge": "b", "dummy": "c"}
    assert result.detectable is None


def test_a_tie_names_no_winner_and_recommends_the_leader():
    result = verdict(holdout(TIED))
    assert "not_significant" in codes(result)
    assert (result.recommended, result.recommended_because) == ("ridge", "best")


@pytest.mark.parametrize(("spread", "recommended"), [(0.002, "forest"), (0.012, "ridge")], ids=["sure", "uncertain"])
def test_a_loss_that_varies_between_the_resamples_counts_less(spread, recommended):
    """A lead of 0.4 of what matters, in favour of the model that is not the simpler one."""
    drawn = {"forest": np.ones(2000), "ridge": 1.004 + spread * RNG.normal(size=2000), "dummy": np.full(2000, 3.0)}
    evidence = Holdout({"forest": 1.0, "ridge": 1.004, "dummy": 3.0}, drawn)
    assert verdict(evidence, min_test_rows=10).recommended == recommended


@pytest.mark.parametrize(
    ("options", "changes", "code"),
    [
        ({}, {"min_test_rows": 999}, "small_holdout"),
        ({}, {"min_minority_rows": 99}, "rare_in_holdout"),
        ({"n_groups": 29}, {}, "few_holdout_groups"),
    ],
)
def test_a_small_set_names_no_winner(options, changes, code):
    result = verdict(holdout(CLEAR, **options), **changes)
    assert (result.winner, codes(result)) == (None, {code})


def test_a_set_of_just_enough_names_a_winner():
    """1,000 rows, 100 of the rarest class, 30 groups."""
    result = verdict(holdout(CLEAR, n_groups=30), min_test_rows=1000, min_minority_rows=100)
    assert result.winner == "forest"


@pytest.mark.parametrize(
    ("scores", "replicates", "message"),
    [
        ({}, {}, "of the same models, one at least"),
        ({"a": 1.0}, {"b": [1.0]}, "of the same models"),
        ({"a": 1.0, "b": 2.0}, {"a": [1.0], "b": [1.0, 2.0]}, "scored on the same resamples"),
        ({"a": 1.0}, {"a": [np.nan]}, "every score must be finite"),
    ],
    ids=["none", "others", "lengths", "not finite"],
)
def test_evidence_that_does_not_fit_together_is_refused(scores, replicates, message):
    """The same models, the same draws, finite scores."""
    with pytest.raises(UsageError, match=message):
        Holdout(scores, replicates)


def test_zero_rows_or_resamples_are_refused():
    """Rows and draws are positive numbers."""
    with pytest.raises(UsageError, match="n_rows and n_draws must be positive; got 0 and 2000"):
        next(bootstrap_counts(0))
