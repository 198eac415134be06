"""Statistics of paired fold scores: corrected t-test, Holm adjustment, intervals, posterior probabilities, power.

The training rows of the folds overlap, so fold scores are not independent, and the plain paired t-test rejects far too
often. Every function here uses the variance correction of Nadeau and Bengio (2003). Where all differences are
identical the variance is zero and the test is not defined. The convention then is: p = 1 for a difference of zero,
p = 0 for any other, and the posterior is a point mass.

``differences`` has shape (n_folds,): the score of one model minus the score of the other on each fold, in the metric's
unit. ``test_train_ratio`` is the rows in a test fold over the rows in a training fold, 1 / (k - 1) for k folds. Fewer
than two folds, values that are not finite and a ratio that is not positive raise a `UsageError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import optimize, stats

from skdl.exceptions import UsageError
from skdl.results import Score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class TTest:
    """A two-sided corrected paired t-test: t, its p-value, the degrees of freedom, and the mean difference tested."""

    statistic: float
    p_value: float
    df: int
    mean: float


def corrected_variance(differences: ArrayLike, *, test_train_ratio: float) -> float:
    """Variance of the mean of paired fold differences, corrected for overlapping training sets [1]_.

    ``(1 / n_folds + test_train_ratio) * S**2`` with S**2 the sample variance; in the metric's unit squared.

    References
    ----------
    .. [1] Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.

    Examples
    --------
    >>> corrected_variance([1.0, 2.0, 3.0], test_train_ratio=0.5)
    0.8333...
    """
    folds = _check_folds(differences, "corrected_variance")
    if not test_train_ratio > 0.0:
        raise UsageError(
            f"corrected_variance: test_train_ratio must be positive; got {test_train_ratio!r}. It is 1 / (k - 1) for k "
            "folds."
        )
    # Rounding errors give identical differences a variance of about 1e-33, and with it a t statistic of 1e16.
    # A range within 8 ulp of the largest value counts as identical.
    if np.ptp(folds) <= 8 * np.finfo(np.float64).eps * np.max(np.abs(folds)):
        return 0.0
    # Nadeau & Bengio 2003: (1/J + n_test/n_train) * S^2, where J is the number of folds. The second term accounts for
    # the correlation that shared training rows cause. Without it the variance would tend to 0 as folds are repeated.
    return float((1.0 / len(folds) + test_train_ratio) * np.var(folds, ddof=1))


def corrected_ttest(differences: ArrayLike, *, test_train_ratio: float) -> TTest:
    """Test whether the mean of paired fold differences is zero, two-sided, with the corrected variance.

    Identical differences have no variance: p is then 1 where they are zero, and 0 (t infinite) where they are not.

    Examples
    --------
    >>> corrected_ttest([1.0, 2.0, 3.0], test_train_ratio=0.5).p_value
    0.159...
    """
    return _ttest(*_mean_and_error(differences, test_train_ratio, "corrected_ttest"))


def _ttest(mean: float, error: float, df: int) -> TTest:
    """Test a mean by its standard error."""
    if error == 0.0:
        return TTest(0.0 if mean == 0.0 else float(np.copysign(np.inf, mean)), float(mean == 0.0), df, mean)
    statistic = mean / error
    # Both tails, because neither model is assumed to be the better one. sf keeps small p-values that 1 - cdf rounds to
    # 0.
    return TTest(statistic, float(2.0 * stats.t.sf(abs(statistic), df)), df, mean)


def row_ttest(differences: ArrayLike, *, units: ArrayLike | None = None, lags: int = 0) -> TTest:
    """Test whether the mean of paired differences of rows is zero, two-sided, by the central limit theorem of [1]_.

    Each row is predicted by the models of the fold that tests it. The mean difference is that of the models which were
    trained, so that the test does not show how other training rows would change them. ``differences`` has shape
    (n_rows,). ``units`` holds which rows belong together, such as groups; their sums take the place of the rows. With
    ``lags`` the units are ordered, and neighbours may depend on each other over so many steps (Newey & West [2]_).

    References
    ----------
    .. [1] Bayle, Bayle, Janson & Mackey, "Cross-validation Confidence Intervals for Test Error", NeurIPS 2020.
    .. [2] Newey & West, "A Simple, Positive Semi-definite, Heteroskedasticity and Autocorrelation Consistent Covariance
       Matrix", Econometrica 55, 1987.

    Examples
    --------
    >>> round(row_ttest([1.0, 2.0, 3.0]).p_value, 4), round(row_ttest([1.0, 2.0, 3.0], units=[0, 0, 1]).p_value, 4)
    (0.0742, 0.2048)
    """
    rows = _check_folds(differences, "row_ttest")
    error, df = row_error(rows, units=units, lags=lags)
    return _ttest(float(rows.mean()), error, df)


def row_error(values: ArrayLike, *, units: ArrayLike | None = None, lags: int = 0) -> tuple[float, int]:
    """Standard error of the mean of values of rows, and its degrees of freedom; arguments as of `row_ttest`.

    It is 0 where all values are equal but for rounding.

    Examples
    --------
    >>> row_error([1.0, 2.0, 3.0])
    (0.577..., 2)
    """
    rows = _check_folds(values, "row_error")
    n_rows = len(rows)
    codes = np.arange(n_rows) if units is None else np.unique(np.asarray(units), return_inverse=True)[1].ravel()
    sums = np.bincount(codes, weights=rows - rows.mean())  # (n_units,)
    df = len(sums) - 1
    if df < 1:
        raise UsageError("row_error: units must be at least two; got one.")
    # The variance of the mean: (sum_u s_u^2 + 2 sum_l w_l sum_u s_u s_{u+l}) / n^2 with Bartlett weights w_l, which
    # keep it from being negative; corrected for the mean that was subtracted.
    total = sums @ sums + 2.0 * sum((1.0 - lag / (lags + 1)) * (sums[lag:] @ sums[:-lag]) for lag in range(1, lags + 1))
    variance = total * len(sums) / df / n_rows**2
    if np.ptp(rows) <= 8 * np.finfo(np.float64).eps * np.max(np.abs(rows)) or variance <= 0.0:
        return 0.0, df
    return float(np.sqrt(variance)), df


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for several comparisons by Holm's step-down method [1]_.

    The adjusted p-values are in the order given, never below the unadjusted ones, and at most 1. A value outside [0, 1]
    raises a `UsageError`.

    References
    ----------
    .. [1] Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1 or not np.all((raw >= 0.0) & (raw <= 1.0)):
        raise UsageError(f"holm: p_values must be a list of numbers from 0 to 1; got {p_values!r}.")
    # Step down: the smallest of m p-values is multiplied by m, the next by m - 1, ...; the running maximum keeps order.
    order = np.argsort(raw, kind="stable")
    stepped = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    # Back to the order of the caller.
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def mean_interval(
    scores: ArrayLike,
    *,
    test_train_ratio: float,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Score:
    """Mean of fold scores, or of their differences, with an approximate interval.

    Approximate, because no unbiased estimate of the variance of cross-validation exists [1]_. ``confidence`` is the
    share of the t distribution that the interval holds. It is cut at the ``bounds`` of the metric, such as (0, 1) for
    accuracy.

    References
    ----------
    .. [1] Bengio & Grandvalet, "No Unbiased Estimator of the Variance of K-Fold Cross-Validation", JMLR 5, 2004.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0], test_train_ratio=0.5)
    >>> round(interval.low, 3), interval.mean, round(interval.high, 3)
    (-1.928, 2.0, 5.928)
    """
    folds = _check_folds(scores, "mean_interval")
    variance = corrected_variance(folds, test_train_ratio=test_train_ratio)
    mean = float(folds.mean())
    # mean +- t_{1 - a/2, J - 1} * sqrt((1/J + ratio) * S^2)
    half = float(stats.t.isf((1.0 - confidence) / 2.0, len(folds) - 1) * np.sqrt(variance))
    return Score(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]), float(folds.std(ddof=1)))


def practical_probabilities(
    differences: ArrayLike, *, test_train_ratio: float, rope: float
) -> tuple[float, float, float]:
    """Probabilities that a model is practically better, equivalent, and worse than another; they sum to 1.

    The posterior of the mean difference is a t distribution with n_folds - 1 degrees of freedom, the mean difference as
    location and the corrected variance as squared scale [1]_. Identical differences make it a point.

    ``differences`` are signed so that positive is better. ``rope`` is half the width of the region of practical
    equivalence, in the metric's unit; its edge counts as equivalent, and a negative one raises a `UsageError`.

    References
    ----------
    .. [1] Benavoli et al., "Time for a Change", JMLR 18:77, 2017.

    Examples
    --------
    >>> better, equivalent, worse = practical_probabilities([0.1, 0.3, 0.2], test_train_ratio=0.5, rope=0.01)
    >>> round(better, 2), round(equivalent, 2), round(worse, 2)
    (0.91, 0.01, 0.07)
    """
    if not rope >= 0.0:
        raise UsageError(f"practical_probabilities: rope must be zero or positive; got {rope!r}.")
    mean, error, df = _mean_and_error(differences, test_train_ratio, "practical_probabilities")
    if error == 0.0:
        return (float(mean > rope), float(abs(mean) <= rope), float(mean < -rope))
    # mean difference ~ t_{J - 1}(mean(d), (1/J + ratio) * S^2): the Bayesian correlated t-test of Corani and Benavoli
    # (2015).
    posterior: Any = stats.t(df, loc=mean, scale=error)
    # The middle is the rest, so that the three sum to 1; rounding may leave it slightly below 0.
    better, worse = float(posterior.sf(rope)), float(posterior.cdf(-rope))
    return better, max(0.0, 1.0 - better - worse), worse


def expected_shortfall(differences: ArrayLike, *, test_train_ratio: float) -> float:
    """Expected loss of the first model against the second, where being better counts as no loss: E[max(-d, 0)].

    The true difference d has the posterior of `practical_probabilities`, a Student distribution with n_folds - 1
    degrees of freedom [1]_. ``differences`` are signed so that positive is better. The loss is in the metric's unit; it
    is infinite for two folds, whose posterior has no mean.

    References
    ----------
    .. [1] Corani & Benavoli, "A Bayesian approach for comparing cross-validated algorithms on multiple data sets",
       Machine Learning 100, 2015.

    Examples
    --------
    >>> round(expected_shortfall([-0.1, 0.1, -0.2, 0.0], test_train_ratio=1 / 3), 3)
    0.084
    """
    mean, error, df = _mean_and_error(differences, test_train_ratio, "expected_shortfall")
    if error == 0.0:
        return max(-mean, 0.0)
    if df < 2:
        return float("inf")
    # For X = m + s T with T Student of v degrees: E[max(X, 0)] = m F(m / s) + s f(m / s) (v + (m / s)^2) / (v - 1).
    z = -mean / error
    return float(-mean * stats.t.cdf(z, df) + error * stats.t.pdf(z, df) * (df + z * z) / (df - 1))


def detectable_difference(
    differences: ArrayLike, *, test_train_ratio: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Smallest true difference that the corrected paired t-test finds with probability ``power``.

    A true difference delta gives the test statistic a noncentral t distribution with n_folds - 1 degrees of freedom
    and noncentrality delta / sqrt((1 / n_folds + ratio) * S**2) [1]_, S**2 the sample variance of the fold differences.
    The result is the delta at which the two-sided test rejects with that probability, in the metric's unit; 0 where all
    differences are identical. Only their spread matters. For the strictest step of Holm's method ``alpha`` is the level
    over the number of pairs. All but 0 < alpha < power < 1 raise a `UsageError`.

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
    # The noncentrality is delta / sqrt((1/J + ratio) * S^2), solved for delta.
    return _noncentrality(np.size(differences) - 1, alpha, power) * float(np.sqrt(variance))


def _noncentrality(df: int, alpha: float, power: float) -> float:
    """Noncentrality at which a two-sided t-test rejects with probability ``power``."""
    critical = float(stats.t.isf(alpha / 2.0, df))

    def missing_power(noncentrality: float) -> float:
        right = float(stats.nct.sf(critical, df, noncentrality))
        left = float(stats.nct.cdf(-critical, df, noncentrality))
        return power - right - (0.0 if np.isnan(left) else left)  # SciPy returns NaN for some tails below 1e-15

    # At 0 the test rejects with probability alpha < power, so the function is positive there: brentq needs a sign
    # change between its bounds.
    high = critical
    while missing_power(high) > 0.0:  # double the upper bound until the root lies below it
        high *= 2.0
    return float(optimize.brentq(missing_power, 0.0, high, xtol=1e-10))


def _mean_and_error(values: ArrayLike, ratio: float, where: str) -> tuple[float, float, int]:
    """Mean of the folds, its corrected standard error, and the degrees of freedom."""
    folds = _check_folds(values, where)
    return float(folds.mean()), float(np.sqrt(corrected_variance(folds, test_train_ratio=ratio))), len(folds) - 1


def _check_folds(values: ArrayLike, where: str) -> NDArray[np.float64]:
    folds = np.asarray(values, dtype=np.float64)
    if folds.ndim != 1 or len(folds) < 2:  # a variance needs two values
        raise UsageError(f"{where}: one number a fold, at least two, must be given; got {values!r}.")
    if not np.all(np.isfinite(folds)):
        raise UsageError(f"{where}: every fold's number must be finite; got {values!r}. Leave out failed models.")
    return folds
