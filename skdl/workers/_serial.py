"""Tasks in this process, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from skdl.workers._engine import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from skdl.workers._engine import Work

__all__ = ["SerialEngine"]

Task = TypeVar("Task")
Result = TypeVar("Result")


class SerialEngine(Generic[Task, Result]):
    """An engine without workers: nothing can be lost, and nothing is ended."""

    def __init__(self, work: Work[Any, Task, Result]) -> None:
        self._work = work

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: between two tasks nothing runs."""

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome[Task, Result]]:
        """Run each task when the outcome of the one before was taken."""
        for task in tasks:
            yield Outcome(task, self._work.function(self._work.shared, task))
