"""Data: the table that was compared on, a profile of its columns, and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pandas.api.types import infer_dtype

from skdl import results

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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


def column_profiles(frame: pd.DataFrame, kinds: ColumnKinds) -> list[results.ColumnProfile]:
    """Describe the columns, a thousand at most.

    Examples
    --------
    >>> import pandas as pd
    >>> from skdl.tables import column_kinds
    >>> frame = pd.DataFrame({"age": [20, 30, 40], "sex": ["f", "m", None]})
    >>> age, sex = column_profiles(frame, column_kinds(frame))
    >>> age.median, sex.n_missing, sex.n_distinct, sex.commonest_share
    (30.0, 1, 2, 0.5)
    """
    numeric, categorical = set(kinds.numeric), set(kinds.categorical)
    return [
        _column_profile(
            frame.iloc[:, place],
            str(name),
            "numeric" if name in numeric else "categorical" if name in categorical else "left_out",
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
    """Count a numeric target by equal steps.

    Examples
    --------
    >>> target_histogram(np.array([0.0, 1.0, 1.0, 4.0])).counts
    [1, 2, 0, 1]
    """
    edges = np.histogram_bin_edges(y, bins="auto")
    if len(edges) > _MOST_BINS + 1:
        edges = np.histogram_bin_edges(y, bins=_MOST_BINS)
    counts, edges = np.histogram(y, bins=edges)
    return results.Histogram([float(edge) for edge in edges], [int(count) for count in counts])
