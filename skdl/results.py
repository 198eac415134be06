"""Results of a comparison as plain values: `Summary` holds all of them, and is what every renderer gets.

``dataclasses.asdict`` of a `Summary` is ``results.json``. Values are plain (str, int, float, bool, None, list, dict),
so that it can be written, read again and rendered. Scores have their natural unit and sign: an RMSE is never negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from skdl._language import Language
from skdl._note import Note

# A measured number, NaN included: JSON has no NaN, and writes null.
Number = Annotated[
    float,
    BeforeValidator(lambda value: math.nan if value is None else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]}),
]


@dataclass(frozen=True)
class Reason:
    """A reason against a winner: a code (``not_significant``, ``dummy``, ...) and the values of its sentence."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Price:
    """What a cheaper model gives up against the leader, and what it saves."""

    model: str
    loss: float  # how much worse it scores, in the ranking metric's unit; positive is worse
    low: float | None  # ends of the interval of the loss
    high: float | None
    p_worse: float | None  # probability that it is worse by more than the region of equivalence
    size_ratio: float  # the leader's bytes on disk over the model's; sizes below 10 kB count as equal
    speed_ratio: float  # the leader's seconds per row over the model's; times below 1 s per million rows count as equal
    packages: list[str]  # that only the leader needs
    dominated: bool = False  # whether it is also worse by more than matters in the metrics that do not rank


@dataclass(frozen=True)
class AfterChoosing:
    """The score to expect of the leader, which is the best of several and therefore scored too well.

    ``score`` is corrected by bootstrap bias corrected cross-validation; None where that was not possible, for the
    reason ``missing``: "one_model", "scorer", "one_row", "predictions", "undefined" or "few_units".
    """

    score: float | None  # in the ranking metric's unit
    n_models: int  # that could be chosen: with a score on every fold, the dummy left out
    missing: Reason | None = None


@dataclass(frozen=True)
class VerdictSummary:
    """Leader, winner and recommended model.

    ``winner`` is None if no winner is named; ``reasons`` then holds why. ``group`` holds the models that do not differ
    significantly from the leader, best first, the leader included. ``difference`` is runner-up minus leader in the
    metric's unit, ``detectable`` the smallest difference that the test would detect with a power of 80 %.
    """

    leader: str
    winner: str | None
    recommended: str
    group: list[str]
    runner_up: str | None
    difference: float | None
    p_value: float | None
    p_equivalent: float | None
    reasons: list[Reason]
    recommended_because: str  # "winner", "cheaper", "unsure", "best", "untested", "only" or "dummy"
    price: Price | None  # of the recommended model for "cheaper", of the one that may be as good for "unsure"
    equivalence: float  # a difference that does not matter in practice, in the ranking metric's unit
    preview: bool  # too few folds to name a winner
    detectable: float | None = None
    evidence: str = "folds"  # or "holdout": one set of test rows, one training run of each model
    after_choosing: AfterChoosing | None = None  # None in older files


@dataclass(frozen=True)
class Protocol:
    """How the models were compared."""

    splitter: Note | str  # "stratified k-fold", "k-fold", "grouped k-fold", "time-ordered", "hold-out of 25 %"
    folds: int
    repeats: int
    seed: int
    tuned_models: list[str]
    tune_folds: int | None
    splits_hash: str
    data_hash: str
    fits: int
    elapsed_s: float
    holdout: float | None = None  # share of the test rows in a single split
    fold_column: str | None = None  # name of the column that assigns the folds
    weights: str | None = None  # name of the column of weights, by which rows count in fits, metrics and statistics
    effective_rows: float | None = None  # rows of equal weight that are as informative (Kish): (sum w)^2 / sum w^2


@dataclass(frozen=True)
class ScoreColumn:
    """A metric: its name in the file (``rmse``), its label (``RMSE``), and which direction is better."""

    name: str
    label: str
    greater_is_better: bool
    in_target_unit: bool = False
    unit: str | None = None  # another unit, of a user's metric
    widest: float | None = None  # difference of the best and the worst possible score; None where it has no limit


@dataclass(frozen=True)
class Score:
    """Mean over the folds with its approximate 95 % interval and the spread (standard deviation) of the folds."""

    mean: Number
    low: float | None
    high: float | None
    spread: float | None


@dataclass(frozen=True)
class ModelRow:
    """One model of the leaderboard."""

    model: str
    description: Note | str  # "RandomForestClassifier(), calibrated"
    status: str  # "ok" or "failed"
    error: Note | str | None  # plain text is an exception's message
    rank: int | None
    group: str  # tied group letters, "a" for the leader's; "" where not ranked
    scores: dict[str, Score]
    difference: float | None  # to the leader in the ranking metric's unit, positive if worse
    p_vs_leader: float | None  # None for the leader itself and for models that were not tested
    fit_s: float | None  # mean per fold
    predict_s: float | None  # mean per fold
    is_network: bool = False
    is_dummy: bool = False
    parameters: list[dict[str, Any]] = field(default_factory=list)  # chosen by tuning, one per fold
    call_s: float | None = None  # seconds to predict one row with the saved model
    rows_per_s: float | None = None  # further rows per second in the same call
    saved_bytes: int | None = None  # the fitted model on disk
    peak_memory_bytes: int | None = None  # largest rise over the folds; None if not measured
    train_mean: float | None = None  # mean score on training rows, in the ranking metric
    gap: float | None = None  # how much worse the test rows score; in the metric's unit
    gain: float | None = None  # how much better than the dummy, in the metric's unit
    gain_share: float | None = None  # as a share of the dummy's error; None if higher scores are better
    p_leader_better: float | None = None  # probability that the leader is better by more than `equivalence`
    n_failed: int = 0  # folds

    @property
    def s_per_1000_rows(self) -> float | None:
        """Seconds to predict 1,000 rows in one call: a fixed part, and one for each further row."""
        return None if not self.rows_per_s else (self.call_s or 0.0) + 999.0 / self.rows_per_s


@dataclass(frozen=True)
class FoldRow:
    """One model on one fold."""

    model: str
    repeat: int  # from 1, as the fold
    fold: int
    scores: dict[str, float | None]
    fit_s: float | None
    predict_s: float | None
    status: str
    peak_memory_bytes: int | None = None  # None if not measured


@dataclass(frozen=True)
class AgainstRow:
    """A model against the reference: its score minus the reference's in the ranking metric, with the metric's sign."""

    model: str
    difference: float
    low: float | None
    high: float | None
    p_value: float | None  # adjusted by Holm's method
    p_better: float | None  # by more than `equivalence`
    p_equivalent: float | None
    p_worse: float | None
    p_rows: float | None = None  # of the test by rows, adjusted like ``p_value``


@dataclass(frozen=True)
class Against:
    """Every ranked model against the reference; ``named_before`` if it was chosen before any score was known.

    ``no_row_test`` is why there is no test by rows: "no_mean", "predictions" or "few_units".
    """

    reference: str
    named_before: bool
    equivalence: float  # a difference that does not matter in practice, in the ranking metric's unit
    rows: list[AgainstRow]
    no_row_test: Reason | None = None


@dataclass(frozen=True)
class Pair:
    """The tests of two models in the ranking metric, adjusted by Holm's method over all pairs.

    ``p_value`` is that of the verdict: over the folds, or on resamples of a hold-out set. ``p_rows`` is the second
    opinion, by the differences of the rows.
    """

    first: str
    second: str
    p_value: float | None
    p_rows: float | None = None


@dataclass(frozen=True)
class SliceColumn:
    """How the rows were cut into slices by a column.

    ``kind`` is "levels", "ranges", "years" or "quarters". ``edges`` are those of ranges, each of which begins with its
    lower edge; unless they were chosen by the user (``is_given``), they are quartiles of the whole table.
    """

    name: str
    kind: str
    edges: list[float] = field(default_factory=list)
    is_given: bool = False
    n_gathered: int = 0  # levels with few rows, or beyond the largest twelve, in the slice "other"


@dataclass(frozen=True)
class Slice:
    """Some rows of the table: a level of a column, a range of its numbers, its missing values, or other levels.

    ``kind`` is "level", "range" (from ``low`` to below ``high``), "missing", "other", or "all" for all rows.
    """

    column: str | None
    kind: str
    level: str | None = None
    low: float | None = None
    high: float | None = None
    n_levels: int | None = None  # of "other"


@dataclass(frozen=True)
class SliceScore:
    """Score of a model on the rows of a slice in the ranking metric, with its 95 % interval by rows or groups."""

    score: float | None  # None where it is not defined
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SliceDifference:
    """Score of the recommended model minus that of another one on the rows of a slice, with the metric's sign.

    The intervals of all differences hold at once with 95 % (Bonferroni); ``p_value`` is adjusted over all by Holm.
    """

    difference: float
    low: float | None
    high: float | None
    p_value: float


@dataclass(frozen=True)
class SliceRow:
    """The results of a slice: scores and differences by model; ``missing`` says why there are no differences.

    Its code is "one_class", "undefined", "few_rows", "few_units" or "one_row".
    """

    slice: Slice
    n_rows: int  # that were tested
    scores: dict[str, SliceScore]
    differences: dict[str, SliceDifference] = field(default_factory=dict)
    missing: Reason | None = None


@dataclass(frozen=True)
class SlicesSummary:
    """The results by slices: of the recommended ``model``, of its best rival and of the dummy.

    The rival is the leader, or the runner-up where the leader is recommended. ``rows`` begins with all rows, which are
    not tested. ``missing`` says why there are none: "scorer" or "predictions".
    """

    model: str
    rival: str | None
    dummy: str | None
    columns: list[SliceColumn]
    rows: list[SliceRow] = field(default_factory=list)
    n_tests: int = 0
    least_rows: int = 30  # of a slice that is tested
    by_fold: bool = False  # whether scores are means over folds, as of metrics of an order, or of all rows at once
    missing: Reason | None = None


@dataclass(frozen=True)
class ChosenValue:
    """A chosen value, and in how many folds it was chosen."""

    value: Any
    n_folds: int


@dataclass(frozen=True)
class TunedParameter:
    """A tuned hyperparameter: chosen values, the most frequent first, and whether they are at the edge of the search.

    ``edge`` is "lowest" or "highest" if that end of the searched range was chosen in at least half of the folds, and
    the model accepts values beyond it.
    """

    name: str
    chosen: list[ChosenValue]
    lowest: float | None = None  # end of the searched range
    highest: float | None = None
    edge: str | None = None


@dataclass(frozen=True)
class TuningSummary:
    """The tuning of one model over the folds.

    ``inner`` is the mean score of the chosen candidates inside the search, ``outer`` that on the test rows of the same
    folds, both in the ranking metric; ``optimism`` is their difference, positive if the inner score is better. All are
    None if the search used another metric.
    """

    model: str
    n_folds: int
    inner: float | None
    outer: float | None
    optimism: float | None
    parameters: list[TunedParameter]


@dataclass(frozen=True)
class RowsPoint:
    """A measured point of a learning curve: mean score of the folds for a mean number of training rows."""

    n_rows: float
    score: float
    low: float | None  # ends of the approximate 95 % interval
    high: float | None


@dataclass(frozen=True)
class RowsAhead:
    """The score that a learning curve gives for more rows, and the gain over the rows at hand."""

    times: float  # the rows at hand
    score: float
    low: float  # ends of the approximate 95 % interval
    high: float
    gain: float  # in the metric's unit; at least 0
    gain_low: float
    gain_high: float
    p_matters: float  # probability that the gain is more than what matters in practice
    p_leads: float | None  # probability that it is better than the leader with as many rows; None for the leader


@dataclass(frozen=True)
class RowsCurve:
    """Learning curve of one model over training rows.

    ``trend`` is "better" if scores get significantly better with the rows, "worse" if they get significantly worse,
    "flat" otherwise. ``ahead`` holds twice and ten times the rows for "better", twice for "flat", none for "worse".
    """

    model: str
    is_network: bool
    trend: str
    exponent: float  # of the power law
    points: list[RowsPoint]  # with the fewest rows first
    ahead: list[RowsAhead]
    overtakes: float | None  # multiple of the rows, up to ten, from which it is expected to lead; None for the leader
    line: Line  # number of rows, score
    low: list[float]  # ends of the interval along the line
    high: list[float]


@dataclass(frozen=True)
class RowsSummary:
    """Learning curves over training rows; ``missing`` is why there are none.

    ``drawn`` says how the parts of the training rows were drawn: "rows", "classes", "groups" or "time".
    """

    n_folds: int  # of the first repeat
    drawn: str
    curves: list[RowsCurve]  # the leader's first
    failed: list[str] = field(default_factory=list)  # models that could not be fitted on every part
    missing: Reason | None = None


@dataclass(frozen=True)
class EnsembleMember:
    """A model in an ensemble, with its weight; in stacking, its coefficient."""

    model: str
    mean: float  # over the folds
    low: float  # smallest and largest of the folds
    high: float
    n_folds: int  # in which it has a weight


@dataclass(frozen=True)
class EnsembleSummary:
    """What an ensemble is made of over the folds."""

    model: str
    kind: str  # "blend" or "stacking"
    n_folds: int
    members: list[EnsembleMember]  # the greatest mean first


@dataclass(frozen=True)
class Layer:
    """A layer of a network with what follows it up to the next: units, activation, dropout, number of weights."""

    kind: str  # "input", "dense", or another Keras layer's name
    units: str  # "64"; "28 x 28" of an image; empty if it has none
    details: list[str]  # "relu", "batch norm", "dropout 0.2"
    n_parameters: int


@dataclass(frozen=True)
class Curve:
    """The training history of one network on one fold; repeats, folds and epochs count from 1."""

    repeat: int
    fold: int
    loss: list[Number]
    val_loss: list[Number] | None
    best_epoch: int | None
    baseline_loss: float | None = None  # of the best constant prediction


@dataclass(frozen=True)
class CurveReading:
    """A diagnosis that holds in ``share`` of the folds: its code (``overfitting``), and a remedy."""

    code: str
    share: float
    change: str | None = None  # remedy as part of a pipeline file, in YAML


@dataclass(frozen=True)
class NetworkSummary:
    """One network's training over the folds."""

    model: str
    architecture: str  # "10 -> 64 relu -> 32 relu -> 1 linear"
    loss: str  # the loss function's name
    n_parameters: int
    curves: list[Curve]
    readings: list[CurveReading]
    seed_spread: float | None = None  # standard deviation of the ranking metric over seeds, if measured
    layers: list[Layer] = field(default_factory=list)


@dataclass(frozen=True)
class InputScale:
    """How far a network turned a column up or down: the mean absolute factor of its inputs, which starts at 1."""

    column: str
    mean: float  # over the folds
    low: float  # smallest and largest of the folds
    high: float


@dataclass(frozen=True)
class CategoryEmbedding:
    """The vectors that a network learned for the values of a category, in their first two principal components."""

    column: str
    levels: list[str]
    x: list[float]  # one per level
    y: list[float]
    explained: float  # share of the variance that the two components hold
    n_levels: int  # of the column; ``levels`` has the first hundred


@dataclass(frozen=True)
class NumberEmbedding:
    """What a network gets in place of a number: curves over its values, each less its mean."""

    column: str
    grid: list[float]
    curves: list[list[float]]


@dataclass(frozen=True)
class LearnedInputs:
    """What a network that embeds its columns learned of them; the embeddings are those of the first fold."""

    n_folds: int
    scales: list[InputScale]  # the largest first
    categories: list[CategoryEmbedding] = field(default_factory=list)  # of the two with most values
    numbers: list[NumberEmbedding] = field(default_factory=list)  # of the two with the largest scales


# Errors are out of fold: each row is predicted by a model that was not trained on it (first repeat). Values for
# pictures are ready to be drawn: many points are binned, curves are thinned.
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
    largest: list[float]  # absolute errors at the 50 %, 80 %, 95 % and 100 % quantile


@dataclass(frozen=True)
class WorstRow:
    """A row with one of the model's largest absolute errors; ``row`` counts from 1 in the compared table."""

    row: int
    actual: float
    predicted: float
    cells: list[str | int | float | bool | None]  # of the first columns


@dataclass(frozen=True)
class ClassMeasures:
    """Metrics of one class against the others; None where a metric is not defined.

    ``top_tenth`` is the share of the class among the tenth of the rows that are most likely to be of it, mean over the
    folds.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    n_rows: int
    roc_auc: float | None = None
    top_tenth: float | None = None


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

    ``counts`` is the confusion matrix: ``counts[i][j]`` rows of class i were predicted as class j. Rows with weights
    count by them, scaled to a mean of 1. Curves and the areas
    under them are means over the folds: with two classes of the last one, with more over the classes too. ``ratings``
    names the class scores: "probabilities", "margins" (decision values: curves, but no calibration), or why there are
    none: "none" were kept, or "too_many" to keep.
    """

    model: str
    counts: list[list[int | float]]
    measures: list[ClassMeasures]  # one per class
    ratings: str
    roc: Line | None = None  # false positive rate, recall
    roc_auc: float | None = None
    precision_recall: Line | None = None  # recall, precision
    average_precision: float | None = None
    calibration: list[CalibrationBin] = field(default_factory=list)
    calibration_error: float | None = None  # expected calibration error: mean |given - came_true| over the rows
    brier: float | None = None
    thresholds: Thresholds | None = None  # of two classes


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
    """The errors of the recommended model, and of the leader where it is another.

    Either ``regression`` or ``classification`` is empty.
    """

    n_rows: int = 0  # test rows of the first repeat
    classes: list[str] = field(default_factory=list)
    regression: list[RegressionErrors] = field(default_factory=list)
    worst_columns: list[str] = field(default_factory=list)  # whose values ``worst`` shows
    worst: list[WorstRow] = field(default_factory=list)  # of the first model, largest error first
    classification: list[ClassErrors] = field(default_factory=list)
    misread: list[MisreadImage] = field(default_factory=list)  # of the first model, most confident first
    n_misread: int = 0  # of all images


@dataclass(frozen=True)
class PricedDecisions:
    """What decisions cost a row, by the user's costs: those of a model, or the same one for every row.

    ``difference`` is to the recommended model, positive if dearer, with the ends of its 95 % interval.
    """

    model: str | None  # None for the same decision for every row
    always: str | None  # the class of that decision
    by: str | None  # "probabilities", or "predictions" of a model without them; None where they were not kept
    cost: Score  # over the folds
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ModelDecisions:
    """Decisions of one model for the test rows of the first repeat, with their cost a row."""

    model: str
    cost: float  # as decided by the costs
    usual_cost: float  # of the predicted classes
    counts: list[list[int | float]]  # of rows, by actual and then by decided class; see `ClassErrors`
    costs: list[float] = field(default_factory=list)  # at each threshold; empty where there is none
    best_threshold: float | None = None  # the cheapest on these rows
    best_cost: float | None = None
    judged_cost: float | None = None  # on each fold at the threshold that is cheapest on the others


@dataclass(frozen=True)
class DecisionsSummary:
    """Decisions by the user's costs. A gain is a cost below 0."""

    classes: list[str]
    matrix: list[list[float]]  # by actual, then by decided class
    unit: str | None
    label: str  # the class that thresholds are of: the one acted on, or the last one
    is_action: bool  # whether the costs are those of an action
    threshold: float | None  # probability of this class from which on it is decided; None for more than two classes
    score_threshold: float | None  # the same of the last class, as `skdl score --threshold` takes it
    perfect: float  # cost a row if every row were decided as its class
    priced: list[PricedDecisions]  # cheapest first
    thresholds: list[float]  # of the curves
    models: list[ModelDecisions]  # the recommended model, and the leader where it is another


@dataclass(frozen=True)
class Importance:
    """Permutation importance: how much worse the ranking metric gets; positive if the columns matter."""

    columns: list[str]  # several if they are correlated: they are permuted together
    mean: float  # over folds and permutations
    spread: float | None  # standard deviation; None for a single permutation


@dataclass(frozen=True)
class CorrelatedPair:
    """Two strongly correlated columns: absolute Spearman correlation of numbers, Cramér's V of categories."""

    first: str
    second: str
    strength: float
    measure: str  # "spearman" or "cramers_v"


@dataclass(frozen=True)
class DependenceLine:
    """Mean predictions along a column; ``label`` is the class, None for a regression."""

    label: str | None
    values: list[float]  # one per point of the grid
    low: list[float]  # minimum and maximum over the folds
    high: list[float]


@dataclass(frozen=True)
class Dependence:
    """Partial dependence: the mean prediction when a column is set to one value of the grid in every row."""

    column: str
    is_numeric: bool
    grid: list[Any]  # numbers between the 5th and the 95th percentile, or categories
    lines: list[DependenceLine]
    scale: str  # "target", "probability" or "score"
    deciles: list[float] = field(default_factory=list)  # of the column's numbers


@dataclass(frozen=True)
class DisputedRow:
    """A row that two models predict differently; rows count from 1."""

    row: int
    actual: Any
    first: Any  # prediction of the first model
    second: Any
    columns: dict[str, Any]  # values of the most important columns


@dataclass(frozen=True)
class Disagreement:
    """Disagreement of the recommended model and the leader, or of leader and runner-up, out of fold (first repeat).

    A regression has ``error_correlation`` and ``first_nearer``, a classification the counts: rows that are predicted
    differently, and how many of these each model gets right.
    """

    first: str
    second: str
    n_rows: int
    rows: list[DisputedRow]
    error_correlation: float | None = None
    first_nearer: float | None = None  # share of the rows
    n_different: int | None = None
    first_right: int | None = None
    second_right: int | None = None


@dataclass(frozen=True)
class Insight:
    """Model inspection; each part is complete or left out, and ``notes`` say why."""

    model: str | None  # the inspected model; None if only the dummy is left
    importances: list[Importance] = field(default_factory=list)  # the most important first
    correlated: list[CorrelatedPair] = field(default_factory=list)  # the strongest first
    dependence: list[Dependence] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)
    n_folds: int = 0  # on which the model was refitted
    n_repeats: int = 0  # permutations per fold
    n_rows: int = 0  # largest number of test rows of a fold that were permuted
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class ColumnProfile:
    """A feature column; ``low``, ``median`` and ``high`` are for numbers, ``commonest`` for categories."""

    name: str
    kind: str  # "numeric", "categorical", "text", or "left_out" if no model here can use it
    dtype: str  # "integers", "decimals", "booleans", "text", "dates" or "other"
    n_missing: int
    n_distinct: int
    low: float | None = None
    median: float | None = None
    high: float | None = None
    commonest: str | None = None
    commonest_share: float | None = None  # of the values that are not missing
    type: str | None = None  # "whole number", "flag", "ordered category", ...; of pipeline files alone


@dataclass(frozen=True)
class Histogram:
    """Histogram of a numeric target: ``counts[i]`` rows lie between ``edges[i]`` and ``edges[i + 1]``."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True)
class Check:
    """The result of one check of the table: a code, a level, and the values of its sentence.

    ``level`` is "grave" if scores may be too good to be true, "mild" if they need care, and "fine" if nothing was
    found.
    """

    code: str
    level: str
    columns: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSummary:
    """The table that the models were compared on."""

    source: str
    target: str
    task: str  # "regression" or "classification"
    n_rows: int
    n_columns: int
    n_numeric: int
    n_categorical: int
    n_missing: int  # cells
    class_counts: dict[str, int] | None = None
    target_range: list[float] | None = None  # [min, max]
    notes: list[Note | str] = field(default_factory=list)  # plain text: warnings of the models
    unit: str | None = None  # of the target: "thousand dollars"
    profile: list[ColumnProfile] = field(default_factory=list)  # of the first 1,000 columns, in the table's order
    histogram: Histogram | None = None  # of a numeric target
    checks: list[Check] = field(default_factory=list)  # grave ones first


@dataclass(frozen=True)
class InputColumn:
    """A column of the saved model's input."""

    name: str
    kind: str  # "number", "boolean", "text" or "other"
    nullable: bool  # whether a value may be missing
    categories: list[str] | None = None  # known to its encoder
    takes_others: bool = True  # whether other categories are accepted
    low: float | None = None  # range of the training rows
    high: float | None = None
    parsed: list[Note | str] = field(default_factory=list)  # how values are written


@dataclass(frozen=True)
class SavedModelSummary:
    """The model that was fitted on all rows and saved."""

    folder: str  # as the results folder was given
    n_bytes: int
    needs_keras: bool
    columns: list[InputColumn]
    classes: list[str] | None = None
    versions: dict[str, str] = field(default_factory=dict)  # of the packages that it was saved with
    model: str | None = None  # its name in the comparison; None in older files, which have the recommended model
    members: dict[str, float] = field(default_factory=dict)  # weights of the models in an ensemble


@dataclass(frozen=True)
class Summary:
    """Everything that a report shows."""

    name: str
    created: str  # ISO 8601, UTC
    data: DataSummary
    protocol: Protocol
    columns: list[ScoreColumn]  # metrics, the first one ranks
    verdict: VerdictSummary
    models: list[ModelRow]  # best first, failed last
    folds: list[FoldRow]
    networks: list[NetworkSummary]
    versions: dict[str, str]
    command: str
    model_pin: str | None  # sha256 of the saved model's manifest
    against: Against | None = None
    pairs: list[Pair] = field(default_factory=list)  # of the ranked models, the better one first
    saved: SavedModelSummary | None = None
    pipeline: str | None = None  # the file that was run, resolved, as YAML
    tuning: list[TuningSummary] = field(default_factory=list)  # of the tuned models, best first
    ensembles: list[EnsembleSummary] = field(default_factory=list)  # best first
    errors: ErrorsSummary = field(default_factory=ErrorsSummary)
    insight: Insight | None = None  # model inspection of the recommended model, if requested
    leader_insight: Insight | None = None  # where the leader is another model
    disagreement: Disagreement | None = None
    slices: SlicesSummary | None = None
    learned_inputs: dict[str, LearnedInputs] = field(default_factory=dict)  # by model, of those that embed columns
    learning_curve: RowsSummary | None = None  # None where it was not asked for, and in older files
    decisions: DecisionsSummary | None = None  # where the user gave costs
    lang: Language = "en"  # in which the report was written

    @property
    def saved_name(self) -> str:
        """Name of the saved model: the recommended one, unless another was asked for."""
        saved = None if self.saved is None else self.saved.model
        return self.verdict.recommended if saved is None else saved
