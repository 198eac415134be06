"""One hold-out set as evidence: its rows are drawn again, many times, and every model is measured on the same draws.

What the draws show is how the scores would differ on other rows of the same kind. Every model was trained once, so
they show nothing of how a model would differ had it been trained on other rows or from another seed: a verdict that
rests on a hold-out set says so. A winner takes a set large enough that a percentile interval can be trusted and the
rows are the smaller part of what is uncertain: 1,000 rows, 100 of the rarest class, 30 groups where rows come in
groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from skdl.analysis._evidence import Evidence, Flaw, Pair
from skdl.analysis._statistics import Interval
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Holdout", "bootstrap_counts", "n_draws_for"]

HOLDOUT_ROWS = 1000
HOLDOUT_MINORITY_ROWS = 100
HOLDOUT_GROUPS = 30
FEWEST_DRAWS = 2000
DRAWS_A_PAIR = 100
CONFIDENCE = 0.95
BLOCK_CELLS = 2_000_000  # counts held at a time: 16 MB


def n_draws_for(n_models: int) -> int:
    """Draws that a bootstrap of so many models takes.

    A p-value of B draws is 2 / (B + 1) at least, and Holm multiplies it by the number of pairs. With 2,000 draws and
    twelve models no difference could ever be significant; 100 draws a pair keep the smallest adjusted value at 0.02.

    Parameters
    ----------
    n_models : int
        Models that are compared, the dummy included.

    Returns
    -------
    int
        2,000, or 100 a pair where that is more.

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
    """Draw rows with replacement, and say how often each row was drawn.

    All models are to be measured on the same draws: their scores are then paired [1]_.

    Parameters
    ----------
    n_rows : int
        Rows of the hold-out set.
    n_draws : int, default=2000
        How often to draw.
    seed : int, default=0
        The same seed gives the same draws.
    strata : array-like of shape (n_rows,), default=None
        Labels: each draw has as many rows of each as the set itself.
    groups : array-like of shape (n_rows,), default=None
        Groups are drawn whole, as many as there are, so that draws differ in their number of rows. A group may hold
        rows of several strata, which are then left as they come.

    Yields
    ------
    ndarray of shape (n_in_block, n_rows)
        A row a draw: how often each row of the set is in it. Blocks come to ``n_draws`` draws in all.

    Raises
    ------
    UsageError
        Without rows or draws.

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
        codes = np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
        units = [np.arange(codes.max() + 1)]
    else:
        codes = np.arange(n_rows)
        labels = np.zeros(n_rows) if strata is None else np.asarray(strata)
        units = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    n_units = int(codes.max()) + 1
    block = max(1, BLOCK_CELLS // n_rows)
    for start in range(0, n_draws, block):
        size = min(block, n_draws - start)
        counts = np.zeros((size, n_units))
        for members in units:
            counts[:, members] = _counts(rng, size, len(members))
        yield counts[:, codes]


def _counts(rng: np.random.Generator, n_draws: int, n_units: int) -> NDArray[np.intp]:
    """Draw ``n_units`` of ``n_units`` with replacement, and count them."""
    drawn = rng.integers(n_units, size=(n_draws, n_units)) + n_units * np.arange(n_draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=n_draws * n_units).reshape(n_draws, n_units)


@dataclass(frozen=True)
class Holdout(Evidence):
    """Scores of all models on one hold-out set, and on rows drawn from it again.

    Parameters
    ----------
    scores : mapping of str to float
        Score of each model on the hold-out set, in the metric's own unit and sign.
    replicates : mapping of str to array-like of shape (n_draws,)
        Scores of each model on the draws of `bootstrap_counts`, the same draws for all.
    n_groups : int, default=None
        Groups in the hold-out set, where whole groups were drawn.

    Raises
    ------
    UsageError
        Without scores, with other models or other numbers of draws in ``replicates``, or with values that are not
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
    >>> verdict = decide(
    ...     found, greater_is_better=False, rope=0.09, min_test_rows=2000,
    ...     simplicity={"ridge": 1, "knn": 2}, predict_s={"ridge": 0.1, "knn": 0.2},
    ... )
    >>> verdict.winner, verdict.evidence
    ('ridge', 'holdout')
    """

    scores: Mapping[str, float]
    replicates: Mapping[str, ArrayLike]
    n_groups: int | None = None

    kind: ClassVar = "holdout"

    def __post_init__(self) -> None:
        if not self.scores or set(self.scores) != set(self.replicates):
            raise UsageError(
                "Holdout: scores and replicates must be of the same models, one at least; "
                f"got {list(self.scores)!r} and {list(self.replicates)!r}."
            )
        drawn = {model: self._drawn(model) for model in self.replicates}
        lengths = {model: len(values) for model, values in drawn.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise UsageError(f"Holdout: every model must be measured on the same draws; got {lengths!r} draws.")
        broken = [m for m in drawn if not (np.isfinite(self.scores[m]) and np.isfinite(drawn[m]).all())]
        if broken:
            raise UsageError(f"Holdout: every score must be finite; got others for {broken!r}. Leave out those draws.")

    @property
    def is_preview(self) -> bool:
        """A hold-out set is what was asked for, not the first part of more."""
        return False

    @property
    def means(self) -> dict[str, float]:
        """Score of each model on the hold-out set."""
        return {model: float(score) for model, score in self.scores.items()}

    def interval(self, model: str, bounds: tuple[float, float]) -> Interval:
        """Percentile interval of a score; draws of rows keep within a metric's bounds by themselves."""
        low, high = _percentiles(self._drawn(model))
        return Interval(float(self.scores[model]), max(low, bounds[0]), min(high, bounds[1]), None)

    def pair(self, first: str, second: str, *, sign: float, rope: float) -> Pair:
        """Shares of the draws in which the first model is ahead, practically the same, and behind."""
        better_by = sign * (self._drawn(first) - self._drawn(second))
        better, worse = float(np.mean(better_by > rope)), float(np.mean(better_by < -rope))
        odds = (better, max(0.0, 1.0 - better - worse), worse)
        return Pair(sign * float(self.scores[first] - self.scores[second]), _two_sided(better_by), None, odds)

    def difference_interval(
        self, model: str, reference: str, bounds: tuple[float, float]
    ) -> tuple[float | None, float | None]:
        """Percentile interval of the difference."""
        del bounds
        return _percentiles(self._drawn(model) - self._drawn(reference))

    def detectable(self, first: str, second: str, alpha: float) -> float | None:
        """Not known: what training would add to the spread was not seen."""
        del first, second, alpha
        return None

    def with_one_left_out(self) -> Iterator[Holdout]:
        """Give nothing: no single row decides among a thousand, and there is no second set."""
        return iter(())

    def flaws(self, test_rows: int, minority_rows: int | None) -> list[Flaw]:
        """Too few rows, rows of the rarest class, or groups."""
        sizes = (
            ("small_holdout", test_rows, HOLDOUT_ROWS),
            ("rare_in_holdout", minority_rows, HOLDOUT_MINORITY_ROWS),
            ("few_holdout_groups", self.n_groups, HOLDOUT_GROUPS),
        )
        return [(code, {"n": int(n), "needed": needed}) for code, n, needed in sizes if n is not None and n < needed]

    def _drawn(self, model: str) -> NDArray[np.float64]:
        return np.asarray(self.replicates[model], dtype=np.float64).ravel()


def _two_sided(differences: NDArray[np.float64]) -> float:
    """Twice the smaller share of draws on either side of zero; the set itself counts as one more, so it is never 0."""
    n_draws = len(differences)
    smaller = min(np.count_nonzero(differences <= 0.0), np.count_nonzero(differences >= 0.0))
    return min(1.0, 2.0 * (smaller + 1.0) / (n_draws + 1.0))


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, [(1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0])
    return float(low), float(high)
