"""Where the best models err, out of fold (the first repeat): every row by a model that had not seen it.

Whatever is drawn stands here ready to be drawn: clouds of many points as bins, curves thinned.
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
    """Points, or the middles of square bins with the rows that each holds."""

    x: list[float]
    y: list[float]
    x_range: list[float]  # [low, high] of the picture
    y_range: list[float]
    counts: list[int] | None = None  # of each bin; None where every point is a row
    bin_size: list[float] | None = None  # [width, height]
    n_outside: int = 0  # rows beyond the picture


@dataclass(frozen=True)
class RegressionErrors:
    """The errors of one model, in the target's unit; an error is the prediction minus the actual value."""

    model: str
    predicted: Cloud  # over the actual values
    errors: Cloud  # over the predictions
    running_median: Line | None  # of the errors; None of few rows
    quantiles: Line | None  # the errors' over those of the normal distribution; None of few rows
    normal: list[float] | None  # [intercept, slope] of the line that normal errors would follow
    largest: list[float]  # absolute errors: half of the rows are within the first, then 80 %, 95 %, all


@dataclass(frozen=True)
class WorstRow:
    """A row that the leader misses by most; ``row`` counts from 1 in the table as it was compared."""

    row: int
    actual: float
    predicted: float
    cells: list[str | int | float | bool | None]  # of the first columns


@dataclass(frozen=True)
class ClassMeasures:
    """How one class is told from the others; a measure without a value is None."""

    precision: float | None
    recall: float | None
    f1: float | None
    n_rows: int
    roc_auc: float | None = None


@dataclass(frozen=True)
class CalibrationBin:
    """A tenth of the rows: mean probability that was given, share that came true, and its 95 % interval (Wilson)."""

    given: float
    came_true: float
    low: float
    high: float
    n_rows: int


@dataclass(frozen=True)
class ClassErrors:
    """The errors of one model between classes.

    ``counts[i][j]`` rows of class i were called class j. Curves are of the last class where there are two, else means
    over the classes. ``ratings`` is "probabilities", "margins" (curves, no calibration), or why there is neither:
    "none" were kept of it, or "too_many" numbers to keep.
    """

    model: str
    counts: list[list[int]]
    measures: list[ClassMeasures]  # one a class
    ratings: str
    roc: Line | None = None  # share of false alarms, recall
    roc_auc: float | None = None
    precision_recall: Line | None = None  # recall, precision
    average_precision: float | None = None
    calibration: list[CalibrationBin] = field(default_factory=list)
    calibration_error: float | None = None  # mean distance of given and true over the bins, by their rows
    brier: float | None = None


@dataclass(frozen=True)
class CostCurve:
    """What errors cost by threshold, a thousand rows; the cheaper of the two errors costs 1."""

    false_alarm: float  # cost of a row that is called the last class and is not
    miss: float  # cost of a row of the last class that is not called so
    costs: list[float]  # one a threshold
    best_threshold: float
    best_cost: float
    best_called: int  # rows that are called the last class there
    usual_cost: float  # at 0.5


@dataclass(frozen=True)
class Thresholds:
    """Cost by threshold of the leader, for two classes: rows from that probability on are called the last one."""

    model: str
    thresholds: list[float]
    curves: list[CostCurve]


@dataclass(frozen=True)
class MisreadImage:
    """An image that the leader misread: its rows of pixels from 0 to 255; ``row`` counts from 1."""

    row: int
    actual: str
    called: str
    probability: float | None  # of what it was called
    pixels: list[list[int]]


@dataclass(frozen=True)
class ErrorsSummary:
    """The errors of the best models, best first; of a regression or between classes, the other is empty."""

    n_rows: int = 0  # that were tested in the first repeat
    classes: list[str] = field(default_factory=list)
    regression: list[RegressionErrors] = field(default_factory=list)
    worst_columns: list[str] = field(default_factory=list)  # whose values the worst rows bring along
    worst: list[WorstRow] = field(default_factory=list)  # of the leader, worst first
    classification: list[ClassErrors] = field(default_factory=list)
    thresholds: Thresholds | None = None
    misread: list[MisreadImage] = field(default_factory=list)  # surest first
    n_misread: int = 0  # of all images
