"""All that a contest's folds need, and one fold of it as a task that any process can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from skdl.comparison._fold import Contestant, FoldResult, Table, run_fold

if TYPE_CHECKING:
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

    def run(self, task: Task) -> FoldResult:
        """Fit and measure."""
        contestant, split = self.contestants[task.contestant], self.splits.members[task.split]
        return run_fold(contestant, self.table, split, self.metrics, keep_response=self.is_holdout)

    def cut_short(self, task: Task, how: Literal["timeout", "lost", "left out"], error: str) -> FoldResult:
        """Give the result of a task that something outside of it ended, or kept from being tried."""
        split = self.splits.members[task.split]
        name = self.contestants[task.contestant].name
        return FoldResult(name, split.repeat, split.fold, error=error, cut_short=how)
