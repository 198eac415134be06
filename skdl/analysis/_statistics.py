"""Tests and intervals for scores that share their folds.

Folds of one table overlap in their training rows, so their scores are not independent and the plain paired t-test
calls far too many differences real. Everything here widens the variance as Nadeau and Bengio do. Where all
differences are identical the variance is zero and no test applies; the rule is then stated, not computed: a
difference of zero has p = 1, any other p = 0, and the posterior is a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Interval",
    "TTest",
    "corrected_ttest",
    "corrected_variance",
    "holm",
    "mean_interval",
    "practical_probabilities",
]


@dataclass(frozen=True)
class TTest:
    """A two-sided corrected paired t-test: t, its p-value, the degrees of freedom, and the mean difference tested."""

    statistic: float
    p_value: float
    df: int
    mean: float


@dataclass(frozen=True)
class Interval:
    """A mean over folds with its approximate interval and the spread (standard deviation) of the folds.

    ``low``, ``high`` and ``spread`` are None where a single fold leaves them unknown.
    """

    mean: float
    low: float | None
    high: float | None
    spread: float | None


def corrected_variance(differences: ArrayLike, *, test_train_ratio: float) -> float:
    """Variance of the mean of paired fold differences, corrected for overlapping training sets.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one model minus score of the other, a fold each, in the metric's unit.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.

    Returns
    -------
    float
        ``(1 / n_folds + test_train_ratio) * S**2`` with S**2 the sample variance; in the metric's unit squared.

    Raises
    ------
    UsageError
        With fewer than two differences, with values that are not finite, or with a ratio that is not positive.

    References
    ----------
    .. [1] Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.

    Examples
    --------
    >>> corrected_variance([1.0, 2.0, 3.0], test_train_ratio=0.5)
    0.8333...
    """
    folds = _check_folds(differences, "corrected_variance")
    _check_ratio(test_train_ratio, "corrected_variance")
    # Rounding leaves identical differences a variance of some 1e-33, and a t of 1e16 with it.
    if np.ptp(folds) <= 8 * np.finfo(np.float64).eps * np.max(np.abs(folds)):
        return 0.0
    return float((1.0 / len(folds) + test_train_ratio) * np.var(folds, ddof=1))


def corrected_ttest(differences: ArrayLike, *, test_train_ratio: float) -> TTest:
    """Test whether the mean of paired fold differences is zero, two-sided, with the corrected variance.

    Identical differences have no variance: p is then 1 where they are zero, and 0 (t infinite) where they are not.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one model minus score of the other, a fold each, in the metric's unit.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.

    Returns
    -------
    TTest
        ``statistic``, ``p_value``, ``df`` (n_folds - 1) and ``mean``.

    Raises
    ------
    UsageError
        As `corrected_variance`.

    References
    ----------
    .. [1] Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.

    Examples
    --------
    >>> corrected_ttest([1.0, 2.0, 3.0], test_train_ratio=0.5).p_value
    0.159...
    """
    folds = _check_folds(differences, "corrected_ttest")
    variance = corrected_variance(folds, test_train_ratio=test_train_ratio)
    mean, df = float(folds.mean()), len(folds) - 1
    if variance == 0.0:
        statistic = 0.0 if mean == 0.0 else float(np.copysign(np.inf, mean))
        return TTest(statistic, 1.0 if mean == 0.0 else 0.0, df, mean)
    statistic = mean / float(np.sqrt(variance))
    return TTest(statistic, float(2.0 * stats.t.sf(abs(statistic), df)), df, mean)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for several comparisons by Holm's step-down method.

    Parameters
    ----------
    p_values : array-like of shape (n_comparisons,)
        Unadjusted p-values.

    Returns
    -------
    ndarray of shape (n_comparisons,)
        Adjusted p-values, in the order given; never below the unadjusted ones, at most 1.

    Raises
    ------
    UsageError
        With a value outside [0, 1].

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
    order = np.argsort(raw, kind="stable")
    stepped = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def mean_interval(
    scores: ArrayLike,
    *,
    test_train_ratio: float,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Mean of fold scores with an approximate interval.

    Approximate, because no unbiased estimate of the variance of cross-validation exists [1]_.

    Parameters
    ----------
    scores : array-like of shape (n_folds,)
        One score a fold, or one difference of scores a fold.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.
    confidence : float, default=0.95
        Share of the t distribution that the interval holds.
    bounds : tuple of two floats, default=(-inf, inf)
        Values that the metric cannot leave, as (0, 1) for accuracy; the interval is cut there.

    Returns
    -------
    Interval
        ``mean``, ``low``, ``high`` and ``spread``, in the metric's unit.

    Raises
    ------
    UsageError
        As `corrected_variance`.

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
    half = float(stats.t.isf((1.0 - confidence) / 2.0, len(folds) - 1) * np.sqrt(variance))
    return Interval(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]), float(folds.std(ddof=1)))


def practical_probabilities(
    differences: ArrayLike, *, test_train_ratio: float, rope: float
) -> tuple[float, float, float]:
    """Probability that a model is practically better, equivalent, or worse than another.

    The posterior of the mean difference is a t distribution with n_folds - 1 degrees of freedom, the mean difference as
    location and the corrected variance as squared scale [1]_. Identical differences make it a point.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of the model minus score of the other, signed so that positive is better.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.
    rope : float
        Half the width of the region of practical equivalence, in the metric's unit; its edge counts as equivalent.

    Returns
    -------
    tuple of three floats
        (P(better), P(equivalent), P(worse)), summing to 1.

    Raises
    ------
    UsageError
        As `corrected_variance`, and with a negative ``rope``.

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
    folds = _check_folds(differences, "practical_probabilities")
    variance = corrected_variance(folds, test_train_ratio=test_train_ratio)
    mean = float(folds.mean())
    if variance == 0.0:
        return (float(mean > rope), float(abs(mean) <= rope), float(mean < -rope))
    posterior: Any = stats.t(len(folds) - 1, loc=mean, scale=np.sqrt(variance))
    better, worse = float(posterior.sf(rope)), float(posterior.cdf(-rope))
    return better, max(0.0, 1.0 - better - worse), worse


def _check_folds(values: ArrayLike, where: str) -> NDArray[np.float64]:
    folds = np.asarray(values, dtype=np.float64)
    if folds.ndim != 1 or len(folds) < 2:  # noqa: PLR2004 - a variance takes two values
        raise UsageError(f"{where}: one number a fold, at least two, must be given; got {values!r}.")
    if not np.all(np.isfinite(folds)):
        raise UsageError(f"{where}: every fold's number must be finite; got {values!r}. Leave out failed models.")
    return folds


def _check_ratio(test_train_ratio: float, where: str) -> None:
    if not test_train_ratio > 0.0:
        raise UsageError(
            f"{where}: test_train_ratio must be positive; got {test_train_ratio!r}. It is 1 / (k - 1) for k folds."
        )
