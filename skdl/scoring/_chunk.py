"""One chunk: the rows of one part, from reading them to the bytes of the part's file, in this process or a worker."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from threadpoolctl import ThreadpoolController

from skdl._settings import default_settings
from skdl.saved_models import load_artefact
from skdl.scoring._counts import Counts
from skdl.scoring._plan import FILE
from skdl.scoring._rows import BadRow, ValidatedRows, quarantine_table, validate_rows
from skdl.tables import Span, cast_cells

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from typing import IO

    from numpy.typing import NDArray

    from skdl.scoring._counts import ColumnDrift
    from skdl.scoring._plan import Format, Plan
    from skdl.tables import Piece, TableStream

__all__ = [
    "Chunk",
    "ModelLocation",
    "Part",
    "Predictor",
    "score_chunk",
    "score_in_worker",
    "score_rows",
    "write_tables",
]


@dataclass(frozen=True)
class Chunk:
    """Rows that become one part."""

    number: int  # of the part
    plan: Plan
    share: float | None  # of all inputs that is read when these rows are; None where it is not known
    rows: Piece | Span  # the rows, or where to read them in the stream
    stream: TableStream | None = None


@dataclass(frozen=True)
class Part:
    """A part ready to be written: the bytes of its file, and its bad rows as an Arrow file where it has any."""

    number: int
    content: pa.Buffer
    quarantined: pa.Buffer | None
    counts: Counts
    share: float | None


@dataclass(frozen=True)
class ModelLocation:
    """Where workers find a saved model; each verifies it again, once."""

    path: str
    pin: str
    allow_other_versions: bool = False


def score_chunk(predictor: Predictor, chunk: Chunk) -> Part:
    """Read the rows where that was not done yet, score them, and return the bytes of the part."""
    piece = chunk.rows
    if isinstance(piece, Span):
        assert chunk.stream is not None
        piece = chunk.stream.piece(piece, chunk.plan.columns)
    rows = score_rows(predictor, chunk.plan, piece)
    # Built in memory, because the digest of the file goes into a record that is written before it.
    content = pa.BufferOutputStream()
    write_tables(content, rows.scored.schema, [rows.scored], chunk.plan.options.file_format)
    bad_rows = None
    if rows.quarantined.num_rows:
        # Arrow's own format keeps the types of the table; the file lasts only until all bad rows are gathered.
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.quarantined.schema) as writer:
            writer.write_table(rows.quarantined)
        bad_rows = sink.getvalue()
    n_bad = rows.quarantined.num_rows
    n_left_out = sum(row.is_no_row for row in piece.malformed)
    counts = Counts(rows.scored.num_rows + n_bad, n_bad, rows.unseen, rows.drift, n_left_out)
    return Part(chunk.number, content.getvalue(), bad_rows, counts, chunk.share)


def write_tables(file: IO[bytes], schema: pa.Schema, tables: Iterable[pa.Table], file_format: Format) -> None:
    """Write tables of one schema one after the other into one file."""
    open_writer = pa_csv.CSVWriter if file_format == "csv" else pa_parquet.ParquetWriter
    # Table by table from an iterable: the bad rows of all parts are never in memory at once.
    with open_writer(file, schema) as writer:
        for table in tables:
            writer.write_table(table)


_predictors: dict[ModelLocation, Predictor] = {}
_loading = threading.Lock()  # two threads of a Dask worker must not load the model twice


def score_in_worker(model: ModelLocation, chunk: Chunk) -> Part:
    """Score a chunk in another process, which loads and verifies the model at its first chunk."""
    with _loading:
        if model not in _predictors:
            _predictors.clear()  # workers of a cluster outlive runs, and would collect models
            # Verified against the pin again: the folder may have been replaced since the run began.
            allowed = model.allow_other_versions
            loaded, _ = load_artefact(model.path, sha256=model.pin, allow_other_versions=allowed)
            _predictors[model] = Predictor(loaded.pipeline_)  # rows are parsed before
        predictor = _predictors[model]
    return score_chunk(predictor, chunk)


@dataclass(frozen=True)
class ScoredChunk:
    """Rows of a chunk after scoring: each is in one of the two tables."""

    scored: pa.Table
    quarantined: pa.Table
    unseen: Counter[str]
    drift: dict[str, ColumnDrift]


_predicting = threading.Lock()  # the limit on threads holds for the whole process, not for one thread of it


class Predictor:
    """A model whose predictions are the same bits every time: one job, one BLAS thread.

    A forest sums its trees, and BLAS its products, in an order that depends on the number of threads.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._threads = ThreadpoolController()  # after the model is loaded: it limits the libraries that are there

    def predict(self, table: Any, plan: Plan) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return predictions, and probabilities where the plan needs them."""
        # The lock comes first, because warning filters and thread limits belong to the whole process, and a Dask worker
        # may run several threads. joblib is sequential: a forest that was saved with n_jobs=-1 would start threads in
        # every worker.
        with (
            _predicting,
            warnings.catch_warnings(),
            self._threads.limit(limits=1),
            joblib.parallel_config(backend="sequential"),
        ):
            warnings.filterwarnings("ignore", message="Found unknown categories")  # they are counted
            if plan.options.threshold is not None:
                # (n_rows, 2); the second column is that of the last class.
                probabilities = np.asarray(self._model.predict_proba(table))
                chosen = (probabilities[:, 1] >= plan.options.threshold).astype(np.intp)
                return np.asarray(plan.schema.classes)[chosen], probabilities
            predictions = np.asarray(self._model.predict(table))
            return predictions, np.asarray(self._model.predict_proba(table)) if plan.options.proba else None


@default_settings()
def score_rows(predictor: Predictor, plan: Plan, piece: Piece) -> ScoredChunk:
    """Score one chunk: each of its rows comes out scored or quarantined."""
    rows = validate_rows(piece, plan)
    columns, good, reasons = _predict(predictor, plan, rows)
    # Predictions have a value for every row of the input. `piece.rows` lacks the malformed ones, so a row number has to
    # be turned into a position there.
    numbers = np.flatnonzero(good) + piece.start
    positions = pa.array(np.flatnonzero(np.isin(piece.numbers, numbers)))
    before = [pa.array(numbers, pa.int64())]
    if plan.output.names[0] == FILE:
        before.insert(0, pa.array([plan.source] * len(numbers), pa.string()))
    kept = [
        cast_cells(piece.rows[name].combine_chunks().take(positions), plan.output.field(name).type)[0]
        for name in plan.options.keep
    ]
    outputs = [
        pa.array(values[good], field.type)
        for values, field in zip(columns, list(plan.output)[plan.n_before :], strict=True)
    ]
    refused = {piece.start + row: BadRow(piece.start + row, None, None, reason) for row, reason in reasons.items()}
    return ScoredChunk(
        pa.table([*before, *kept, *outputs], schema=plan.output),
        quarantine_table({**rows.bad, **refused}, plan.source),
        rows.unseen,
        rows.drift,
    )


def _predict(
    predictor: Predictor, plan: Plan, rows: ValidatedRows
) -> tuple[list[NDArray[Any]], NDArray[np.bool_], dict[int, str]]:
    """Predictions for a chunk, an array of a value a row for each output; the good rows; why others are refused."""
    n_outputs = len(plan.output) - plan.n_before
    nothing = [np.empty(len(rows.good), dtype=object)] * n_outputs
    good = rows.good.copy()
    if rows.table is None:
        return nothing, good, {}
    reasons: dict[int, str] = {}
    try:
        predictions, probabilities = predictor.predict(rows.table, plan)
    except MemoryError:
        # No fault of a row: smaller batches would fit, and good rows would end in quarantine.
        raise
    except Exception:  # noqa: BLE001 - a model may raise anything on some rows; the others are scored
        reasons = _refusals(predictor, plan, rows.table, np.flatnonzero(good))
        good[list(reasons)] = False
        if not good.any():
            return nothing, good, reasons
        # A good row in the place of each refused one: the batch keeps its size, on which the last bits may depend.
        origin = np.where(good, np.arange(len(good)), np.flatnonzero(good)[0])
        predictions, probabilities = predictor.predict(_take(rows.table, origin), plan)
    # One array a column: (n_rows,) -> (1, n_rows), and (n_rows, n_targets) -> (n_targets, n_rows).
    columns = [*np.atleast_2d(predictions.T), *(probabilities.T if probabilities is not None else [])]
    for values in columns:
        if values.dtype.kind == "f":
            odd = np.flatnonzero(good & ~np.isfinite(values))
            reasons.update(dict.fromkeys(odd.tolist(), "the model's answer is not a finite number"))
            good[odd] = False
    # With a threshold, probabilities are computed although they may not be written.
    return columns[:n_outputs], good, reasons


def _refusals(predictor: Predictor, plan: Plan, table: Any, positions: NDArray[np.intp]) -> dict[int, str]:
    """Bisect: find each row that the model raises on, with its reason."""
    try:
        # The predictions are dropped: in a smaller batch their last bits may differ. k bad rows of n take about k *
        # log2(n) calls.
        predictor.predict(_take(table, positions), plan)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        if len(positions) == 1:
            reason = (str(error) or repr(error)).splitlines()[0]
            return {int(positions[0]): f"the model refuses it: {reason}"}
        first, second = np.array_split(positions, 2)
        return _refusals(predictor, plan, table, first) | _refusals(predictor, plan, table, second)
    return {}


def _take(table: Any, positions: NDArray[np.intp]) -> Any:
    return table.iloc[positions] if hasattr(table, "iloc") else table[positions]
