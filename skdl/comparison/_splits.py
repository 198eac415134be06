"""The folds: the same for every model, drawn once, known by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from skdl.exceptions import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Split", "Splits", "draw_splits", "take_splits"]


@dataclass(frozen=True)
class Split:
    """One fold of one repeat: which rows train, which are tested; repeats and folds count from 0."""

    repeat: int
    fold: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True)
class Splits:
    """All folds of a comparison, and in words how they were drawn."""

    splitter: str
    folds: int
    repeats: int
    seed: int
    members: tuple[Split, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of every row number of every fold, in order."""
        digest = hashlib.sha256()
        for split in self.members:
            for rows in (split.train, split.test):
                digest.update(np.asarray([len(rows)], dtype="<i8").tobytes())
                digest.update(rows.astype("<i8").tobytes())
        return digest.hexdigest()

    @property
    def test_train_ratio(self) -> float:
        """Rows in a test fold over rows in a training fold, over all folds."""
        return sum(len(split.test) for split in self.members) / sum(len(split.train) for split in self.members)

    @property
    def fewest_test_rows(self) -> int:
        """Rows of the smallest test fold."""
        return min(len(split.test) for split in self.members)


def draw_splits(
    n_rows: int,
    *,
    folds: int,
    repeats: int,
    seed: int,
    classes: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    time: ArrayLike | None = None,
) -> Splits:
    """Draw the folds of a comparison.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    folds, repeats, seed : int
        How many, how often, and from which seed; repeat r is drawn with ``seed + r``.
    classes : array-like of shape (n_rows,), default=None
        Labels: every fold has each class in its share.
    groups : array-like of shape (n_rows,), default=None
        Folds never split a group of equal values.
    time : array-like of shape (n_rows,), default=None
        Folds never train on the future; there is one repeat, for nothing is drawn.

    Returns
    -------
    Splits
        ``folds * repeats`` of them.

    Raises
    ------
    DataError
        Where the rows, groups or moments do not suffice for the folds.

    Examples
    --------
    >>> splits = draw_splits(20, folds=5, repeats=2, seed=0)
    >>> len(splits.members), splits.splitter, len(splits.members[0].test)
    (10, 'k-fold', 4)
    """
    if time is not None and groups is not None:
        raise UsageError("compare: groups and time must not both be given; folds keep groups whole or follow time.")
    if time is not None:
        return _by_time(np.asarray(time), folds, seed)
    if groups is not None and len(np.unique(np.asarray(groups))) < folds:
        raise DataError(
            f"compare: groups must have at least {folds} different values for {folds} folds; "
            f"got {len(np.unique(np.asarray(groups)))}. Ask for fewer folds."
        )
    if n_rows < folds:
        raise DataError(
            f"compare: the table must have at least {folds} rows for {folds} folds; got {n_rows}. Ask for fewer folds."
        )
    words, members = "", []
    for repeat in range(repeats):
        words, splitter = _splitter(folds, seed + repeat, stratified=classes is not None, grouped=groups is not None)
        parts = splitter.split(np.zeros(n_rows), classes, groups)
        members += [Split(repeat, fold, train, test) for fold, (train, test) in enumerate(parts)]
    return Splits(words, folds, repeats, seed, tuple(members))


def _splitter(folds: int, seed: int, *, stratified: bool, grouped: bool) -> tuple[str, Any]:
    drawn = {"n_splits": folds, "shuffle": True, "random_state": seed}
    if grouped and stratified:
        return "stratified grouped k-fold", StratifiedGroupKFold(**drawn)
    if grouped:
        return "grouped k-fold", GroupKFold(**drawn)
    if stratified:
        return "stratified k-fold", StratifiedKFold(**drawn)
    return "k-fold", KFold(**drawn)


def _by_time(time: NDArray[Any], folds: int, seed: int) -> Splits:
    """Test each stretch of time on a model of all that came before; rows of one moment stay together."""
    moments, moment_of_row = np.unique(time, return_inverse=True)
    if len(moments) <= folds:
        raise DataError(
            f"compare: time must have more than {folds} different values for {folds} folds; got {len(moments)}. "
            "Ask for fewer folds."
        )
    members = []
    for fold, (train, test) in enumerate(TimeSeriesSplit(n_splits=folds).split(moments)):
        rows = [np.flatnonzero(np.isin(moment_of_row, part)) for part in (train, test)]
        members.append(Split(0, fold, rows[0], rows[1]))
    return Splits("time-ordered", folds, 1, seed, tuple(members))


def take_splits(cv: Any, X: Any, y: Any, groups: ArrayLike | None = None) -> Splits:
    """Take the folds of a scikit-learn splitter, or of an iterable of (train, test) row numbers.

    A splitter with ``n_repeats`` counts its folds within each repeat.
    """
    if hasattr(cv, "split"):
        parts = list(cv.split(X, y, groups))
        words = type(cv).__name__
    elif isinstance(cv, Iterable):
        parts, words = list(cv), "folds as given"
    else:
        raise UsageError(f"compare: cv must be a number of folds, a splitter or (train, test) pairs; got {cv!r}.")
    repeats = int(getattr(cv, "n_repeats", 1))
    folds = len(parts) // repeats
    seed = getattr(cv, "random_state", None)
    members = tuple(
        Split(number // folds, number % folds, np.asarray(train), np.asarray(test))
        for number, (train, test) in enumerate(parts)
    )
    return Splits(words, folds, repeats, seed if isinstance(seed, int) else 0, members)
