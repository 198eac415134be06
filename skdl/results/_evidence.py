"""Evidence: differences to the reference, and p-values of all pairs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Against", "AgainstRow", "Pair"]


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


@dataclass(frozen=True)
class Against:
    """Every ranked model against the reference; ``named_before`` if it was chosen before any score was known."""

    reference: str
    named_before: bool
    equivalence: float  # a difference that does not matter in practice, in the ranking metric's unit
    rows: list[AgainstRow]


@dataclass(frozen=True)
class Pair:
    """The test of two models in the ranking metric; ``p_value`` is adjusted by Holm's method over all pairs."""

    first: str
    second: str
    p_value: float | None
