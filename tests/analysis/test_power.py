"""The smallest difference that a design finds, against an integral and against simulated tables."""

import numpy as np
import pytest
from scipy import integrate, stats

from skdl.analysis import corrected_variance, detectable_difference
from skdl.exceptions import UsageError

DIFFERENCES = np.array([0.8, -0.2, 1.4, 0.3, 0.9, 0.1, 0.7, -0.4, 1.1, 0.5])


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
