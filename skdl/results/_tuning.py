"""Tuning: scores inside the search against test scores, and chosen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["ChosenValue", "TunedParameter", "TuningSummary"]


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
