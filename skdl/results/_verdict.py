"""Verdict: leader, winner, recommended model, and the protocol of the comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl._note import Note

__all__ = ["Price", "Protocol", "Reason", "VerdictSummary"]


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
