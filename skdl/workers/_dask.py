"""Tasks on a Dask cluster: the shared value is sent once, a lost worker costs the tasks that it had.

joblib's own Dask backend ends the whole run where a lost worker held the last copy of the data, and leaves out a task
that Dask gave up; so tasks are handed to Dask itself, and the shared value is sent again where it was lost.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic

import joblib

from skdl.exceptions import MissingExtraError, SkdlError, TryAgainError, UsageError
from skdl.workers._process import sigint_blocked
from skdl.workers._task import Attempt, Outcome, Result, Task, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from skdl.workers._task import Engine, Work

_POLL_S = 10.0
_LOCAL = "local:"


@contextmanager
def open_cluster(work: Work[Any, Task, Result], address: str) -> Iterator[Engine[Task, Result]]:
    """Give an engine on a Dask cluster, or for ``"local:4"`` on one of four workers that is started here."""
    with ExitStack() as at_end:
        yield _Cluster(work, _connect(address, at_end, work.name)).run


class _Cluster(Generic[Task, Result]):
    """Tasks on the workers of a Dask client.

    When a worker is lost, so are the tasks that it ran, those whose results it still held, and perhaps the last copy of
    the shared value. They are run again. Which of several tasks ended the worker is not known, so a task that was lost
    twice is run while nothing else is: if its worker ends then, it is the cause.
    """

    def __init__(self, work: Work[Any, Task, Result], client: Any) -> None:
        self._work, self._client = work, client
        self._under_way: dict[Any, Attempt[Task]] = {}
        self._timeout_s = _connect_timeout_s()
        self._send_shared()

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome[Task, Result]]:
        """Give the outcomes as tasks end."""
        retries: list[Attempt[Task]] = []
        suspects: list[Attempt[Task]] = []
        while True:
            # As long as there are suspects, nothing else is handed out: the cluster finishes what it has, and then one
            # suspect runs alone.
            suspect = suspects.pop() if suspects and not self._under_way else None
            if suspect is not None:
                self._submit(suspect)
            elif not suspects:
                self._hand_out(tasks, retries)
            if not self._under_way:
                return
            for future in self._wait_for_any():
                attempt = self._under_way.pop(future)
                outcome = self._outcome(future, attempt)
                if outcome is not None:
                    yield outcome
                    continue
                match attempt.lose(alone=suspect is not None):
                    case "retry":
                        retries.append(attempt)
                    case "retry alone":
                        suspects.append(attempt)
                    case "lost":
                        yield Outcome(attempt.task, failure="lost")

    def _hand_out(self, tasks: Iterator[Task], retries: list[Attempt[Task]]) -> None:
        # At least 1: a lost worker comes back, and a task that waits for it brings it to work.
        n_threads = max(1, sum(self._client.nthreads().values()))
        while len(self._under_way) < n_threads * self._work.queue_depth:
            attempt = retries.pop() if retries else next(map(Attempt, tasks), None)
            if attempt is None:
                return
            self._submit(attempt)

    def _submit(self, attempt: Attempt[Task]) -> None:
        # The future of the shared value is not finished any more once a lost worker held its last copy.
        if self._shared.status != "finished":
            self._send_shared()
        work = self._work
        # pure=False: Dask would otherwise derive the key from the arguments, and take two equal tasks for one.
        future = self._client.submit(_call, work.function, self._shared, attempt.task, work.measure_memory, pure=False)
        self._under_way[future] = attempt

    def _send_shared(self) -> None:
        """Send the shared value to every worker that there is."""
        deadline = monotonic() + self._timeout_s
        while True:
            try:
                self._client.wait_for_workers(1, timeout=self._timeout_s)
                # In a list: Dask would send each entry of a tuple or a dict as a separate value. broadcast gives every
                # worker a copy, so a lost worker rarely takes the last one; hash=False saves hashing the table for a
                # key.
                [self._shared] = self._client.scatter([self._work.shared], broadcast=True, hash=False)
            except (TimeoutError, OSError) as error:  # workers were lost during the transfer
                if monotonic() > deadline:
                    raise self._without_workers() from error
            else:
                return

    def _wait_for_any(self) -> list[Any]:
        """Wait until a task ends, as long as there are workers; return those that have ended."""
        import distributed

        without_workers_s = 0.0
        while without_workers_s < self._timeout_s:
            try:
                # distributed.wait uses the current client, and this one is not the default of the process.
                with self._client.as_current():
                    distributed.wait(list(self._under_way), timeout=_POLL_S, return_when="FIRST_COMPLETED")
            except TimeoutError:
                # A task may take hours. Only the time without any worker counts toward the limit.
                without_workers_s = 0.0 if self._client.nthreads() else without_workers_s + _POLL_S
            except distributed.CancelledError:
                pass  # with a lost worker; the status of each future shows which
            ended = [future for future in self._under_way if future.status != "pending"]
            if ended:
                return ended
        raise self._without_workers()

    def _outcome(self, future: Any, attempt: Attempt[Task]) -> Outcome[Task, Result] | None:
        """Return the outcome; None where it was lost with a worker."""
        import distributed

        try:
            result, peak_bytes = future.result()
        # KilledWorker: the scheduler gave the task up after several lost workers. CancelledError: its result, or the
        # shared value that it needs, was lost with a worker.
        except (distributed.KilledWorker, distributed.CancelledError):
            return None
        except SkdlError:
            raise
        except Exception as error:
            text = (
                "{name}: a worker of the cluster must be able to run a task; got {kind}: {reason}. Install the "
                "same versions there, and put custom classes and functions into a module."
            )
            raise UsageError.of(
                "worker_cannot_run", text, name=self._work.name, kind=type(error).__name__, reason=str(error)
            ) from error
        return Outcome(attempt.task, result, peak_bytes=peak_bytes)

    def _without_workers(self) -> TryAgainError:
        text = "{name}: the cluster must have a worker; got none for {timeout_s:g} s. Start one and run it again."
        return TryAgainError.of("no_worker", text, name=self._work.name, timeout_s=self._timeout_s)


def _call(function: Callable[[Any, Any], Any], shared: Any, task: Any, measure_memory: bool) -> tuple[Any, int | None]:
    """Run a task in a Dask worker; what it would run in parallel runs there too, not on the cluster again."""
    import distributed

    is_alone = distributed.get_worker().state.nthreads == 1  # else memory is that of several tasks
    # Otherwise an estimator with n_jobs starts processes in a worker whose cores other workers use too.
    with joblib.parallel_config("sequential"):
        return call(function, shared, task, measure_memory=measure_memory and is_alone)


def _connect_timeout_s() -> float:
    """Return the seconds for a scheduler to respond, and for a first or another worker to connect: Dask's setting."""
    import dask

    return float(dask.utils.parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


def _connect(address: str, stack: ExitStack, name: str) -> Any:
    """Return a client that is not the default one of this process; ``stack`` ends it, and a cluster started here."""
    try:
        import distributed
    except ImportError as error:
        text = (
            "{name}: a cluster needs the package distributed; it is not installed here. Install it with: pip "
            "install 'skdl[dask]'."
        )
        raise MissingExtraError.of("needs_distributed", text, name=name) from error
    cluster: Any = address
    if address.startswith(_LOCAL):
        n_workers = address.removeprefix(_LOCAL)
        if not n_workers.isdecimal() or int(n_workers) < 1:
            text = "{name}: dask must be an address, or local: and a number of workers; got {given!r}."
            raise UsageError.of("no_dask_address", text, name=name, given=address)
        with sigint_blocked():
            cluster = stack.enter_context(
                # Port 0 of the dashboard is any free one; the default port is taken where another cluster runs.
                distributed.LocalCluster(n_workers=int(n_workers), threads_per_worker=1, dashboard_address=":0")
            )
    try:
        return stack.enter_context(distributed.Client(cluster, set_as_default=False))
    except (TimeoutError, OSError) as error:
        text = (
            "{name}: a Dask scheduler must answer at {address}; got none within {timeout_s:g} s. Start it, "
            "or name another."
        )
        raise TryAgainError.of(
            "no_scheduler", text, name=name, address=address, timeout_s=_connect_timeout_s()
        ) from error
    except ValueError as error:
        text = "{name}: dask must be the address of a scheduler, such as tcp://HOST:8786; got {given!r} ({reason})."
        raise UsageError.of("bad_dask_address", text, name=name, given=address, reason=str(error)) from error
