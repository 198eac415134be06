"""What the recommended model goes by, how its answers move with a column, and where the two best disagree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl.results._verdict import Reason

__all__ = ["CorrelatedPair", "Dependence", "DependenceLine", "Disagreement", "DisputedRow", "Importance", "Insight"]


@dataclass(frozen=True)
class Importance:
    """What the ranking metric loses when columns are permuted together; positive where they matter."""

    columns: list[str]  # several where they are correlated
    mean: float  # over folds and permutations
    spread: float | None  # standard deviation of the same; None for a single one


@dataclass(frozen=True)
class CorrelatedPair:
    """Two columns that say nearly the same: absolute rank correlation of numbers, Cramér's V of categories."""

    first: str
    second: str
    strength: float
    measure: str  # "spearman" or "cramers_v"


@dataclass(frozen=True)
class DependenceLine:
    """Mean answers along a column; ``label`` is the class, None for a number."""

    label: str | None
    values: list[float]  # a value a point of the grid
    low: list[float]  # of the folds' own lines
    high: list[float]


@dataclass(frozen=True)
class Dependence:
    """How the mean answer moves when one column is set to one value after another in every row."""

    column: str
    is_numeric: bool
    grid: list[Any]  # numbers between the 5th and the 95th percentile, or categories
    lines: list[DependenceLine]
    scale: str  # "target", "probability" or "score"
    deciles: list[float] = field(default_factory=list)  # of the column's numbers


@dataclass(frozen=True)
class DisputedRow:
    """A row on which the two best differ; rows count from 1."""

    row: int
    actual: Any
    leader: Any  # its answer
    runner_up: Any
    columns: dict[str, Any]  # the values of those that matter most


@dataclass(frozen=True)
class Disagreement:
    """Where leader and runner-up disagree, out of fold (the first repeat).

    Of numbers ``error_correlation`` and ``leader_nearer`` are known, of classes the other counts: the rows answered
    differently, and on how many of these each of the two is right.
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
    """Why the recommended model answers as it does; ``notes`` say what was left out, and why."""

    model: str | None  # that was looked into; None where only the dummy is left
    importances: list[Importance] = field(default_factory=list)  # the most important first
    correlated: list[CorrelatedPair] = field(default_factory=list)  # the strongest first
    dependence: list[Dependence] = field(default_factory=list)
    disagreement: Disagreement | None = None
    notes: list[Reason] = field(default_factory=list)
    n_folds: int = 0  # that the model was fitted on once more
    n_repeats: int = 0  # permutations a fold
    n_rows: int = 0  # test rows of a fold that were permuted, at most
    elapsed_s: float = 0.0
