"""How a table is split: a plan with nothing left open, and the folds that are drawn by it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl._note import Note
from skdl.exceptions import DataError, UsageError
from skdl.pipeline._splitters import ByQuantiles, StratifiedGroupHoldOut, fewest_in_a_bin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Rows = NDArray[np.intp]

__all__ = ["FoldPlan", "draw_folds", "settle_folds", "splitter_of"]

# Folds and repeats of a table of so many rows at most, where nothing is said of either; then those of a larger one.
_BY_ROWS = ((10_000, 10, 3), (500_000, 10, 1))
_FOLDS_OF_A_LARGE_TABLE = 5
_DEFAULT_FOLDS, _DEFAULT_REPEATS = _BY_ROWS[0][1:]
_UNITS = {"groups": "grouped ", "time": "time-ordered "}


@dataclass(frozen=True)
class FoldPlan:
    """How a table is split, with nothing left open.

    Attributes
    ----------
    folds, repeats : int
        Splits in a repeat, and repeats; a hold-out is one split.
    seed : int
        Repeat r is drawn with ``seed + r``.
    by : {"rows", "groups", "time", "column"}
        What is dealt out: rows, or whole groups; or the order of time or a column says which rows are tested when.
    labels : {"classes", "quantiles"} or None
        What every part has in its share; with a column, the folds of a search alone.
    holdout : float or None
        Share of the rows that a single split tests.
    column : str or None
        Name of the column that holds the folds.
    kept : Fraction or None
        Smallest share of the rows, and of any class, that a training part keeps; None where the folds say it.
    notes : tuple of Note
        What was decided by the number of rows, where that is worth saying.
    """

    folds: int
    repeats: int
    seed: int
    by: Literal["rows", "groups", "time", "column"] = "rows"
    labels: Literal["classes", "quantiles"] | None = None
    holdout: float | None = None
    column: str | None = None
    kept: Fraction | None = None
    notes: tuple[Note, ...] = ()

    @property
    def n_splits(self) -> int:
        """Splits that every model meets."""
        return self.folds * self.repeats

    @property
    def words(self) -> str:
        """How the splits are made, without how many there are."""
        return self.way.text

    @property
    def way(self) -> Note:
        """The same for a report of any language."""
        if self.column is not None:
            return Note("folds_of_column", f"folds of column {self.column}", {"column": self.column})
        if self.by == "time" and self.holdout is None:
            return Note("time_ordered", "time-ordered")
        strata = "none" if self.labels is None or self.by == "time" else self.labels
        stratified = {"classes": "stratified ", "quantiles": "quantile-stratified "}.get(strata, "")
        dealt = f"{stratified}{_UNITS.get(self.by, '')}"
        if self.holdout is None:
            return Note("kfold", f"{dealt}k-fold", {"strata": strata, "units": self.by})
        share = f"{100 * self.holdout:g}"
        return Note("holdout", f"{dealt}hold-out of {share} %", {"strata": strata, "units": self.by, "share": share})

    def rows_left(self, count: int) -> int:
        """Give how many of so many rows, of a class or of all, the smallest training part keeps."""
        return count - -(-count // self.folds) if self.kept is None else int(count * self.kept)


def settle_folds(
    n_rows: int,
    *,
    folds: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
    by: Literal["rows", "groups", "time"] = "rows",
    labels: Literal["classes", "quantiles"] | None = None,
    holdout: float | None = None,
) -> FoldPlan:
    """Settle what is left open by the number of rows.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    folds, repeats : int, default=None
        As asked for. Without both: 10 folds, 3 times, up to 10,000 rows; once up to 500,000; above, 5 folds, once.
        Without one of them: 10 folds, or 3 repeats.
    seed, by, labels, holdout
        As `FoldPlan` holds them. In the order of time there is one repeat.

    Returns
    -------
    FoldPlan
        The plan.

    Examples
    --------
    >>> plan = settle_folds(31_000)
    >>> plan.folds, plan.repeats, str(plan.notes[0])
    (10, 1, '31,000 rows: 10 folds, drawn once; compare.cv.repeats asks for more')
    """
    if holdout is not None:
        kept = Fraction(n_rows - ceil(holdout * n_rows), n_rows)
        return FoldPlan(1, 1, seed, by, labels, holdout, kept=kept)
    notes: tuple[Note, ...] = ()
    if folds is None and repeats is None:
        folds, repeats = next(
            ((folds, repeats) for most, folds, repeats in _BY_ROWS if n_rows <= most), (_FOLDS_OF_A_LARGE_TABLE, 1)
        )
        once = ", drawn once" if by != "time" else ""
        if folds < _DEFAULT_FOLDS:
            said = f"{n_rows:,} rows: {folds} folds{once}, a preview; compare.cv.folds asks for more"
            notes = (Note("few_folds_by_rows", said, {"n_rows": n_rows, "folds": folds, "key": "compare.cv.folds"}),)
        elif once and repeats < _DEFAULT_REPEATS:
            said = f"{n_rows:,} rows: {folds} folds{once}; compare.cv.repeats asks for more"
            notes = (Note("once_by_rows", said, {"n_rows": n_rows, "folds": folds, "key": "compare.cv.repeats"}),)
    folds = _DEFAULT_FOLDS if folds is None else folds
    repeats = 1 if by == "time" else _DEFAULT_REPEATS if repeats is None else repeats
    return FoldPlan(folds, repeats, seed, by, labels, notes=notes)


def splitter_of(plan: FoldPlan, seed: int) -> Any:
    """Make the splitter of one repeat, for rows or groups that are dealt out.

    Parameters
    ----------
    plan : FoldPlan
        By rows or by groups.
    seed : int
        Of this repeat.

    Returns
    -------
    splitter
        Of scikit-learn, where it has such a one.
    """
    from sklearn import model_selection

    stratified, grouped = plan.labels is not None, plan.by == "groups"
    name = f"{'Stratified' if stratified else ''}{'Group' if grouped else ''}"
    if plan.holdout is None:
        fewest = plan.folds
        splitter = getattr(model_selection, f"{name}KFold")(n_splits=plan.folds, shuffle=True, random_state=seed)
    else:
        fewest = fewest_in_a_bin(plan.holdout)
        if stratified and grouped:
            splitter = StratifiedGroupHoldOut(test_size=plan.holdout, random_state=seed)
        else:
            kind = getattr(model_selection, f"{name}ShuffleSplit")
            splitter = kind(n_splits=1, test_size=plan.holdout, random_state=seed)
    return ByQuantiles(splitter, fewest) if plan.labels == "quantiles" else splitter


def draw_folds(
    plan: FoldPlan, y: ArrayLike, *, groups: ArrayLike | None = None, time: ArrayLike | None = None, folds: Any = None
) -> Iterator[tuple[int, int, Rows, Rows]]:
    """Draw the folds of a plan.

    Parameters
    ----------
    plan : FoldPlan
        The plan.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    groups, time, folds : array-like of shape (n_samples,), default=None
        The columns of those names in the file; the plan says which one it needs.

    Yields
    ------
    repeat, fold : int
        From 0.
    train, test : ndarray
        Numbers of rows.

    Raises
    ------
    DataError
        Where the rows, groups or moments do not suffice.

    Examples
    --------
    >>> [test.tolist() for _, _, _, test in draw_folds(settle_folds(6, folds=3, repeats=1), range(6))]
    [[2, 5], [1, 3], [0, 4]]
    """
    if time is not None and groups is not None:
        raise UsageError("compare: groups and time must not both be given; folds keep groups whole or follow time.")
    if plan.by == "time":
        yield from _in_time(plan, np.asarray(time))
    elif plan.by == "column":
        places = np.asarray(folds)
        for fold, place in enumerate(np.unique(places)):
            yield 0, fold, np.flatnonzero(places != place), np.flatnonzero(places == place)
    else:
        yield from _drawn(plan, np.asarray(y), None if plan.by == "rows" else np.asarray(groups))


def _drawn(plan: FoldPlan, y: NDArray[Any], groups: NDArray[Any] | None) -> Iterator[tuple[int, int, Rows, Rows]]:
    if plan.holdout is None:
        _check_folds(plan.folds, len(y), groups)
    else:
        _check_hold_out(plan, plan.holdout, y, groups)
    for repeat in range(plan.repeats):
        parts = splitter_of(plan, plan.seed + repeat).split(np.zeros(len(y)), y, groups)
        for fold, (train, test) in enumerate(parts):
            yield repeat, fold, train, test


def _check_folds(folds: int, n_rows: int, groups: NDArray[Any] | None) -> None:
    n_groups = None if groups is None else len(np.unique(groups))
    if n_groups is not None and n_groups < folds:
        raise DataError(
            f"compare: groups must have at least {folds} different values for {folds} folds; got {n_groups}. "
            "Ask for fewer folds."
        )
    if n_rows < folds:
        raise DataError(
            f"compare: the table must have at least {folds} rows for {folds} folds; got {n_rows}. Ask for fewer folds."
        )


def _check_hold_out(plan: FoldPlan, share: float, y: NDArray[Any], groups: NDArray[Any] | None) -> None:
    """Check that both parts get something, and with classes, one row of each."""
    what, n_units = ("rows", len(y)) if groups is None else ("groups", len(np.unique(groups)))
    n_tested = ceil(share * n_units)
    if n_units - n_tested < 1:
        raise DataError(
            f"compare: a {plan.words} must leave {what} to train on; it tests {n_tested} of {n_units}. Hold out less."
        )
    if plan.labels != "classes":
        return
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:  # noqa: PLR2004 - one for each part
        rare = labels.tolist()[int(counts.argmin())]
        raise DataError(
            f"compare: a {plan.words} needs two rows of each class; {rare!r} has one. "
            "Merge the class with another, or leave its rows out."
        )
    if groups is None and min(n_tested, n_units - n_tested) < len(labels):
        raise DataError(
            f"compare: a {plan.words} must have a row of each of {len(labels)} classes in both parts; "
            f"it tests {n_tested} of {n_units} rows. Choose another share."
        )


def _in_time(plan: FoldPlan, time: NDArray[Any]) -> Iterator[tuple[int, int, Rows, Rows]]:
    """Test each stretch of time on a model of all that came before; rows of one moment stay together."""
    from sklearn.model_selection import TimeSeriesSplit

    moments, moment_of_row = np.unique(time, return_inverse=True)
    if plan.holdout is not None:
        yield 0, 0, *_last_stretch(plan.holdout, moment_of_row)
        return
    if len(moments) <= plan.folds:
        raise DataError(
            f"compare: time must have more than {plan.folds} different values for {plan.folds} folds; "
            f"got {len(moments)}. Ask for fewer folds."
        )
    for fold, (train, test) in enumerate(TimeSeriesSplit(n_splits=plan.folds).split(moments)):
        rows = [np.flatnonzero(np.isin(moment_of_row, part)) for part in (train, test)]
        yield 0, fold, rows[0], rows[1]


def _last_stretch(share: float, moment_of_row: NDArray[np.intp]) -> tuple[Rows, Rows]:
    """Hold out that share of the rows at the end, and whatever else is of the first moment held out."""
    n_kept = len(moment_of_row) - ceil(share * len(moment_of_row))
    first = np.sort(moment_of_row)[n_kept]
    if first == 0:
        raise DataError(
            f"compare: a time-ordered hold-out of {100 * share:g} % must leave moments to train on; got none before "
            "the first of them. Hold out less."
        )
    return np.flatnonzero(moment_of_row < first), np.flatnonzero(moment_of_row >= first)
