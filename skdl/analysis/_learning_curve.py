"""Learning curve over rows: a power law through the scores on parts of the training rows, and what it gives beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._statistics import corrected_ttest
from skdl.exceptions import UsageError
from skdl.results import RowsAhead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

_EXPONENTS = np.linspace(0.0, 2.0, 101)[1:]
_N_DRAWS = 2000
_LEVEL = 0.05  # of the tests of the trend, one-sided
_TAILS = (0.025, 0.975)
_N_POINTS = 61  # of a line of a picture


@dataclass(frozen=True)
class LearningCurve:
    """A model's learning curve: its trend, the power law, and the scores to expect with more rows.

    ``trend`` is "better" if scores get significantly better with the rows, "worse" if they get significantly worse,
    also in the last step alone, "flat" otherwise. ``exponent`` is that of the power law. ``ahead`` holds all multiples
    of the rows if the trend is "better", the first of them if it is "flat", none if it is "worse". ``overtakes`` is the
    smallest multiple from which on it is better than the first model by its law and with a probability above 50 %; None
    where there is none. The line starts at the smallest share of the rows.
    """

    trend: str
    exponent: float
    ahead: tuple[RowsAhead, ...]
    overtakes: float | None
    multiples: list[float]  # of the rows, for a line
    scores: list[float]
    low: list[float]  # ends of the approximate 95 % interval
    high: list[float]


def fit_power_law(shares: ArrayLike, errors: ArrayLike, least: float = 0.0) -> NDArray[np.float64]:
    """Fit ``a + b * share ** -c`` by least squares, with a >= ``least``, b >= 0 and 0 < c <= 2.

    Learning curves are described well by such a law over a limited range [1]_, [2]_, though not always. For each
    exponent of a grid a and b follow in closed form, and the exponent with the smallest sum of squares is taken.

    Parameters
    ----------
    shares : array-like of shape (n_sizes,)
        Numbers of rows, as shares of those at hand.
    errors : array-like of shape (..., n_sizes)
        Errors; lower is better.
    least : float, default=0.0
        Smallest possible error; minus infinity where there is none.

    Returns
    -------
    ndarray of shape (..., 3)
        a, b and c of each curve.

    References
    ----------
    .. [1] Viering & Loog, "The Shape of Learning Curves: A Review", IEEE TPAMI 45, 2022.
    .. [2] Hestness et al., "Deep Learning Scaling is Predictable, Empirically", arXiv 1712.00409, 2017.

    Examples
    --------
    >>> fit_power_law([0.25, 0.5, 1.0], [3.0, 2.0, 1.5]).round(3).tolist()
    [1.0, 0.5, 1.0]
    """
    shares, errors = np.asarray(shares, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if shares.ndim != 1 or len(shares) < 3 or errors.shape[-1:] != shares.shape:
        raise UsageError(f"fit_power_law: three or more sizes must have an error each; got {shares!r} and {errors!r}.")
    x = shares ** -_EXPONENTS[:, None]  # (n_exponents, n_sizes)
    centred = x - x.mean(axis=1, keepdims=True)
    mean = errors.mean(axis=-1, keepdims=True)
    # b = cov(x, e) / var(x), a = mean(e) - b mean(x), without limits. (..., n_exponents)
    b = np.maximum(errors @ (centred / (centred**2).sum(axis=1, keepdims=True)).T, 0.0)
    a = mean - b * x.mean(axis=1)
    if np.isfinite(least):
        # At the limit of a the line goes through it: b = sum(x (e - least)) / sum(x^2).
        at_limit = (errors - least) @ (x / (x**2).sum(axis=1, keepdims=True)).T
        b = np.where(a < least, np.maximum(at_limit, 0.0), b)
        a = np.maximum(a, least)
    squares = ((errors[..., None, :] - a[..., None] - b[..., None] * x) ** 2).sum(axis=-1)
    best = squares.argmin(axis=-1)[..., None]
    a, b = (np.take_along_axis(values, best, axis=-1) for values in (a, b))
    return np.concatenate([a, b, _EXPONENTS[best]], axis=-1)


def learning_curves(
    shares: ArrayLike,
    scores: Mapping[str, ArrayLike],
    *,
    test_train_ratio: float,
    greater_is_better: bool,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    rope: float = 0.0,
    times: Sequence[float] = (2.0, 10.0),
    seed: int = 0,
) -> dict[str, LearningCurve]:
    """Extrapolate the learning curves of models that were measured on the same folds.

    A power law is fitted to the mean errors, and moved so that it goes through the score with all rows. Its uncertainty
    is that of the means: they are drawn 2,000 times from a Student distribution with the covariance of the folds,
    corrected for overlapping training parts as in `corrected_variance`, and the law is fitted to each draw. Models are
    drawn together, so that folds which are hard for all of them do not count as a difference.

    Parameters
    ----------
    shares : array-like of shape (n_sizes,)
        Numbers of training rows, as shares of all of them, ascending; the last one is 1.
    scores : dict of str to array-like of shape (n_folds, n_sizes)
        Scores by model, in the metric's own sign; the others are compared with the first model.
    test_train_ratio : float
        Test rows of a fold over its training rows.
    greater_is_better : bool
        Direction of the metric.
    bounds : tuple of float, default=(-inf, inf)
        Smallest and largest value of the metric.
    rope : float, default=0.0
        Largest gain that does not matter in practice.
    times : sequence of float, default=(2.0, 10.0)
        Multiples of the rows to extrapolate to, ascending.
    seed : int, default=0
        Of the draws.

    Examples
    --------
    >>> folds = [[4.1, 3.0, 2.5], [3.9, 3.0, 2.4], [4.0, 3.1, 2.6]]
    >>> curves = learning_curves(
    ...     [0.25, 0.5, 1.0], {"knn": folds}, test_train_ratio=0.5, greater_is_better=False, bounds=(0.0, np.inf)
    ... )
    >>> curves["knn"].trend, round(curves["knn"].ahead[0].score, 2)
    ('better', 2.21)
    """
    shares = np.asarray(shares, dtype=np.float64)
    sign = -1.0 if greater_is_better else 1.0
    best = bounds[1] if greater_is_better else bounds[0]
    # Errors are 0 at the best possible score, where there is one.
    origin, least = (best, 0.0) if np.isfinite(best) else (0.0, -np.inf)
    errors = {name: sign * (np.asarray(values, dtype=np.float64) - origin) for name, values in scores.items()}
    multiples = np.unique([*np.geomspace(shares[0], max(times), _N_POINTS), 1.0, *times])
    n_folds = len(next(iter(errors.values())))
    rng = np.random.default_rng(seed)
    # (n_draws, n_folds): weights w with w @ deviations / sqrt(J - 1) of the covariance of the folds; the root of chi^2
    # over its degrees of freedom makes them Student's.
    weights = rng.standard_normal((_N_DRAWS, n_folds)) * np.sqrt((1.0 / n_folds + test_train_ratio) / (n_folds - 1))
    weights /= np.sqrt(rng.chisquare(n_folds - 1, _N_DRAWS) / (n_folds - 1))[:, None]
    laws: dict[str, NDArray[np.float64]] = {}
    fitted: dict[str, NDArray[np.float64]] = {}  # (1 + n_draws, n_multiples); the first is that of the means
    for name, values in errors.items():
        mean = values.mean(axis=0)
        means = np.concatenate([mean[None], mean + weights @ (values - mean)])
        law = fit_power_law(shares, means, least)
        laws[name], fitted[name] = law[0], _through_the_last(law, means[:, -1], multiples, least)
    trends = {name: _trend(shares, values, test_train_ratio) for name, values in errors.items()}
    # Four sizes without a trend say nothing on ten times the rows; where more rows made a model worse, no law holds.
    known = {name: {"better": times, "flat": times[:1]}.get(trend, ()) for name, trend in trends.items()}
    return {
        name: _curve(
            laws[name],
            fitted[name],
            next(iter(fitted.values())),
            multiples,
            known[name],
            min(known[name], next(iter(known.values())), key=len),
            rope=rope,
            trend=trends[name],
            is_first=number == 0,
            to_score=lambda error: origin + sign * error,
        )
        for number, name in enumerate(errors)
    }


def _through_the_last(
    law: NDArray[np.float64], last: NDArray[np.float64], multiples: NDArray[np.float64], least: float
) -> NDArray[np.float64]:
    """Errors by the law, moved so that it goes through the error with all rows, shape (n_draws, n_multiples)."""
    _, b, c = law.T[..., None]
    # Exact at all rows; what is left of the moved floor never gets below the best possible error.
    return np.asarray(np.maximum(last[:, None] - b * (1.0 - multiples**-c), least))


def _trend(shares: NDArray[np.float64], errors: NDArray[np.float64], ratio: float) -> str:
    """Say whether errors fall with the rows, by one-sided corrected t-tests over the folds.

    Tested are the slope over the logarithm of the rows, and for the worse also the last step.
    """
    logs = np.log(shares)
    whole = corrected_ttest(errors @ (logs.mean() - logs), test_train_ratio=ratio)
    step = corrected_ttest(errors[:, -2] - errors[:, -1], test_train_ratio=ratio)
    if any(test.mean < 0.0 and test.p_value < 2 * _LEVEL for test in (whole, step)):
        return "worse"
    return "better" if whole.mean > 0.0 and whole.p_value < 2 * _LEVEL else "flat"


def _curve(
    law: NDArray[np.float64],
    errors: NDArray[np.float64],
    of_first: NDArray[np.float64],
    multiples: NDArray[np.float64],
    times: Sequence[float],
    compared: Sequence[float],
    *,
    rope: float,
    trend: str,
    is_first: bool,
    to_score: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> LearningCurve:
    """Read the scores at the multiples from errors of shape (1 + n_draws, n_multiples), the means' first.

    With the first model it is compared at the multiples ``compared``.
    """
    # A law at its limits may put the fit of the means beyond its draws.
    ends = np.quantile(errors, _TAILS, axis=0)
    scores = to_score(errors[0])
    low, high = np.sort([to_score(np.minimum(ends[0], errors[0])), to_score(np.maximum(ends[1], errors[0]))], axis=0)
    now = np.searchsorted(multiples, 1.0)
    ahead = []
    for multiple in times:
        at = np.searchsorted(multiples, multiple)
        gains = errors[:, now] - errors[:, at]
        gain, (gain_low, gain_high) = float(gains[0]), map(float, np.quantile(gains, _TAILS))
        p_leads = None
        if not is_first and multiple in compared:
            p_leads = float(np.mean(errors[1:, at] < of_first[1:, at]))
        expected = (float(scores[at]), float(low[at]), float(high[at]))
        gain_ends = (min(gain_low, gain), max(gain_high, gain))
        ahead.append(RowsAhead(multiple, *expected, gain, *gain_ends, float(np.mean(gains[1:] > rope)), p_leads))
    is_ahead = (multiples >= 1.0) & (multiples <= max(compared, default=0.0))
    # Where the laws of the means cross, the leader may still be ahead in most of the draws.
    leads = ((errors[0] < of_first[0]) & ((errors[1:] < of_first[1:]).mean(axis=0) > 0.5))[is_ahead]
    leads = np.logical_and.accumulate(leads[::-1])[::-1]  # from there on, not here and there
    overtakes = float(multiples[is_ahead][leads.argmax()]) if leads.any() else None
    shown = multiples <= max(times, default=1.0)
    drawn = (values[shown].tolist() for values in (multiples, scores, low, high))
    return LearningCurve(trend, float(law[2]), tuple(ahead), overtakes, *drawn)
