"""Hold-out set as evidence: bootstrap resamples of its test rows, the same resamples for every model.

The resamples show how the scores would vary on other test rows of the same kind. Every model is trained once, so they
do not show how a model would vary with other training rows or another seed; the verdict of a hold-out set states this.
A winner needs a set that is large enough for percentile intervals to hold: 1,000 rows, 100 of the rarest class, and 30
groups where rows come in groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from skdl.analysis._evidence import Folds, Pair
from skdl.exceptions import UsageError
from skdl.results import Reason, Score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray


# Percentile intervals are too narrow for small samples; the sizes from which they hold are in the module docstring.
HOLDOUT_ROWS = 1000
HOLDOUT_MINORITY_ROWS = 100
HOLDOUT_GROUPS = 30
FEWEST_DRAWS = 2000
DRAWS_A_PAIR = 100
CONFIDENCE = 0.95
BLOCK_CELLS = 2_000_000  # counts of one block: 16 MB of float64


def n_draws_for(n_models: int) -> int:
    """Number of bootstrap resamples for a number of models, the dummy included: 2,000, or 100 a pair if that is more.

    The smallest p-value of B resamples is 2 / (B + 1), and Holm's method multiplies it by the number of pairs. With
    2,000 resamples and twelve models no difference could be significant; 100 resamples a pair keep the smallest
    adjusted p-value at 0.02.

    Examples
    --------
    >>> n_draws_for(5), n_draws_for(12)
    (2000, 6600)
    """
    return max(FEWEST_DRAWS, DRAWS_A_PAIR * n_models * (n_models - 1) // 2)


def bootstrap_counts(
    n_rows: int,
    *,
    n_draws: int = FEWEST_DRAWS,
    seed: int = 0,
    strata: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Iterator[NDArray[np.float64]]:
    """Resample rows with replacement; yield how often each row occurs in each resample.

    Score all models on the same resamples: their scores are then paired [1]_. The resamples come in blocks of shape
    (n_in_block, n_rows), ``n_draws`` in all; the same seed gives the same ones. With ``strata``, labels of shape
    (n_rows,), each resample has as many rows of each label as the set. With ``groups``, of the same shape, whole groups
    are resampled, as many as there are, so resamples differ in their number of rows; strata are then not used.

    References
    ----------
    .. [1] Efron & Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993.

    Examples
    --------
    >>> (block,) = bootstrap_counts(4, n_draws=3, strata=["a", "a", "b", "b"])
    >>> block.shape, block[:, :2].sum(axis=1)
    ((3, 4), array([2., 2., 2.]))
    """
    if n_rows < 1 or n_draws < 1:
        raise UsageError(f"bootstrap_counts: n_rows and n_draws must be positive; got {n_rows!r} and {n_draws!r}.")
    rng = np.random.default_rng(seed)
    if groups is not None:
        # The unit of each row (n_rows,), and the units that are resampled together: all groups at once, since a group
        # may have rows of several classes.
        codes = np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
        units = [np.arange(codes.max() + 1)]
    else:
        codes = np.arange(n_rows)
        labels = np.zeros(n_rows) if strata is None else np.asarray(strata)
        units = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    n_units = int(codes.max()) + 1
    # All counts at once may take gigabytes. The block size depends on n_rows alone: another one would draw the strata
    # in another order, and so give other resamples for the same seed.
    block = max(1, BLOCK_CELLS // n_rows)
    for start in range(0, n_draws, block):
        size = min(block, n_draws - start)
        counts = np.zeros((size, n_units))
        for members in units:
            counts[:, members] = _counts(rng, size, len(members))
        # Every row counts as often as its unit: (size, n_units) -> (size, n_rows).
        yield counts[:, codes]


def _counts(rng: np.random.Generator, n_draws: int, n_units: int) -> NDArray[np.intp]:
    """Counts of each unit in resamples of ``n_units`` units, shape (n_draws, n_units)."""
    # The units of resample i are shifted to i * n_units, ..., so that one bincount counts all resamples.
    drawn = rng.integers(n_units, size=(n_draws, n_units)) + n_units * np.arange(n_draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=n_draws * n_units).reshape(n_draws, n_units)


@dataclass(frozen=True)
class Holdout:
    """Scores of all models on one hold-out set and on bootstrap resamples of its rows.

    Parameters
    ----------
    scores : mapping of str to float
        Score of each model on the hold-out set, in the metric's own unit and sign.
    replicates : mapping of str to array-like of shape (n_draws,)
        Scores of each model on the resamples of `bootstrap_counts`, the same for all models.
    n_groups : int, default=None
        Number of groups in the hold-out set, where whole groups are resampled.

    Raises
    ------
    UsageError
        Without scores, with other models or other numbers of resamples in ``replicates``, or with values that are not
        finite.

    Examples
    --------
    >>> from skdl.analysis import decide
    >>> errors = {"ridge": np.arange(2000.0) % 7, "knn": np.arange(2000.0) % 7 + 1.0}
    >>> (counts,) = bootstrap_counts(2000, n_draws=500)
    >>> found = Holdout(
    ...     {name: row.mean() for name, row in errors.items()},
    ...     {name: counts @ row / 2000 for name, row in errors.items()},
    ... )
    >>> simplicity = {"ridge": 1, "knn": 2}
    >>> verdict = decide(found, greater_is_better=False, rope=0.09, min_test_rows=2000, simplicity=simplicity)
    >>> verdict.winner, verdict.evidence
    ('ridge', 'holdout')
    """

    scores: Mapping[str, float]
    replicates: Mapping[str, ArrayLike]
    n_groups: int | None = None

    kind: ClassVar[Literal["holdout"]] = "holdout"

    def __post_init__(self) -> None:
        if not self.scores or set(self.scores) != set(self.replicates):
            raise UsageError(
                "Holdout: scores and replicates must be of the same models, one at least; "
                f"got {list(self.scores)!r} and {list(self.replicates)!r}."
            )
        resampled = {model: self._resampled(model) for model in self.replicates}
        lengths = {model: len(values) for model, values in resampled.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise UsageError(f"Holdout: every model must be scored on the same resamples; got {lengths!r} of them.")
        broken = [m for m in resampled if not (np.isfinite(self.scores[m]) and np.isfinite(resampled[m]).all())]
        if broken:
            raise UsageError(f"Holdout: every score must be finite; got others for {broken!r}. Leave them out.")

    @property
    def is_preview(self) -> bool:
        """False: a hold-out set is complete, not the first folds of more."""
        return False

    @property
    def means(self) -> dict[str, float]:
        """Score of each model on the hold-out set."""
        return {model: float(score) for model, score in self.scores.items()}

    def interval(self, model: str, bounds: tuple[float, float]) -> Score:
        """Percentile interval of a score, cut to the metric's range."""
        low, high = _percentiles(self._resampled(model))
        return Score(float(self.scores[model]), max(low, bounds[0]), min(high, bounds[1]), None)

    def pair(self, first: str, second: str, *, sign: float, rope: float) -> Pair:
        """Shares of the resamples in which the first model is better, practically equivalent, and worse."""
        # (n_draws,), paired by resample: both models were scored on the same rows.
        better_by = sign * (self._resampled(first) - self._resampled(second))
        better, worse = float(np.mean(better_by > rope)), float(np.mean(better_by < -rope))
        odds = (better, max(0.0, 1.0 - better - worse), worse)
        return Pair(sign * float(self.scores[first] - self.scores[second]), _two_sided(better_by), None, odds)

    def shortfall(self, model: str, reference: str, *, sign: float) -> float:
        """Expected loss of a model against the reference: its mean over the resamples."""
        worse_by = sign * (self._resampled(reference) - self._resampled(model))
        return float(np.maximum(worse_by, 0.0).mean())

    def standard_error(self, first: str, second: str) -> float:
        """Standard deviation of the difference over the resamples."""
        return float(np.std(self._resampled(first) - self._resampled(second)))

    def difference_interval(
        self, model: str, reference: str, bounds: tuple[float, float]
    ) -> tuple[float | None, float | None]:
        """Percentile interval of the difference."""
        del bounds
        return _percentiles(self._resampled(model) - self._resampled(reference))

    def detectable(self, first: str, second: str, alpha: float) -> float | None:
        """None: the variation of training is unknown."""
        del first, second, alpha
        return None

    def with_one_left_out(self) -> Iterator[Holdout]:
        """Yield nothing: there is only one set."""
        return iter(())

    def flaws(self, test_rows: int, minority_rows: int | None) -> list[Reason]:
        """Too few rows, rows of the rarest class, or groups."""
        sizes = (
            ("small_holdout", test_rows, HOLDOUT_ROWS),
            ("rare_in_holdout", minority_rows, HOLDOUT_MINORITY_ROWS),
            ("few_holdout_groups", self.n_groups, HOLDOUT_GROUPS),
        )
        return [
            Reason(code, {"n": int(n), "needed": needed}) for code, n, needed in sizes if n is not None and n < needed
        ]

    def _resampled(self, model: str) -> NDArray[np.float64]:
        return np.asarray(self.replicates[model], dtype=np.float64).ravel()


Evidence = Folds | Holdout


def _two_sided(differences: NDArray[np.float64]) -> float:
    """Two-sided bootstrap p-value: twice the smaller share on either side of zero.

    The set itself counts as one more resample, so the value is never 0: 2 (k + 1) / (B + 1).
    """
    n_draws = len(differences)
    # A difference of 0 counts on both sides, so equal models get p = 1.
    smaller = min(np.count_nonzero(differences <= 0.0), np.count_nonzero(differences >= 0.0))
    return min(1.0, 2.0 * (smaller + 1.0) / (n_draws + 1.0))


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, [(1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0])
    return float(low), float(high)
