"""Tasks in this process, in several, or on a Dask cluster, with one policy for all.

`run_tasks` takes the `Work` (a function and a value that all tasks share), an iterator of tasks and an `Executor`, and
gives one `Outcome` a task, in the order in which they end. An engine does the work: a function that is given the tasks
and yields the outcomes. A further engine is a module with a context manager that gives such a function
(`_processes.py`, `_dask.py`), and a line in `open_engine`.

The policy of all engines:

- A task is drawn when a worker is free, so that the iterator may decide by what has ended before.
- A task whose worker ends is tried once more. One that takes longer than the timeout is ended and not tried again. No
  other task is touched by either.
- Workers share the cores. They ignore Ctrl-C, which their parent handles, and end when it ends.

`limit_openmp_threads` leaves half of the cores to other programs, in every process.
"""

from skdl.workers._memory import available_memory, peak_memory, reset_peak_memory
from skdl.workers._run import Executor, open_engine, run_tasks
from skdl.workers._task import Outcome, Work
from skdl.workers._threads import limit_openmp_threads

__all__ = [
    "Executor",
    "Outcome",
    "Work",
    "available_memory",
    "limit_openmp_threads",
    "open_engine",
    "peak_memory",
    "reset_peak_memory",
    "run_tasks",
]
