"""How small a difference a design could have found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

from skdl.analysis._statistics import corrected_variance
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["detectable_difference"]


def detectable_difference(
    differences: ArrayLike, *, test_train_ratio: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Smallest true difference that the corrected paired t-test finds with a given probability.

    A true difference delta gives the test statistic a noncentral t distribution with n_folds - 1 degrees of freedom
    and noncentrality delta / sqrt((1 / n_folds + ratio) * S**2) [1]_, S**2 the variance that the fold differences
    showed. The delta is sought at which the two-sided test rejects with probability ``power``.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one model minus score of the other, a fold each, in the metric's unit. Only their spread matters.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.
    alpha : float, default=0.05
        Level of the two-sided test; for the strictest step of Holm's method, the level over the number of pairs.
    power : float, default=0.8
        Probability to find the difference; above ``alpha``, below 1.

    Returns
    -------
    float
        The difference, in the metric's unit; 0 where all differences are identical.

    Raises
    ------
    UsageError
        As `corrected_variance`, and where not 0 < alpha < power < 1.

    References
    ----------
    .. [1] Cohen, "Statistical Power Analysis for the Behavioral Sciences", 2nd ed., 1988; the variance of the mean as
       in Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.

    Examples
    --------
    >>> folds = [0.1, 0.3, 0.2, 0.4, 0.0, 0.2, 0.3, 0.1, 0.2, 0.2]
    >>> round(detectable_difference(folds, test_train_ratio=1 / 9), 3)
    0.167
    """
    if not 0.0 < alpha < power < 1.0:
        raise UsageError(
            f"detectable_difference: alpha and power must be such that 0 < alpha < power < 1; got {alpha!r}, {power!r}."
        )
    variance = corrected_variance(differences, test_train_ratio=test_train_ratio)
    return _noncentrality(np.size(differences) - 1, alpha, power) * float(np.sqrt(variance))


def _noncentrality(df: int, alpha: float, power: float) -> float:
    """Noncentrality at which a two-sided t-test rejects with probability ``power``."""
    critical = float(stats.t.isf(alpha / 2.0, df))

    def lacking(noncentrality: float) -> float:
        right = float(stats.nct.sf(critical, df, noncentrality))
        left = float(stats.nct.cdf(-critical, df, noncentrality))
        return power - right - (0.0 if np.isnan(left) else left)  # SciPy says NaN for some tails below 1e-15

    high = critical
    while lacking(high) > 0.0:
        high *= 2.0
    return float(optimize.brentq(lacking, 0.0, high, xtol=1e-10))
