"""Folds: the plan of a cross-validation, the rows of its folds, and the inner folds of its training parts.

`plan_folds` or `resolve_folds` decide everything that a file or a call leaves open (`FoldPlan`); `draw_folds` yields
the rows. Searches, calibration and thresholds split the training parts with `inner_splitter`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd

from skdl._note import Note
from skdl.exceptions import DataError, UsageError
from skdl.pipeline._splitters import ByQuantiles, StratifiedGroupHoldOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from skdl._task import Task
    from skdl.spec import CvSpec, DataSpec, PipelineFile

    Rows = NDArray[np.intp]

F = TypeVar("F", bound="PipelineFile")

# Defaults by the size of the table, as (most rows, folds, repeats); then the folds of larger tables.
_BY_ROWS = ((10_000, 10, 3), (500_000, 10, 1))
_FOLDS_OF_A_LARGE_TABLE = 5
_DEFAULT_FOLDS, _DEFAULT_REPEATS = _BY_ROWS[0][1:]
_UNITS = {"groups": "grouped ", "time": "time-ordered "}


@dataclass(frozen=True)
class FoldPlan:
    """Everything that defines the folds of a table.

    Attributes
    ----------
    folds, repeats : int
        Folds of a repeat, and repeats; a hold-out is one split.
    seed : int
        Random seed; repeat r has ``seed + r``.
    by : {"rows", "groups", "time", "column"}
        What the folds are made of: rows, whole groups, stretches of time, or the values of a column.
    labels : {"classes", "quantiles"} or None
        What the folds are stratified by; with a column, only the inner folds of a search.
    holdout : float or None
        Share of the rows in the test set of a single split.
    column : str or None
        Name of the column that holds the folds.
    kept_share : Fraction or None
        Smallest share of the rows, and of any class, in a training part; None where it follows from ``folds``.
    notes : tuple of Note
        Defaults that depend on the number of rows.
    """

    folds: int
    repeats: int
    seed: int
    by: Literal["rows", "groups", "time", "column"] = "rows"
    labels: Literal["classes", "quantiles"] | None = None
    holdout: float | None = None
    column: str | None = None
    kept_share: Fraction | None = None
    notes: tuple[Note, ...] = ()

    @property
    def n_splits(self) -> int:
        """Number of splits, each with one fit of every model."""
        return self.folds * self.repeats

    @property
    def description(self) -> str:
        """The kind of split in English, without the number of folds."""
        return self.method.text

    @property
    def method(self) -> Note:
        """The kind of split, for a report in any language."""
        if self.column is not None:
            return Note("folds_of_column", f"folds of column {self.column}", {"column": self.column})
        if self.by == "time" and self.holdout is None:
            return Note("time_ordered", "time-ordered")
        strata = "none" if self.labels is None or self.by == "time" else self.labels
        stratified = {"classes": "stratified ", "quantiles": "quantile-stratified "}.get(strata, "")
        kind = f"{stratified}{_UNITS.get(self.by, '')}"
        if self.holdout is None:
            return Note("kfold", f"{kind}k-fold", {"strata": strata, "units": self.by})
        share = f"{100 * self.holdout:g}"
        return Note("holdout", f"{kind}hold-out of {share} %", {"strata": strata, "units": self.by, "share": share})

    def rows_left(self, count: int) -> int:
        """Return how many of ``count`` rows, of a class or of all, are in the smallest training part."""
        # -(-a // b) rounds up: a stratified test fold has at most that many rows of a class. A fraction is exact where
        # the product of floats could lose a row.
        return count - -(-count // self.folds) if self.kept_share is None else int(count * self.kept_share)


def resolve_folds(
    n_rows: int,
    *,
    folds: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
    by: Literal["rows", "groups", "time"] = "rows",
    labels: Literal["classes", "quantiles"] | None = None,
    holdout: float | None = None,
) -> FoldPlan:
    """Choose the folds and repeats that are not given, by the number of rows.

    Without both: 10 folds, 3 repeats up to 10,000 rows, 1 repeat up to 500,000 rows; 5 folds, 1 repeat above. Without
    one of them: 10 folds, or 3 repeats. In the order of time there is one repeat. All of these may name a winner: five
    folds do where each tests 2,000 rows or more.

    Examples
    --------
    >>> plan = resolve_folds(31_000)
    >>> plan.folds, plan.repeats, str(plan.notes[0])
    (10, 1, '31,000 rows: 10 folds, one repeat; set compare.cv.repeats for more')
    """
    if holdout is not None:
        # scikit-learn's splitters round the number of test rows up.
        kept_share = Fraction(n_rows - ceil(holdout * n_rows), n_rows)
        return FoldPlan(1, 1, seed, by, labels, holdout, kept_share=kept_share)
    notes: tuple[Note, ...] = ()
    if folds is None and repeats is None:
        folds, repeats = next(
            ((folds, repeats) for most, folds, repeats in _BY_ROWS if n_rows <= most), (_FOLDS_OF_A_LARGE_TABLE, 1)
        )
        once = ", one repeat" if by != "time" else ""
        key = "compare.cv.folds" if folds < _DEFAULT_FOLDS else "compare.cv.repeats"
        text = f"{n_rows:,} rows: {folds} folds{once}; set {key} for more"
        values = {"n_rows": n_rows, "folds": folds, "key": key}
        if folds < _DEFAULT_FOLDS:
            notes = (Note("few_folds_by_rows", text, values),)
        elif once and repeats < _DEFAULT_REPEATS:
            notes = (Note("once_by_rows", text, values),)
    folds = _DEFAULT_FOLDS if folds is None else folds
    repeats = 1 if by == "time" else _DEFAULT_REPEATS if repeats is None else repeats
    return FoldPlan(folds, repeats, seed, by, labels, notes=notes)


def make_splitter(plan: FoldPlan, seed: int) -> Any:
    """Make the splitter of one repeat with its own seed, for a plan of rows or groups."""
    from sklearn import model_selection

    stratified, grouped = plan.labels is not None, plan.by == "groups"
    name = f"{'Stratified' if stratified else ''}{'Group' if grouped else ''}"
    if plan.holdout is None:
        fewest = plan.folds
        splitter = getattr(model_selection, f"{name}KFold")(n_splits=plan.folds, shuffle=True, random_state=seed)
    else:
        # The rows of which both the hold-out and the training part get one.
        fewest = ceil(1 / min(plan.holdout, 1 - plan.holdout))
        if stratified and grouped:
            splitter = StratifiedGroupHoldOut(test_size=plan.holdout, random_state=seed)
        else:
            kind = getattr(model_selection, f"{name}ShuffleSplit")
            splitter = kind(n_splits=1, test_size=plan.holdout, random_state=seed)
    return ByQuantiles(splitter, fewest) if plan.labels == "quantiles" else splitter


def draw_folds(
    plan: FoldPlan, y: ArrayLike, *, groups: ArrayLike | None = None, time: ArrayLike | None = None, folds: Any = None
) -> Iterator[tuple[int, int, Rows, Rows]]:
    """Yield the folds of a plan: repeat and fold, from 0, and the row numbers of the training and the test part.

    Groups, times and folds are the columns of those names in the file; the plan decides which one is needed.

    Examples
    --------
    >>> [test.tolist() for _, _, _, test in draw_folds(resolve_folds(6, folds=3, repeats=1), range(6))]
    [[2, 5], [1, 3], [0, 4]]
    """
    if time is not None and groups is not None:
        text = "compare: groups and time must not both be given; folds keep groups whole or follow time."
        raise UsageError(Note("groups_and_time", text))
    if plan.by == "time":
        yield from _split_in_time(plan, np.asarray(time))
    elif plan.by == "column":
        column = np.asarray(folds)
        for fold, value in enumerate(np.unique(column)):
            yield 0, fold, np.flatnonzero(column != value), np.flatnonzero(column == value)
    else:
        yield from _split_at_random(plan, np.asarray(y), None if plan.by == "rows" else np.asarray(groups))


def _split_at_random(
    plan: FoldPlan, y: NDArray[Any], groups: NDArray[Any] | None
) -> Iterator[tuple[int, int, Rows, Rows]]:
    if plan.holdout is None:
        check_number_of_folds(plan.folds, len(y), groups)
    else:
        _check_holdout(plan, plan.holdout, y, groups)
    for repeat in range(plan.repeats):
        parts = make_splitter(plan, plan.seed + repeat).split(np.zeros(len(y)), y, groups)
        for fold, (train, test) in enumerate(parts):
            yield repeat, fold, train, test


_FEWER_FOLDS = Note("fewer_folds", "Ask for fewer folds.")


def check_number_of_folds(
    folds: int,
    n_rows: int,
    groups: ArrayLike | None = None,
    *,
    source: str = "compare",
    remedy: Note = _FEWER_FOLDS,
) -> None:
    """Check that each fold gets a row, and a group where groups stay whole."""
    if n_rows < folds:
        text = "{source}: {folds} folds need at least {folds} rows; got {n_rows}. {remedy}"
        raise DataError.of("rows_for_folds", text, source=source, folds=folds, n_rows=n_rows, remedy=remedy)
    if groups is not None and (n_groups := len(np.unique(np.asarray(groups)))) < folds:
        name = getattr(groups, "name", None)
        if name is None:
            text = "{source}: {folds} folds need at least {folds} groups; got {n_groups}. {remedy}"
            raise DataError.of("groups_for_folds", text, source=source, folds=folds, n_groups=n_groups, remedy=remedy)
        text = "{source}: {folds} folds need at least {folds} groups; {name!r} has {n_groups}. {remedy}"
        raise DataError.of(
            "groups_for_folds_of", text, source=source, folds=folds, name=name, n_groups=n_groups, remedy=remedy
        )


def _check_holdout(plan: FoldPlan, share: float, y: NDArray[Any], groups: NDArray[Any] | None) -> None:
    """Check that both parts get rows and, where they are stratified by class, one row of each class."""
    what, n_units = Note("rows", "rows"), len(y)
    if groups is not None:
        what, n_units = Note("groups", "groups"), len(np.unique(groups))
    n_tested = ceil(share * n_units)
    if n_units - n_tested < 1:
        text = "compare: a {method} must leave {what} to train on; it tests {n_tested} of {n_units}. Hold out less."
        raise DataError.of(
            "holdout_leaves_none", text, method=plan.method, what=what, n_tested=n_tested, n_units=n_units
        )
    if plan.labels != "classes":
        return
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:  # one for each part
        rare = labels.tolist()[int(counts.argmin())]
        text = (
            "compare: a {method} needs two rows of each class; {name!r} has one. Merge the class with "
            "another, or leave its rows out."
        )
        raise DataError.of("holdout_class_of_one", text, method=plan.method, name=rare)
    if groups is None and min(n_tested, n_units - n_tested) < len(labels):
        text = (
            "compare: a {method} must have a row of each of {n} classes in both parts; it tests {n_tested} "
            "of {n_units} rows. Choose another share."
        )
        raise DataError.of(
            "holdout_classes", text, method=plan.method, n=len(labels), n_tested=n_tested, n_units=n_units
        )


def _split_in_time(plan: FoldPlan, time: NDArray[Any]) -> Iterator[tuple[int, int, Rows, Rows]]:
    """Test each stretch of time on a model of all earlier rows; rows of one time stay together."""
    from sklearn.model_selection import TimeSeriesSplit

    times, time_of_row = np.unique(time, return_inverse=True)
    if plan.holdout is not None:
        yield 0, 0, *_last_share(plan.holdout, time_of_row)
        return
    if len(times) <= plan.folds:
        text = (
            "compare: time must have more than {folds} different values for {folds} folds; got {n}. Ask for "
            "fewer folds."
        )
        raise DataError.of("times_for_folds", text, folds=plan.folds, n=len(times))
    # The distinct times are split, not the rows, so that rows of one time are never on both sides.
    for fold, (train, test) in enumerate(TimeSeriesSplit(n_splits=plan.folds).split(times)):
        rows = [np.flatnonzero(np.isin(time_of_row, part)) for part in (train, test)]
        yield 0, fold, rows[0], rows[1]


def _last_share(share: float, time_of_row: NDArray[np.intp]) -> tuple[Rows, Rows]:
    """Hold out the last share of the rows, and all other rows of the earliest time among them."""
    n_kept = len(time_of_row) - ceil(share * len(time_of_row))
    # Time of the first held-out row. Earlier rows of the same time are held out too, so that no time is on both sides.
    first = np.sort(time_of_row)[n_kept]
    if first == 0:
        text = (
            "compare: a time-ordered hold-out of {percent:g} % must leave earlier rows to train on; got "
            "none. Hold out less."
        )
        raise DataError.of("holdout_of_first_time", text, percent=100 * share)
    return np.flatnonzero(time_of_row < first), np.flatnonzero(time_of_row >= first)


def plan_folds(
    data: DataSpec,
    cv: CvSpec,
    y: pd.Series | pd.DataFrame,
    task: Task,
    *,
    groups: ArrayLike | None = None,
    folds: ArrayLike | None = None,
) -> FoldPlan:
    """Plan the folds of a pipeline file, whose columns of groups and folds are given where it has them."""
    has_classes = isinstance(y, pd.Series) and task == "classification"
    labels: Literal["classes", "quantiles"] | None = None
    if has_classes and cv.stratify is not False:
        labels = "classes"
    elif cv.stratify and isinstance(y, pd.Series):
        labels = "quantiles"
    if data.folds is not None:
        n_folds = len(np.unique(np.asarray(folds)))
        plan = FoldPlan(n_folds, 1, cv.seed, "column", labels, column=data.folds)
    else:
        by: Literal["rows", "groups", "time"] = "rows"
        if data.time is not None:
            by = "time"
        elif data.groups is not None:
            by = "groups"
        plan = resolve_folds(
            len(y), folds=cv.folds, repeats=cv.repeats, seed=cv.seed, by=by, labels=labels, holdout=cv.holdout
        )
    # Stratified folds and folds of rows have training parts of a known share; of all others it must be measured.
    is_unknown = plan.by == "column" or (plan.by == "groups" and cv.holdout is not None)
    if is_unknown or (plan.by != "time" and has_classes and labels is None):
        return replace(plan, kept_share=_measure_kept_share(plan, y, classes=has_classes, groups=groups, folds=folds))
    return plan


def needs_columns(data: DataSpec, cv: CvSpec) -> bool:
    """Whether `plan_folds` needs more columns of the table than the target."""
    return data.folds is not None or (data.groups is not None and (cv.holdout is not None or cv.stratify is False))


def _measure_kept_share(plan: FoldPlan, y: ArrayLike, *, classes: bool, groups: Any, folds: Any) -> Fraction:
    """Return the smallest share of the rows, and of any class, in a training part."""
    # Without classes all rows are of one class, so that its share is that of all rows.
    codes = np.unique(np.asarray(y), return_inverse=True)[1] if classes else np.zeros(len(np.asarray(y)), dtype=int)
    counts = np.bincount(codes)
    shares = [Fraction(1)]
    for _, _, train, _ in draw_folds(plan, y, groups=groups, folds=folds):
        left = np.bincount(codes[train], minlength=len(counts))
        shares += [Fraction(int(part), int(whole)) for part, whole in zip(left, counts, strict=True)]
        shares.append(Fraction(len(train), len(codes)))
    return min(shares)


def with_resolved_folds(spec: F, plan: FoldPlan) -> F:
    """Return the pipeline with folds and repeats as numbers, so that other defaults do not change the folds."""
    if plan.holdout is not None or plan.column is not None:
        return spec
    cv = spec.compare.cv.model_copy(update={"folds": plan.folds, "repeats": plan.repeats})
    return spec.model_copy(update={"compare": spec.compare.model_copy(update={"cv": cv})})


def inner_splitter(plan: FoldPlan, n_folds: int, seed: int) -> Any:
    """Return a splitter of training parts that splits as the plan does; by rows where the folds are a column."""
    from sklearn.model_selection import TimeSeriesSplit

    if plan.by == "time":
        return TimeSeriesSplit(n_folds)
    return make_splitter(FoldPlan(n_folds, 1, seed, "groups" if plan.by == "groups" else "rows", plan.labels), seed)


def n_training_rows(plan: FoldPlan, n_rows: int) -> int:
    """Count the rows of the smallest training part; in the order of time the first one is one stretch."""
    # TimeSeriesSplit divides the times into folds + 1 stretches and trains first on a single one.
    in_time = plan.by == "time" and plan.holdout is None
    return n_rows // (plan.folds + 1) if in_time else plan.rows_left(n_rows)


def rarest_in_training(plan: FoldPlan, y: pd.Series | pd.DataFrame, inner_folds: int | None) -> int:
    """Count the rows of the rarest class in the smallest training part; of the inner folds, where there are some."""
    count = plan.rows_left(int(np.min(y.value_counts())))
    return count - -(-count // (count + 1 if inner_folds is None else inner_folds))
