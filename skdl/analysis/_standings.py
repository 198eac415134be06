"""Standings: ranking of the models, and tests of every pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._evidence import Difference, Folds
from skdl.analysis._holdout import Holdout
from skdl.analysis._recommendation import MIN_P_BETTER
from skdl.analysis._statistics import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from skdl.analysis._evidence import Pair
    from skdl.analysis._holdout import Evidence
    from skdl.analysis._recommendation import Cost


SURE = 0.95  # posterior probability from which a statement counts as certain (Benavoli et al. 2017)


@dataclass(frozen=True)
class Standings:
    """All models with their scores, simplicity and cost: ranks them, and compares any two."""

    evidence: Evidence
    sign: float  # 1 where greater is better, else -1
    rope: float
    alpha: float
    dummy: str
    simplicity: Mapping[str, int]
    costs: Mapping[str, Cost]

    def ranking(self) -> list[str]:
        """Models, best mean first; equal means go by simplicity, then speed, then name."""
        means = self.evidence.means
        # The name comes last, so that the order never depends on that of a dict or of the user's file.
        return sorted(means, key=lambda model: (-self.sign * means[model], *self.cost(model), model))

    def with_one_left_out(self) -> list[Standings]:
        """Return the standings without each fold in turn; empty where no single part can decide."""
        return [replace(self, evidence=part) for part in self.evidence.with_one_left_out()]

    def cost(self, model: str) -> tuple[float, float]:
        """Sort key: simplicity, then seconds to predict a row; unknown values sort last."""
        seconds = self.costs[model].row_s if model in self.costs else None
        return self.simplicity.get(model, np.inf), np.inf if seconds is None else seconds

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

    def beats_dummy(self, model: str, pairs: dict[tuple[str, str], Pair]) -> bool:
        """Whether the model is better than the dummy: significantly, or probably by more than matters.

        The tests of a preview lack power: there a difference above the region of equivalence is enough.
        """
        pair = pairs.get((model, self.dummy))  # keys hold the better model first
        if pair is None:
            return False
        is_probable = pair.probabilities is not None and pair.probabilities[0] >= MIN_P_BETTER
        return self.is_different(pair) or is_probable or (self.evidence.is_preview and pair.mean > self.rope)


def evidence_of(
    scores: Mapping[str, ArrayLike] | Holdout, test_train_ratio: float | None, min_test_rows: int = 0
) -> Evidence:
    """Return scores over folds as `Folds`, a `Holdout` as it is."""
    return scores if isinstance(scores, Holdout) else Folds.of(scores, test_train_ratio, min_test_rows)


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
