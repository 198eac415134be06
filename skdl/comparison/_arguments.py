"""Arguments of `compare` with estimators: X, y and groups in the forms that the folds take, or an error that says why.

X is handed to the estimators as it came, as far as rows can be taken from it. What means one thing only is accepted: a
target in a frame of one column, a sparse matrix of any format, a table of Arrow. Everything that a library would refuse
with an exception of its own, or take for something else, is refused here, before anything is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import is_classifier, is_regressor

from skdl._arguments import shown
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.catalogue import entry_named
from skdl.cross_validation import Table, final_estimator
from skdl.exceptions import DataError, UsageError
from skdl.pipeline import slice_rows
from skdl.spec import SliceSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl._task import Task
    from skdl.pipeline import RowSlices

__all__ = ["check_estimators", "infer_task", "slices_of", "table_of"]


def check_estimators(estimators: Any) -> None:
    """Check that models are estimators by name."""
    if not isinstance(estimators, Mapping):
        raise UsageError(
            "compare: the first argument must be a pipeline file or a dict of estimators by name, such as "
            f"{{'logistic': LogisticRegression()}}; got a {type(estimators).__name__}."
        )
    if not estimators:
        raise UsageError("compare: the dict of estimators must name at least one model; got {}.")
    for name, estimator in estimators.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"compare: the names of models must be text; got {name!r}.")
        methods = ("fit", "get_params", "__sklearn_tags__")
        if isinstance(estimator, type) or not all(hasattr(estimator, method) for method in methods):
            remedy = ""
            if isinstance(estimator, type):
                remedy = f" Write {estimator.__name__}()."
            elif isinstance(estimator, str) and entry_named(estimator) is not None:
                remedy = " That is a name for pipeline files."
            raise UsageError(
                f"compare: model {name!r} must be an estimator, such as LogisticRegression(); "
                f"got {shown(estimator)}.{remedy}"
            )


def infer_task(estimators: Mapping[str, Any]) -> Task:
    """Return the task that all estimators are for."""
    if all(is_classifier(estimator) for estimator in estimators.values()):
        return "classification"
    if all(is_regressor(estimator) for estimator in estimators.values()):
        return "regression"
    # scikit-learn's tags look through pipelines and searches; the message names the estimator inside.
    kinds = {name: type(final_estimator(estimator)).__name__ for name, estimator in estimators.items()}
    raise UsageError(f"compare: the estimators must be all regressors or all classifiers; got {kinds}.")


def table_of(X: Any, y: Any, groups: Any, task: Task, sample_weight: Any = None) -> tuple[Table, str, list[Note]]:
    """Return features, target and groups as the folds take them, the name of the target, and notes for the report."""
    if X is None or y is None:
        raise UsageError("compare: X and y must be given with a dict of estimators.")
    if isinstance(X, str | bytes):
        raise UsageError(f"compare: X must be a table; got {X!r}. For a file, write a pipeline file: skdl init.")
    if isinstance(y, str | bytes):
        raise UsageError(f"compare: y must be the values of the target; got {y!r}. Pass the column: y=table[{y!r}].")
    features = _features(X)
    target, name = _target(y, task)
    if len(target) != features.shape[0]:
        raise UsageError(
            f"compare: X and y must have the same number of rows; got {features.shape[0]} and {len(target)}."
        )
    table = Table(features, target, _groups(groups, features), weights=_weights(sample_weight, features))
    others = [
        argument
        for argument, values in (("y", y), ("groups", groups), ("sample_weight", sample_weight))
        if not _same_index(argument, X, values)
    ]
    notes = [
        Note("by_position", f"rows of X and {one} were matched by position: their indexes differ", {"argument": one})
        for one in others
    ]
    return table, name, notes


def _features(X: Any) -> Any:
    if _is_sparse(X):
        # Rows can be taken from these two formats only.
        X = X if X.format in ("csr", "csc") or X.ndim != 2 else X.tocsr()
    elif isinstance(X, Mapping) or (isinstance(X, list | tuple) and X and isinstance(X[0], Mapping)):
        raise UsageError("compare: X must be a table of rows and columns; got dicts. Pass pandas.DataFrame(X).")
    elif hasattr(X, "collect"):
        raise UsageError(f"compare: X must be a table; got a {type(X).__name__}. Pass X.collect().")
    elif not hasattr(X, "shape") or isinstance(X, np.matrix):
        X = _as_array("X", X)
    elif hasattr(X, "column_names"):  # a table or a batch of Arrow, from which scikit-learn takes no rows
        X = X.to_pandas()
    if len(X.shape) < 2:
        raise UsageError(
            f"compare: X must have rows and columns; got the shape {tuple(X.shape)}. "
            "One column is X.to_frame() or X.reshape(-1, 1)."
        )
    if 0 in X.shape:
        raise DataError(f"compare: X must have rows and columns; got the shape {tuple(X.shape)}.")
    if hasattr(X, "columns"):
        _check_columns(X)
    return X


def _as_array(name: str, values: Any) -> NDArray[Any]:
    """Return lists as an array; numbers among text stay numbers."""
    if not hasattr(values, "__len__") and not _is_array(values):
        raise UsageError(f"compare: {name} must hold a value a row; got {shown(values)}.")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise UsageError(f"compare: each row of {name} must have the same number of values ({error}).") from error
    if array.dtype.kind != "U" or _is_array(values):
        return array
    objects = np.array(values, dtype=object)  # NumPy has made text of everything
    return array if all(isinstance(value, str) for value in objects.flat) else objects


def _is_sparse(values: Any) -> bool:
    return bool(sparse.issparse(values))


def _is_array(values: Any) -> bool:
    return hasattr(values, "__array__")


def _check_columns(X: Any) -> None:
    names = list(X.columns)
    duplicate = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if duplicate is not None:
        raise UsageError(
            f"compare: the column names of X must be distinct; {duplicate!r} is there {names.count(duplicate)} times. "
            "Rename one, or leave one out: X.loc[:, ~X.columns.duplicated()]."
        )
    # scikit-learn refuses names of which some are text.
    other = next((name for name in names if not isinstance(name, str)), None)
    if other is not None and any(isinstance(name, str) for name in names):
        raise UsageError(
            f"compare: the column names of X must be all text or none; got {other!r}. "
            "Write X.columns = X.columns.map(str)."
        )


def _target(y: Any, task: Task) -> tuple[NDArray[Any], str]:
    """Return the target as an array, (n_rows,) or for a regression (n_rows, n_targets), and its name."""
    values, name = _column_values("y", y)
    if values.ndim > 2 or 0 in values.shape:
        what = DataError if 0 in values.shape else UsageError
        raise what(f"compare: y must have a value a row; got the shape {values.shape}.")
    if values.ndim == 2 and task == "classification":
        raise UsageError(
            f"compare: y must be one column of classes; got {values.shape[1]} columns. Compare once for each column; "
            "classes that are one-hot encoded are y.argmax(axis=1) of an array."
        )
    _check_no_missing("y", values, "Leave such rows out of X and y.")
    if values.dtype.kind in "mM":
        raise DataError("compare: y must hold numbers or classes; got dates or durations. Convert them to numbers.")
    values = _as_numbers(values) if task == "regression" else _as_classes(values)
    if task == "classification" and (values == values[0]).all():
        raise DataError(
            f"compare: y must have two classes or more; every row has {values.tolist()[0]!r}. Choose another target."
        )
    return values, name or "y"


def _column_values(argument: str, values: Any) -> tuple[NDArray[Any], str | None]:
    """Return the values of a column, or of a table of several, as an array, and the name of the column."""
    if _is_sparse(values):
        values = values.toarray()
    if hasattr(values, "to_pandas") and not hasattr(values, "iloc"):  # of polars and Arrow
        values = values.to_pandas()
    if hasattr(values, "columns") and values.shape[1] == 1:
        values = values.iloc[:, 0]
    name = getattr(values, "name", None) if np.ndim(values) == 1 else None
    array = np.asarray(values) if _is_array(values) else _as_array(argument, values)
    if array.ndim == 0:
        raise UsageError(f"compare: {argument} must hold a value a row; got {shown(values)}.")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype == object and array.ndim == 1:
        # Numbers and booleans in objects, as from columns of nullable types.
        plain = pd.Series(array).infer_objects()
        array = plain.to_numpy() if plain.dtype.kind in "biuf" else array
    return array, None if name is None else str(name)


def _check_no_missing(argument: str, values: NDArray[Any], remedy: str) -> None:
    missing = np.asarray(pd.isna(values))
    if values.dtype.kind == "f":
        missing |= np.isinf(values)
    if missing.any():
        rows = np.flatnonzero(missing.reshape(len(values), -1).any(axis=1))
        raise DataError(
            f"compare: {argument} must have a value in every row; {len(rows):,} of {len(values):,} have none or "
            f"infinity, the first is row {rows[0]}, counted from 0. {remedy}"
        )


def _as_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Return the target of a regression as numbers; text of numbers means these."""
    if values.dtype.kind in "iuf":
        return values
    if values.dtype.kind == "b":
        return values.astype(np.float64)
    flat = pd.Series(values.ravel())
    numbers = pd.Series(np.nan, index=flat.index) if values.dtype.kind == "c" else pd.to_numeric(flat, errors="coerce")
    if numbers.isna().any():
        position = int(np.flatnonzero(numbers.isna())[0])
        raise DataError(
            f"compare: y must hold numbers for regressors; got {flat.tolist()[position]!r} in row "
            f"{position // (values.size // len(values))}, counted from 0. For classes, compare classifiers."
        )
    return numbers.to_numpy(dtype=np.float64).reshape(values.shape)


def _as_classes(values: NDArray[Any]) -> NDArray[Any]:
    """Return the target of a classification: whole numbers, booleans or text."""
    if values.dtype.kind in "fc":
        broken = np.flatnonzero(values != np.round(values))
        if len(broken):
            raise DataError(
                f"compare: y must hold classes for classifiers: text, booleans or whole numbers; got "
                f"{values[broken[0]]} in row {broken[0]}, counted from 0. For numbers, compare regressors."
            )
    if values.dtype.kind in "OSV":
        # By type, for sorting several fails, and 1 and '1' would be two classes.
        kinds = {str if isinstance(value, str) else type(value): value for value in pd.unique(values).tolist()}
        if kinds.keys() != {str}:
            shown = " and ".join(repr(value) for value in list(kinds.values())[:2])
            raise DataError(
                f"compare: the classes of y must be text, booleans or whole numbers, all of one type; got {shown}. "
                "Make them text: y.map(str)."
            )
    return values


def _groups(groups: Any, X: Any) -> NDArray[Any] | None:
    if groups is None:
        return None
    if isinstance(groups, str | bytes):
        raise UsageError(
            f"compare: groups must be the values of the groups; got {groups!r}. Pass the column: X[{groups!r}]."
        )
    values, _ = _column_values("groups", groups)
    if values.ndim != 1:
        raise UsageError(f"compare: groups must be one value a row; got the shape {values.shape}.")
    if len(values) != X.shape[0]:
        raise UsageError(
            f"compare: X and groups must have the same number of rows; got {X.shape[0]} and {len(values)}."
        )
    _check_no_missing("groups", values, "Fill them, or leave such rows out of X, y and groups.")
    if values.dtype == object and len({type(value) for value in pd.unique(values).tolist()}) > 1:
        return pd.factorize(values)[0]  # values of several types cannot be sorted
    return values


def _weights(sample_weight: Any, X: Any) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    values, _ = _column_values("sample_weight", sample_weight)
    if values.shape != (X.shape[0],) or values.dtype.kind not in "iufb":
        raise UsageError(
            f"compare: sample_weight must be a number a row, {X.shape[0]} in all; got "
            f"{'the shape ' + str(values.shape) if values.dtype.kind in 'iufb' else shown(values.tolist()[0])}."
        )
    _check_no_missing("sample_weight", values, "Fill them, or leave such rows out of X, y and sample_weight.")
    wrong = np.flatnonzero(values <= 0)
    if len(wrong):
        raise DataError(
            f"compare: sample_weight must be above 0; row {wrong[0]}, counted from 0, has {values[wrong[0]]:g}. "
            "Leave such rows out of X, y and sample_weight."
        )
    return values.astype(np.float64)


def slices_of(slices: Any, X: Any) -> tuple[RowSlices, ...]:
    """Return the slices of the rows by columns of X, or by columns that are given."""
    if slices is None:
        return ()
    names: Any = [slices] if isinstance(slices, str) else slices
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        known = list(X.columns) if hasattr(X, "columns") else []
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            raise UsageError(
                f"compare: slices must name columns of X, or be a table of other columns; got "
                f"{unknown!r}{did_you_mean(unknown, known)}"
            )
        names = X[list(dict.fromkeys(names))]
    columns = names.to_frame() if isinstance(names, pd.Series) else names
    try:
        table = pd.DataFrame(columns if isinstance(columns, Mapping | pd.DataFrame) else columns.to_pandas())
    except (AttributeError, ValueError) as error:
        raise UsageError(
            f"compare: slices must be names of columns of X, a data frame, or columns by name; got {shown(slices)}."
        ) from error
    if len(table) != X.shape[0]:
        raise UsageError(f"compare: slices must have a value a row, {X.shape[0]} in all; got {len(table)}.")
    _same_index("slices", X, table)
    table = table.reset_index(drop=True).rename(columns=str)
    found, problems = slice_rows(table, [SliceSpec(column=name) for name in table.columns])
    if problems:
        raise UsageError(f"compare: slices: {problems[0].message}")
    return found


def _same_index(argument: str, X: Any, values: Any) -> bool:
    """Compare the labels of the rows, which belong together by position; refuse the same ones in another order."""
    if not isinstance(X, pd.DataFrame) or not isinstance(values, pd.Series | pd.DataFrame):
        return True
    ours, theirs = X.index, values.index
    if ours.equals(theirs):
        return True
    same_labels = ours.is_unique and theirs.is_unique and len(ours.union(theirs, sort=False)) == len(ours)
    is_numbered_anew = any(isinstance(index, pd.RangeIndex) and index.start == 0 for index in (ours, theirs))
    if not same_labels and (is_numbered_anew or ours.intersection(theirs, sort=False).empty):
        return False
    row = next(row for row, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other)
    align = f"{argument}.loc[X.index]" if same_labels else "the rows that both have"
    raise UsageError(
        f"compare: X and {argument} must have the same index; row {row}, counted from 0, is {ours.tolist()[row]!r} in "
        f"X and {theirs.tolist()[row]!r} in {argument}. Pass {align}, or {argument}.to_numpy() if the rows belong "
        "together as they stand."
    )
