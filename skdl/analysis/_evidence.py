"""Evidence: scores over shared folds, or one hold-out set with bootstrap resamples of its rows.

Both kinds give the same things: the score of a model with its interval, the test of a pair, and the flaws of the design
that speak against naming a winner. `Standings` uses what `Folds` and `Holdout` have in common (`Evidence`) and does not
depend on the kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from skdl.analysis._statistics import (
    corrected_ttest,
    corrected_variance,
    detectable_difference,
    expected_shortfall,
    mean_interval,
    practical_probabilities,
)
from skdl.exceptions import UsageError
from skdl.results import Reason, Score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray


# Requirements of the design for naming a winner. With fewer folds the corrected test has little power, unless each
# score is that of a large test fold (benchmarks/false_winners.py --large); with few rows, or few rows of a class, in a
# test fold the metric takes only a few values. Thirty folds outweigh small ones.
FOLDS_FOR_A_WINNER = 10
LARGE_FOLDS_FOR_A_WINNER = 5
ROWS_A_LARGE_TEST_FOLD = 2000
FOLDS_THAT_OUTWEIGH_SMALL_ONES = 30
ROWS_A_TEST_FOLD = 30
MINORITY_ROWS_A_TEST_FOLD = 10


def folds_for_a_winner(test_rows: int) -> int:
    """Return the fewest folds that may name a winner, by the rows of the smallest test fold."""
    return LARGE_FOLDS_FOR_A_WINNER if test_rows >= ROWS_A_LARGE_TEST_FOLD else FOLDS_FOR_A_WINNER


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
class Folds:
    """Scores of all models over the same folds.

    ``ratio`` is rows in a test fold over rows in a training fold, ``test_rows`` the rows of the smallest test fold.
    """

    scores: dict[str, NDArray[np.float64]]
    ratio: float
    test_rows: int

    kind: ClassVar[Literal["folds"]] = "folds"

    @classmethod
    def of(cls, scores: Mapping[str, ArrayLike], ratio: float | None, test_rows: int = 0) -> Folds:
        """Check scores and turn them into one float array a model."""
        table = {model: np.asarray(folds, dtype=np.float64).ravel() for model, folds in scores.items()}
        if not table:
            raise UsageError("decide: scores must hold at least one model; got none.")
        lengths = {model: len(folds) for model, folds in table.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise UsageError(
                f"decide: every model must have one score a fold, all the same folds; got {lengths!r} folds."
            )
        broken = [model for model, folds in table.items() if not np.isfinite(folds).all()]
        if broken:
            raise UsageError(f"decide: every score must be finite; got others for {broken!r}. Leave out failed models.")
        if ratio is None:
            raise UsageError("decide: test_train_ratio must be given with scores of folds; got None.")
        return cls(table, ratio, test_rows)

    @property
    def n_folds(self) -> int:
        """Folds that every model was scored on."""
        return len(next(iter(self.scores.values())))

    @property
    def is_preview(self) -> bool:
        """Whether there are fewer folds than a winner needs: so few that their tests lack power."""
        return self.n_folds < folds_for_a_winner(self.test_rows)

    @property
    def means(self) -> dict[str, float]:
        """Score of each model, the mean over the folds."""
        return {model: float(folds.mean()) for model, folds in self.scores.items()}

    def interval(self, model: str, bounds: tuple[float, float]) -> Score:
        """Score of a model with its approximate interval; the mean alone for a single fold."""
        folds = self.scores[model]
        if self.n_folds == 1:
            return Score(float(folds[0]), None, None, None)
        return mean_interval(folds, test_train_ratio=self.ratio, bounds=bounds)

    def pair(self, first: str, second: str, *, sign: float, rope: float) -> Pair:
        """First model against second by the corrected paired t-test, not yet adjusted; no test for a single fold.

        ``sign`` turns better into positive.
        """
        # (n_folds,), paired by fold: both models saw the same training and test rows.
        better_by = sign * (self.scores[first] - self.scores[second])
        if self.n_folds == 1:
            return Pair(float(better_by[0]), None, None, None)
        test = corrected_ttest(better_by, test_train_ratio=self.ratio)
        odds = practical_probabilities(better_by, test_train_ratio=self.ratio, rope=rope)
        return Pair(test.mean, test.p_value, None, odds)

    def shortfall(self, model: str, reference: str, *, sign: float) -> float:
        """Expected loss of a model against the reference, where being better counts as no loss.

        It is of the posterior of the corrected difference; infinite for a single fold.
        """
        if self.n_folds == 1:
            return float("inf")
        better_by = sign * (self.scores[model] - self.scores[reference])
        return expected_shortfall(better_by, test_train_ratio=self.ratio)

    def standard_error(self, first: str, second: str) -> float:
        """From the corrected variance of the fold differences; infinite for a single fold."""
        if self.n_folds == 1:
            return float("inf")
        differences = self.scores[first] - self.scores[second]
        return float(np.sqrt(corrected_variance(differences, test_train_ratio=self.ratio)))

    def difference_interval(
        self, model: str, reference: str, bounds: tuple[float, float]
    ) -> tuple[float | None, float | None]:
        """Approximate interval of model minus reference; none for a single fold."""
        if self.n_folds == 1:
            return None, None
        # A difference of two scores within the bounds is at most the whole range, either way.
        span = bounds[1] - bounds[0]
        differences = self.scores[model] - self.scores[reference]
        interval = mean_interval(differences, test_train_ratio=self.ratio, bounds=(-span, span))
        return interval.low, interval.high

    def detectable(self, first: str, second: str, alpha: float) -> float | None:
        """Smallest difference that a test at ``alpha`` finds with 80 % power; None for a single fold."""
        if self.n_folds == 1:
            return None
        differences = self.scores[first] - self.scores[second]
        return detectable_difference(differences, test_train_ratio=self.ratio, alpha=alpha)

    def with_one_left_out(self) -> Iterator[Folds]:
        """Leave out each fold in turn."""
        if self.n_folds > 1:
            for fold in range(self.n_folds):
                # The ratio is one of the fold sizes, which leaving out a fold does not change.
                yield replace(self, scores={model: np.delete(folds, fold) for model, folds in self.scores.items()})

    def flaws(self, test_rows: int, minority_rows: int | None) -> list[Reason]:
        """Reasons in the design against naming any winner: too few folds, or folds of too few rows."""
        found = []
        if self.is_preview:
            found.append(Reason("few_folds", {"n_folds": self.n_folds, "needed": folds_for_a_winner(self.test_rows)}))
        if minority_rows is not None and minority_rows < MINORITY_ROWS_A_TEST_FOLD:
            values = {"n_rows": int(minority_rows), "needed": MINORITY_ROWS_A_TEST_FOLD}
            found.append(Reason("few_minority_rows", values))
        if test_rows < ROWS_A_TEST_FOLD and self.n_folds < FOLDS_THAT_OUTWEIGH_SMALL_ONES:
            values = {"n_rows": int(test_rows), "needed": ROWS_A_TEST_FOLD}
            found.append(Reason("small_test_folds", {**values, "needed_folds": FOLDS_THAT_OUTWEIGH_SMALL_ONES}))
        return found
