"""Columns side by side: many short ones are looked at together, long ones one by one.

A table may have ten thousand columns, and a call of pandas, NumPy or Arrow on a column of a few hundred cells costs
more than the work that it does. Long ones are looked at in threads, for pandas, NumPy and Arrow release the GIL.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

_MOST_CELLS = 2**20  # of the columns that are looked at together
LONG_COLUMN = 100_000  # rows from which on threads pay
N_THREADS = min(os.cpu_count() or 1, 4)
_Result = TypeVar("_Result")


def batches(columns: Sequence[Any], n_rows: int) -> Iterator[Sequence[Any]]:
    """Yield columns in batches of so few that arrays of all their cells are small."""
    size = max(_MOST_CELLS // max(n_rows, 1), 1)
    return (columns[start : start + size] for start in range(0, len(columns), size))


def in_threads(function: Callable[..., _Result], *items: Iterable[Any], are_long: bool) -> list[_Result]:
    """Return the results for items, in their order; of long ones, computed in threads."""
    if not are_long:
        return list(map(function, *items))
    with ThreadPoolExecutor(N_THREADS) as threads:
        return list(threads.map(function, *items))


def number_columns(frame: pd.DataFrame) -> Iterator[tuple[list[Any], NDArray[Any]]]:
    """Yield the columns of NumPy's integers and floats: names of columns of one type, and values.

    The values have the shape (n_columns, n_rows).

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [3, 4]})
    >>> [(names, values.tolist()) for names, values in number_columns(frame)]
    [(['a', 'c'], [[1, 2], [3, 4]])]
    """
    of_type: dict[Any, list[int]] = {}
    for position, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
            of_type.setdefault(dtype, []).append(position)
    for positions in of_type.values():
        for some in batches(positions, len(frame)):
            # Of a single column this is no copy.
            block: Any = frame.iloc[:, list(some) if len(some) > 1 else some[0]]
            yield [frame.columns[position] for position in some], np.atleast_2d(block.to_numpy().T)
