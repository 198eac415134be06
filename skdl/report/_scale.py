"""A common axis for intervals of models that may lie far apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["axis_limits"]

MOST_WIDENING = 2.5


def axis_limits(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Limits of a common axis for spans given best first.

    The better three fifths are always inside. A model far behind them (the dummy of an easy table, a linear model that
    ran away) would press them into one point; it is left off the scale where the axis would grow more than 2.5 times.
    """
    finite = [span for span in spans if all(math.isfinite(end) for end in span)]
    if not finite:
        return 0.0, 1.0
    n_inside = max(2, math.ceil(0.6 * len(finite)))
    low = min(span[0] for span in finite[:n_inside])
    high = max(span[1] for span in finite[:n_inside])
    for span in finite[n_inside:]:
        wider = min(low, span[0]), max(high, span[1])
        if high == low or wider[1] - wider[0] <= MOST_WIDENING * (high - low):
            low, high = wider
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 0.5
    return low - margin, high + margin
