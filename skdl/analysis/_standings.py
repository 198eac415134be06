"""Several models and what is known of them, and what it takes to compare any two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._bootstrap import Holdout
from skdl.analysis._evidence import Folds
from skdl.analysis._statistics import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from skdl.analysis._evidence import Evidence, Pair

__all__ = ["SURE", "Difference", "Standings", "evidence_of"]

SURE = 0.95


@dataclass(frozen=True)
class Difference:
    """One model against the leader, over their shared folds or on their hold-out set.

    ``mean``, ``low`` and ``high`` are the model minus the leader, in the metric's unit and sign; ``worse_by`` is the
    same mean signed so that positive is worse. ``p_value`` is adjusted by Holm over all pairs, ``p_raw`` is not.
    ``p_better``, ``p_equivalent`` and ``p_worse`` are the practical probabilities of the model against the leader.
    With a single fold all but ``mean`` and ``worse_by`` are None.
    """

    model: str
    mean: float
    low: float | None
    high: float | None
    worse_by: float
    p_value: float | None
    p_raw: float | None
    p_better: float | None
    p_equivalent: float | None
    p_worse: float | None


@dataclass(frozen=True)
class Standings:
    """What is known of all models, with what it takes to compare any two of them."""

    evidence: Evidence
    sign: float  # 1 where greater is better, else -1
    rope: float
    alpha: float
    dummy: str
    simplicity: dict[str, int]
    predict_s: dict[str, float]

    def ranking(self) -> list[str]:
        """Models, best mean first; equal means go by simplicity, then speed, then name."""
        means = self.evidence.means
        return sorted(means, key=lambda model: (-self.sign * means[model], *self.cost(model), model))

    def with_one_left_out(self) -> list[Standings]:
        """Give the same standings without each of the parts that could decide it alone."""
        return [replace(self, evidence=part) for part in self.evidence.with_one_left_out()]

    def cost(self, model: str) -> tuple[float, float]:
        """Simplicity, then predict seconds; what is not known counts as worst."""
        seconds = self.predict_s.get(model, np.inf)
        return self.simplicity.get(model, np.inf), seconds if np.isfinite(seconds) else np.inf

    def pairs(self, ranking: list[str], reference: str | None = None) -> dict[tuple[str, str], Pair]:
        """Every pair, or those with the reference, better model first, p-values adjusted over all of these."""
        found = {
            (first, second): self.evidence.pair(first, second, sign=self.sign, rope=self.rope)
            for first, second in combinations(ranking, 2)
            if reference is None or reference in {first, second}
        }
        tested = {names: pair.p_raw for names, pair in found.items() if pair.p_raw is not None}
        adjusted = dict(zip(tested, map(float, holm(list(tested.values()))), strict=True))
        return {names: replace(pair, p_value=adjusted.get(names)) for names, pair in found.items()}

    def is_different(self, pair: Pair) -> bool:
        """Whether two models are told apart: significant and not equivalent; by the region alone for a single fold."""
        if pair.p_value is None or pair.probabilities is None:
            return abs(pair.mean) > self.rope
        return pair.p_value < self.alpha and pair.probabilities[1] < SURE

    def difference(
        self, model: str, leader: str, pairs: dict[tuple[str, str], Pair], bounds: tuple[float, float]
    ) -> Difference:
        """Compare a model with the leader, in the metric's own sign."""
        pair = pairs[model, leader] if (model, leader) in pairs else pairs[leader, model].reversed()
        low, high = self.evidence.difference_interval(model, leader, bounds)
        better, equivalent, worse = pair.probabilities or (None, None, None)
        return Difference(
            model, self.sign * pair.mean, low, high, -pair.mean, pair.p_value, pair.p_raw, better, equivalent, worse
        )

    def recommend(self, group: list[str], pairs: dict[tuple[str, str], Pair]) -> tuple[str, str]:
        """Simplest, then fastest, of the group's models that may do as well; the dummy where nothing beats it.

        Tests adjusted for many pairs are slow to tell models apart, so a group can hold models that are very probably
        worse than its leader by more than matters. They are in the group, and nobody should ship them.
        """
        models = self.evidence.means
        if self.dummy in models and not any(self.beats_dummy(m, pairs) for m in models if m != self.dummy):
            return self.dummy, "dummy"
        candidates = [model for model in group if not self.is_surely_worse(model, group[0], pairs)]
        best = min(candidates, key=lambda model: (*self.cost(model), group.index(model)))
        if len(candidates) == 1:
            return best, "only" if len(group) == 1 else "ahead"
        ties = [model for model in candidates if self.cost(model)[0] == self.cost(best)[0]]
        return best, "simplest" if len(ties) == 1 else "fastest"

    def is_surely_worse(self, model: str, leader: str, pairs: dict[tuple[str, str], Pair]) -> bool:
        """Worse than the leader by more than the region of equivalence, with a probability of 95 % or more."""
        pair = pairs.get((leader, model))  # pairs stand better model first
        return pair is not None and pair.probabilities is not None and pair.probabilities[0] >= SURE

    def beats_dummy(self, model: str, pairs: dict[tuple[str, str], Pair]) -> bool:
        """Told apart from the dummy; a preview, too short for its tests, goes by the region of equivalence."""
        pair = pairs.get((model, self.dummy))  # pairs stand better model first
        if pair is None:
            return False
        return self.is_different(pair) or (self.evidence.is_preview and pair.mean > self.rope)

    def speed_ratio(self, leader: str, recommended: str) -> float | None:
        """Predict seconds of the leader over those of the recommended model; None where they are one."""
        slow, fast = self.predict_s.get(leader), self.predict_s.get(recommended)
        if leader == recommended or not slow or not fast or not np.isfinite([slow, fast]).all():
            return None
        return float(slow / fast)


def evidence_of(scores: Mapping[str, ArrayLike] | Holdout, test_train_ratio: float | None) -> Evidence:
    """Take scores over folds, or a hold-out set as it is."""
    return scores if isinstance(scores, Holdout) else Folds.of(scores, test_train_ratio)
