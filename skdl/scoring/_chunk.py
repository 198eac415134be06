"""One chunk from its rows to the bytes of its part, wherever that is done."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from skdl.saved_models import load_artefact
from skdl.scoring._part import Predictor, score_piece
from skdl.scoring._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from skdl.scoring._plan import Plan
    from skdl.tables import Piece, Span, TableStream

__all__ = ["Chunk", "Finished", "Format", "ModelAt", "finish", "finish_elsewhere", "write_tables"]

Format = Literal["parquet", "csv"]


@dataclass(frozen=True)
class Chunk:
    """Rows that become one part.

    Attributes
    ----------
    number : int
        Of the part.
    plan : Plan
        How they are scored.
    share : float, optional
        Share of all inputs that is read when these rows are.
    piece : Piece, optional
        The rows, where they were read already.
    stream, span : TableStream and Span, optional
        Where to read them otherwise.
    """

    number: int
    plan: Plan
    share: float | None
    piece: Piece | None = None
    stream: TableStream | None = None
    span: Span | None = None

    @property
    def rows(self) -> tuple[int, int]:
        """The rows that it holds, as numbers of its input."""
        place = self.piece or self.span
        assert place is not None
        return place.start, place.stop


@dataclass(frozen=True)
class Finished:
    """A part ready to be written.

    Attributes
    ----------
    number : int
        Of the part.
    content : bytes
        The part's file.
    quarantined : bytes, optional
        Its bad rows as an Arrow file; None where there are none.
    tally : Tally
        Its counts.
    share : float, optional
        As in its chunk.
    """

    number: int
    content: pa.Buffer
    quarantined: pa.Buffer | None
    tally: Tally
    share: float | None


@dataclass(frozen=True)
class ModelAt:
    """A saved model as other processes find it: verified there again, once a process."""

    path: str
    pin: str
    allow_other_versions: bool = False


def finish(predictor: Predictor, chunk: Chunk, file_format: Format) -> Finished:
    """Read what is not read yet, score it and write it as its file will be."""
    piece = chunk.piece
    if piece is None:
        assert chunk.stream is not None
        assert chunk.span is not None
        piece = chunk.stream.piece(chunk.span, chunk.plan.columns)
    part = score_piece(predictor, chunk.plan, piece)
    content = pa.BufferOutputStream()
    write_tables(content, part.scored.schema, [part.scored], file_format)
    shard = None
    if part.quarantined.num_rows:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, part.quarantined.schema) as writer:
            writer.write_table(part.quarantined)
        shard = sink.getvalue()
    return Finished(chunk.number, content.getvalue(), shard, Tally.of(part), chunk.share)


def write_tables(file: IO[bytes], schema: pa.Schema, tables: Iterable[pa.Table], file_format: Format) -> None:
    """Write tables of one schema one after the other into one file."""
    if file_format == "csv":
        with pa_csv.CSVWriter(file, schema) as writer:
            for table in tables:
                writer.write_table(table)
    else:
        with pa_parquet.ParquetWriter(file, schema) as writer:
            for table in tables:
                writer.write_table(table)


_predictors: dict[ModelAt, Predictor] = {}
_loading = threading.Lock()


def finish_elsewhere(saved: tuple[ModelAt, Format], chunk: Chunk) -> Finished:
    """Finish a chunk in another process, which loads and verifies the model when it first meets it."""
    model, file_format = saved
    with _loading:
        if model not in _predictors:
            _predictors.clear()  # a worker that lives long does not gather models
            allowed = model.allow_other_versions
            _predictors[model] = Predictor(load_artefact(model.path, sha256=model.pin, allow_other_versions=allowed)[0])
        predictor = _predictors[model]
    return finish(predictor, chunk, file_format)
