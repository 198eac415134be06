"""Leaderboard: scores of each model, its standing and its costs; scores of each fold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl._note import Note
from skdl.results._number import Number

__all__ = ["FoldRow", "ModelRow", "Score", "ScoreColumn"]


@dataclass(frozen=True)
class ScoreColumn:
    """A metric: its name in the file (``rmse``), its label (``RMSE``), and which direction is better."""

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
    peak_memory_bytes: int | None = None  # None if not measured
