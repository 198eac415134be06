"""Folds of a comparison: the same row numbers for every model, with a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl._note import Note
from skdl.exceptions import UsageError
from skdl.pipeline import draw_folds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from skdl.pipeline import FoldPlan


@dataclass(frozen=True)
class Split:
    """Training and test rows of one fold of one repeat; repeats and folds count from 0."""

    repeat: int
    fold: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]

    @property
    def digest(self) -> str:
        """SHA-256 of the row numbers, in order."""
        return _digest([self])


@dataclass(frozen=True)
class Splits:
    """All folds of a comparison, and a description of how they were made."""

    splitter: Note | str
    folds: int
    repeats: int
    seed: int
    members: tuple[Split, ...]
    holdout: float | None = None  # test share of a single split
    column: str | None = None  # that holds the folds

    @property
    def digest(self) -> str:
        """SHA-256 of every row number of every fold, in order."""
        return _digest(self.members)

    @property
    def test_train_ratio(self) -> float:
        """Rows in a test fold over rows in a training fold, over all folds."""
        return sum(len(split.test) for split in self.members) / sum(len(split.train) for split in self.members)

    def tested(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return the target of the rows that any fold tests, each row once."""
        rows = np.unique(np.concatenate([split.test for split in self.members]))
        tested: NDArray[Any] = y[rows]
        return tested

    def cut(self, groups: NDArray[Any]) -> bool:
        """Whether a group has rows in both the training and the test part of a fold."""
        return any(np.isin(groups[split.test], groups[split.train]).any() for split in self.members)

    def look_ahead(self, time: NDArray[Any]) -> bool:
        """Whether a training part has rows that are later than a test row of the same fold."""
        return any(time[split.train].max() > time[split.test].min() for split in self.members)

    @property
    def fewest_test_rows(self) -> int:
        """Rows of the smallest test fold."""
        return min(len(split.test) for split in self.members)


def _digest(splits: Iterable[Split]) -> str:
    # 64-bit little-endian on every platform, since intp has other sizes and orders elsewhere. The length comes before
    # the numbers, so that a row moved from train to test changes the digest.
    digest = hashlib.sha256()
    for split in splits:
        for rows in (split.train, split.test):
            digest.update(np.asarray([len(rows)], dtype="<i8").tobytes())
            digest.update(rows.astype("<i8").tobytes())
    return digest.hexdigest()


def draw_splits(
    plan: FoldPlan,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    time: ArrayLike | None = None,
    folds: ArrayLike | None = None,
) -> Splits:
    """Make the folds of a comparison from a plan; ``groups``, ``time`` and ``folds`` are columns that it may need.

    A DataError is raised where there are too few rows, groups or moments.

    Examples
    --------
    >>> from skdl.pipeline import resolve_folds
    >>> splits = draw_splits(resolve_folds(20, folds=5, repeats=2), range(20))
    >>> len(splits.members), str(splits.splitter), len(splits.members[0].test)
    (10, 'k-fold', 4)
    """
    members = tuple(Split(*split) for split in draw_folds(plan, y, groups=groups, time=time, folds=folds))
    return Splits(plan.method, plan.folds, plan.repeats, plan.seed, members, plan.holdout, plan.column)


def take_splits(cv: Any, X: Any, y: Any, groups: ArrayLike | None = None) -> Splits:
    """Make the folds from a scikit-learn splitter, or from an iterable of (train, test) row numbers.

    A splitter with ``n_repeats`` counts its folds within each repeat.
    """
    description: Note | str = Note("folds_given", "folds as given")
    if hasattr(cv, "split"):
        description = type(cv).__name__
        try:
            parts = list(cv.split(X, y, groups))
        except Exception as error:  # whatever a custom splitter raises
            needs_groups = groups is None and "groups" in str(error)
            remedy = "Pass groups=, one value a row." if needs_groups else "Choose another splitter, or fewer folds."
            raise UsageError(
                f"compare: {description} must be able to split the table ({str(error).rstrip('.')}). {remedy}"
            ) from error
    elif isinstance(cv, Iterable):
        parts = list(cv)
    else:
        raise UsageError(f"compare: cv must be a number of folds, a splitter or (train, test) pairs; got {cv!r}.")
    wrong = [part for part in parts if not (isinstance(part, tuple | list) and len(part) == 2)]
    if wrong:
        raise UsageError(f"compare: cv must give pairs (train, test) of row numbers; got {wrong[0]!r}.")
    if not parts:
        raise UsageError("compare: cv must give at least one fold; got none.")
    repeats = int(getattr(cv, "n_repeats", 1))
    # A custom splitter may use the attribute in another sense.
    repeats = repeats if len(parts) % repeats == 0 else 1
    # Repeated splitters yield all folds of one repeat before those of the next.
    folds = len(parts) // repeats
    seed = getattr(cv, "random_state", None)
    members = tuple(
        Split(index // folds, index % folds, _row_numbers(train, len(y)), _row_numbers(test, len(y)))
        for index, (train, test) in enumerate(parts)
    )
    for number, split in enumerate(members, 1):
        shared = np.intersect1d(split.train, split.test)
        if len(shared):
            raise UsageError(
                f"compare: cv must keep the rows to train on apart from those to test on; fold {number} has "
                f"{len(shared):,} in both, first row {shared[0]}. Remove them from one part."
            )
    return Splits(description, folds, repeats, seed if isinstance(seed, int) else 0, members)


def _row_numbers(rows: Any, n_rows: int) -> NDArray[np.intp]:
    """Return row numbers, from row numbers or from a mask of all rows."""
    rows = np.asarray(rows)
    numbers = np.flatnonzero(rows) if rows.dtype == bool and rows.shape == (n_rows,) else rows
    are_integers = numbers.ndim == 1 and np.issubdtype(numbers.dtype, np.integer)
    if not are_integers or not len(numbers) or numbers.min() < 0 or numbers.max() >= n_rows:
        raise UsageError(
            f"compare: cv must give row numbers from 0 to {n_rows - 1} to train and to test on, or masks of all rows; "
            f"got {rows!r}."
        )
    return numbers.astype(np.intp)
