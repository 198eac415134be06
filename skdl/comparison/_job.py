"""All that a contest's folds need, and one fold of it as a task that any process can take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from skdl.comparison._fold import Contestant, FoldResult, Table, run_fold
from skdl.comparison._ratings import rated_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.comparison._splits import Splits
    from skdl.pipeline import Metric

__all__ = ["Job", "Task"]


class Task(NamedTuple):
    """One model on one fold, by their places in the job."""

    contestant: int
    split: int


@dataclass(frozen=True)
class Job:
    """Models, data, folds and metrics of a contest."""

    contestants: tuple[Contestant, ...]
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
        return rated_classes(self.table.y, len(self.contestants)) if self.metrics[0].task == "classification" else None

    def run(self, task: Task) -> FoldResult:
        """Fit and measure."""
        contestant, split = self.contestants[task.contestant], self.splits.members[task.split]
        return run_fold(
            contestant, self.table, split, self.metrics, keep_response=self.is_holdout, classes=self.classes
        )

    def cut_short(self, task: Task, how: Literal["timeout", "lost", "left out"], error: str) -> FoldResult:
        """Give the result of a task that something outside of it ended, or kept from being tried."""
        split = self.splits.members[task.split]
        name = self.contestants[task.contestant].name
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how)
