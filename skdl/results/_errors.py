"""Errors of the best models out of fold: each row is predicted by a model that was not trained on it (first repeat).

Values for pictures are ready to be drawn: many points are binned, curves are thinned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "CalibrationBin",
    "ClassErrors",
    "ClassMeasures",
    "Cloud",
    "CostCurve",
    "ErrorsSummary",
    "Line",
    "MisreadImage",
    "RegressionErrors",
    "Thresholds",
    "WorstRow",
]


@dataclass(frozen=True)
class Line:
    """Points of a curve."""

    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Cloud:
    """A scatter plot: points, or the centres of rectangular bins with their numbers of rows."""

    x: list[float]
    y: list[float]
    x_range: list[float]  # [low, high] of the picture
    y_range: list[float]
    counts: list[int] | None = None  # rows per bin; None if every point is a row
    bin_size: list[float] | None = None  # [width, height]
    n_outside: int = 0  # rows outside of the ranges


@dataclass(frozen=True)
class RegressionErrors:
    """The errors of one model, in the target's unit; an error is predicted minus actual."""

    model: str
    predicted: Cloud  # over the actual values
    errors: Cloud  # over the predictions
    running_median: Line | None  # of the errors; None for few rows
    quantiles: Line | None  # of the errors against the normal distribution (Q-Q plot); None for few rows
    normal: list[float] | None  # [intercept, slope] of the Q-Q line
    largest: list[float]  # absolute errors at the 50 %, 80 %, 95 % and 100 % quantile


@dataclass(frozen=True)
class WorstRow:
    """A row with one of the leader's largest absolute errors; ``row`` counts from 1 in the compared table."""

    row: int
    actual: float
    predicted: float
    cells: list[str | int | float | bool | None]  # of the first columns


@dataclass(frozen=True)
class ClassMeasures:
    """Metrics of one class against the others; None where a metric is not defined."""

    precision: float | None
    recall: float | None
    f1: float | None
    n_rows: int
    roc_auc: float | None = None


@dataclass(frozen=True)
class CalibrationBin:
    """A bin of the calibration curve, a tenth of the rows.

    ``given`` is the mean predicted probability, ``came_true`` the observed share, ``low`` and ``high`` its 95 %
    interval (Wilson).
    """

    given: float
    came_true: float
    low: float
    high: float
    n_rows: int


@dataclass(frozen=True)
class ClassErrors:
    """The errors of one classifier.

    ``counts`` is the confusion matrix: ``counts[i][j]`` rows of class i were predicted as class j. With two classes the
    curves are of the last one, with more they are means over the classes. ``ratings`` names the class scores:
    "probabilities", "margins" (decision values: curves, but no calibration), or why there are none: "none" were kept,
    or "too_many" to keep.
    """

    model: str
    counts: list[list[int]]
    measures: list[ClassMeasures]  # one per class
    ratings: str
    roc: Line | None = None  # false positive rate, recall
    roc_auc: float | None = None
    precision_recall: Line | None = None  # recall, precision
    average_precision: float | None = None
    calibration: list[CalibrationBin] = field(default_factory=list)
    calibration_error: float | None = None  # expected calibration error: mean |given - came_true| over the rows
    brier: float | None = None


@dataclass(frozen=True)
class CostCurve:
    """Cost of errors per 1,000 rows by threshold; the cheaper of the two errors costs 1."""

    false_alarm: float  # cost of a false positive; the last class is the positive one
    miss: float  # cost of a false negative
    costs: list[float]  # one per threshold
    best_threshold: float
    best_cost: float
    best_called: int  # rows predicted as the last class at the best threshold
    usual_cost: float  # at threshold 0.5


@dataclass(frozen=True)
class Thresholds:
    """Cost by threshold of the leader for two classes: rows at or above it are predicted as the last class."""

    model: str
    thresholds: list[float]
    curves: list[CostCurve]


@dataclass(frozen=True)
class MisreadImage:
    """An image that the leader misclassified: its rows of pixels from 0 to 255; ``row`` counts from 1."""

    row: int
    actual: str
    called: str
    probability: float | None  # of the predicted class
    pixels: list[list[int]]


@dataclass(frozen=True)
class ErrorsSummary:
    """The errors of the best models, best first: of a regression or of classifiers, the other is empty."""

    n_rows: int = 0  # test rows of the first repeat
    classes: list[str] = field(default_factory=list)
    regression: list[RegressionErrors] = field(default_factory=list)
    worst_columns: list[str] = field(default_factory=list)  # whose values ``worst`` shows
    worst: list[WorstRow] = field(default_factory=list)  # of the leader, largest error first
    classification: list[ClassErrors] = field(default_factory=list)
    thresholds: Thresholds | None = None
    misread: list[MisreadImage] = field(default_factory=list)  # most confident first
    n_misread: int = 0  # of all images
