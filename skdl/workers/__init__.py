"""Tasks in this process, in several, or on a Dask cluster, with one policy for all.

`run_tasks` takes the `Work` (a function and a value that all tasks share), an iterator of tasks and an `Executor`, and
gives one `Outcome` a task, in the order in which they end. An engine (`SerialEngine`, `ProcessEngine`, `DaskEngine`)
does the work; a further one is a module with such a class and a line in `open_engine`.

The policy of all engines:

- A task is drawn when a worker is free, so that the iterator may decide by what has ended before.
- A task whose worker ends is tried once more. One that takes longer than the timeout is ended and not tried again. No
  other task is touched by either.
- Workers share the cores. They ignore Ctrl-C, which their parent handles, and end when it ends.
"""

from skdl.workers._engine import Engine, Outcome, Work
from skdl.workers._run import Executor, open_engine, run_tasks

__all__ = ["Engine", "Executor", "Outcome", "Work", "open_engine", "run_tasks"]
