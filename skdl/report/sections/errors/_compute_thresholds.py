"""What errors cost by the threshold from which rows are called the last of two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl.cross_validation import short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.cross_validation import OutOfFold

__all__ = ["threshold_costs"]

_PRICES = ((1.0, 1.0), (1.0, 5.0), (5.0, 1.0))  # of a false alarm and of a miss
_STEPS = 100
_USUAL = 0.5


def threshold_costs(answers: OutOfFold, labels: NDArray[Any]) -> results.Thresholds | None:
    """Reckon the cost of a thousand rows at each threshold in hundredths; None without probabilities.

    Of thresholds that cost the same, the one nearest to 0.5 is the best.
    """
    if answers.ratings is None or answers.ratings.are != "probabilities":
        return None
    given, is_last = answers.ratings.numbers[:, 1], answers.actual == labels[1]
    thresholds = np.arange(_STEPS + 1) / _STEPS
    misses = np.searchsorted(np.sort(given[is_last]), thresholds)
    n_others = int(np.sum(~is_last))
    alarms = n_others - np.searchsorted(np.sort(given[~is_last]), thresholds)
    curves = []
    for false_alarm, miss in _PRICES:
        costs = 1000.0 * (false_alarm * alarms + miss * misses) / len(given)
        cheapest = thresholds[costs == costs.min()]
        best = float(cheapest[np.argmin(np.abs(cheapest - _USUAL))])
        curves.append(
            results.CostCurve(
                false_alarm,
                miss,
                costs=short(costs),
                best_threshold=best,
                best_cost=float(costs.min()),
                best_called=int(np.sum(given >= best)),
                usual_cost=float(costs[thresholds == _USUAL][0]),
            )
        )
    return results.Thresholds(answers.model, short(thresholds), curves)
