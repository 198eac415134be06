"""Scores of several models over the same folds, and what it takes to compare any two of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis._statistics import Interval, corrected_ttest, holm, mean_interval, practical_probabilities
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["FOLDS_FOR_A_WINNER", "SURE", "Contest", "Difference", "Pair", "check_scores"]

FOLDS_FOR_A_WINNER = 10
SURE = 0.95


@dataclass(frozen=True)
class Difference:
    """One model against the leader, over their shared folds.

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
class Pair:
    """First model against second, signed so that positive is better; None where one fold allows no test."""

    mean: float
    p_raw: float | None
    p_value: float | None
    probabilities: tuple[float, float, float] | None

    def reversed(self) -> Pair:
        """Compare the second model with the first."""
        turned = self.probabilities[::-1] if self.probabilities else None
        return Pair(-self.mean, self.p_raw, self.p_value, turned)


@dataclass(frozen=True)
class Contest:
    """The scores of all models with what it takes to compare any two of them."""

    scores: dict[str, NDArray[np.float64]]
    sign: float  # 1 where greater is better, else -1
    ratio: float
    rope: float
    alpha: float
    dummy: str
    simplicity: dict[str, int]
    predict_s: dict[str, float]

    @property
    def n_folds(self) -> int:
        """Folds that every model was scored on."""
        return len(next(iter(self.scores.values())))

    def ranking(self, leave_out: int | None = None) -> list[str]:
        """Models, best mean first; equal means go by simplicity, then speed, then name."""
        kept = np.arange(self.n_folds) != leave_out
        means = {model: float((self.sign * folds[kept]).mean()) for model, folds in self.scores.items()}
        return sorted(self.scores, key=lambda model: (-means[model], *self.cost(model), model))

    def cost(self, model: str) -> tuple[float, float]:
        """Simplicity, then predict seconds; what is not known counts as worst."""
        seconds = self.predict_s.get(model, np.inf)
        return self.simplicity.get(model, np.inf), seconds if np.isfinite(seconds) else np.inf

    def interval(self, model: str, bounds: tuple[float, float]) -> Interval:
        """Mean score of a model with its interval; the mean alone for a single fold."""
        folds = self.scores[model]
        if len(folds) == 1:
            return Interval(float(folds[0]), None, None, None)
        return mean_interval(folds, test_train_ratio=self.ratio, bounds=bounds)

    def pairs(self, ranking: list[str]) -> dict[tuple[str, str], Pair]:
        """Every pair, better model first, p-values adjusted over all of them."""
        found = {}
        for first, second in combinations(ranking, 2):
            better_by = self.sign * (self.scores[first] - self.scores[second])
            if self.n_folds == 1:
                found[first, second] = Pair(float(better_by[0]), None, None, None)
                continue
            test = corrected_ttest(better_by, test_train_ratio=self.ratio)
            odds = practical_probabilities(better_by, test_train_ratio=self.ratio, rope=self.rope)
            found[first, second] = Pair(test.mean, test.p_value, None, odds)
        adjusted = holm([pair.p_raw for pair in found.values() if pair.p_raw is not None])
        return (
            {
                names: Pair(pair.mean, pair.p_raw, float(p), pair.probabilities)
                for (names, pair), p in zip(found.items(), adjusted, strict=True)
            }
            if self.n_folds > 1
            else found
        )

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
        low = high = None
        if self.n_folds > 1:
            span = bounds[1] - bounds[0]
            interval = mean_interval(
                self.scores[model] - self.scores[leader], test_train_ratio=self.ratio, bounds=(-span, span)
            )
            low, high = interval.low, interval.high
        better, equivalent, worse = pair.probabilities or (None, None, None)
        return Difference(
            model, self.sign * pair.mean, low, high, -pair.mean, pair.p_value, pair.p_raw, better, equivalent, worse
        )

    def recommend(self, group: list[str], pairs: dict[tuple[str, str], Pair]) -> tuple[str, str]:
        """Simplest, then fastest, of the group's models that may do as well; the dummy where nothing beats it.

        Tests adjusted for many pairs are slow to tell models apart, so a group can hold models that are very probably
        worse than its leader by more than matters. They are in the group, and nobody should ship them.
        """
        if self.dummy in self.scores and not any(self.beats_dummy(m, pairs) for m in self.scores if m != self.dummy):
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
        return self.is_different(pair) or (self.n_folds < FOLDS_FOR_A_WINNER and pair.mean > self.rope)

    def speed_ratio(self, leader: str, recommended: str) -> float | None:
        """Predict seconds of the leader over those of the recommended model; None where they are one."""
        slow, fast = self.predict_s.get(leader), self.predict_s.get(recommended)
        if leader == recommended or not slow or not fast or not np.isfinite([slow, fast]).all():
            return None
        return float(slow / fast)


def check_scores(scores: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """Turn scores into one float array a model, or say what is wrong with them."""
    table = {model: np.asarray(folds, dtype=np.float64).ravel() for model, folds in scores.items()}
    if not table:
        raise UsageError("decide: scores must hold at least one model; got none.")
    lengths = {model: len(folds) for model, folds in table.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise UsageError(f"decide: every model must have one score a fold, all the same folds; got {lengths!r} folds.")
    broken = [model for model, folds in table.items() if not np.isfinite(folds).all()]
    if broken:
        raise UsageError(f"decide: every score must be finite; got others for {broken!r}. Leave out failed models.")
    return table
