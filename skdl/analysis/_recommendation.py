"""Recommendation: the model to use, decided from what it loses in accuracy and what it saves, not from a test.

"Not significantly different" says little after a few folds, so it is no reason to give accuracy away. A model is
recommended in place of the leader only if all of this holds:

1. it is probably not worse by more than matters: P(worse by more than the region of equivalence) < `MAX_P_WORSE`;
2. what it is expected to lose is small: its `expected_loss` is at most `MAX_LOSS` times that region, and
   E[max(loss, 0)], to which the uncertainty adds, at most `MAX_SHORTFALL` times;
3. the leader does not dominate it on the other metrics, see `is_dominated`;
4. it is cheaper as measured, see `is_cheaper`: seconds to predict a row, bytes on disk, packages to install.

Of several such models the cheapest is taken; how simple a model is only breaks ties. Otherwise it is the leader.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log2
from typing import TYPE_CHECKING

import numpy as np

from skdl.results import Price

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from skdl.analysis._evidence import Difference
    from skdl.analysis._holdout import Evidence


# Chosen with benchmarks/recommendation.py, which measures what a recommendation loses on tables with known truth.
MAX_P_WORSE = 0.5
MAX_LOSS = 0.25
MAX_SHORTFALL = 2.0
# From this probability on of being better by more than matters, a model is preferred to the dummy. On 60 tables without
# any signal and six models, one was then recommended on one table.
MIN_P_BETTER = 0.5
# Below this probability of being worse, the folds leave open whether the model could take the leader's place.
OPEN_BELOW = 0.8
# Costs that nobody notices count as equal: a second for a million rows, a file of 10 kB.
FREE_ROW_S = 1e-6
FREE_BYTES = 10_000


@dataclass(frozen=True)
class Cost:
    """Measured cost of using a fitted model.

    Attributes
    ----------
    call_s : float or None
        Seconds of one call of ``predict`` with a single row.
    row_s : float or None
        Seconds of each further row; None where it was not measured.
    size_bytes : int or None
        Size of the saved model; None where it cannot be saved.
    packages : tuple of str
        Packages that must be installed besides those that skdl needs anyway.
    """

    call_s: float | None = None
    row_s: float | None = None
    size_bytes: int | None = None
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class OtherMetric:
    """A metric that does not rank: each model's scores on the same folds, its direction, and what matters in it."""

    name: str
    scores: Mapping[str, ArrayLike]
    greater_is_better: bool
    rope: float


@dataclass(frozen=True)
class Recommendation:
    """The recommended model, why, and the price: of the model itself, or of the one that could replace the leader.

    ``because`` is "winner"; "cheaper" (in place of the leader); "unsure" (the leader, and ``price`` is of a cheaper
    model that may be as good); "best" (the leader, and every cheaper model is worse); "untested" (the leader of a
    single fold); "only" (one model); "dummy" (no model beats it). For "best" and "winner" the price is that of the
    cheaper model that loses least, and None if there is none.
    """

    model: str
    because: str
    price: Price | None = None


def recommend(
    evidence: Evidence,
    differences: Mapping[str, Difference],
    leader: str,
    *,
    sign: float,
    rope: float,
    costs: Mapping[str, Cost],
    simplicity: Mapping[str, int],
    others: Sequence[OtherMetric] = (),
) -> Recommendation:
    """Choose between the leader and the models that are cheaper than it: "cheaper", "unsure", "best" or "untested".

    ``differences`` compares each model that may be recommended with the leader, best first. ``sign`` is 1 where greater
    is better, else -1, and ``rope`` half the width of the region of practical equivalence. A model without ``costs`` is
    cheaper only by its ``simplicity``: lower is simpler.
    """
    all_cheaper = [model for model in differences if is_cheaper(model, leader, costs, simplicity)]
    cheaper = [model for model in all_cheaper if not is_dominated(model, leader, others)]
    tested = {model: found.p_worse for model in cheaper if (found := differences[model]).p_worse is not None}
    good = [
        model
        for model, p_worse in tested.items()
        if p_worse < MAX_P_WORSE
        and expected_loss(differences[model].worse_by, evidence.standard_error(model, leader), rope) <= MAX_LOSS * rope
        and evidence.shortfall(model, leader, sign=sign) <= MAX_SHORTFALL * rope
    ]
    if good:
        best = _cheapest(good, costs, simplicity)
        return Recommendation(best, "cheaper", _price(differences[best], leader, sign, costs))
    if cheaper and not tested:
        return Recommendation(leader, "untested")
    likely = min(tested, key=lambda model: tested[model], default=None)
    if likely is not None and tested[likely] < OPEN_BELOW:
        return Recommendation(leader, "unsure", _price(differences[likely], leader, sign, costs))
    # All that are left are worse, in this metric or, where they are dominated, in the others.
    worse = [model for model in all_cheaper if differences[model].p_worse is not None]
    nearest = min(worse, key=lambda model: differences[model].worse_by, default=None)
    if nearest is None:
        return Recommendation(leader, "best")
    price = _price(differences[nearest], leader, sign, costs)
    return Recommendation(leader, "best", replace(price, dominated=nearest not in cheaper))


def expected_loss(loss: float, standard_error: float, rope: float) -> float:
    """Shrink the mean loss over the folds by its uncertainty: the leader is also the luckiest of several models [1]_.

    It is the mean of a posterior. The prior of the true loss is normal, with mean 0 and standard deviation ``rope``;
    the likelihood is normal too, with the standard error of the mean loss. A loss without error stays as it is, and one
    with an error as large as ``rope`` is halved.

    References
    ----------
    .. [1] Corani, Benavoli, Demsar, Mangili & Zaffalon, "Statistical comparison of classifiers through Bayesian
       hierarchical modelling", Machine Learning 106, 2017: shrunken differences are nearer to the true ones.
    """
    total = rope**2 + standard_error**2
    return loss * rope**2 / total if total > 0.0 else loss


def is_cheaper(model: str, leader: str, costs: Mapping[str, Cost], simplicity: Mapping[str, int]) -> bool:
    """Whether a model costs less: at most a quarter of the time a row or of the size, or fewer packages.

    It must not take more than twice the time or size, nor a package more. Measured times vary, so small factors do not
    count; where no cost differs, the simpler model is the cheaper one.
    """
    mine, leaders = costs.get(model, Cost()), costs.get(leader, Cost())
    steps = [  # in factors of two; negative is cheaper
        _log2_ratio(mine.row_s, leaders.row_s, FREE_ROW_S),
        _log2_ratio(mine.size_bytes, leaders.size_bytes, FREE_BYTES),
    ]
    needs_more, needs_less = {*mine.packages} - {*leaders.packages}, {*leaders.packages} - {*mine.packages}
    if needs_more or max(steps) > 1.0:
        return False
    if needs_less or min(steps) <= -2.0:
        return True
    return simplicity.get(model, inf) < simplicity.get(leader, inf)


def is_dominated(model: str, leader: str, others: Sequence[OtherMetric]) -> bool:
    """Whether the leader dominates the model on the metrics that do not rank.

    It does where the model is worse by more than matters in two metrics, or in one while it is better in none.
    A metric that is not defined for both models does not count.
    """
    worse = better = 0
    for metric in others:
        sign = 1.0 if metric.greater_is_better else -1.0
        loss = sign * (np.mean(np.asarray(metric.scores[leader])) - np.mean(np.asarray(metric.scores[model])))
        worse += bool(loss > metric.rope)
        better += bool(loss < -metric.rope)
    return worse >= 2 or (worse == 1 and better == 0)


def _cheapest(models: Sequence[str], costs: Mapping[str, Cost], simplicity: Mapping[str, int]) -> str:
    """Least product of time and size; within a factor of two the simplest, then the best (the order given)."""

    def steps(model: str) -> float:
        cost = costs.get(model, Cost())
        return _log2_ratio(cost.row_s, FREE_ROW_S, FREE_ROW_S) + _log2_ratio(cost.size_bytes, FREE_BYTES, FREE_BYTES)

    least = min(map(steps, models))
    ties = [model for model in models if steps(model) <= least + 1.0]
    return min(ties, key=lambda model: simplicity.get(model, inf))


def _log2_ratio(value: float | None, other: float | None, floor: float) -> float:
    """Log2 of value over other, both raised to the floor; 0 where one is unknown."""
    return 0.0 if value is None or other is None else log2(max(value, floor) / max(other, floor))


def _price(difference: Difference, leader: str, sign: float, costs: Mapping[str, Cost]) -> Price:
    """State what a model gives up against the leader, and what it saves."""
    low, high = difference.low, difference.high
    # The difference is model minus leader. Where greater is better, a loss is its negative.
    if sign > 0.0 and low is not None and high is not None:
        low, high = -high, -low
    mine, leaders = costs.get(difference.model, Cost()), costs.get(leader, Cost())
    return Price(
        difference.model,
        difference.worse_by,
        low,
        high,
        difference.p_worse,
        size_ratio=2.0 ** _log2_ratio(leaders.size_bytes, mine.size_bytes, FREE_BYTES),
        speed_ratio=2.0 ** _log2_ratio(leaders.row_s, mine.row_s, FREE_ROW_S),
        packages=sorted({*leaders.packages} - {*mine.packages}),
    )
