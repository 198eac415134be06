"""Where the best models err, out of fold."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Confusion", "PredictedActual"]


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
