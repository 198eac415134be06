"""What a comparison has to say, as plain values: the one input of every renderer.

Nothing here computes. The layer above fills it; ``dataclasses.asdict`` of it is ``results.json``. Values are Python's
own (str, int, float, bool, None, list, dict), so that a summary can be written, read again and rendered anywhere.
Scores stand in their natural unit and sign: an RMSE is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Against",
    "AgainstRow",
    "ChosenValue",
    "Confusion",
    "Curve",
    "CurveReading",
    "DataSummary",
    "FoldRow",
    "ModelRow",
    "NetworkSummary",
    "PredictedActual",
    "Protocol",
    "Reason",
    "Score",
    "ScoreColumn",
    "Summary",
    "TunedParameter",
    "TuningSummary",
    "VerdictSummary",
]


@dataclass(frozen=True)
class ScoreColumn:
    """One metric: its name in the file (``rmse``), how it is shown (``RMSE``), and which way is better."""

    name: str
    label: str
    greater_is_better: bool
    in_target_unit: bool = False


@dataclass(frozen=True)
class Score:
    """Mean over the folds with its approximate 95 % interval and the spread (standard deviation) of the folds."""

    mean: float
    low: float | None
    high: float | None
    spread: float | None


@dataclass(frozen=True)
class Reason:
    """Why no winner is named: a code (``not_significant``, ``dummy``, ...) and the values its sentence needs."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VerdictSummary:
    """Who leads, whether that is a win, and what to ship.

    ``winner`` is None where no winner is named, ``reasons`` then says why. ``group`` holds the models that cannot be
    told from the leader, best first, the leader included. ``difference`` is runner-up minus leader in the metric's
    unit, ``detectable`` the smallest that the folds would have shown four times in five.
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
    recommended_because: str  # "winner", "only", "ahead", "simplest", "fastest" or "dummy"
    speed_ratio: float | None  # leader's predict seconds over the recommended model's; None where they are one
    preview: bool  # too few folds to name a winner
    detectable: float | None = None
    evidence: str = "folds"  # or "holdout": one set of test rows, one training run of each model


@dataclass(frozen=True)
class ModelRow:
    """One model of the leaderboard."""

    model: str
    description: str  # what it is, in a few words: "random forest, 100 trees"
    status: str  # "ok" or "failed"
    error: str | None
    rank: int | None
    group: str  # tied group letters, "a" for the leader's; "" where not ranked
    scores: dict[str, Score]
    difference: float | None  # to the leader, in the ranking metric's unit, positive = worse
    p_vs_leader: float | None  # None for the leader itself and where not compared
    fit_s: float | None  # mean a fold, seconds
    predict_s: float | None  # mean a fold, seconds
    is_network: bool = False
    is_dummy: bool = False
    parameters: list[dict[str, Any]] = field(default_factory=list)  # what tuning chose, a fold each
    rows_per_s: float | None = None  # test rows over the seconds to predict them, mean over the folds
    saved_bytes: int | None = None  # the fitted model on disk
    peak_memory_bytes: int | None = None  # the largest rise over the folds; None where it was not measured


@dataclass(frozen=True)
class AgainstRow:
    """One model against the reference, in the ranking metric: its score minus the reference's, in natural sign."""

    model: str
    difference: float
    low: float | None
    high: float | None
    p_value: float | None  # adjusted by Holm's method
    p_better: float | None  # by more than what does not matter in practice
    p_equivalent: float | None
    p_worse: float | None


@dataclass(frozen=True)
class Against:
    """Every ranked model against one; ``named_before`` where it was named before any score was seen."""

    reference: str
    named_before: bool
    equivalence: float  # a difference that does not matter in practice, in the ranking metric's unit
    rows: list[AgainstRow]


@dataclass(frozen=True)
class FoldRow:
    """One model on one fold."""

    model: str
    repeat: int
    fold: int
    scores: dict[str, float | None]
    fit_s: float | None
    predict_s: float | None
    status: str
    peak_memory_bytes: int | None = None  # None where it was not measured


@dataclass(frozen=True)
class ChosenValue:
    """A value that tuning chose, and in how many folds."""

    value: Any
    n_folds: int


@dataclass(frozen=True)
class TunedParameter:
    """One parameter of a search: what was chosen, most often first, and whether the search ended too early.

    ``edge`` is "lowest" or "highest" where that end of the searched numbers was chosen in at least half of the folds,
    and the model would take values beyond it.
    """

    name: str
    chosen: list[ChosenValue]
    lowest: float | None = None  # of the searched numbers
    highest: float | None = None
    edge: str | None = None


@dataclass(frozen=True)
class TuningSummary:
    """What a model's search promised, what came of it, and what it chose.

    ``inner`` is the mean of the chosen candidates' scores inside the search, ``outer`` that of the same folds' test
    rows, both in the ranking metric; ``optimism`` their difference, positive where the search promised more than came
    true. All are None where the search went by another metric.
    """

    model: str
    n_folds: int
    inner: float | None
    outer: float | None
    optimism: float | None
    parameters: list[TunedParameter]


@dataclass(frozen=True)
class Curve:
    """The training history of one network on one fold; epochs count from 1."""

    repeat: int
    fold: int
    loss: list[float]
    val_loss: list[float] | None
    best_epoch: int | None


@dataclass(frozen=True)
class CurveReading:
    """A diagnosis that holds in ``share`` of the folds: its code (``overfitting``), and the advice's code."""

    code: str
    share: float


@dataclass(frozen=True)
class NetworkSummary:
    """One network's training over the folds."""

    model: str
    architecture: str  # "10 -> 64 relu -> 32 relu -> 1 linear"
    loss: str  # the loss function's name
    n_parameters: int
    curves: list[Curve]
    readings: list[CurveReading]
    seed_spread: float | None = None  # standard deviation of the ranking metric over seeds, where it was measured


@dataclass(frozen=True)
class PredictedActual:
    """Out-of-fold predictions of a regression model (the first repeat), in the target's unit."""

    model: str
    target: str
    actual: list[float]
    predicted: list[float]


@dataclass(frozen=True)
class Confusion:
    """Out-of-fold confusion counts (the first repeat): ``counts[i][j]`` rows of class i called class j."""

    model: str
    classes: list[str]
    counts: list[list[int]]


@dataclass(frozen=True)
class DataSummary:
    """The table that was used."""

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
    notes: list[str] = field(default_factory=list)  # e.g. rows dropped because the target was missing
    unit: str | None = None  # of the target: "thousand dollars"


@dataclass(frozen=True)
class Protocol:
    """How the models were compared."""

    splitter: str  # "stratified k-fold", "k-fold", "grouped k-fold", "time-ordered", "hold-out of 25 %"
    folds: int
    repeats: int
    seed: int
    tuned_models: list[str]
    tune_folds: int | None
    splits_hash: str
    data_hash: str
    fits: int
    elapsed_s: float
    holdout: float | None = None  # share of the rows that a single split tests
    fold_column: str | None = None  # holds the folds


@dataclass(frozen=True)
class Summary:
    """Everything a report says."""

    name: str
    created: str  # ISO 8601, UTC
    data: DataSummary
    protocol: Protocol
    columns: list[ScoreColumn]  # the first one ranks
    verdict: VerdictSummary
    models: list[ModelRow]  # best first, failed last
    folds: list[FoldRow]
    networks: list[NetworkSummary]
    predicted_actual: list[PredictedActual]
    confusions: list[Confusion]
    versions: dict[str, str]
    command: str
    model_pin: str | None  # sha256 of the saved model's manifest
    against: Against | None = None
    tuning: list[TuningSummary] = field(default_factory=list)  # of the models that were tuned, best first
