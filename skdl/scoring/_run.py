"""One run: chunks in input order, scored where the executor says, committed as they come."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from skdl._note import Note
from skdl.exceptions import DataError, TryAgainError
from skdl.scoring._chunk import Chunk, ModelLocation, Part, score_chunk, score_in_worker
from skdl.tables import LocalFile, Piece, redact_credentials
from skdl.workers import Executor, Work, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from skdl.scoring._chunk import Predictor
    from skdl.scoring._counts import ColumnDrift
    from skdl.scoring._inputs import Input
    from skdl.scoring._output_folder import OutputFolder, Start
    from skdl.tables import Span

__all__ = ["ScoreProgress", "ScoreResult", "run"]


_DRIFTED_SHOWN = 5  # columns in a message


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
    n_left_out : int
        Those in quarantine that are no rows of the table: lines that repeat the column names, a total, and up to ten
        lines below the last row with fewer fields. Training leaves them out too, and they do not count as bad.
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
    n_left_out: int
    unseen: dict[str, int]
    drift: dict[str, ColumnDrift]
    ignored: tuple[str, ...]
    start: Start
    n_resumed: int
    duration_s: float


def run(
    model: Predictor,
    saved: ModelLocation | None,
    executor: Executor,
    inputs: Sequence[Input],
    folder: OutputFolder,
    *,
    max_bad_frac: float,
    max_drift: float | None,
    progress: Callable[[ScoreProgress], None] | None,
) -> ScoreResult:
    """Score the chunks of the inputs that the folder does not have yet."""
    began = time.monotonic()
    ignored = tuple(dict.fromkeys(name for one in inputs for name in one.plan.ignored))
    with folder:
        n_resumed = folder.counts.n_rows
        if folder.start != "done":
            try:
                _score_missing(model, saved, executor, inputs, folder, progress)
            except DataError:
                _check_unchanged(inputs)  # one that changed meanwhile may look damaged
                raise
            # Before the limits are checked: a run with too many bad rows ends with an error, but its quarantine says
            # why.
            folder.gather_quarantine()
            _check_unchanged(inputs)
        _check_share_of_bad(folder, inputs, max_bad_frac)
        if max_drift is not None:
            _check_drift(folder, inputs, max_drift)
        # Last, so that a reader of ``_SUCCESS`` finds every file complete. It holds nothing that restarts or workers
        # could change.
        if folder.start != "done":
            folder.succeed(
                {
                    **folder.counts.to_json(),
                    "ignored": list(ignored),
                    "chunk_rows": inputs[0].plan.chunk_rows,
                    # The digest of standard input is known only now that it was read to its end.
                    "inputs": {one.plan.source: one.digest or one.stream.source.digest() for one in inputs},
                    "model": None if saved is None else saved.pin,
                }
            )
    counts = folder.counts
    return ScoreResult(
        out=folder.out,
        parts=folder.parts,
        quarantine=folder.quarantine,
        n_rows=counts.n_rows,
        n_scored=counts.n_rows - counts.n_bad,
        n_quarantined=counts.n_bad,
        n_left_out=counts.n_left_out,
        unseen=dict(counts.unseen),
        drift=counts.drift,
        ignored=ignored,
        start=folder.start,
        n_resumed=n_resumed,
        duration_s=time.monotonic() - began,
    )


def _score_missing(
    model: Predictor,
    saved: ModelLocation | None,
    executor: Executor,
    inputs: Sequence[Input],
    folder: OutputFolder,
    progress: Callable[[ScoreProgress], None] | None,
) -> None:
    """Score the chunks that are not done yet, write parts as they come, and report progress.

    A resumed run keeps a part if the input has the digest that it had at first. So the stamp is compared once more
    before a part is written: its rows may be those of an input that has changed since.
    """
    n_resumed, share = folder.counts.n_rows, 0.0
    begun: dict[int, Input] = {}
    # Closing ends the workers at once where a part cannot be written.
    with closing(_parts(model, saved, executor, _chunks(inputs, folder, begun))) as parts:
        for part in parts:
            begun.pop(part.number).check_unchanged()
            folder.write_part(part)
            share = max(share, part.share or 0.0)  # parts may come in another order than rows
            if progress is not None:
                progress(ScoreProgress(folder.counts.n_rows, n_resumed, share or None))


def _parts(
    model: Predictor, saved: ModelLocation | None, executor: Executor, chunks: Iterator[Chunk]
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
        yield from (score_chunk(model, chunk) for chunk in chunks)
        return
    work = Work(
        score_in_worker,
        saved,
        name="score",
        queue_depth=2,  # the next rows are there when a worker is free; more would take memory
        threads_per_worker=1,  # the same bits whatever the number of cores
    )
    # Chunks are drawn lazily, also through groupby: only as many are in memory as the engine has queued.
    with open_engine(work, executor) as run_in_workers:
        for is_here, group in groupby(
            chunks, lambda chunk: executor.dask is not None and isinstance(chunk.rows, Piece)
        ):
            if is_here:
                yield from (score_chunk(model, chunk) for chunk in group)
                continue
            for outcome in run_in_workers(group):
                if outcome.result is None:
                    source, rows = outcome.task.plan.source, outcome.task.rows
                    text = (
                        "{where}: rows {start:,} to {stop:,} ended their worker process at each try; perhaps the "
                        "memory did not suffice. Run again with fewer jobs or more memory: finished parts are kept."
                    )
                    note = Note.of("worker_ended", text, where=source, start=rows.start, stop=rows.stop)
                    raise TryAgainError(note)
                yield outcome.result


def _check_unchanged(inputs: Sequence[Input]) -> None:
    for one in inputs:
        one.check_unchanged()


def _chunks(inputs: Sequence[Input], folder: OutputFolder, begun: dict[int, Input]) -> Iterator[Chunk]:
    """Yield the chunks that are not done yet, numbered over all inputs; ``begun`` gets the input of each."""
    sizes = [one.stream.source.size() for one in inputs]
    total = 0 if None in sizes else sum(size for size in sizes if size is not None)
    number, n_bytes_before = 0, 0
    for one, size in zip(inputs, sizes, strict=True):
        stream = None if one.spans is None else one.stream
        if stream is not None and isinstance(stream.source, LocalFile):
            # Workers of a cluster have other working directories.
            stream = replace(stream, source=LocalFile(stream.source.path.absolute()))
        for rows, share in _rows_of(one):
            # Parts that are done count in the numbering too: a number means the same rows in every run.
            if not folder.is_done(number):
                begun[number] = one
                n_bytes = None if share is None else n_bytes_before + share * (size or 0)
                yield Chunk(number, one.plan, n_bytes / total if total and n_bytes is not None else None, rows, stream)
            number += 1
        n_bytes_before += size or 0


def _rows_of(one: Input) -> Iterator[tuple[Piece | Span, float | None]]:
    """Yield the rows of each chunk, or where they are, and the share of the input that is read by then."""
    is_empty = True
    if one.spans is not None:
        for span in one.spans:
            is_empty = False
            yield span, span.stop / one.spans[-1].stop
    else:
        for piece in one.stream.pieces(one.plan.chunk_rows, one.plan.columns):
            is_empty = False
            yield piece, piece.share
    # A part without rows gives readers the columns of the output.
    if is_empty:
        rows = pa.schema([(name, one.stream.types[name]) for name in one.plan.columns]).empty_table()
        yield Piece(0, 0, rows, np.arange(0), ()), 1.0


def _check_share_of_bad(folder: OutputFolder, inputs: Sequence[Input], max_bad_frac: float) -> None:
    counts = folder.counts
    n_rows, n_bad = counts.n_rows - counts.n_left_out, counts.n_bad - counts.n_left_out
    if n_bad > max_bad_frac * n_rows:
        where, quarantine = _name(inputs), redact_credentials(str(folder.quarantine))
        row = folder.first_bad_row()
        first: Note | str = ""
        if row is not None and row["column"] is not None:
            text = f" The first, _row {row['_row']:,}: column {row['column']!r} {row['reason']}; got {row['value']!r}."
            first = Note("first_bad_row", text, {"row": row["_row"], "column": row["column"], "value": row["value"]})
        text = (
            f"{where}: at most {max_bad_frac:.2%} of the rows may be bad; {n_bad:,} of {n_rows:,} are.{first} "
            f"{quarantine} names each with its reason; the others are scored. Correct them, or raise max_bad_frac "
            "(--max-bad-frac)."
        )
        shares = {"most": f"{max_bad_frac:.2%}", "n": n_bad, "n_rows": n_rows, "first": first}
        raise DataError(Note("bad_rows", text, {"where": where, "quarantine": quarantine, **shares}))


def _check_drift(folder: OutputFolder, inputs: Sequence[Input], max_drift: float) -> None:
    drifted = {name: drift for name, drift in folder.counts.drift.items() if drift.excess > max_drift}
    if drifted:
        strongest = sorted(drifted, key=lambda name: -drifted[name].excess)
        shown = [
            Note.of("drifted", "{name!r}: {excess}", name=name, excess=drifted[name].describe_excess())
            for name in strongest[:_DRIFTED_SHOWN]
        ]
        if len(drifted) > len(shown):
            shown.append(Note.of("more_drifted", "and {n} more columns", n=len(drifted) - len(shown)))
        where = _name(inputs)
        text = (
            f"{where}: at most {max_drift:.2%} of a column's values may drift from training; "
            f"{'; '.join(map(str, shown))}. Compare units and spelling with the training table, or raise max_drift "
            "(--max-drift)."
        )
        raise DataError(Note("drift", text, {"where": where, "most": f"{max_drift:.2%}", "columns": shown}))


def _name(inputs: Sequence[Input]) -> Note | str:
    return inputs[0].plan.source if len(inputs) == 1 else Note.of("n_inputs", "{n:,} inputs", n=len(inputs))
