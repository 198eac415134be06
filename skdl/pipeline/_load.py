"""From the ``data`` section to features and target, with a note on everything that was decided on the way."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_integer_dtype, is_numeric_dtype

from skdl.exceptions import DataError
from skdl.pipeline._faults import Fault, KeyPath, raise_faults
from skdl.pipeline._target import check_folds, infer_task, plain_target
from skdl.tables import ColumnKinds, column_kinds, did_you_mean, is_local, plain_columns, read_table

if TYPE_CHECKING:
    from skdl.pipeline._spec import DataSpec, PipelineSpec

__all__ = ["LoadedTable", "load_table"]

_NAMES_IN_A_NOTE = 8


@dataclass(frozen=True)
class LoadedTable:
    """A table made ready for models.

    Attributes
    ----------
    X : pandas.DataFrame of shape (n_samples, n_features)
        What models are shown: numbers, and categories as text.
    y : pandas.Series or pandas.DataFrame
        The target, without missing values; a frame where it is several columns.
    groups, time : pandas.Series or None
        The columns of those names in the file. With ``time`` the rows stand in its order.
    notes : list of str
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
    notes: list[str]
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
    frame = read_table(data.source)
    raise_faults(_column_faults(data, frame), spec.origin.places)
    notes: list[str] = []
    frame = _rows_to_use(frame, spec, notes)
    time = None if data.time is None else _time_column(frame[data.time], data.time)
    if time is not None:
        order = time.argsort(kind="stable")
        frame, time = frame.iloc[order].reset_index(drop=True), time.iloc[order].reset_index(drop=True)
        notes.append(f"rows stand in the order of {data.time!r}, which is shown to no model")
    groups = None if data.groups is None else _group_column(frame[data.groups], data.groups)
    y = _target_of(frame, spec, notes)
    X = _features_of(frame, data, notes)
    check_folds(spec, y, groups)
    return LoadedTable(X, y, groups, time, notes, _hash(X, y), _shown(data.source))


def _column_faults(data: DataSpec, frame: pd.DataFrame) -> list[Fault]:
    """Find the names that the table does not have, and those that stand where they cannot."""
    named: list[tuple[KeyPath, str]] = [
        (("data", key, number) if len(names) > 1 else ("data", key), name)
        for key, names in _named_lists(data).items()
        for number, name in enumerate(names)
    ]
    faults = [
        Fault(
            path,
            f"the table has no column {name!r}{did_you_mean(name, frame.columns) or '.'} "
            f"It has: {_listed(frame.columns)}.",
        )
        for path, name in named
        if name not in frame.columns
    ]
    for path, name in named:
        if name in data.target and path[1] != "target":
            faults.append(Fault(path, f"{name!r} is the target; it cannot stand here too. Take it away."))
        elif name in data.drop and path[1] not in {"drop", "target"}:
            faults.append(
                Fault(path, f"{name!r} is named in data.drop; it cannot stand here too. Take it away in one place.")
            )
        elif path[1] == "categorical" and name in data.numeric:
            faults.append(Fault(path, f"{name!r} is declared in data.numeric too. Take it away in one place."))
    return faults


def _named_lists(data: DataSpec) -> dict[str, tuple[str, ...]]:
    return {
        "target": data.target,
        "drop": data.drop,
        "numeric": data.numeric,
        "categorical": data.categorical,
        "groups": () if data.groups is None else (data.groups,),
        "time": () if data.time is None else (data.time,),
    }


def _rows_to_use(frame: pd.DataFrame, spec: PipelineSpec, notes: list[str]) -> pd.DataFrame:
    """Leave out the rows without a target, and draw the sample."""
    whole = frame[list(spec.data.target)].notna().all(axis=1)
    n_missing = int((~whole).sum())
    if n_missing == len(frame):
        raise DataError(
            f"{spec.data.source}: the target {_listed(spec.data.target)} has no value in any row. "
            "Choose another target."
        )
    if n_missing:
        notes.append(f"{n_missing:,} of {len(frame):,} rows have no target and were left out")
        frame = frame[whole].reset_index(drop=True)
    sample = spec.data.sample
    if sample is not None and sample < len(frame):
        notes.append(f"{sample:,} of {len(frame):,} rows were drawn at random (data.sample)")
        chosen = np.random.default_rng(spec.compare.cv.seed).choice(len(frame), size=sample, replace=False)
        frame = frame.iloc[np.sort(chosen)].reset_index(drop=True)
    return frame


def _time_column(column: pd.Series, name: str) -> pd.Series:
    if not (is_datetime64_any_dtype(column.dtype) or is_numeric_dtype(column.dtype)):
        try:
            column = pd.to_datetime(column, format="ISO8601")
        except (ValueError, TypeError) as error:
            raise DataError(
                f"column {name!r}: data.time must hold dates such as 2024-03-31, or numbers ({error})."
            ) from error
    _check_whole(column, name, "data.time")
    return column


def _group_column(column: pd.Series, name: str) -> pd.Series:
    _check_whole(column, name, "data.groups")
    return column


def _check_whole(column: pd.Series, name: str, key: str) -> None:
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise DataError(
            f"column {name!r}: {key} must have a value in every row; row {row + 1} has none. "
            "Fill it, or leave such rows out."
        )


def _target_of(frame: pd.DataFrame, spec: PipelineSpec, notes: list[str]) -> pd.Series | pd.DataFrame:
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
        what = (
            "text"
            if y.dtype == object
            else "whole numbers"
            if y.dtype.kind in "iu"
            else "numbers"
            if y.dtype.kind == "f"
            else "booleans"
        )
        notes.append(f"task: {task}, inferred from {y.nunique():,} different values ({what}) of {name!r}")
    return y


def _features_of(frame: pd.DataFrame, data: DataSpec, notes: list[str]) -> pd.DataFrame:
    """Leave out what no model is shown, and put the rest into plain types."""
    hidden = {*data.target, *data.drop, data.groups, data.time}
    features = frame[[name for name in frame.columns if name not in hidden]]
    kinds = column_kinds(
        features,
        numeric=[name for name in data.numeric if name in features.columns],
        categorical=[name for name in data.categorical if name in features.columns],
    )
    if not kinds.used:
        reasons = "; ".join(f"{name!r} {reason}" for name, reason in kinds.left_out.items())
        raise DataError(
            f"{data.source}: no column is left to learn from{': ' + reasons if reasons else ''}. "
            "Name fewer in data.drop."
        )
    notes.extend(_notes_on(kinds))
    X = plain_columns(features, kinds)
    notes.extend(
        f"{name!r} counts the rows; if it is an identifier, name it in data.drop"
        for name in X.columns
        if _counts_rows(X[name])
    )
    return X


def _notes_on(kinds: ColumnKinds) -> list[str]:
    """Say which columns were left out, one note a reason."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in kinds.left_out.items():
        by_reason[reason].append(name)
    return [
        f"left out: {_listed(names)} {reason}"
        if len(names) == 1
        else f"left out: {len(names):,} columns ({_listed(names)}); each {reason}"
        for reason, names in by_reason.items()
    ]


def _counts_rows(column: pd.Series) -> bool:
    return bool(is_integer_dtype(column.dtype) and len(column) > 1 and (column.diff().iloc[1:] == 1).all())


def _listed(names: object) -> str:
    shown = [repr(str(name)) for name in names]  # type: ignore[attr-defined]
    more = f" and {len(shown) - _NAMES_IN_A_NOTE:,} more" if len(shown) > _NAMES_IN_A_NOTE else ""
    return ", ".join(shown[:_NAMES_IN_A_NOTE]) + more


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
