"""The face of batch scoring: one table into one folder, or batches in and batches out."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa

from skdl.artefact import ModelSchema, describe_model, load_artefact
from skdl.exceptions import DataError, UsageError
from skdl.scoring._commit import Format, OutputFolder
from skdl.scoring._digest import InputMark
from skdl.scoring._part import Part, Predictor, score_piece
from skdl.scoring._plan import Plan, make_plan
from skdl.tables import Piece, Reading, Shape, TableStream, open_stream, shown_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from skdl.artefact import Key

__all__ = ["ScoreResult", "ScoredBatch", "score_batches", "score_table"]


@dataclass(frozen=True)
class ScoreResult:
    """What a finished run did.

    Attributes
    ----------
    out : pathlib.Path
        The output folder.
    parts : tuple of pathlib.Path
        Its parts, in input order.
    quarantine : pathlib.Path
        The bad rows; a table without rows where there are none.
    n_rows, n_scored, n_quarantined : int
        Rows read, and where they are: the last two add up to the first.
    unseen : dict of str to int
        Rows by column whose category the model had never seen; they are scored as its encoder has it.
    ignored : tuple of str
        Columns of the input that the model does not use and nobody kept.
    duration_s : float
        Seconds from the first row to the last file.
    """

    out: Path
    parts: tuple[Path, ...]
    quarantine: Path
    n_rows: int
    n_scored: int
    n_quarantined: int
    unseen: dict[str, int]
    ignored: tuple[str, ...]
    duration_s: float


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
    pin: str | None
    reading: Reading


def score_table(
    model: Any,
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    format: Format = "parquet",  # noqa: A002 - the command's own word
    proba: bool = False,
    keep: Sequence[str] = (),
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
    max_bad_frac: float = 0.0,
    chunk_rows: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> ScoreResult:
    r"""Score a table of any size into a folder; every row ends in the output or in quarantine.

    Parameters
    ----------
    model : path or fitted estimator
        A folder that `save_model` wrote, verified as `load_model` does; or an estimator, taken as it is.
    source : path
        A ``.csv``, ``.tsv`` (also ``.gz``, ``.bz2``) or ``.parquet``. Columns may stand in any order.
    out : path
        Folder for ``part-00000``, ..., ``quarantine`` and, last of all, ``_SUCCESS``: new, empty, or left by a run that
        did not finish, which is started over.
    format : {"parquet", "csv"}, default="parquet"
        Of the output.
    proba : bool, default=False
        Write ``proba_<class>`` too.
    keep : sequence of str, optional
        Input columns that pass into the output; those of a text file stay text, those that the model's pipeline file
        renames come out under their new names.
    sha256, public_key, trust_pickle, allow_other_versions
        As in `load_model`.
    max_bad_frac : float, default=0.0
        Share of rows that may be bad.
    chunk_rows : int, optional
        Rows a part; by default a power of two up to 65,536 that the table's width decides. Another one may change the
        last bits of predictions.
    progress : callable, optional
        Called with (rows done, rows in all or None) after each part.

    Returns
    -------
    ScoreResult
        Counts and places.

    Raises
    ------
    DataError
        Before any row is scored, if a column is missing or of a wrong type; at the end, if more rows were bad than
        ``max_bad_frac``: then all files are there but ``_SUCCESS``.
    TryAgainError
        If another run writes into the folder, or the input changed meanwhile.
    OutputError
        If the folder cannot be used or written.
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
    if not 0.0 <= max_bad_frac <= 1.0:
        raise UsageError(f"max_bad_frac: must be a share from 0 to 1; got {max_bad_frac!r}.")
    loaded = _load(
        model,
        sha256=sha256,
        public_key=public_key,
        trust_pickle=trust_pickle,
        allow_other_versions=allow_other_versions,
    )
    stream = open_stream(Path(source), loaded.reading)
    keep = [_shown_name(name, stream) for name in keep]
    plan = make_plan(
        loaded.schema,
        stream.types,
        source=str(source),
        keep=keep,
        proba=proba,
        reading=stream.reading,
        chunk_rows=chunk_rows,
    )
    return _run(loaded, plan, stream, OutputFolder(Path(out), format), max_bad_frac, progress)


def _shown_name(name: str, stream: TableStream) -> str:
    """Find the column that somebody means: by its name, by its old one, or by either with blanks around it."""
    rename = stream.reading.rename
    meant = (name, rename.get(name), name.strip(), rename.get(name.strip()))
    return next((one for one in meant if one is not None and one in stream.types), name.strip())


def _run(
    model: _Model,
    plan: Plan,
    stream: TableStream,
    folder: OutputFolder,
    max_bad_frac: float,
    progress: Callable[[int, int | None], None] | None,
) -> ScoreResult:
    began = time.monotonic()
    mark = InputMark.of(stream.path)
    n_rows, n_bad, unseen = 0, 0, Counter[str]()
    with folder:
        for number, part in enumerate(_parts(model, plan, stream)):
            folder.write_part(number, part.scored, part.quarantined)
            n_rows += part.n_rows
            n_bad += part.quarantined.num_rows
            unseen += part.unseen
            if progress is not None:
                progress(n_rows, stream.n_rows)
        folder.gather_quarantine()
        mark.check_unchanged()
        if n_bad > max_bad_frac * n_rows:
            raise DataError(
                f"{plan.source}: at most {max_bad_frac:.2%} of the rows may be bad; {n_bad:,} of {n_rows:,} are. "
                f"{folder.quarantine} names each with its reason; the others are scored beside it."
            )
        folder.succeed(
            {
                "rows": n_rows,
                "scored": n_rows - n_bad,
                "quarantined": n_bad,
                "unseen": dict(unseen),
                "ignored": list(plan.ignored),
                "chunk_rows": plan.chunk_rows,
                "inputs": {plan.source: mark.sha256},
                "model": model.pin,
            }
        )
    return ScoreResult(
        out=folder.quarantine.parent,
        parts=folder.parts,
        quarantine=folder.quarantine,
        n_rows=n_rows,
        n_scored=n_rows - n_bad,
        n_quarantined=n_bad,
        unseen=dict(unseen),
        ignored=plan.ignored,
        duration_s=time.monotonic() - began,
    )


def _parts(model: _Model, plan: Plan, stream: TableStream) -> Iterator[Part]:
    """Score piece after piece; an input without rows gives one part without rows."""
    empty = True
    for piece in stream.pieces(plan.chunk_rows, plan.columns):
        empty = False
        yield score_piece(model.predictor, plan, piece)
    if empty:
        rows = pa.schema([(name, stream.types[name]) for name in plan.columns]).empty_table()
        yield score_piece(model.predictor, plan, Piece(0, 0, rows, np.arange(0), ()))


def score_batches(
    model: Any,
    batches: Iterable[pa.RecordBatch],
    *,
    proba: bool = False,
    keep: Sequence[str] = (),
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
        All of one schema. The same rows in other batches may differ in the last bits of their predictions.
    proba, keep, sha256, public_key, trust_pickle, allow_other_versions
        As in `score_table`.

    Yields
    ------
    ScoredBatch
        One a batch, in order; ``_row`` counts on over the batches.

    Raises
    ------
    DataError
        With the first batch, if a column is missing or of a wrong type.

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
    loaded = _load(
        model,
        sha256=sha256,
        public_key=public_key,
        trust_pickle=trust_pickle,
        allow_other_versions=allow_other_versions,
    )
    plan: Plan | None = None
    start = 0
    for batch in batches:
        if plan is None:
            types = shown_types("batches", batch.schema, loaded.reading)
            plan = make_plan(loaded.schema, types, source="batches", keep=keep, proba=proba, reading=loaded.reading)
            shape = Shape.of(loaded.reading, plan.columns, batch.schema.names)
        stop = start + batch.num_rows
        rows = shape.shown(pa.Table.from_batches([batch]))
        part = score_piece(loaded.predictor, plan, Piece(start, stop, rows, np.arange(start, stop), ()))
        yield ScoredBatch(part.scored, part.quarantined)
        start = stop


def _load(
    model: Any, *, sha256: str | None, public_key: Key | None, trust_pickle: bool, allow_other_versions: bool
) -> _Model:
    if isinstance(model, str | os.PathLike):
        estimator, saved = load_artefact(
            model,
            sha256=sha256,
            public_key=public_key,
            trust_pickle=trust_pickle,
            allow_other_versions=allow_other_versions,
        )
        return _Model(Predictor(estimator), saved.manifest.schema, saved.sha256, saved.manifest.reading)
    for name, given in (("sha256", sha256), ("public_key", public_key)):
        if given is not None:
            raise UsageError(
                f"{name}: must be None for an estimator; it belongs to a saved model. Pass the folder's path."
            )
    return _Model(Predictor(model), describe_model(model)[0], None, Reading())
