"""Corrected tests, intervals and power, against SciPy, scikit-learn's documentation, and numbers worked out by hand."""

import numpy as np
import pytest
from scipy import integrate, stats

from skdl.analysis import (
    corrected_ttest,
    corrected_variance,
    detectable_difference,
    holm,
    mean_interval,
    practical_probabilities,
    row_ttest,
)
from skdl.exceptions import UsageError

DIFFERENCES = np.array([0.8, -0.2, 1.4, 0.3, 0.9, 0.1, 0.7, -0.4, 1.1, 0.5])


def test_variance_follows_the_formula():
    """(1/3 + 0.5) times a sample variance of 1."""
    assert corrected_variance([1.0, 2.0, 3.0], test_train_ratio=0.5) == pytest.approx(5 / 6)


def test_variance_of_identical_differences_is_zero():
    """Rounding must not leave a variance of 1e-33 and a huge t."""
    assert corrected_variance([0.1 + 0.2] * 9 + [0.3], test_train_ratio=1 / 9) == 0.0


def test_ttest_without_overlap_is_scipys():
    """As the ratio goes to zero, the test is the plain paired t-test."""
    test = corrected_ttest(DIFFERENCES, test_train_ratio=1e-12)
    expected = stats.ttest_1samp(DIFFERENCES, 0.0)
    assert (test.statistic, test.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_ttest_equals_scikit_learns_documented_example():
    """scikit-learn's example of Nadeau and Bengio's test divides by n, corrected, and takes t.sf: half of ours."""
    ratio, n_folds = 1 / 9, len(DIFFERENCES)
    corrected_std = np.sqrt(np.var(DIFFERENCES, ddof=1) * (1 / n_folds + ratio))
    t_stat = np.mean(DIFFERENCES) / corrected_std
    right_tailed = stats.t.sf(np.abs(t_stat), n_folds - 1)
    test = corrected_ttest(DIFFERENCES, test_train_ratio=ratio)
    assert (test.statistic, test.p_value, test.df) == pytest.approx((t_stat, 2 * right_tailed, 9))


def test_ttest_reproduces_the_numbers_scikit_learn_prints():
    """Its page gives t = 0.750 and a right-tailed p of 0.227 for 100 folds and these moments."""
    test = corrected_ttest(_with_moments(100, t=0.750, ratio=1 / 9), test_train_ratio=1 / 9)
    assert test.statistic == pytest.approx(0.750)
    assert test.p_value / 2 == pytest.approx(0.227, abs=0.001)


def _with_moments(n_folds, *, t, ratio):
    values = np.random.default_rng(0).normal(size=n_folds)
    values = (values - values.mean()) / values.std(ddof=1)
    return values + t * np.sqrt(1 / n_folds + ratio)


@pytest.mark.parametrize(
    ("differences", "p", "t"),
    [([0.0] * 5, 1.0, 0.0), ([0.2] * 5, 0.0, np.inf), ([-0.2] * 5, 0.0, -np.inf)],
    ids=["all zero", "all positive", "all negative"],
)
def test_ttest_of_identical_differences_goes_by_the_rule(differences, p, t):
    """Without variance no test applies; p is 1 for no difference and 0 for a constant one."""
    test = corrected_ttest(differences, test_train_ratio=0.25)
    assert (test.p_value, test.statistic) == (p, t)


def test_holm_equals_the_textbook_steps():
    """Sorted p times 4, 3, 2, 1, then a running maximum."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_is_capped_at_one():
    assert holm([0.7, 0.9]).max() == 1.0


def test_holm_of_nothing_is_nothing():
    """A comparison of one model has no pairs."""
    assert len(holm([])) == 0


def test_holm_refuses_values_that_are_not_probabilities():
    """A NaN would sort itself to the end and be adjusted in silence."""
    with pytest.raises(UsageError, match="numbers from 0 to 1"):
        holm([0.1, np.nan])


def test_interval_without_overlap_is_scipys():
    """As the ratio goes to zero, the interval is the t interval of a mean."""
    interval = mean_interval(DIFFERENCES, test_train_ratio=1e-12, confidence=0.9)
    expected = stats.t.interval(0.9, 9, loc=DIFFERENCES.mean(), scale=stats.sem(DIFFERENCES))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_interval_is_cut_at_the_metrics_bounds():
    """An accuracy above 1 is none."""
    interval = mean_interval([1.0, 0.9, 1.0, 0.8], test_train_ratio=1 / 3, bounds=(0.0, 1.0))
    assert interval.high == 1.0


def test_interval_of_identical_scores_has_no_width():
    """All folds perfect: the mean, and nothing around it."""
    interval = mean_interval([1.0] * 5, test_train_ratio=0.25)
    assert (interval.low, interval.mean, interval.high, interval.spread) == (1.0, 1.0, 1.0, 0.0)


def test_practical_probabilities_equal_a_sampled_posterior():
    """A million draws of the shifted and scaled t distribution."""
    scale = np.sqrt(corrected_variance(DIFFERENCES, test_train_ratio=1 / 9))
    draws = DIFFERENCES.mean() + scale * np.random.default_rng(0).standard_t(9, size=1_000_000)
    expected = ((draws > 0.3).mean(), (np.abs(draws) <= 0.3).mean(), (draws < -0.3).mean())
    assert practical_probabilities(DIFFERENCES, test_train_ratio=1 / 9, rope=0.3) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(
    ("difference", "expected"), [(0.02, (1, 0, 0)), (0.01, (0, 1, 0)), (0.0, (0, 1, 0)), (-0.02, (0, 0, 1))]
)
def test_practical_probabilities_of_identical_differences_are_sure(difference, expected):
    """The posterior is a point, and the edge of the region counts as equivalent."""
    assert practical_probabilities([difference] * 4, test_train_ratio=1 / 3, rope=0.01) == expected


@pytest.mark.parametrize("function", [corrected_variance, corrected_ttest, mean_interval])
@pytest.mark.parametrize("values", [[1.0], [1.0, np.nan], [[1.0, 2.0]]], ids=["one", "nan", "2-d"])
def test_too_few_or_broken_folds_are_refused(function, values):
    """The message names what is expected."""
    with pytest.raises(UsageError, match="must be"):
        function(values, test_train_ratio=0.1)


def test_a_ratio_of_zero_is_refused():
    """It would be the naive test under another name."""
    with pytest.raises(UsageError, match=r"1 / \(k - 1\)"):
        corrected_ttest(DIFFERENCES, test_train_ratio=0.0)


@pytest.mark.parametrize("n_folds", [2, 5, 10])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 45])
def test_the_test_finds_it_four_times_in_five(n_folds, alpha):
    """The power at that difference, by integrating the normal over the chi-squared that t is made of."""
    folds, df = DIFFERENCES[:n_folds], n_folds - 1
    scale = np.sqrt(corrected_variance(folds, test_train_ratio=1 / 9))
    shift = detectable_difference(folds, test_train_ratio=1 / 9, alpha=alpha) / scale
    critical = stats.t.isf(alpha / 2, df)

    def found(squares):
        edge = critical * np.sqrt(squares / df)
        return stats.chi2.pdf(squares, df) * (stats.norm.cdf(shift - edge) + stats.norm.cdf(-shift - edge))

    power = sum(integrate.quad(found, *ends)[0] for ends in ((0, 1e-6), (1e-6, 1e-2), (1e-2, 10), (10, 200)))
    assert power == pytest.approx(0.8, abs=1e-3)


def test_many_folds_come_near_the_normal_approximation():
    """With 2,000 folds the noncentrality is the sum of two normal quantiles."""
    folds = np.random.default_rng(0).normal(size=2000)
    scale = np.sqrt(corrected_variance(folds, test_train_ratio=0.1))
    expected = (stats.norm.isf(0.025) + stats.norm.isf(0.2)) * scale
    assert detectable_difference(folds, test_train_ratio=0.1) == pytest.approx(expected, rel=2e-3)


def test_the_mean_of_the_differences_does_not_matter():
    near, far = (detectable_difference(DIFFERENCES + shift, test_train_ratio=1 / 9) for shift in (0, 50))
    assert near == pytest.approx(far)


def test_a_lower_level_takes_a_larger_difference():
    """As the strictest step of Holm's method over 45 pairs."""
    one, many = (detectable_difference(DIFFERENCES, test_train_ratio=1 / 9, alpha=0.05 / n) for n in (1, 45))
    assert many > 1.5 * one


def test_identical_differences_would_show_any():
    """Without variance, any difference is detectable."""
    assert detectable_difference([0.2] * 5, test_train_ratio=0.25) == 0.0


@pytest.mark.parametrize(("alpha", "power"), [(0.0, 0.8), (0.9, 0.8), (0.05, 1.0)])
def test_levels_that_make_no_test_are_refused(alpha, power):
    """Power is above the level and below one."""
    with pytest.raises(UsageError, match=r"must be such that 0 < alpha < power < 1; got"):
        detectable_difference(DIFFERENCES, test_train_ratio=1 / 9, alpha=alpha, power=power)


def test_rows_of_a_unit_count_as_one():
    """Ten differences, each six times in a group of its own, have the p-value of the ten alone."""
    repeated = row_ttest(np.repeat(DIFFERENCES, 6), units=np.repeat(np.arange(10), 6))
    assert repeated.p_value == pytest.approx(stats.ttest_1samp(DIFFERENCES, 0.0).pvalue)
    assert row_ttest(DIFFERENCES).p_value == pytest.approx(repeated.p_value)


def test_neighbours_in_time_depend_on_each_other():
    """Newey and West's sum of autocovariances, written out with Bartlett weights 2/3 and 1/3, times 10 / 9."""
    centred = DIFFERENCES - DIFFERENCES.mean()
    total = sum(centred[i] * centred[j] * max(0.0, 1 - abs(i - j) / 3) for i in range(10) for j in range(10))
    test = row_ttest(DIFFERENCES, lags=2)
    assert test.statistic == pytest.approx(DIFFERENCES.mean() / np.sqrt(total / 100 * 10 / 9))


@pytest.mark.parametrize(("value", "p_value"), [(0.0, 1.0), (0.1, 0.0)])
def test_identical_rows_leave_no_doubt(value, p_value):
    assert row_ttest(np.full(30, value)).p_value == p_value


def test_one_unit_is_no_test():
    with pytest.raises(UsageError, match="units must be at least two; got one"):
        row_ttest(DIFFERENCES, units=np.zeros(10))
