"""Chunks on a Dask cluster: one task a part, which reads its own rows.

Where the rows lie, and where the model is, go to a worker; neither the rows nor the model do. What cannot be cut, as a
compressed file, is read and scored here. Every part is written here.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from skdl._dask import connect
from skdl.exceptions import SkdlError, TryAgainError, UsageError
from skdl.scoring._chunk import finish, finish_elsewhere
from skdl.tables import LocalFile

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from skdl.scoring._chunk import Chunk, Finished, Format, ModelAt
    from skdl.scoring._part import Predictor

__all__ = ["finish_on_cluster"]

_SECONDS_TO_ANSWER = 30
_SECONDS_BETWEEN_LOOKS = 10
_QUEUED = 2  # tasks a thread: the one that it is at, and the next
_TRIES = 2  # Dask itself has tried a lost task on several workers by then


def finish_on_cluster(
    model: ModelAt, predictor: Predictor, chunks: Iterator[Chunk], file_format: Format, *, address: str
) -> Generator[Finished]:
    """Finish chunks on a cluster, and give them as they come.

    Raises
    ------
    MissingExtraError
        Without Dask.
    TryAgainError
        If no scheduler answers, it has no worker, or the same chunk ends worker after worker.
    UsageError
        If the address cannot be one, or a worker cannot score at all.
    """
    with ExitStack() as stack:
        client = connect(address, stack, what="score", timeout_s=_SECONDS_TO_ANSWER)
        work = _Work(client, model, file_format)
        for chunk in chunks:
            if chunk.piece is not None:
                yield finish(predictor, chunk, file_format)
            else:
                while work.is_full:
                    yield from work.take_finished()
                work.begin(chunk)
        while work.under_way:
            yield from work.take_finished()


class _Work:
    """What a cluster is at."""

    def __init__(self, client: Any, model: ModelAt, file_format: Format) -> None:
        self._client, self._model, self._format = client, model, file_format
        self._losses: Counter[int] = Counter()
        self.under_way: dict[Any, Chunk] = {}

    @property
    def is_full(self) -> bool:
        """Whether every thread has something to do, and something to go on with."""
        n_threads: int = max(1, sum(self._client.nthreads().values()))
        return len(self.under_way) >= _QUEUED * n_threads

    def begin(self, chunk: Chunk) -> None:
        """Hand over where the rows lie."""
        stream = chunk.stream
        if stream is not None and isinstance(stream.source, LocalFile):
            there = replace(stream, source=LocalFile(stream.source.path.absolute()))  # workers begin in other folders
            chunk = replace(chunk, stream=there)
        future = self._client.submit(finish_elsewhere, self._model, chunk, self._format, pure=False)
        self.under_way[future] = chunk

    def take_finished(self) -> Iterator[Finished]:
        """Wait for the first that ends, and give what has ended; what was lost is begun again."""
        for future in self._ended():
            chunk = self.under_way.pop(future)
            finished = self._result(future, chunk)
            if finished is not None:
                yield finished
                continue
            self._losses[chunk.number] += 1
            if self._losses[chunk.number] == _TRIES:
                start, stop = chunk.rows
                raise TryAgainError(
                    f"{chunk.plan.source}: rows {start:,} to {stop:,} ended worker after worker; perhaps the memory "
                    "did not suffice. Run again with more of it: it goes on where it was."
                )
            self.begin(chunk)

    def _ended(self) -> list[Any]:
        import distributed

        without_workers = 0
        while without_workers < _SECONDS_TO_ANSWER:
            try:
                with self._client.as_current():
                    distributed.wait(
                        list(self.under_way), timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED"
                    )
            except TimeoutError:
                without_workers = 0 if self._client.nthreads() else without_workers + _SECONDS_BETWEEN_LOOKS
            except distributed.CancelledError:
                pass  # with a lost worker; the future's status tells which
            ended = [future for future in self.under_way if future.status != "pending"]
            if ended:
                return ended
        raise TryAgainError("score: the cluster must have a worker; got none for a while. Start one and run it again.")

    def _result(self, future: Any, chunk: Chunk) -> Finished | None:
        """Give the part; None where it was lost with a worker."""
        import distributed

        try:
            finished: Finished = future.result()
        except (distributed.KilledWorker, distributed.CancelledError):
            return None
        except SkdlError:
            raise
        except Exception as error:
            raise UsageError(
                f"score: a worker of the cluster must be able to score {chunk.plan.source}; got "
                f"{type(error).__name__}: {error}. Install the same versions there."
            ) from error
        return finished
