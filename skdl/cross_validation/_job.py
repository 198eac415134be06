"""All that a comparison's folds need, and one fold of it as a task that any process can take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from skdl.cross_validation._class_scores import rated_classes
from skdl.cross_validation._fold import ComparedModel, FoldResult, Table, run_fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric

__all__ = ["Job", "Task"]


class Task(NamedTuple):
    """One model on one fold, by their places in the job."""

    model: int
    split: int


@dataclass(frozen=True)
class Job:
    """Models, data, folds and metrics of a comparison."""

    models: tuple[ComparedModel, ...]
    table: Table
    splits: Splits
    metrics: tuple[Metric, ...]

    @property
    def is_holdout(self) -> bool:
        """Whether there is one split alone, whose answers are tested row by row."""
        return len(self.splits.members) == 1

    @cached_property
    def classes(self) -> NDArray[Any] | None:
        """Classes whose ratings are kept, sorted; None of a regression, of several targets, or where they are many."""
        return rated_classes(self.table.y, len(self.models)) if self.metrics[0].task == "classification" else None

    def run(self, task: Task) -> FoldResult:
        """Fit and measure."""
        model, split = self.models[task.model], self.splits.members[task.split]
        return run_fold(model, self.table, split, self.metrics, keep_response=self.is_holdout, classes=self.classes)

    def cut_short(self, task: Task, how: Literal["timeout", "lost", "left out"], error: str) -> FoldResult:
        """Give the result of a task that something outside of it ended, or kept from being tried."""
        split = self.splits.members[task.split]
        name = self.models[task.model].name
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how)
