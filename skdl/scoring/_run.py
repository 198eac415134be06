"""One run: chunks in input order, scored where the executor says, committed as they come."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from skdl.exceptions import DataError, TryAgainError
from skdl.scoring._chunk import Chunk, ModelLocation, Part, score_chunk, score_in_worker
from skdl.tables import LocalFile, Piece, redact_credentials
from skdl.workers import Executor, Work, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from skdl.scoring._chunk import Predictor
    from skdl.scoring._counts import ColumnDrift, Counts
    from skdl.scoring._inputs import Input, InputStamp, Options
    from skdl.scoring._output_folder import OutputFolder, Start
    from skdl.scoring._plan import Format

__all__ = ["ScoreProgress", "ScoreResult", "run"]


@dataclass(frozen=True)
class ScoreProgress:
    """Progress of a run.

    Attributes
    ----------
    n_rows : int
        Rows that are done.
    n_resumed : int
        Those of them that an earlier run did.
    share : float, optional
        Share of the inputs that is done; None where their length is not known.
    """

    n_rows: int
    n_resumed: int
    share: float | None


@dataclass(frozen=True)
class ScoreResult:
    """Counts and files of a finished run.

    Attributes
    ----------
    out : pathlib.Path or str
        The output folder; an address that fsspec knows, for one that is not of this machine.
    parts : tuple of pathlib.Path or str
        Its parts, in input order, as ``pandas.read_parquet`` takes them.
    quarantine : pathlib.Path or str
        The bad rows; a table without rows where there are none.
    n_rows, n_scored, n_quarantined : int
        Rows read, and where they are: the last two add up to the first.
    unseen : dict of str to int
        Rows by column whose category the model had never seen; they are scored as its encoder has it.
    drift : dict of str to ColumnDrift
        How each column differs from training's; ``drift[name].notes()`` says what stands out.
    ignored : tuple of str
        Columns of the inputs that the model does not use and ``keep`` does not name.
    start : {"new", "resumed", "restarted", "done"}
        What the folder held: nothing, parts of this run, which were kept, parts of another run, which are gone, or all
        of this run, so that nothing was left to do.
    n_resumed : int
        Rows that were done before.
    duration_s : float
        Seconds from the first row to the last file.
    """

    out: Path | str
    parts: tuple[Path | str, ...]
    quarantine: Path | str
    n_rows: int
    n_scored: int
    n_quarantined: int
    unseen: dict[str, int]
    drift: dict[str, ColumnDrift]
    ignored: tuple[str, ...]
    start: Start
    n_resumed: int
    duration_s: float


def score_chunks(
    model: Predictor, saved: ModelLocation | None, executor: Executor, chunks: Iterator[Chunk], file_format: Format
) -> Generator[Part]:
    """Score chunks where the executor says, and yield the parts as they end.

    Workers load the model from where it is saved. A chunk that was read already is scored here rather than on a
    cluster, whose workers read their own rows.

    Raises
    ------
    TryAgainError
        If a chunk ends its worker at each try.
    """
    if saved is None or executor.is_serial:
        yield from (score_chunk(model, chunk, file_format) for chunk in chunks)
        return
    work = Work(
        score_in_worker,
        (saved, file_format),
        name="score",
        queue_depth=2,  # the next rows are there when a worker is free; more would take memory
        threads_per_worker=1,  # the same bits whatever the number of cores
    )
    # Chunks are drawn lazily, also through groupby: only as many are in memory as the engine has queued.
    with open_engine(work, executor) as run_in_workers:
        for is_here, group in groupby(chunks, lambda chunk: executor.dask is not None and chunk.piece is not None):
            if is_here:
                yield from (score_chunk(model, chunk, file_format) for chunk in group)
                continue
            for outcome in run_in_workers(group):
                if outcome.result is None:
                    raise _lost(outcome.task)
                yield outcome.result


def _lost(chunk: Chunk) -> TryAgainError:
    start, stop = chunk.rows
    return TryAgainError(
        f"{chunk.plan.source}: rows {start:,} to {stop:,} ended their worker process at each try; perhaps the memory "
        "did not suffice. Run again with fewer jobs or more memory: finished parts are kept."
    )


def run(
    model: Predictor,
    saved: ModelLocation | None,
    executor: Executor,
    inputs: Sequence[Input],
    folder: OutputFolder,
    options: Options,
    *,
    max_bad_frac: float,
    progress: Callable[[ScoreProgress], None] | None,
) -> ScoreResult:
    """Score the chunks of the inputs that the folder does not have yet."""
    began = time.monotonic()
    ignored = tuple(dict.fromkeys(name for one in inputs for name in one.plan.ignored))
    with folder:
        n_resumed = folder.counts.n_rows
        if folder.start != "done":
            stamps: dict[int, InputStamp] = {}
            try:
                chunks = _chunks(inputs, folder, stamps)
                # Closing ends the workers at once where a part cannot be written.
                with closing(score_chunks(model, saved, executor, chunks, options.file_format)) as parts:
                    _commit(parts, folder, stamps, progress)
            except DataError:
                _check_unchanged(inputs)  # one that changed meanwhile may look damaged
                raise
            # Before the share of bad rows is checked: a run with too many ends with an error, but its quarantine says
            # why.
            folder.gather_quarantine()
            _check_unchanged(inputs)
        _check_share_of_bad(folder, inputs, max_bad_frac)
        # Last, so that a reader of ``_SUCCESS`` finds every file complete.
        if folder.start != "done":
            folder.succeed(_summary(saved, inputs, options, folder.counts, ignored))
    counts = folder.counts
    return ScoreResult(
        out=folder.out,
        parts=folder.parts,
        quarantine=folder.quarantine,
        n_rows=counts.n_rows,
        n_scored=counts.n_rows - counts.n_bad,
        n_quarantined=counts.n_bad,
        unseen=dict(counts.unseen),
        drift=counts.drift,
        ignored=ignored,
        start=folder.start,
        n_resumed=n_resumed,
        duration_s=time.monotonic() - began,
    )


def _commit(
    parts: Iterator[Part],
    folder: OutputFolder,
    stamps: dict[int, InputStamp],
    progress: Callable[[ScoreProgress], None] | None,
) -> None:
    """Write parts as they come, and report progress.

    A resumed run keeps a part if the input has the digest that it had at first. So the stamp is compared once more
    before a part is written: its rows may be those of an input that has changed since.
    """
    n_resumed, share = folder.counts.n_rows, 0.0
    for part in parts:
        stamps.pop(part.number).check_unchanged()
        folder.write_part(part)
        share = max(share, part.share or 0.0)  # parts may come in another order than rows
        if progress is not None:
            progress(ScoreProgress(folder.counts.n_rows, n_resumed, share or None))


def _check_unchanged(inputs: Sequence[Input]) -> None:
    for one in inputs:
        assert one.stamp is not None
        one.stamp.check_unchanged()


def _chunks(inputs: Sequence[Input], folder: OutputFolder, stamps: dict[int, InputStamp]) -> Iterator[Chunk]:
    """Yield the chunks that are not done yet, numbered over all inputs; an input without rows has one without rows.

    ``stamps`` gets the stamp of the input of each.
    """
    sizes = [one.stream.source.size() for one in inputs]
    known = [size for size in sizes if size is not None]
    read = _Read(len(known) == len(sizes), sum(known))
    number = 0
    for one, size in zip(inputs, sizes, strict=True):
        assert one.stamp is not None
        empty = True
        # Parts that are done count in the numbering too: a number means the same rows in every run.
        for chunk in _chunks_of(one, number, read.within(size)):
            empty = False
            number = chunk.number + 1
            if not folder.is_done(chunk.number):
                stamps[chunk.number] = one.stamp
                yield chunk
        # A part without rows gives readers the columns of the output.
        if empty:
            rows = pa.schema([(name, one.stream.types[name]) for name in one.plan.columns]).empty_table()
            if not folder.is_done(number):
                stamps[number] = one.stamp
                yield Chunk(number, one.plan, read.within(size)(1.0), Piece(0, 0, rows, np.arange(0), ()))
            number += 1
        read.add(size)


def _chunks_of(one: Input, first: int, share: Callable[[float | None], float | None]) -> Iterator[Chunk]:
    if one.spans is None:
        for number, piece in enumerate(one.stream.pieces(one.plan.chunk_rows, one.plan.columns), first):
            yield Chunk(number, one.plan, share(piece.share), piece)
        return
    stream = one.stream
    if isinstance(stream.source, LocalFile):  # workers of a cluster have other working directories
        stream = replace(stream, source=LocalFile(stream.source.path.absolute()))
    for number, span in enumerate(one.spans, first):
        yield Chunk(number, one.plan, share(span.stop / one.spans[-1].stop), stream=stream, span=span)


class _Read:
    """Bytes of the inputs that were read before, for the share of all bytes that is read."""

    def __init__(self, known: bool, total: int) -> None:
        self._known, self._total, self._before = known and total > 0, total, 0

    def within(self, size: int | None) -> Callable[[float | None], float | None]:
        """Turn the share of one input into the share of all."""
        before, total, known = self._before, self._total, self._known
        return lambda share: (before + share * (size or 0)) / total if known and share is not None else None

    def add(self, size: int | None) -> None:
        """Count an input as read."""
        self._before += size or 0


def _check_share_of_bad(folder: OutputFolder, inputs: Sequence[Input], max_bad_frac: float) -> None:
    n_rows, n_bad = folder.counts.n_rows, folder.counts.n_bad
    if n_bad > max_bad_frac * n_rows:
        where = inputs[0].plan.source if len(inputs) == 1 else f"{len(inputs):,} inputs"
        raise DataError(
            f"{where}: at most {max_bad_frac:.2%} of the rows may be bad; {n_bad:,} of {n_rows:,} are. "
            f"{redact_credentials(str(folder.quarantine))} names each with its reason; the others are scored. "
            "Correct them, or raise max_bad_frac."
        )


def _summary(
    saved: ModelLocation | None, inputs: Sequence[Input], options: Options, counts: Counts, ignored: tuple[str, ...]
) -> dict[str, object]:
    """Return what ``_SUCCESS`` holds: nothing that restarts or workers could change."""
    # The digest of standard input is known only now that it was read to its end.
    stamps = [(one.plan.source, one.stamp) for one in inputs]
    return {
        **counts.to_json(),
        "ignored": list(ignored),
        "chunk_rows": options.chunk_rows,
        "inputs": {name: stamp.digest or stamp.source.digest() for name, stamp in stamps if stamp is not None},
        "model": None if saved is None else saved.pin,
    }
