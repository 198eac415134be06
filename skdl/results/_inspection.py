"""Model inspection: permutation importance, partial dependence, and disagreement of the two best models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl.results._verdict import Reason

__all__ = ["CorrelatedPair", "Dependence", "DependenceLine", "Disagreement", "DisputedRow", "Importance", "Insight"]


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
    """A row that the two best models predict differently; rows count from 1."""

    row: int
    actual: Any
    leader: Any  # its prediction
    runner_up: Any
    columns: dict[str, Any]  # values of the most important columns


@dataclass(frozen=True)
class Disagreement:
    """Disagreement of leader and runner-up, out of fold (first repeat).

    A regression has ``error_correlation`` and ``leader_nearer``, a classification the counts: rows that are predicted
    differently, and how many of these each model gets right.
    """

    leader: str
    runner_up: str
    n_rows: int
    rows: list[DisputedRow]
    error_correlation: float | None = None
    leader_nearer: float | None = None  # share of the rows
    n_different: int | None = None
    leader_right: int | None = None
    runner_up_right: int | None = None


@dataclass(frozen=True)
class Insight:
    """Model inspection of the recommended model; ``notes`` give what was left out, and why."""

    model: str | None  # the inspected model; None if only the dummy is left
    importances: list[Importance] = field(default_factory=list)  # the most important first
    correlated: list[CorrelatedPair] = field(default_factory=list)  # the strongest first
    dependence: list[Dependence] = field(default_factory=list)
    disagreement: Disagreement | None = None
    notes: list[Reason] = field(default_factory=list)
    n_folds: int = 0  # on which the model was refitted
    n_repeats: int = 0  # permutations per fold
    n_rows: int = 0  # largest number of test rows of a fold that were permuted
    elapsed_s: float = 0.0
