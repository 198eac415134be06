"""Metrics of regressions: their functions, their forms on bootstrap counts, and a record each.

Truth and predictions have shape ``(n_samples,)`` or ``(n_samples, n_outputs)``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from skdl.metrics._metric import Array, Metric, Undefined
from skdl.metrics._resampling import MeanOf

if TYPE_CHECKING:
    from skdl.metrics._metric import Floats, Predictions


def rmse(truth: Array, predicted: Array) -> float:
    """Root of the mean squared error."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(truth, predicted))


def mse(truth: Array, predicted: Array) -> float:
    """Mean squared error."""
    from sklearn.metrics import mean_squared_error

    return float(mean_squared_error(truth, predicted))


def mae(truth: Array, predicted: Array) -> float:
    """Mean absolute error."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(truth, predicted))


def median_error(truth: Array, predicted: Array) -> float:
    """Median absolute error."""
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(truth, predicted))


def mape(truth: Array, predicted: Array) -> float:
    """Mean absolute error as a share of the truth; NaN for a truth of 0, where scikit-learn gives 1e15."""
    if (truth == 0).any():
        return float("nan")
    return float(np.mean(np.abs((truth - predicted) / truth)))


def smape(truth: Array, predicted: Array) -> float:
    """Mean absolute error as a share of the mean of both sizes; 0 predicted for 0 is no error."""
    size = np.abs(truth) + np.abs(predicted)
    return float(np.mean(np.divide(2 * np.abs(truth - predicted), size, out=np.zeros(size.shape), where=size > 0)))


def r2(truth: Array, predicted: Array) -> float:
    """Share of the variance explained; NaN for a single row."""
    from sklearn.metrics import r2_score

    return float(r2_score(truth, predicted)) if len(truth) > 1 else float("nan")


def explained_variance(truth: Array, predicted: Array) -> float:
    """Share of the variance explained, a constant shift not counted; NaN for a single row."""
    from sklearn.metrics import explained_variance_score

    return float(explained_variance_score(truth, predicted)) if len(truth) > 1 else float("nan")


def mean_deviance(truth: Array, predicted: Array, *, power: int) -> float:
    """Mean deviance of the Poisson (power 1) or gamma (2) distribution; NaN for values that it cannot give."""
    from sklearn.metrics import mean_tweedie_deviance

    possible = (truth >= 0).all() if power == 1 else (truth > 0).all()
    if truth.ndim > 1 or not possible or (predicted <= 0).any():
        return float("nan")
    return float(mean_tweedie_deviance(truth, predicted, power=power))


def pinball_loss(truth: Array, predicted: Array, *, quantile: float) -> float:
    """Mean pinball loss of a quantile."""
    from sklearn.metrics import mean_pinball_loss

    return float(mean_pinball_loss(truth, predicted, alpha=quantile))


def max_error(truth: Array, predicted: Array) -> float:
    """Largest absolute error of all rows and targets."""
    return float(np.max(np.abs(truth - predicted)))


# Forms on bootstrap counts.


def _errors(predictions: Predictions) -> Floats:
    return np.asarray(predictions.truth, dtype=np.float64) - np.asarray(predictions.predicted, dtype=np.float64)


def _squared_errors(predictions: Predictions) -> Floats:
    return _errors(predictions) ** 2


def _absolute_errors(predictions: Predictions) -> Floats:
    return np.abs(_errors(predictions))


def _relative_errors(predictions: Predictions) -> Floats:
    return np.asarray(np.abs(_errors(predictions) / predictions.truth))


def _symmetric_errors(predictions: Predictions) -> Floats:
    size = np.abs(predictions.truth) + np.abs(predictions.predicted)
    return np.asarray(np.divide(2 * np.abs(_errors(predictions)), size, out=np.zeros(len(size)), where=size > 0))


def _pinball_losses(predictions: Predictions, quantile: float) -> Floats:
    errors = _errors(predictions)
    return np.maximum(quantile * errors, (quantile - 1) * errors)


def _poisson_deviances(predictions: Predictions) -> Floats:
    truth, predicted = predictions.truth, predictions.predicted
    # xlogy(0, 0) is 0, the limit of y log(y): a count may be 0.
    return np.asarray(2 * (special.xlogy(truth, truth / predicted) - truth + predicted))


def _gamma_deviances(predictions: Predictions) -> Floats:
    ratio = predictions.truth / predictions.predicted
    return np.asarray(2 * (ratio - 1 - np.log(ratio)))


def _rmse_on_counts(predictions: Predictions, counts: Floats) -> Floats:
    return np.sqrt(MeanOf(_squared_errors)(predictions, counts))


def _rmse_on_rows(predictions: Predictions) -> Floats:
    squared = _squared_errors(predictions)
    mean = np.average(squared, weights=predictions.weights)
    score = np.sqrt(mean)
    # The delta method: sqrt(m) changes by (l - m) / (2 sqrt(m)). Without any error there is nothing to divide.
    return np.asarray(score + (squared - mean) / (2.0 * score)) if score > 0.0 else squared


def _r2_on_rows(predictions: Predictions) -> Floats:
    truth = np.asarray(predictions.truth, dtype=np.float64)
    mean = np.average(truth, weights=predictions.weights)
    # The variance of the truth is the same for all models: a difference of theirs is one of squared errors.
    return np.asarray(1.0 - _squared_errors(predictions) / np.average((truth - mean) ** 2, weights=predictions.weights))


def _r2_on_counts(predictions: Predictions, counts: Floats) -> Floats:
    return 1.0 - MeanOf(_squared_errors)(predictions, counts) / _variance(np.asarray(predictions.truth), counts)


def _explained_on_counts(predictions: Predictions, counts: Floats) -> Floats:
    return 1.0 - _variance(_errors(predictions), counts) / _variance(np.asarray(predictions.truth), counts)


def _variance(values: Floats, counts: Floats) -> Floats:
    centred = values - values.mean()  # keeps the digits that the difference of squares would lose
    total = counts.sum(axis=1)
    return np.asarray(counts @ centred**2 / total - (counts @ centred / total) ** 2)


def _median_on_counts(predictions: Predictions, counts: Floats) -> Floats:
    """Take the middle one of the sampled errors, or the mean of the two in the middle."""
    errors = _absolute_errors(predictions)
    order = np.argsort(errors)
    # Sampled rows among the smallest errors, (n_samples, n_rows). The two in the middle are the first errors up to
    # which there is at least, and more than, half of all rows; for an odd number of rows they are the same.
    n_up_to = np.cumsum(counts[:, order], axis=1)
    half = n_up_to[:, -1:] / 2
    # Counts are whole numbers; of weights, sums that differ by their rounding are equal.
    below = (n_up_to < half * (1 - 1e-12), n_up_to <= half * (1 + 1e-12))
    middle = [errors[order][each.sum(axis=1)] for each in below]
    return np.asarray(np.mean(middle, axis=0))


_error = partial(Metric, task="regression", greater_is_better=False)
# A share of the variance.
_explained = partial(Metric, task="regression", greater_is_better=True, bounds=(-np.inf, 1.0), bounded=True)


def _pinball(percent: int, description: str) -> Metric:
    return _error(
        name=f"pinball_{percent}",
        label=f"Pinball ({percent} %)",
        description=description,
        function=partial(pinball_loss, quantile=percent / 100),
        in_target_unit=True,
        on_counts=MeanOf(partial(_pinball_losses, quantile=percent / 100)),
    )


_NEGATIVE = Undefined("below_zero", lambda truth: truth < 0.0, "below 0", "mae takes any number")
_NOT_POSITIVE = Undefined("zero_or_below", lambda truth: truth <= 0.0, "at or below 0", "mae takes any number")
# Scorers of scikit-learn that are not defined for the same true values.
MEAN_DEVIANCE_SCORERS = {"neg_mean_poisson_deviance": _NEGATIVE, "neg_mean_gamma_deviance": _NOT_POSITIVE}

REGRESSION = (
    _error(
        name="rmse",
        label="RMSE",
        description="Root of the mean squared error; large errors weigh most.",
        function=rmse,
        in_target_unit=True,
        on_counts=_rmse_on_counts,
        on_rows=_rmse_on_rows,
        equivalent_scorer="neg_root_mean_squared_error",
    ),
    _error(
        name="mse",
        label="MSE",
        description="Mean squared error, in the target's unit squared.",
        function=mse,
        on_counts=MeanOf(_squared_errors),
        equivalent_scorer="neg_mean_squared_error",
    ),
    _error(
        name="mae",
        label="MAE",
        description="Mean absolute error.",
        function=mae,
        in_target_unit=True,
        on_counts=MeanOf(_absolute_errors),
        equivalent_scorer="neg_mean_absolute_error",
    ),
    _error(
        name="median_error",
        label="Median error",
        description="Median absolute error; half of the rows are closer.",
        function=median_error,
        in_target_unit=True,
        on_counts=_median_on_counts,
        equivalent_scorer="neg_median_absolute_error",
    ),
    _error(
        name="mape",
        label="MAPE",
        description="Mean absolute error as a share of the truth; not defined for zeros.",
        function=mape,
        undefined=Undefined("zero", lambda truth: truth == 0.0, "0", "smape takes zeros, and so does mae"),
        on_counts=MeanOf(_relative_errors),
    ),
    _explained(
        name="r2",
        label="R²",
        description="Share of the target's variance explained.",
        function=r2,
        on_counts=_r2_on_counts,
        on_rows=_r2_on_rows,
        equivalent_scorer="r2",
    ),
    _error(
        name="smape",
        label="SMAPE",
        description="Absolute error as a share of the mean of truth and prediction; takes zeros.",
        function=smape,
        bounds=(0.0, 2.0),
        on_counts=MeanOf(_symmetric_errors),
    ),
    _explained(
        name="explained_variance",
        label="Explained variance",
        description="As R², but a constant shift is not counted as an error.",
        function=explained_variance,
        on_counts=_explained_on_counts,
    ),
    _error(
        name="poisson_deviance",
        label="Poisson deviance",
        description="For counts, which vary more the larger they are; predictions must be above zero.",
        function=partial(mean_deviance, power=1),
        undefined=_NEGATIVE,
        on_counts=MeanOf(_poisson_deviances),
    ),
    _error(
        name="gamma_deviance",
        label="Gamma deviance",
        description="For amounts above zero: errors count in proportion to the amount.",
        function=partial(mean_deviance, power=2),
        undefined=_NOT_POSITIVE,
        on_counts=MeanOf(_gamma_deviances),
    ),
    _pinball(10, "For predictions of the 10 % quantile: too high costs nine times as much as too low."),
    _pinball(50, "For predictions of the median: half the mean absolute error."),
    _pinball(90, "For predictions of the 90 % quantile: too low costs nine times as much as too high."),
    _error(
        name="max_error",
        label="Largest error",
        description="The largest absolute error of all rows.",
        function=max_error,
        in_target_unit=True,
        of_one_row=True,
    ),
)
