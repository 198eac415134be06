"""Data: the table that was compared on, a profile of its columns, and notes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pandas.api.types import infer_dtype
from scipy.sparse import issparse

from skdl import results
from skdl._note import Note
from skdl.report.sections._columns import as_csr, as_frame, columns_of
from skdl.report.sections.data.checks import check_table
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison
    from skdl.report._compute import RunInfo
    from skdl.tables import ColumnKinds


_MOST_COLUMNS = 1000
_MOST_BINS = 30

# Strings of `pandas.api.types.infer_dtype` in ours.
_DTYPES = {
    "boolean": "booleans",
    "integer": "integers",
    "floating": "decimals",
    "mixed-integer-float": "decimals",
    "decimal": "decimals",
    "string": "text",
    "categorical": "text",
    "datetime": "dates",
    "datetime64": "dates",
    "date": "dates",
}


def compute(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the field ``data`` of the summary."""
    return {"data": _data(comparison, info)}


def _data(comparison: FinishedComparison, info: RunInfo) -> results.DataSummary:
    X, y = comparison.table.X, np.asarray(comparison.table.y)
    frame, n_columns = as_frame(X), math.prod(X.shape[1:])
    kinds = info.kinds or column_kinds(frame)
    counts = None
    if comparison.task == "classification" and y.ndim == 1:
        labels, numbers = np.unique(y, return_counts=True)
        counts = {str(label): int(number) for label, number in zip(labels, numbers, strict=True)}
    target_range = [float(y.min()), float(y.max())] if comparison.task == "regression" else None
    return results.DataSummary(
        source=info.source,
        target=info.target,
        task=comparison.task,
        n_rows=len(y),
        n_columns=n_columns,
        n_numeric=len(kinds.numeric) + n_columns - frame.shape[1],  # columns of a sparse table beyond the frame
        n_categorical=len(kinds.categorical),
        n_missing=int(np.isnan(as_csr(X).data).sum() if issparse(X) else frame.isna().to_numpy().sum()),
        class_counts=counts,
        target_range=target_range,
        notes=[
            *_time_was_up(comparison),
            *_undefined(comparison, info.target),
            *info.notes,
            # Warnings of models, each once.
            *dict.fromkeys(f"{result.model}: {text}" for result in comparison.results for text in result.warnings),
        ],
        unit=info.unit,
        profile=column_profiles(frame, kinds, info.types),
        histogram=target_histogram(y) if comparison.task == "regression" and y.ndim == 1 else None,
        checks=check_table(comparison, columns_of(X, kinds), kinds),
    )


def _time_was_up(comparison: FinishedComparison) -> list[Note]:
    """Note how many folds the time budget left out."""
    n_done, n_planned = len(comparison.splits.members), len(comparison.planned.members)
    if n_done == n_planned:
        return []
    text = f"Time was up: every model has finished the same {n_done} of {n_planned} folds. The same command resumes."
    return [Note("time_was_up", text, {"n_done": n_done, "n_planned": n_planned})]


def _undefined(comparison: FinishedComparison, target: str) -> list[Note]:
    """Note which metrics are not defined on the tested rows, and why."""
    tested = comparison.planned.tested(comparison.table.y)
    reasons = [(metric.label, metric.undefined_because(tested, target)) for metric in comparison.metrics]
    return [
        reason.within("undefined", f"{label} is not defined: {reason}.", because=reason.code, metric=label)
        for label, reason in reasons
        if reason is not None
    ]


def column_profiles(
    frame: pd.DataFrame, kinds: ColumnKinds, types: Mapping[str, str] | None = None
) -> list[results.ColumnProfile]:
    """Profile the columns, at most a thousand.

    Examples
    --------
    >>> import pandas as pd
    >>> from skdl.tables import column_kinds
    >>> frame = pd.DataFrame({"age": [20, 30, 40], "sex": ["f", "m", None]})
    >>> age, sex = column_profiles(frame, column_kinds(frame))
    >>> age.median, sex.n_missing, sex.n_distinct, sex.commonest_share
    (30.0, 1, 2, 0.5)
    """
    by_kind = {kind: set(getattr(kinds, kind)) for kind in ("numeric", "categorical", "text")}
    return [
        replace(
            _column_profile(
                frame.iloc[:, place],
                str(name),
                next((kind for kind, names in by_kind.items() if name in names), "left_out"),
            ),
            type=(types or {}).get(str(name)),
        )
        for place, name in enumerate(frame.columns[:_MOST_COLUMNS])
    ]


def _column_profile(column: pd.Series, name: str, kind: str) -> results.ColumnProfile:
    present = column.dropna()
    held = infer_dtype(present, skipna=True)
    found: dict[str, Any] = {}
    n_distinct = 0
    if kind == "left_out":
        n_distinct = int(present.astype(str).nunique())  # lists and other nested values have no hash
    elif kind == "numeric":
        numbers = present.to_numpy(dtype=np.float64)
        n_distinct = len(np.unique(numbers))
        if len(numbers):
            low, median, high = (float(value) for value in np.quantile(numbers, [0.0, 0.5, 1.0]))
            found = {"low": low, "median": median, "high": high}
            held = "integer" if held == "floating" and (numbers == np.rint(numbers)).all() else held
    else:
        counts = present.value_counts()
        n_distinct = len(counts)
        if n_distinct:
            found = {"commonest": str(counts.index[0]), "commonest_share": float(counts.iloc[0] / len(present))}
    return results.ColumnProfile(
        name, kind, _DTYPES.get(held, "other"), len(column) - len(present), n_distinct, **found
    )


def target_histogram(y: NDArray[Any]) -> results.Histogram:
    """Histogram of a numeric target.

    Examples
    --------
    >>> target_histogram(np.array([0.0, 1.0, 1.0, 4.0])).counts
    [1, 2, 0, 1]
    """
    # Outliers make NumPy's rule return many narrow bins; beyond the limit there are fewer, over the same range.
    edges = np.histogram_bin_edges(y, bins="auto")
    if len(edges) > _MOST_BINS + 1:
        edges = np.histogram_bin_edges(y, bins=_MOST_BINS)
    counts, edges = np.histogram(y, bins=edges)
    return results.Histogram([float(edge) for edge in edges], [int(count) for count in counts])
