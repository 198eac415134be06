"""What each model scored, on each fold and in all, against the others, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl._note import Note
from skdl.results._number import Number

__all__ = ["Against", "AgainstRow", "FoldRow", "ModelRow", "Pair", "Score", "ScoreColumn"]


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

    mean: Number
    low: float | None
    high: float | None
    spread: float | None


@dataclass(frozen=True)
class ModelRow:
    """One model of the leaderboard."""

    model: str
    description: Note | str  # what it is: "RandomForestClassifier(), calibrated"
    status: str  # "ok" or "failed"
    error: Note | str | None  # plain text is what an exception said
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
    train_mean: float | None = None  # mean score on rows that the model was trained on, in the ranking metric
    gap: float | None = None  # how much worse the test rows are than those; in the metric's unit
    gain: float | None = None  # how much better than the dummy, in the metric's unit
    gain_share: float | None = None  # of the dummy's error; None for scores that are better where they are higher
    p_leader_better: float | None = None  # probability that the leader is better by more than what does not matter
    n_failed: int = 0  # folds


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
class Pair:
    """Two models against each other in the ranking metric; ``p_value`` is adjusted by Holm's method over all pairs."""

    first: str
    second: str
    p_value: float | None
