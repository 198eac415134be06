"""Standings: ranking of the models, tests of every pair, and the recommendation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._evidence import Folds
from skdl.analysis._holdout import Holdout
from skdl.analysis._statistics import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from skdl.analysis._evidence import Evidence, Pair

__all__ = ["SURE", "Difference", "Standings", "differences_from", "evidence_of"]

SURE = 0.95  # posterior probability from which a statement counts as certain (Benavoli et al. 2017)


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
    """All models with their scores, simplicity and speed: ranks them, compares any two, recommends one."""

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
        # The name comes last, so that the order never depends on that of a dict or of the user's file.
        return sorted(means, key=lambda model: (-self.sign * means[model], *self.cost(model), model))

    def with_one_left_out(self) -> list[Standings]:
        """Return the standings without each fold in turn; empty where no single part can decide."""
        return [replace(self, evidence=part) for part in self.evidence.with_one_left_out()]

    def cost(self, model: str) -> tuple[float, float]:
        """Sort key: simplicity, then predict seconds; unknown values sort last."""
        seconds = self.predict_s.get(model, np.inf)
        return self.simplicity.get(model, np.inf), seconds if np.isfinite(seconds) else np.inf

    def pairs(self, ranking: list[str], reference: str | None = None) -> dict[tuple[str, str], Pair]:
        """Every pair, or those with the reference, better model first, p-values adjusted over all of these."""
        by_names = {
            (first, second): self.evidence.pair(first, second, sign=self.sign, rope=self.rope)
            for first, second in combinations(ranking, 2)
            if reference is None or reference in {first, second}
        }
        # Holm's method multiplies by the number of tests in the family, so p-values are adjusted after all pairs of the
        # family are known. A single fold has no test, and its pairs stay None.
        tested = {names: pair.p_raw for names, pair in by_names.items() if pair.p_raw is not None}
        adjusted = dict(zip(tested, map(float, holm(list(tested.values()))), strict=True))
        return {names: replace(pair, p_value=adjusted.get(names)) for names, pair in by_names.items()}

    def is_different(self, pair: Pair) -> bool:
        """Whether two models differ: significant and not equivalent; by the region alone for a single fold."""
        # A single fold: no test exists, so only the size of the difference decides.
        if pair.p_value is None or pair.probabilities is None:
            return abs(pair.mean) > self.rope
        return pair.p_value < self.alpha and pair.probabilities[1] < SURE

    def difference(
        self, model: str, leader: str, pairs: dict[tuple[str, str], Pair], bounds: tuple[float, float]
    ) -> Difference:
        """Compare a model with the leader, in the metric's own sign."""
        # Keys hold the better model first, and the reference need not be the best one.
        pair = pairs[model, leader] if (model, leader) in pairs else pairs[leader, model].reversed()
        low, high = self.evidence.difference_interval(model, leader, bounds)
        better, equivalent, worse = pair.probabilities or (None, None, None)
        return Difference(
            model, self.sign * pair.mean, low, high, -pair.mean, pair.p_value, pair.p_raw, better, equivalent, worse
        )

    def recommend(self, group: list[str], pairs: dict[tuple[str, str], Pair]) -> tuple[str, str]:
        """Simplest, then fastest, model of the group that is not surely worse; the dummy where no model beats it.

        P-values adjusted for many pairs have little power, so the group can hold models that are very probably worse
        than the leader by more than the region of equivalence. Those stay in the group but are not recommended.
        """
        models = self.evidence.means
        # A model that is no better than the dummy must not be recommended for its speed.
        if self.dummy in models and not any(self.beats_dummy(m, pairs) for m in models if m != self.dummy):
            return self.dummy, "dummy"
        candidates = [model for model in group if not self.is_surely_worse(model, group[0], pairs)]
        # Cost first; of equally cheap models the one with the better mean.
        best = min(candidates, key=lambda model: (*self.cost(model), group.index(model)))
        if len(candidates) == 1:
            return best, "only" if len(group) == 1 else "ahead"
        ties = [model for model in candidates if self.cost(model)[0] == self.cost(best)[0]]
        return best, "simplest" if len(ties) == 1 else "fastest"

    def is_surely_worse(self, model: str, leader: str, pairs: dict[tuple[str, str], Pair]) -> bool:
        """Worse than the leader by more than the region of equivalence, with a probability of 95 % or more."""
        pair = pairs.get((leader, model))  # keys hold the better model first
        return pair is not None and pair.probabilities is not None and pair.probabilities[0] >= SURE

    def beats_dummy(self, model: str, pairs: dict[tuple[str, str], Pair]) -> bool:
        """Whether the model is better than the dummy.

        The tests of a preview lack power: there a difference above the region of equivalence is enough.
        """
        pair = pairs.get((model, self.dummy))  # keys hold the better model first
        if pair is None:
            return False
        return self.is_different(pair) or (self.evidence.is_preview and pair.mean > self.rope)

    def speed_ratio(self, leader: str, recommended: str) -> float | None:
        """Predict seconds of the leader over those of the recommended model; None where both are the same model."""
        slow, fast = self.predict_s.get(leader), self.predict_s.get(recommended)
        if leader == recommended or not slow or not fast or not np.isfinite([slow, fast]).all():
            return None
        return float(slow / fast)


def evidence_of(scores: Mapping[str, ArrayLike] | Holdout, test_train_ratio: float | None) -> Evidence:
    """Return scores over folds as `Folds`, a `Holdout` as it is."""
    return scores if isinstance(scores, Holdout) else Folds.of(scores, test_train_ratio)


def differences_from(
    reference: str,
    scores: Mapping[str, ArrayLike] | Holdout,
    *,
    greater_is_better: bool,
    test_train_ratio: float | None = None,
    rope: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    named_before: bool = False,
) -> list[Difference]:
    """Compare every model with one reference, over shared folds or on a hold-out set.

    Parameters
    ----------
    reference : str
        Model that the others are compared with.
    scores : mapping of str to array-like of shape (n_folds,), or Holdout
        Scores of each model in the metric's own unit and sign, the folds in one order; or the evidence of a
        hold-out set.
    greater_is_better : bool
        Direction of the metric.
    test_train_ratio : float, default=None
        Rows in a test fold over rows in a training fold; None for a hold-out set.
    rope : float
        Region of practical equivalence, in the metric's unit.
    bounds : tuple of two floats, default=(-inf, inf)
        Range of the metric.
    named_before : bool, default=False
        Whether the reference was chosen before any score was known. Then p-values are adjusted over the pairs with the
        reference only; else over all pairs, as in `decide`.

    Returns
    -------
    list of Difference
        Best model first, the reference left out.

    Raises
    ------
    UsageError
        As `decide`.

    Examples
    --------
    >>> folds = {"a": [1.0, 1.2, 1.1, 1.0], "b": [2.0, 2.3, 2.1, 2.1]}
    >>> (found,) = differences_from("a", folds, greater_is_better=False, test_train_ratio=1 / 3, rope=0.1)
    >>> found.model, round(found.mean, 3), round(found.p_value, 4)
    ('b', 1.05, 0.0002)
    """
    evidence = evidence_of(scores, test_train_ratio)
    standings = Standings(evidence, 1.0 if greater_is_better else -1.0, rope, 0.05, "", {}, {})
    ranking = standings.ranking()
    pairs = standings.pairs(ranking, reference if named_before else None)
    return [standings.difference(model, reference, pairs, bounds) for model in ranking if model != reference]
