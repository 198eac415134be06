"""What searches promised and chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["ChosenValue", "TunedParameter", "TuningSummary"]


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
