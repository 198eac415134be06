"""Goal of a draft: what is predicted, from which columns and how many rows, and as which task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.exceptions import DataError, UsageError
from skdl.pipeline import infer_task
from skdl.pipeline_tools._effects import share_in_order
from skdl.tables import column_kinds, distinct_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from skdl._task import Task
    from skdl.pipeline_tools._survey import Survey

_LARGE = 10_000
_N_FIRST = 100  # numbers that show of most columns that they are not whole, at no cost
_UNBALANCED = 0.2
_CLASSES_LISTED = 4
# Consecutive whole numbers from this many on may be amounts rather than classes.
_FEWEST_ORDERED = 5
_MOST_SWITCHED = 20  # whole numbers with more different values are amounts
_IN_ORDER = 0.5  # share of the differences between classes from where on they follow the order


@dataclass(frozen=True)
class Goal:
    """What is predicted from how much: the choice of models, folds and metrics depends on it."""

    names: tuple[str, ...]
    task: Task
    reason: Note  # for the task
    n_rows: int
    n_missing: int  # rows without a target
    features: tuple[str, ...]
    classes: Mapping[Any, int] = field(default_factory=dict)  # rows of each class, the largest first
    has_zeros: bool = True
    other_task: Task | None = None  # that whole numbers allow as well

    @property
    def is_large(self) -> bool:
        """Whether training times that grow faster than the number of rows are too long."""
        return self.n_rows > _LARGE

    @property
    def rarest(self) -> int | None:
        """Rows of the rarest class."""
        return min(self.classes.values(), default=None)

    @property
    def is_unbalanced(self) -> bool:
        """Whether a class is rare: below 20 % of two, or 20 % divided by the number of the others."""
        few = self.rarest
        return few is not None and few / self.n_rows < _UNBALANCED / (len(self.classes) - 1)

    @property
    def rare_class(self) -> Any:
        """The class with the fewest rows."""
        return list(self.classes)[-1]


def _no_variation(values: Mapping[str, str], name: str, n_missing: int) -> DataError:
    """Return the error for a target of one value, and perhaps missing ones."""
    if not n_missing:
        text = "{source}: target {name} must have different values; every row has {value}. Choose another."
        return DataError.of("init_constant_target", text, **values)
    text = (
        "{source}: target {name} must have different values; every row has {value}, but for {n:,} without one: words "
        "such as NA mean a missing value. Choose another, or keep such words as a class in a pipeline file: "
        "data.dtypes: {{{key}: string}}."
    )
    return DataError.of("init_constant_target_with_gaps", text, **values, n=n_missing, key=name)


def goal_of(source: str, survey: Survey, names: Sequence[str], task: Task | None) -> Goal:
    """Choose the task of a table, or take the given one, and check that the target can be predicted."""
    y = survey.frame[list(names)].dropna()
    others = {*names, *survey.dropped, *survey.constant, *survey.reading.dates}
    features = tuple(str(name) for name in survey.frame.columns if name not in others)
    size = (len(y), len(survey.frame) - len(y), features)
    if len(names) > 1:
        if task == "classification":
            text = "{source}: several targets are for regression. Name one --target for classification."
            raise UsageError.of("init_one_target", text, source=source)
        return Goal(tuple(names), "regression", Note("init_targets", "several targets"), *size)
    column: pd.Series = y[names[0]]
    values = {"source": source, "name": repr(names[0])}  # of errors
    if column.empty:
        text = "{source}: target {name} has no value in any row. Choose another."
        raise DataError.of("init_empty_target", text, **values)
    if is_float_dtype(column.dtype) and all((some % 1 == 0).all() for some in (column.head(_N_FIRST), column)):
        column = column.astype("int64")  # classes are 0 and 1, not 0.0 and 1.0, which missing values make of them
    elif not is_numeric_dtype(column.dtype):
        column = column.map(str)
    n_distinct = len(distinct_values(column))
    if n_distinct == 1:
        raise _no_variation({**values, "value": repr(column.head(1).tolist()[0])}, names[0], size[1])
    n_values = f"{n_distinct:,}"
    other_task, reason = None, Note.of("init_numbers", "{n} different numbers", n=n_values)
    if task is None:
        found = _infer_task(column, n_distinct, survey.frame, features)
        task, other_task, reason = found or (infer_task(column), None, reason)
    if task == "regression":
        if not is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
            text = "{source}: target {name}: a regression needs numbers; got {value}. Use --task classification."
            raise DataError.of("init_no_numbers", text, **values, value=repr(column.iloc[0]))
        has_zeros = bool((column == 0).any())
        return Goal(tuple(names), task, reason, *size, has_zeros=has_zeros, other_task=other_task)
    counts = column.value_counts()
    _check_classes(column, counts, values)
    shares = counts.head(_CLASSES_LISTED) / len(y)
    listed = ", ".join(f"{label}: {share(part)}" for label, part in shares.items())
    listed += ", ..." if len(counts) > _CLASSES_LISTED else ""
    reason = Note.of("init_classes", "{n} classes ({listed})", n=n_values, listed=listed)
    classes = dict(zip(counts.index, counts.tolist(), strict=True))
    return Goal(tuple(names), task, reason, *size, classes, other_task=other_task)


def share(part: float) -> str:
    """Write a share in per cent; small ones with the digits that they need.

    >>> share(0.16), share(0.0042)
    ('16 %', '0.42 %')
    """
    return f"{100 * part:.0f} %" if part >= 0.1 or part == 0 else f"{100 * part:.2g} %"


def _infer_task(
    y: pd.Series, n_distinct: int, frame: pd.DataFrame, features: Sequence[str]
) -> tuple[Task, Task | None, Note] | None:
    """Choose the task of a few whole numbers, with the other one if that is possible, and the reason for a regression.

    None where there is nothing to choose.
    """
    if not is_integer_dtype(y.dtype) or not _FEWEST_ORDERED <= n_distinct <= _MOST_SWITCHED:
        return None
    counts = y.value_counts()
    values: dict[str, Any] = {"n": n_distinct, "first": str(y.min()), "last": str(y.max())}
    span = "{n} whole numbers from {first} to {last}"
    if counts.min() == 1:  # no class of a classification
        once = str(counts.index[-1])
        return "regression", None, Note.of("init_one_row", span + "; {once} is in one row only", **values, once=once)
    other: Task = "classification"
    if infer_task(y) == "regression":
        return "regression", other, Note.of("init_few_rows", span + ", in too few rows for classes", **values)
    are_consecutive = y.max() - y.min() + 1 == n_distinct
    if are_consecutive and (share_in_order(y, frame.loc[y.index, list(features)]) or 0) > _IN_ORDER:
        return "regression", other, Note.of("init_in_order", span + "; the columns follow their order", **values)
    return other, "regression", Note("", "")  # which the classes replace


def _check_classes(y: pd.Series, counts: pd.Series, values: Mapping[str, str]) -> None:
    if is_float_dtype(y.dtype):
        text = "{source}: target {name}: classes must be text or whole numbers; it has decimals. Use --task regression."
        raise DataError.of("init_decimals", text, **values)
    for reason in column_kinds(y.to_frame()).left_out.values():
        text = "{source}: target {name} {why}; it cannot be predicted. Choose another target."
        raise DataError.of("init_unusable_target", text, **values, why=reason.text.partition(";")[0])
    if counts.min() == 1:
        text = (
            "{source}: target {name}: each class must have at least two rows; {value} has one. Merge the class with "
            "another, or leave out its row."
        )
        raise DataError.of("init_class_of_one_row", text, **values, value=repr(counts.index.tolist()[-1]))
