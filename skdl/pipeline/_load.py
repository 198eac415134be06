"""From the ``data`` section to features and target, with a note on everything that was decided on the way."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.pipeline._columns import column_faults, declared_kinds, kind_faults, listed_names
from skdl.pipeline._faults import Fault, KeyPath, raise_faults
from skdl.pipeline._fold_spec import plan_folds
from skdl.pipeline._remarks import remarks_on_models
from skdl.pipeline._target import check_folds, check_target, infer_task, plain_target
from skdl.tables import ColumnKinds, column_kinds, is_local, parse_datetimes, plain_columns, read_table

if TYPE_CHECKING:
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import PipelineSpec

__all__ = ["LoadedTable", "load_table"]

_MOST_FOLDS = 100


@dataclass(frozen=True)
class LoadedTable:
    """A table made ready for models.

    Attributes
    ----------
    X : pandas.DataFrame of shape (n_samples, n_features)
        What models are shown: numbers, and categories as text.
    y : pandas.Series or pandas.DataFrame
        The target, without missing values; a frame where it is several columns.
    groups, time, folds : pandas.Series or None
        The columns of those names in the file. With ``time`` the rows stand in its order.
    plan : FoldPlan
        How the rows are split.
    kinds : ColumnKinds
        Which features are numbers and which are categories, for all models but those with recipes of their own; and
        the columns that were left out, with the reason.
    notes : list of Note
        What was decided on the way: rows and columns left out, the task inferred.
    data_hash : str
        SHA-256 over names, types and values of features and target.
    source : str
        What the table was read from, for people.
    """

    X: pd.DataFrame
    y: pd.Series | pd.DataFrame
    groups: pd.Series | None
    time: pd.Series | None
    folds: pd.Series | None
    plan: FoldPlan
    kinds: ColumnKinds
    notes: list[Note]
    data_hash: str
    source: str


def load_table(spec: PipelineSpec) -> LoadedTable:
    """Read the table of a pipeline and make it ready for models.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.

    Returns
    -------
    LoadedTable
        Features, target, and what was decided on the way.

    Raises
    ------
    DataError
        If the table cannot be read or does not carry the comparison that was asked for.
    PipelineFileError
        If the file names a column that the table does not have.
    """
    data = spec.data
    try:
        frame = read_table(
            data.source,
            data.reading(),
            check_names=lambda names: raise_faults(column_faults(spec, names), spec.origin.places),
        )
    except DataError as error:
        raise _placed(error, spec) from error.__cause__
    notes: list[Note] = []
    if "encoding" in frame.attrs:
        encoding = frame.attrs["encoding"]
        said = f"read as {encoding}, for it is not UTF-8; data.encoding can say otherwise"
        notes.append(Note("encoding", said, {"encoding": encoding}))
    frame = _rows_to_use(frame, spec, notes)
    time = None if data.time is None else _time_column(frame[data.time], data.time)
    if time is not None:
        order = time.argsort(kind="stable")
        frame, time = frame.iloc[order].reset_index(drop=True), time.iloc[order].reset_index(drop=True)
        said = f"rows stand in the order of {data.time!r}, which is shown to no model"
        notes.append(Note("in_time", said, {"column": repr(data.time)}))
    groups = None if data.groups is None else _group_column(frame[data.groups], data.groups)
    folds = None if data.folds is None else _fold_column(frame[data.folds], spec)
    y = _target_of(frame, spec, notes)
    X, kinds = _features_of(frame, spec, notes)
    check_target(spec, y)
    plan = plan_folds(spec, y, groups=groups, folds=folds)
    check_folds(spec, plan, y, groups=groups, time=time, folds=folds)
    notes.extend(remarks_on_models(spec, plan, y))
    digest = _hash(X, y)
    if spec.origin.locked is not None:
        spec.origin.locked.check_data(_shown(data.source), digest)
        notes.extend(spec.origin.locked.notes())
    return LoadedTable(X, y, groups, time, folds, plan, kinds, notes, digest, _shown(data.source))


def _placed(error: DataError, spec: PipelineSpec) -> DataError:
    """Say where the file declares what a column does not hold."""
    data, name = spec.data, error.args[0].removeprefix("column '").partition("':")[0]
    for key, names in (("dtypes", data.dtypes), ("dates", data.dates), ("numeric", data.numeric)):
        if error.args[0].startswith("column '") and name in names and spec.origin.places.keys:
            path: KeyPath = ("data", key, name) if key != "numeric" else ("data", key)
            place = spec.origin.places.of(path, at_key=True)
            return DataError(f"{place}: {'.'.join(map(str, path))}: {_shown(data.source)}: {error}")
    return error


def _rows_to_use(frame: pd.DataFrame, spec: PipelineSpec, notes: list[Note]) -> pd.DataFrame:
    """Leave out the rows without a target, and draw the sample."""
    whole = frame[list(spec.data.target)].notna().all(axis=1)
    n_missing = int((~whole).sum())
    if n_missing == len(frame):
        raise DataError(
            f"{spec.data.source}: the target {listed_names(spec.data.target)} has no value in any row. "
            "Choose another target."
        )
    if n_missing:
        said = f"{n_missing:,} of {len(frame):,} rows have no target and were left out"
        notes.append(Note("no_target", said, {"n": n_missing, "n_rows": len(frame)}))
        frame = frame[whole].reset_index(drop=True)
    sample = spec.data.sample
    if sample is not None and sample < len(frame):
        said = f"{sample:,} of {len(frame):,} rows were drawn at random (data.sample)"
        notes.append(Note("sample", said, {"n": sample, "n_rows": len(frame)}))
        chosen = np.random.default_rng(spec.compare.cv.seed).choice(len(frame), size=sample, replace=False)
        frame = frame.iloc[np.sort(chosen)].reset_index(drop=True)
    return frame


def _time_column(column: pd.Series, name: str) -> pd.Series:
    if not is_numeric_dtype(column.dtype):
        column = parse_datetimes(column, name)
    _check_whole(column, name, "data.time")
    return column


def _group_column(column: pd.Series, name: str) -> pd.Series:
    _check_whole(column, name, "data.groups")
    return column


def _fold_column(column: pd.Series, spec: PipelineSpec) -> pd.Series:
    """Give the column with a value for each fold; text beside numbers, as of several files, is all text."""
    name, n_distinct = spec.data.folds, column.nunique()
    problem = None
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        problem = (
            f"must have a value in every row; row {row + 1} of {name!r} has none. Fill it, or leave such rows out."
        )
    elif n_distinct == 1:
        problem = f"must have two values or more; every row of {name!r} holds {column.tolist()[0]!r}."
    elif n_distinct > _MOST_FOLDS:
        problem = (
            f"must have {_MOST_FOLDS} different values at most; {name!r} has {n_distinct:,}. "
            "Is it a column of groups? Say data.groups then."
        )
    raise_faults([Fault(("data", "folds"), problem)] if problem else [], spec.origin.places)
    return column.map(str) if len(set(map(type, column.unique().tolist()))) > 1 else column


def _check_whole(column: pd.Series, name: str, key: str) -> None:
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise DataError(
            f"column {name!r}: {key} must have a value in every row; row {row + 1} has none. "
            "Fill it, or leave such rows out."
        )


def _target_of(frame: pd.DataFrame, spec: PipelineSpec, notes: list[Note]) -> pd.Series | pd.DataFrame:
    names = spec.data.target
    if len(names) > 1:
        if spec.task == "classification":
            fault = Fault(
                ("data", "target"), "several target columns are for regression. Name one column for classification."
            )
            raise_faults([fault], spec.origin.places)
        return pd.DataFrame({name: plain_target(frame[name], name, "regression") for name in names})
    name = names[0]
    task = spec.task or infer_task(frame[name])
    y = plain_target(frame[name], name, task)
    if spec.task is None:
        notes.append(_note_on_task(task, y, name))
    return y


def _note_on_task(task: str, y: pd.Series, name: str) -> Note:
    kind = "O" if y.dtype == object else y.dtype.kind
    held = {"O": "text", "i": "whole numbers", "u": "whole numbers", "f": "numbers"}.get(kind, "booleans")
    return Note(
        "task",
        f"task: {task}, inferred from {y.nunique():,} different values ({held}) of {name!r}",
        {"task": task, "n_distinct": int(y.nunique()), "held": held, "column": repr(name)},
    )


def _features_of(frame: pd.DataFrame, spec: PipelineSpec, notes: list[Note]) -> tuple[pd.DataFrame, ColumnKinds]:
    """Leave out what no model is shown, and put the rest into plain types."""
    data = spec.data
    features = frame[[name for name in frame.columns if name not in data.hidden]]
    numeric, categorical = declared_kinds(list(features.columns), data, spec.preprocess)
    kinds = column_kinds(features, numeric=numeric, categorical=categorical)
    raise_faults(kind_faults(spec, features, kinds), spec.origin.places)
    if not kinds.used:
        reasons = "; ".join(f"{name!r} {reason}" for name, reason in kinds.left_out.items())
        raise DataError(
            f"{data.source}: no column is left to learn from{': ' + reasons if reasons else ''}. "
            "Name fewer in data.drop."
        )
    notes.extend(_notes_on(kinds))
    try:
        X = plain_columns(features, kinds)
    except DataError as error:
        raise _placed(error, spec) from error.__cause__
    parts = {part for added in data.reading().new_names().values() for part in added}
    notes.extend(
        Note(
            "counts_rows",
            f"{name!r} counts the rows; if it is an identifier, name it in data.drop",
            {"column": repr(name)},
        )
        for name in X.columns
        if _counts_rows(X[name]) and name not in parts
    )
    return X, kinds


def _notes_on(kinds: ColumnKinds) -> list[Note]:
    """Say which columns were left out, one note a reason."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in kinds.left_out.items():
        by_reason[reason.text].append(name)
    return [_note_on_left_out(names, kinds.left_out[names[0]]) for names in by_reason.values()]


def _note_on_left_out(names: list[str], reason: Note) -> Note:
    shown = listed_names(names)
    said = shown if len(names) == 1 else f"{len(names):,} columns ({shown}); each"
    text = f"left out: {said} {reason}"
    return reason.within("left_out", text, because=reason.code, columns=shown, n=len(names))


def _counts_rows(column: pd.Series) -> bool:
    return bool(is_integer_dtype(column.dtype) and len(column) > 1 and (column.diff().iloc[1:] == 1).all())


def _hash(X: pd.DataFrame, y: pd.Series | pd.DataFrame) -> str:
    """Digest names, types and values; the same for the same table whatever file it came in."""
    digest = hashlib.sha256()
    target = y if isinstance(y, pd.DataFrame) else y.to_frame()
    for part in (X, target):
        for name in part.columns:
            column = part[name]
            digest.update(f"{name}\x00{column.dtype.kind}\x00".encode())
            digest.update(pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _shown(source: str) -> str:
    """Shorten a path under the working directory."""
    path = Path(source)
    if is_local(source) and path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return source
