"""The target column: what task it suggests, and whether it carries the folds that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from skdl.exceptions import DataError
from skdl.pipeline._faults import Fault, raise_faults
from skdl.pipeline._folds import draw_folds
from skdl.tables import as_numbers

if TYPE_CHECKING:
    from skdl.pipeline._faults import KeyPath
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import PipelineSpec

__all__ = ["check_folds", "check_target", "infer_task", "plain_target"]

# Whole numbers are taken for classes up to this many distinct values, each in this many rows on average.
_MOST_CLASSES = 20
_ROWS_A_CLASS = 5


def infer_task(y: pd.Series | pd.DataFrame) -> Literal["regression", "classification"]:
    """Say which task a target suggests.

    Parameters
    ----------
    y : pandas.Series or pandas.DataFrame
        The target, without missing values.

    Returns
    -------
    {"regression", "classification"}
        Classification for text, booleans, and whole numbers with 20 distinct values at most, each in 5 rows on average.

    Examples
    --------
    >>> infer_task(pd.Series(["a", "b"])), infer_task(pd.Series([0.5, 1.5]))
    ('classification', 'regression')
    """
    if isinstance(y, pd.DataFrame):
        return "regression"
    if is_bool_dtype(y.dtype) or not is_numeric_dtype(y.dtype):
        return "classification"
    n_distinct = y.nunique()
    whole = bool((y == y.round()).all())
    return "classification" if whole and n_distinct <= min(_MOST_CLASSES, len(y) / _ROWS_A_CLASS) else "regression"


def plain_target(y: pd.Series, name: str, task: Literal["regression", "classification"]) -> pd.Series:
    """Give a target in types that every estimator takes.

    Parameters
    ----------
    y : pandas.Series
        One target column without missing values.
    name : str
        What messages call it.
    task : {"regression", "classification"}
        What it is for.

    Returns
    -------
    pandas.Series
        Numbers for regression; whole numbers, booleans or text for classification.

    Raises
    ------
    DataError
        If the column holds text for regression, or fractions for classification, or dates.
    """
    if is_datetime64_any_dtype(y.dtype) or is_timedelta64_dtype(y.dtype):
        raise DataError(f"target {name!r}: must hold numbers or classes; got dates. Make a number of it first.")
    if task == "regression":
        return as_numbers(y, name)
    if is_bool_dtype(y.dtype):
        return y.astype(bool)
    if not is_numeric_dtype(y.dtype):
        return y.map(str).astype(object)
    numbers = as_numbers(y, name)
    broken = numbers != numbers.round()
    if broken.any():
        row = int(np.flatnonzero(broken)[0])
        raise DataError(
            f"target {name!r}: classes must be text or whole numbers; got {numbers.iloc[row]} in row {row + 1}. "
            "Set task: regression."
        )
    return numbers.astype(np.int64)


def check_target(spec: PipelineSpec, y: pd.Series | pd.DataFrame) -> None:
    """Check that a target holds something to learn.

    Raises
    ------
    DataError
        If it does not vary, or every row is a class of its own.
    """
    if isinstance(y, pd.DataFrame):
        return
    where = f"{spec.data.source}: target {y.name!r}"
    if spec.task_of(y) == "regression":
        if (y == y.iloc[0]).all():
            raise DataError(
                f"{spec.data.source}: the target {y.name!r} must vary; every row holds {y.tolist()[0]!r}. "
                "Choose another target."
            )
    elif (y == y.iloc[0]).all():
        raise DataError(
            f"{where}: classification needs two classes or more; every row holds {y.tolist()[0]!r}. "
            "Choose another target."
        )
    elif y.nunique() == len(y):
        raise DataError(f"{where}: every row is a class of its own. Set task: regression, or choose another target.")


def check_folds(
    spec: PipelineSpec,
    plan: FoldPlan,
    y: pd.Series | pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    time: pd.Series | None = None,
    folds: pd.Series | None = None,
) -> None:
    """Check that rows, classes and groups suffice for the folds of the file.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    plan : FoldPlan
        How the table is to be split.
    y : pandas.Series or pandas.DataFrame
        The plain target.
    groups, time, folds : pandas.Series or None
        The columns of those names in the file, where it names them.

    Raises
    ------
    DataError
        If they do not suffice; it says what does.
    PipelineFileError
        If a part that the file asks for holds all rows of a class.
    """
    where = spec.data.source
    if len(y) < plan.folds:
        raise DataError(
            f"{where}: {plan.folds} folds need at least {plan.folds} rows; got {len(y)}. Set compare.cv.folds lower."
        )
    if groups is not None and groups.nunique() < plan.folds:
        raise DataError(
            f"{where}: {plan.folds} folds need at least {plan.folds} groups; {spec.data.groups!r} has "
            f"{groups.nunique()}. Set compare.cv.folds lower."
        )
    classes = None
    if isinstance(y, pd.Series) and plan.by != "time" and spec.task_of(y) == "classification":
        classes = y
    if plan.holdout is not None or plan.kept == 0:
        for split in draw_folds(plan, y, groups=groups, time=time, folds=folds):
            if classes is not None:
                _check_training_part(spec, plan, classes, split, folds)
    if classes is not None:
        _check_classes(spec, plan, classes)


def _check_training_part(
    spec: PipelineSpec, plan: FoldPlan, y: pd.Series, split: tuple[int, int, Any, Any], folds: pd.Series | None
) -> None:
    """Check that there is a row of each class to train on."""
    repeat, fold, train, test = split
    lacking = set(y.iloc[test]) - set(y.iloc[train])
    if not lacking:
        return
    path: KeyPath = ("compare", "cv", "stratify" if plan.holdout is None else "holdout")
    tested = "" if plan.holdout is not None else f" in fold {fold + 1} of repeat {repeat + 1}"
    remedy = "Merge the class with another, or choose another seed."
    if folds is not None:
        path, tested = ("data", "folds"), f" where {spec.data.folds!r} is {folds.iloc[test].tolist()[0]!r} in the test"
        remedy = "Merge the class with another, or divide the rows otherwise."
    message = f"no row of class {min(lacking, key=str)!r} is left to train on{tested}. {remedy}"
    raise_faults([Fault(path, message)], spec.origin.places)


def _check_classes(spec: PipelineSpec, plan: FoldPlan, y: pd.Series) -> None:
    where = f"{spec.data.source}: target {y.name!r}"
    counts = y.value_counts()
    rare = counts[counts < plan.folds] if plan.kept is None else counts[:0]
    if rare.empty:
        _check_inner_classes(spec, plan, where, counts)
        return
    listed = ", ".join(f"{label!r} has {count}" for label, count in rare.iloc[::-1].head(5).items())
    more = f" (and {len(rare) - 5} classes more)" if len(rare) > 5 else ""  # noqa: PLR2004 - as many as are listed
    smallest = int(rare.min())
    remedy = (
        "Merge the class with another, or leave its rows out"
        if smallest == 1
        else f"Set compare.cv.folds to {smallest} or less, or merge classes"
    )
    raise DataError(
        f"{where}: with {plan.folds} folds each class needs at least {plan.folds} rows; {listed}{more}. {remedy}."
    )


def _check_inner_classes(spec: PipelineSpec, plan: FoldPlan, where: str, counts: pd.Series) -> None:
    """Check that a training part still holds each class often enough for the folds of the search."""
    if plan.labels is None or not any(model.search for model in spec.models.values()):
        return
    rarest, count = counts.index[-1], int(counts.iloc[-1])
    if plan.rows_left(count) < spec.compare.tune.folds:
        inside = plan.folds if plan.kept is None else f"the {plan.words}"
        raise DataError(
            f"{where}: a search with {spec.compare.tune.folds} folds inside {inside} needs more rows of "
            f"each class; {rarest!r} has {count}. Set compare.tune.folds lower, merge classes, or take the search away."
        )
