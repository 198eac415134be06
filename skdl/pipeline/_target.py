"""The target: its task, its type, and whether it has rows enough for the folds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.pipeline._folds import check_number_of_folds, draw_folds
from skdl.spec import KeyPath, Problem
from skdl.tables import MAX_UNREADABLE, as_numbers, column_kinds, find_dates, plain_categories

if TYPE_CHECKING:
    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan

# Whole numbers are taken as classes up to this many distinct values, each in this many rows on average.
_MAX_CLASSES = 20
_ROWS_PER_CLASS = 5


def infer_task(y: pd.Series | pd.DataFrame) -> Task:
    """Infer the task from a target without missing values.

    Classification for text, booleans, and whole numbers with 20 distinct values at most, each in 5 rows on average; two
    values may be in fewer, 0 and 1 even in one. Dates are neither, which raises DataError.

    Examples
    --------
    >>> infer_task(pd.Series(["a", "b"])), infer_task(pd.Series([0.5, 1.5]))
    ('classification', 'regression')
    """
    if isinstance(y, pd.DataFrame):
        return "regression"
    _check_no_dates(y)
    if is_bool_dtype(y.dtype) or not is_numeric_dtype(y.dtype):
        return "classification"
    # Whole numbers may be classes or counts: few distinct values, each in several rows, are taken as classes.
    if not (y == y.round()).all():
        return "regression"
    counts = y.value_counts()
    few = len(counts) <= min(_MAX_CLASSES, len(y) / _ROWS_PER_CLASS)
    two = len(counts) == 2 < len(y) and (set(counts.index) == {0, 1} or counts.min() > 1)
    return "classification" if few or two else "regression"


def plain_target(y: pd.Series, name: str, task: Task) -> pd.Series:
    """Convert a target without missing values to a type that every estimator takes.

    Numbers for regression; whole numbers, booleans or text for classification.
    """
    if task == "regression" or is_datetime64_any_dtype(y.dtype) or is_timedelta64_dtype(y.dtype):
        _check_no_dates(y)
    unusable = next(iter(column_kinds(y.to_frame(name)).left_out.values()), None)
    if unusable is not None and unusable.code in {"raw_bytes", "nested", "complex_numbers"}:
        text = "target {name!r}: must hold numbers or classes; got {held}. Choose another target."
        raise DataError.of("target_unusable", text, name=name, held=type(y.iloc[0]).__name__)
    y = plain_categories(y)
    if task == "regression":
        return as_numbers(y, name)
    if is_bool_dtype(y.dtype):
        return y.astype(bool)
    if not is_numeric_dtype(y.dtype):
        # Text in NumPy objects: extension types of pandas are not accepted by all estimators.
        return y.map(str).astype(object)
    numbers = as_numbers(y, name)
    broken = numbers != numbers.round()
    if broken.any():
        row = int(np.flatnonzero(broken)[0])
        text = "target {name!r}: classes must be text or whole numbers; got {value} in row {row}. Set task: regression."
        raise DataError.of("target_decimals", text, name=name, value=numbers.iloc[row], row=row + 1)
    return numbers.astype(np.int64)


def _check_no_dates(y: pd.Series) -> None:
    """Raise DataError if a target holds dates: of a type of dates, or as text."""
    is_typed = is_datetime64_any_dtype(y.dtype) or is_timedelta64_dtype(y.dtype)
    if is_typed or (not is_numeric_dtype(y.dtype) and _are_days(y)):
        text = "target {name!r}: must hold numbers or classes; got dates. Convert it to a number first{remedy}."
        remedy = "" if is_typed else Note("or_classes", ", or set task: classification to take each for a class")
        raise DataError.of("target_dates", text, name=y.name, remedy=remedy)


def _are_days(y: pd.Series) -> bool:
    if isinstance(y.dtype, pd.CategoricalDtype):
        return False
    if infer_dtype(y, skipna=True) in {"date", "datetime", "datetime64"}:
        return True
    found = find_dates(y)
    form = None if found is None else found.form
    # 2024-Q1 and 2024-W05 may be classes, and 1-2-3 a code.
    return (
        form is not None
        and not (form.is_ambiguous and form.has_short_years)
        and not {"%q", "%V"} & {*re.findall("%.", form.format or "")}
        and form.share >= 1 - MAX_UNREADABLE
    )


def check_target(y: pd.Series | pd.DataFrame, task: Task, source: str) -> None:
    """Check that a target is not constant, and that its classes have more than one row."""
    if isinstance(y, pd.DataFrame):
        return
    if (y == y.iloc[0]).all():
        constraint = Note("must_vary", "must vary")
        if task == "classification":
            constraint = Note("must_have_two_classes", "must have two classes or more")
        text = "{source}: the target {name!r} {constraint}; every row has {value!r}. Choose another target."
        raise DataError.of(
            "target_constant", text, source=source, name=y.name, constraint=constraint, value=y.tolist()[0]
        )
    if task == "classification" and y.nunique() == len(y):
        text = (
            "{source}: target {name!r}: every row is a different class. Set task: regression, or choose another target."
        )
        raise DataError.of("target_all_different", text, source=source, name=y.name)


def check_folds(
    plan: FoldPlan,
    y: pd.Series | pd.DataFrame,
    task: Task,
    *,
    source: str,
    groups: pd.Series | None = None,
    inner_folds: int | None = None,
) -> None:
    """Check that there are rows, classes and groups enough for the folds, and for those of a search inside them."""
    remedy = Note("lower_folds", "Set compare.cv.folds lower.")
    check_number_of_folds(plan.folds, len(y), groups, source=source, remedy=remedy)
    classes = _classes_of_folds(plan, y, task)
    if classes is not None:
        where = Note.of("of_target", "{source}: target {name!r}", source=source, name=classes.name)
        _check_classes(plan, classes, where, inner_folds)


def find_fold_problems(
    plan: FoldPlan,
    y: pd.Series | pd.DataFrame,
    task: Task,
    *,
    groups: pd.Series | None = None,
    time: pd.Series | None = None,
    folds: pd.Series | None = None,
) -> list[Problem]:
    """Return the first split whose training part has no row of some class.

    Stratified folds cannot have such a split. Only the splits of a hold-out and those that had to be measured are
    drawn here.
    """
    if plan.holdout is None and plan.kept_share != 0:
        return []
    classes = _classes_of_folds(plan, y, task)
    for repeat, fold, train, test in draw_folds(plan, y, groups=groups, time=time, folds=folds):
        lost = set() if classes is None else set(classes.iloc[test]) - set(classes.iloc[train])
        if not lost:
            continue
        path: KeyPath = ("compare", "cv", "stratify" if plan.holdout is None else "holdout")
        where = Note("", "")
        if folds is not None:
            path = ("data", "folds")
            value = folds.iloc[test].tolist()[0]
            where = Note.of("where_fold_is", " where {name!r} is {value!r} in the test", name=folds.name, value=value)
            remedy = Note("other_folds", "Merge the class with another, or assign its rows to other folds.")
        else:
            remedy = Note("other_seed", "Merge the class with another, or choose another seed.")
            if plan.holdout is None:
                text = " in fold {fold} of repeat {repeat}"
                where = Note.of("in_fold", text, fold=fold + 1, repeat=repeat + 1)
        text = "no row of class {name!r} is left to train on{where}. {remedy}"
        return [Problem(path, Note.of("class_lost", text, name=min(lost, key=str), where=where, remedy=remedy))]
    return []


def _classes_of_folds(plan: FoldPlan, y: pd.Series | pd.DataFrame, task: Task) -> pd.Series | None:
    """Return the target where each training part must have all its classes: not in time, where one may come later."""
    return y if isinstance(y, pd.Series) and plan.by != "time" and task == "classification" else None


def _check_classes(plan: FoldPlan, y: pd.Series, where: Note, inner_folds: int | None) -> None:
    counts = y.value_counts()
    rare = counts[counts < plan.folds] if plan.kept_share is None else counts[:0]
    if rare.empty:
        _check_inner_classes(plan, where, counts, inner_folds)
        return
    shown = {repr(label): count for label, count in rare.iloc[::-1].head(5).items()}
    listed = Note(
        "classes_have",
        ", ".join(f"{label} has {count}" for label, count in shown.items()),
        {"listed": ", ".join(f"{label}: {count}" for label, count in shown.items())},
    )
    more = Note.of("more_classes", " (and {n} classes more)", n=len(rare) - 5) if len(rare) > 5 else ""
    smallest = int(rare.min())
    remedy = Note("merge_class", "Merge the class with another, or leave its rows out.")
    if smallest > 1:
        remedy = Note.of("fewer_folds_or_merge", "Set compare.cv.folds to {n} or less, or merge classes.", n=smallest)
    text = "{where}: with {folds} folds each class needs at least {folds} rows; {listed}{more}. {remedy}"
    raise DataError.of("rows_of_classes", text, where=where, folds=plan.folds, listed=listed, more=more, remedy=remedy)


def _check_inner_classes(plan: FoldPlan, where: Note, counts: pd.Series, inner_folds: int | None) -> None:
    """Check that a training part has as many rows of each class as a search has inner folds."""
    if plan.labels is None or inner_folds is None:
        return
    rarest, count = counts.index[-1], int(counts.iloc[-1])
    if plan.rows_left(count) < inner_folds:
        outer = plan.folds if plan.kept_share is None else Note.of("the_split", "the {method}", method=plan.method)
        text = (
            "{where}: a search with {n} folds inside {outer} needs more rows of each class; {name!r} has "
            "{count}. Set compare.tune.folds lower, merge classes, or remove the search."
        )
        raise DataError.of(
            "rows_of_inner_classes", text, where=where, n=inner_folds, outer=outer, name=rarest, count=count
        )
