"""The public functions of batch scoring: tables into one folder, or batches in and batches out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa

from skdl._arguments import check_path, is_number, is_whole, shown
from skdl._note import Note
from skdl._settings import default_settings
from skdl.exceptions import DataError, UsageError
from skdl.saved_models import load_artefact
from skdl.schema import ModelSchema, ModelWithSchema, describe_model
from skdl.scoring._chunk import ModelLocation, Predictor, score_rows
from skdl.scoring._inputs import find_inputs, open_inputs, stamp_input
from skdl.scoring._output_folder import OutputFolder, run_key
from skdl.scoring._plan import Format, Options, Plan, make_plan
from skdl.scoring._run import ScoreProgress, ScoreResult, run
from skdl.scoring._store import find_store
from skdl.tables import ColumnMap, Piece, Reading, column_types
from skdl.workers import Executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from skdl.saved_models import Key

__all__ = ["ScoredBatch", "score_batches", "score_table"]


@dataclass(frozen=True)
class ScoredBatch:
    """One batch's rows: each is in one of the two tables.

    Attributes
    ----------
    scored : pyarrow.Table
        Columns ``_row``, the kept ones, ``prediction`` and ``proba_<class>``.
    quarantined : pyarrow.Table
        Columns ``file`` (always ``"batches"``), ``_row``, ``column``, ``value``, ``reason``.
    """

    scored: pa.Table
    quarantined: pa.Table


@dataclass(frozen=True)
class _Model:
    predictor: Predictor
    schema: ModelSchema
    location: ModelLocation | None
    reading: Reading


@default_settings()
def score_table(
    model: Any,
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    format: Format = "parquet",  # noqa: A002 - named as the option of the command
    proba: bool = False,
    threshold: float | None = None,
    keep: str | Sequence[str] | None = (),
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
    max_bad_frac: float = 0.0,
    max_drift: float | None = None,
    chunk_rows: int | None = None,
    input_format: str = "csv",
    n_jobs: int | None = 1,
    dask: str | None = None,
    progress: Callable[[ScoreProgress], None] | None = None,
) -> ScoreResult:
    r"""Score tables of any size into a folder; every row ends in the output or in quarantine.

    A run that was killed is resumed by the same call (model, inputs and options) and ends with the same bytes. A
    finished one is left as it is.

    Parameters
    ----------
    model : path or fitted estimator
        A folder that `save_model` wrote, verified as `load_model` does; or an estimator, taken as it is.
    source : path, or sequence of them
        A ``.csv``, ``.tsv`` (also ``.gz``, ``.bz2``, ``.xz``) or ``.parquet``; a pattern or a folder of such files; an
        address that fsspec knows, such as ``s3://bucket/t.parquet``; ``"-"`` for standard input. Columns may be in
        any order. Several are scored in this order, and a column ``_file`` names the input of each row.
    out : path
        Folder for ``part-00000``, ..., ``quarantine`` and, last of all, ``_SUCCESS``: new, empty, or left by a run that
        did not finish. A run of another model, other inputs or other options in it starts over. An address that fsspec
        knows is possible too, such as ``s3://bucket/scores``.
    format : {"parquet", "csv"}, default="parquet"
        Format of the output.
    proba : bool, default=False
        Write ``proba_<class>`` too.
    threshold : float, optional
        For two classes: predict the last one where its probability is at least this.
    keep : str or sequence of str, optional
        Input columns that pass into the output; those of a text file stay text, those that the model's pipeline file
        renames have their new names.
    sha256, public_key, trust_pickle, allow_other_versions
        As in `load_model`.
    max_bad_frac : float, default=0.0
        Share of rows that may be bad.
    max_drift : float, optional
        Share of a column's values that may drift from training: be outside its range, of a category that it did not
        have, or missing beyond its share of missing values. By default there is no limit.
    chunk_rows : int, optional
        Rows of a part; by default a power of two up to 65,536, by the table's width. Another number may change the last
        bits of predictions.
    input_format : str, default="csv"
        Of standard input: ``csv`` or ``tsv``, also with ``.gz``, ``.bz2`` or ``.xz``.
    n_jobs : int, default=1
        Processes; -1 is all cores. The output is the same to the last byte. For saved models only.
    dask : str, optional
        Address of a Dask scheduler, or ``"local:4"`` for four workers here. Workers read the inputs, and the model,
        under the paths that they have here. For saved models only.
    progress : callable, optional
        Called with a `ScoreProgress` after each part.

    Returns
    -------
    ScoreResult
        Counts and paths.

    Raises
    ------
    DataError
        Before any row is scored, if a column is missing or of a wrong type; at the end, if more rows were bad than
        ``max_bad_frac``, or a column drifts by more than ``max_drift``: then all files are there but ``_SUCCESS``.
    TryAgainError
        If another run writes into the folder, an input changed meanwhile, or the same rows ended their worker at each
        try.
    OutputError
        If the folder cannot be used or written.
    MissingExtraError
        For an address without fsspec, or ``dask`` without Dask.
    NotTrustedError, ModelFileError
        As `load_model`.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl import score_table
    >>> model = LinearRegression().fit(pd.DataFrame({"a": [0.0, 1.0]}), [0.0, 2.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "new.csv").write_text("id,a\nx,3\ny,four\n")
    ...     result = score_table(model, f"{folder}/new.csv", f"{folder}/out", keep=["id"], max_bad_frac=0.5)
    ...     scored, bad = pd.read_parquet(result.parts[0]), pd.read_parquet(result.quarantine)
    >>> scored
       _row id  prediction
    0     0  x         6.0
    >>> bad[["_row", "column", "value", "reason"]]
       _row column value            reason
    0     1      a  four  must be a number
    """
    if format not in get_args(Format):
        raise UsageError(f"format: must be 'parquet' or 'csv'; got {format!r}.")
    if not is_number(max_bad_frac, 0.0, 1.0):
        text = "max_bad_frac: must be a share from 0 to 1; got {given!r}."
        raise UsageError.of("max_bad_frac_range", text, given=max_bad_frac)
    if max_drift is not None and not is_number(max_drift, 0.0, 1.0):
        text = "max_drift: must be a share from 0 to 1; got {given!r}."
        raise UsageError.of("max_drift_range", text, given=max_drift)
    check_path("out:", out)
    if progress is not None and not callable(progress):
        raise UsageError(f"progress: must be a function; got {shown(progress)}.")
    if not os.fspath(out):
        raise UsageError(Note("no_out", "out: must name a folder; got ''."))
    # Arguments and addresses are checked before the model is loaded, which may take long.
    store = find_store(os.fspath(out))
    if dask is not None and not isinstance(dask, str):
        raise UsageError(f"dask: must be the address of a scheduler; got {shown(dask)}.")
    n_jobs = 1 if n_jobs is None else n_jobs
    if not is_whole(n_jobs) or (n_jobs != -1 and n_jobs < 1) or (dask is not None and n_jobs != 1):
        text = "n_jobs: must be 1 or more, or -1 for all cores, and 1 with dask; got {given!r}."
        raise UsageError.of("score_jobs", text, given=n_jobs)
    sources = find_inputs(_names(source), input_format=input_format)
    loaded = _load(model, sha256, public_key, trust_pickle, allow_other_versions)
    if loaded.location is None and (n_jobs != 1 or dask is not None):
        raise UsageError("model: must be a saved model for other processes to load. Save it with save_model.")
    options = Options(proba, _kept(keep), threshold, chunk_rows, format)
    inputs = open_inputs(sources, loaded.schema, loaded.reading, options)
    # All inputs are open and checked by now: a missing column fails before any input is digested.
    inputs = [stamp_input(one, cut=dask is not None) for one in inputs]
    folder = OutputFolder(store, format, run_key(loaded.location.pin if loaded.location else None, inputs))
    executor = Executor(n_jobs, dask)
    return run(
        loaded.predictor,
        loaded.location,
        executor,
        inputs,
        folder,
        max_bad_frac=max_bad_frac,
        max_drift=max_drift,
        progress=progress,
    )


def score_batches(
    model: Any,
    batches: Iterable[pa.RecordBatch],
    *,
    proba: bool = False,
    threshold: float | None = None,
    keep: str | Sequence[str] | None = (),
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
) -> Iterator[ScoredBatch]:
    """Score record batches one by one, for jobs that bring their own input and output.

    Parameters
    ----------
    model : path or fitted estimator
        As in `score_table`.
    batches : iterable of pyarrow.RecordBatch
        All of one schema; one batch alone and a ``pyarrow.Table`` are possible too. The same rows in other batches may
        differ in the last bits of their predictions.
    proba, threshold, keep, sha256, public_key, trust_pickle, allow_other_versions
        As in `score_table`.

    Yields
    ------
    ScoredBatch
        One a batch, in order; ``_row`` counts on over the batches.

    Raises
    ------
    DataError
        With the first batch, if a column is missing or of a wrong type; with a later one that has other columns.
    UsageError
        If a batch is not a record batch.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl import score_batches
    >>> model = LinearRegression().fit(pd.DataFrame({"a": [0.0, 1.0]}), [0.0, 2.0])
    >>> batches = [pa.record_batch({"a": [3.0, None]}), pa.record_batch({"a": [4.0]})]
    >>> [batch.scored["_row"].to_pylist() for batch in score_batches(model, batches)]
    [[0], [2]]
    """
    loaded = _load(model, sha256, public_key, trust_pickle, allow_other_versions)
    reading = replace(loaded.reading, separator=None)  # bytes in a batch are no text of a file
    plan: Plan | None = None
    start = 0
    for batch in _batches(batches):
        if not isinstance(batch, pa.RecordBatch):
            raise UsageError(
                f"batches: each must be a pyarrow.RecordBatch; got {type(batch).__name__!r}. "
                "Table.to_batches and pyarrow.RecordBatch.from_pandas make them."
            )
        if plan is None:
            types = column_types("batches", batch.schema, reading)
            options = Options(proba, _kept(keep), threshold)
            plan = make_plan(loaded.schema, types, "batches", reading, options)
            column_map, schema = ColumnMap(reading, plan.columns, batch.schema.names), batch.schema
        if batch.schema != schema:
            raise DataError(
                f"batches: each must have the columns and types of the first; the one at row {start:,} has others. "
                "Call score_batches once for each schema."
            )
        stop = start + batch.num_rows
        rows = column_map.apply(pa.Table.from_batches([batch]))
        part = score_rows(loaded.predictor, plan, Piece(start, stop, rows, np.arange(start, stop), ()))
        yield ScoredBatch(part.scored, part.quarantined)
        # Row numbers count on over the batches, as over the chunks of one table.
        start = stop


def _names(source: Any) -> list[str | os.PathLike[str]]:
    names = [source] if isinstance(source, str | os.PathLike) or not np.iterable(source) else list(source)
    for name in names:
        if not isinstance(name, str | os.PathLike) or hasattr(source, "columns"):
            raise UsageError(
                f"source: must be a path or several; got {type(source).__name__!r}. score_batches takes rows."
            )
    return names


def _batches(batches: Any) -> Iterable[Any]:
    if isinstance(batches, pa.Table):
        return batches.to_batches()  # type: ignore[no-any-return]
    if isinstance(batches, pa.RecordBatch):
        return [batches]
    if not isinstance(batches, Iterable) or hasattr(batches, "columns"):
        raise UsageError(
            f"batches: must be record batches of pyarrow; got {shown(batches)}. "
            "Table.to_batches and pyarrow.RecordBatch.from_pandas make them."
        )
    return batches


def _kept(keep: str | Sequence[str] | None) -> tuple[str, ...]:
    names: Any = (keep,) if isinstance(keep, str) else () if keep is None else keep
    columns: tuple[Any, ...] = tuple(names) if isinstance(names, Iterable) else (names,)
    wrong = [name for name in columns if not isinstance(name, str)]
    if wrong:
        raise UsageError(f"keep: must be names of columns; got {shown(wrong[0])}.")
    return columns


def _load(
    model: Any, sha256: str | None, public_key: Key | None, trust_pickle: bool, allow_other_versions: bool
) -> _Model:
    if isinstance(model, str | os.PathLike):
        loaded, saved = load_artefact(
            model,
            sha256=sha256,
            public_key=public_key,
            trust_pickle=trust_pickle,
            allow_other_versions=allow_other_versions,
        )
        location = ModelLocation(str(Path(model).resolve()), saved.sha256, allow_other_versions)
        return _Model(Predictor(loaded.pipeline_), saved.manifest.schema, location, saved.manifest.reading)
    for name, given in (("sha256", sha256), ("public_key", public_key)):
        if given is not None:
            raise UsageError(
                f"{name}: must be None for an estimator; it belongs to a saved model. Pass the folder's path."
            )
    if isinstance(model, ModelWithSchema):
        return _Model(Predictor(model.pipeline_), model.schema_, None, model.reading_)
    return _Model(Predictor(model), describe_model(model)[0], None, Reading())
