"""Columns side by side: many short ones are looked at together, long ones one by one.

A table may have ten thousand columns, and a call of pandas, NumPy or Arrow on a column of a few hundred cells costs
more than the work that it does. Long ones are looked at in threads, for pandas, NumPy and Arrow release the GIL; of
long columns of texts, the different texts are looked at.
"""

from __future__ import annotations

import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

_MOST_CELLS = 2**20  # of the columns that are looked at together
LONG_COLUMN = 100_000  # rows from which on threads pay
MANY_COLUMNS = 1_000
N_THREADS = min(os.cpu_count() or 1, 4)
_Result = TypeVar("_Result")


def use_system_allocator() -> None:
    """Make Arrow take the memory of this process from the system's allocator, for commands that read one table.

    Arrow's own allocator gives memory back to the system within milliseconds and takes it again for the next column,
    and memory that is new to a process costs as much time as the casts: of a million rows `skdl check` takes a fifth
    longer, with a tenth less memory. It is a setting of the process, so a library must not make it for its callers.
    """
    pa.set_memory_pool(pa.system_memory_pool())


def allocator_of(n_columns: int) -> pa.MemoryPool | None:
    """Return the allocator for the columns of a text; None is that of the process.

    Arrow reserves the bytes of a whole block for each column and gives back what is left over. With thousands of
    columns the system's allocator keeps more of that than the table has, and jemalloc does not.
    """
    if n_columns < MANY_COLUMNS or "jemalloc" not in pa.supported_memory_backends():  # Windows has none
        return None
    return pa.jemalloc_memory_pool()


def release_unused(n_columns: int) -> None:
    """Give the memory that columns no longer use back to the system, where these have an allocator of their own."""
    allocator = allocator_of(n_columns)
    if allocator is not None:
        allocator.release_unused()


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
    all_names = frame.columns.tolist()  # names in an index of Arrow's texts take 10 microseconds each
    for position, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
            of_type.setdefault(dtype, []).append(position)
    for positions in of_type.values():
        for some in batches(positions, len(frame)):
            # Of a single column this is no copy.
            block: Any = frame.iloc[:, list(some) if len(some) > 1 else some[0]]
            yield [all_names[position] for position in some], np.atleast_2d(block.to_numpy().T)


def value_ranges(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the least and the largest value of each row of integers or floats, without missing ones.

    >>> value_ranges(np.array([[3.0, np.nan, 1.0]]))
    (array([1.]), array([3.]))
    """
    if values.dtype.kind == "f":
        return np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
    return values.min(axis=1), values.max(axis=1)  # half the time of the others


@dataclass(frozen=True)
class EncodedTexts:
    """The different texts of a column in the order of the rows, and which of them each cell is."""

    distinct: pa.Array  # of strings, without nulls
    codes: NDArray[np.int32]  # (n_cells,), -1 for a missing cell

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Numbers of cells of the different texts."""
        counts: NDArray[np.int64] = np.bincount(self.codes + 1, minlength=len(self.distinct) + 1)[1:]
        return counts


_encoded: dict[int, EncodedTexts] = {}  # by the identity of Arrow's texts, as long as these are in use


def encode_texts(column: pd.Series) -> EncodedTexts:
    """Find the different texts of a column; once for each column of Arrow's texts.

    >>> texts = encode_texts(pd.Series(["b", None, "a", "b"]))
    >>> texts.distinct.to_pylist(), texts.codes.tolist(), texts.counts.tolist()
    (['b', 'a'], [0, -1, 1, 0], [2, 1])
    """
    texts = pa.array(column, from_pandas=True)  # the column's own, where it is of Arrow
    known = _encoded.get(id(texts))
    if known is not None:
        return known
    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    found = EncodedTexts(encoded.dictionary.cast(pa.string()), encoded.indices.fill_null(-1).to_numpy())
    if isinstance(texts, pa.ChunkedArray) and len(found.distinct) <= len(texts) // 2:  # others take much memory
        _encoded[id(texts)] = found
        weakref.finalize(texts, _encoded.pop, id(texts), None)
    return found


def distinct_values(column: pd.Series) -> Any:
    """Return the different values of a column in the order of the rows, without missing ones."""
    if is_text(column):
        return encode_texts(column).distinct.to_pandas()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        # Arrow finds them faster than pandas, but takes -0.0 for another number than 0.0.
        numbers = column.to_numpy()
        numbers = numbers + 0 if column.dtype.kind == "f" else numbers
        return pa.array(numbers, from_pandas=True).unique().drop_null().to_numpy()
    return column.dropna().unique()


def is_text(column: pd.Series) -> bool:
    """Whether a column is of a type of texts."""
    return isinstance(column.dtype, pd.StringDtype)
