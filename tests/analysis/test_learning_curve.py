"""Power laws through learning curves, and what they give for more rows."""

import numpy as np
import pytest
from scipy import stats

from skdl.analysis import fit_power_law, learning_curves
from skdl.exceptions import UsageError

SHARES = np.array([0.125, 0.25, 0.5, 1.0])
FOLDS = np.array([[-0.2], [0.0], [0.2], [0.1], [-0.1]])  # what a fold is harder than the mean
NOISE = 0.01 * np.random.default_rng(0).normal(size=(5, 4))
NOISE -= NOISE.mean(axis=0)


def curves(scores, **options):
    """Extrapolate errors that are 0 at best."""
    usual = {"test_train_ratio": 0.25, "greater_is_better": False, "bounds": (0.0, np.inf)}
    return learning_curves(SHARES, scores, **{**usual, **options})


@pytest.mark.parametrize("law", [(1.0, 0.5, 1.0), (0.0, 2.0, 0.3), (3.0, 0.1, 0.5)])
def test_a_power_law_is_recovered(law):
    a, b, c = law
    assert fit_power_law(SHARES, a + b * SHARES**-c) == pytest.approx(law, abs=1e-9)


def test_the_limit_of_the_floor_and_a_rising_curve_bound_the_fit():
    floor, factor, _ = fit_power_law(SHARES, [8.0, 4.0, 1.6, 0.2])
    assert (floor, factor > 0.0) == (0.0, True)
    assert fit_power_law(SHARES, [1.0, 2.0, 3.0, 4.0])[:2].tolist() == [2.5, 0.0]


def test_each_curve_is_fitted_for_itself():
    several = np.array([1.0 + 0.5 * SHARES**-1.0, SHARES**-0.5])
    assert fit_power_law(SHARES, several) == pytest.approx(np.array([fit_power_law(SHARES, one) for one in several]))


def test_two_sizes_are_refused():
    with pytest.raises(UsageError, match="three or more sizes"):
        fit_power_law([0.5, 1.0], [2.0, 1.0])


def test_the_score_ahead_is_that_of_the_law_within_its_interval():
    found = curves({"model": 1.0 + 0.5 * SHARES**-0.5 + FOLDS + NOISE})["model"]
    assert (found.trend, [one.times for one in found.ahead]) == ("better", [2.0, 10.0])
    for one in found.ahead:
        truth = 1.0 + 0.5 * one.times**-0.5
        assert one.score == pytest.approx(truth, abs=0.02)
        assert one.low < truth < one.high
        assert one.gain_low <= 1.5 - truth <= one.gain_high
        # That folds differ in difficulty is in the score, not in the gain.
        assert one.gain_high - one.gain_low < one.high - one.low


def test_the_gain_matters_as_often_as_the_draws_exceed_the_region():
    """A gain of 0.146 is above 0.05 and below 0.3 for sure, and around the median in half of the draws."""
    scores = {"model": 1.0 + 0.5 * SHARES**-0.5 + FOLDS + NOISE}
    near, far, middle = (curves(scores, rope=rope)["model"].ahead[0].p_matters for rope in (0.05, 0.3, 0.146))
    assert near > 0.95
    assert far < 0.05
    assert 0.3 < middle < 0.7


def test_the_interval_has_the_corrected_variance_where_all_folds_have_the_same_curve():
    """Then only the level is uncertain: mean -+ t * sqrt((1/J + ratio) * S^2), by hand."""
    found = curves({"model": 1.0 + 0.5 * SHARES**-0.5 + 0.1 * FOLDS})["model"].ahead[0]
    half = 2.776 * np.sqrt((1 / 5 + 0.25) * np.var(0.1 * FOLDS, ddof=1))
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.08)


def test_scores_that_rise_give_the_mirrored_curve():
    errors = 0.1 + 0.05 * SHARES**-0.5 + 0.1 * FOLDS + 0.1 * NOISE
    low = curves({"model": errors})["model"].ahead
    high = curves({"model": 1.0 - errors}, greater_is_better=True, bounds=(0.0, 1.0))["model"].ahead
    for error, score in zip(low, high, strict=True):
        assert (score.score, score.low, score.high) == pytest.approx((1 - error.score, 1 - error.high, 1 - error.low))
        assert score.gain == pytest.approx(error.gain)


def test_no_score_is_better_than_the_best_possible():
    found = curves({"model": 0.02 * SHARES**-1.0 + np.abs(NOISE)})["model"]
    assert all(one.low >= 0.0 for one in found.ahead)


@pytest.mark.parametrize(
    ("errors", "trend", "times"),
    [
        (2.0 - 0.003 * np.log(SHARES), "flat", [2.0]),
        (2.0 - 0.02 * np.log(SHARES), "better", [2.0, 10.0]),
        (2.0 + SHARES, "worse", []),
        ([4.0, 3.0, 2.0, 2.5], "worse", []),
    ],
    ids=["level", "falls", "rises", "rises at the end"],
)
def test_without_a_trend_nothing_is_said_beyond_twice_the_rows(errors, trend, times):
    """And nothing at all where more rows made it worse."""
    found = curves({"model": errors + FOLDS + NOISE})["model"]
    assert (found.trend, [one.times for one in found.ahead]) == (trend, times)
    assert found.multiples[-1] == pytest.approx(max(times, default=1.0))


@pytest.mark.parametrize(("slope", "trend"), [(-0.0073, "better"), (-0.0070, "flat")])
def test_the_trend_is_that_of_the_slope_over_the_logarithm(slope, trend):
    """A one-sided t-test with the corrected variance, by hand: p is 0.05 at -0.00715."""
    slopes = slope + 0.005 * FOLDS / FOLDS.std(ddof=1)
    statistic = -slope / (0.005 * np.sqrt(1 / 5 + 0.25))
    found = curves({"model": 2.0 + slopes * np.log(SHARES)})["model"]
    assert (stats.t.sf(statistic, 4) < 0.05) == (trend == "better")
    assert found.trend == trend


def test_a_steeper_curve_overtakes_where_the_laws_cross():
    """1.5 + 0.5 / sqrt(s) and 1.1 + 1 / sqrt(s) cross at s = (0.5 / 0.4)^2."""
    leader, network = 1.5 + 0.5 * SHARES**-0.5, 1.1 + SHARES**-0.5
    found = curves({"leader": leader + FOLDS + NOISE, "net": network + FOLDS + NOISE[::-1]})
    assert found["leader"].overtakes is None
    assert found["leader"].ahead[0].p_leads is None
    assert found["net"].overtakes == pytest.approx(1.5625, rel=0.15)
    assert [one.p_leads > 0.9 for one in found["net"].ahead] == [True, True]


def test_a_model_that_probably_does_not_lead_is_not_expected_to_overtake():
    """Of noisy curves of equal models the laws of the means may cross, although most draws put the leader ahead."""
    rng = np.random.default_rng(30)
    leader, network = (1.0 + 0.5 * SHARES**-0.5 + 0.03 * rng.normal(size=(5, 4)) for _ in range(2))
    found = curves({"leader": leader, "net": network + 0.01})["net"]
    assert max(one.p_leads for one in found.ahead) < 0.1
    assert found.overtakes is None


def test_a_flat_leader_is_compared_up_to_twice_the_rows():
    found = curves({"leader": np.full(4, 1.0) + FOLDS + NOISE, "net": 0.6 + SHARES**-0.5 + FOLDS})["net"]
    assert [one.p_leads is None for one in found.ahead] == [False, True]
    assert found.overtakes is None


def test_a_metric_without_bounds_may_go_below_zero():
    scores = 0.1 - 0.5 * SHARES**0.0 + 0.3 * (SHARES**-0.5 - 1.0) + 0.1 * FOLDS + NOISE
    found = curves({"model": scores}, bounds=(-np.inf, np.inf))["model"].ahead[1]
    assert found.score == pytest.approx(-0.4 + 0.3 * (10**-0.5 - 1.0), abs=0.03)
