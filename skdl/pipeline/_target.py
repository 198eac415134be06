"""The target column: what task it suggests, and whether it carries the folds that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from skdl.exceptions import DataError
from skdl.tables import as_numbers

if TYPE_CHECKING:
    from skdl.pipeline._spec import PipelineSpec

__all__ = ["check_folds", "infer_task", "plain_target"]

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


def check_folds(spec: PipelineSpec, y: pd.Series | pd.DataFrame, groups: pd.Series | None) -> None:
    """Check that rows, classes and groups suffice for the folds of the file.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    y : pandas.Series or pandas.DataFrame
        The plain target.
    groups : pandas.Series or None
        The groups, where the file names them.

    Raises
    ------
    DataError
        If they do not suffice; it says what does.
    """
    cv, where = spec.compare.cv, spec.data.source
    if len(y) < cv.folds:
        raise DataError(
            f"{where}: {cv.folds} folds need at least {cv.folds} rows; got {len(y)}. Set compare.cv.folds lower."
        )
    if groups is not None and groups.nunique() < cv.folds:
        raise DataError(
            f"{where}: {cv.folds} folds need at least {cv.folds} groups; {spec.data.groups!r} has {groups.nunique()}. "
            "Set compare.cv.folds lower."
        )
    if isinstance(y, pd.DataFrame):
        return
    if spec.task_of(y) == "regression":
        _check_spread(where, y)
    else:
        _check_classes(spec, y)


def _check_spread(where: str, y: pd.Series) -> None:
    if (y == y.iloc[0]).all():
        raise DataError(
            f"{where}: the target {y.name!r} must vary; every row holds {y.tolist()[0]!r}. Choose another target."
        )


def _check_classes(spec: PipelineSpec, y: pd.Series) -> None:
    where, cv = f"{spec.data.source}: target {y.name!r}", spec.compare.cv
    counts = y.value_counts()
    if len(counts) == 1:
        raise DataError(
            f"{where}: classification needs two classes or more; every row holds {y.tolist()[0]!r}. "
            "Choose another target."
        )
    if len(counts) == len(y):
        raise DataError(f"{where}: every row is a class of its own. Set task: regression, or choose another target.")
    rare = counts[counts < cv.folds]
    if rare.empty or spec.data.time is not None:
        _check_inner_classes(spec, where, counts)
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
        f"{where}: with {cv.folds} folds each class needs at least {cv.folds} rows; {listed}{more}. {remedy}."
    )


def _check_inner_classes(spec: PipelineSpec, where: str, counts: pd.Series) -> None:
    """Check that a training part still holds each class often enough for the folds of the search."""
    if spec.data.time is not None or not any(model.search for model in spec.models.values()):
        return
    rarest, count = counts.index[-1], int(counts.iloc[-1])
    left = count - -(-count // spec.compare.cv.folds)
    if left < spec.compare.tune.folds:
        raise DataError(
            f"{where}: a search with {spec.compare.tune.folds} folds inside {spec.compare.cv.folds} needs more rows of "
            f"each class; {rarest!r} has {count}. Set compare.tune.folds lower, merge classes, or take the search away."
        )
