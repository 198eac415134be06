"""Columns of plain numbers, many at a time: a table may have ten thousand of them.

A call of Arrow or NumPy on a column of a few hundred cells costs more than the work that it does. So short columns of
one type are laid side by side, as an array of shape (n_columns, n_rows), and looked at together; long ones one by one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.tables._parsing import GROUPS, WHOLE, are_groups, has_fraction, without_missing_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from skdl.tables._reading import Reading

_MOST_CELLS = 2**20  # of the columns that are looked at together
_LARGEST_WHOLE = 2**53  # up to here a float holds every whole number
_LONG = 2.0**64  # whole numbers from here on may be texts
_N_FIRST = 3


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
        for some in _batches(positions, len(frame)):
            # Of a single column this is no copy.
            block: Any = frame.iloc[:, list(some) if len(some) > 1 else some[0]]
            yield [frame.columns[position] for position in some], np.atleast_2d(block.to_numpy().T)


def _batches(columns: Sequence[Any], n_rows: int) -> Iterator[Sequence[Any]]:
    size = max(_MOST_CELLS // max(n_rows, 1), 1)
    return (columns[start : start + size] for start in range(0, len(columns), size))


@dataclass
class PlainNumbers:
    """The columns of a text file that hold nothing but plain numbers, by name.

    Attributes
    ----------
    columns : dict of str to numpy.ndarray
        ``int64``, or ``float64`` with ``NaN`` for missing cells.
    missing : set of str
        Columns of which some cells are words for a missing value.
    may_be_groups : set of str
        Floats without a fraction and below 1,000, in which a point could only be a mark of thousands.
    """

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    may_be_groups: set[str] = field(default_factory=set)

    @property
    def has_decimals(self) -> bool:
        """Whether a column shows that the point is the decimal mark."""
        return any(values.dtype.kind == "f" and name not in self.may_be_groups for name, values in self.columns.items())


def find_plain_numbers(fields: Mapping[str, pa.ChunkedArray], reading: Reading) -> PlainNumbers:
    """Find the columns of fields that are numbers and nothing else by the rules of `infer_column`, at little cost.

    Columns that need a closer look are not among them: numbers with marks, blanks or leading zeros, of more digits than
    a float holds, infinite ones, and thousandths, which may be thousands.

    >>> from skdl.tables import Reading
    >>> fields = {"size": [b"1.5", b"NA"], "code": [b"07", b"12"], "n": [b"3", b"4"]}
    >>> fields = {name: pa.chunked_array([pa.array(cells, pa.binary())]) for name, cells in fields.items()}
    >>> {name: values.tolist() for name, values in find_plain_numbers(fields, Reading(separator=",")).columns.items()}
    {'size': [1.5, nan], 'n': [3, 4]}
    """
    found = PlainNumbers()
    names = [name for name, column in fields.items() if _begins_with_number(column)]
    for some in _batches(names, len(fields[names[0]]) if names else 0):
        _add_numbers(found, some, fields, reading)
    return found


def _begins_with_number(column: pa.ChunkedArray) -> bool:
    for chunk in column.chunks:
        if chunk.null_count < len(chunk):
            position = pc.index(chunk.is_valid(), value=True).as_py() if chunk.null_count else 0
            with suppress(ValueError):
                float(chunk[position].as_py())
                return True
            return False
    return False


def _add_numbers(
    found: PlainNumbers, names: Sequence[str], fields: Mapping[str, pa.ChunkedArray], reading: Reading
) -> None:
    """Add those of some columns that are plain numbers."""
    cells = _side_by_side([fields[name] for name in names])
    n_before = cells.null_count
    values = _cast(cells, pa.float64())
    if values is None or np.isnan(values).sum() > n_before:
        cells = without_missing_words(cells, reading)
        values = _cast(cells, pa.float64()) if cells.null_count > n_before else values
    if values is None:
        if len(names) > 1:
            middle = len(names) // 2
            _add_numbers(found, names[:middle], fields, reading)
            _add_numbers(found, names[middle:], fields, reading)
        return
    table = values.reshape(len(names), -1)
    is_null = cells.is_null().to_numpy().reshape(table.shape) if cells.null_count else np.zeros((len(names), 1), bool)
    n_null = is_null.sum(axis=1)
    low, high = np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)
    # Arrow reads more words than pandas: NAN, and infinity with blanks around it.
    is_read = (np.isnan(table).sum(axis=1) == n_null) & (n_null < table.shape[1])
    is_read &= (low > -_LONG) & (high < _LONG)
    is_broken = has_fraction(table).any(axis=1)
    for row in np.flatnonzero(is_read & is_broken).tolist():
        if not (_may_be_groups(table[row]) and are_groups(_texts_of(fields[names[row]], reading))):
            found.columns[names[row]] = table[row]
    small = (low >= -_LARGEST_WHOLE) & (high <= _LARGEST_WHOLE)
    rows = np.flatnonzero(is_read & ~is_broken & small).tolist()
    if len(rows):
        whole = (
            cells
            if len(rows) == len(names)
            else without_missing_words(_side_by_side([fields[names[row]] for row in rows]), reading)
        )
        _add_whole_numbers(found, [names[row] for row in rows], whole, table[rows], n_null[rows] > 0)
    if cells.null_count > n_before:
        found.missing |= {name for name, n in zip(names, n_null, strict=True) if n > fields[name].null_count}


def _add_whole_numbers(
    found: PlainNumbers,
    names: Sequence[str],
    cells: pa.ChunkedArray,
    table: NDArray[np.float64],
    has_null: NDArray[np.bool_],
) -> None:
    """Add the columns of whole numbers without leading zeros, and of numbers such as 3.0."""
    n = len(names)
    # Numbers with leading zeros are codes, and 0x1F is a whole number to Arrow.
    is_padded = _any(pc.and_(pc.starts_with(cells, "0"), pc.greater(pc.binary_length(cells), 1)), n)
    is_whole, is_float = np.ones(n, bool), np.zeros(n, bool)
    if _cast(cells, pa.int64()) is None:
        is_whole = ~_any(pc.invert(pc.match_substring_regex(cells, WHOLE)), n)
        is_float = ~is_whole & _any(pc.invert(pc.match_substring_regex(cells, GROUPS)), n)
        is_whole &= ~_any(pc.starts_with(cells, "+"), n)
    for row in np.flatnonzero(is_float | (is_whole & ~is_padded)).tolist():
        if is_float[row] or has_null[row]:
            found.columns[names[row]] = table[row]
        else:
            found.columns[names[row]] = table[row].astype(np.int64)  # exact, up to `_LARGEST_WHOLE`
        if not is_float[row] and has_null[row] and _may_be_groups(table[row]):
            found.may_be_groups.add(names[row])


def _may_be_groups(values: NDArray[np.float64]) -> bool:
    """Whether numbers may be whole ones with a point before each three digits: 1.234 may be 1234.

    >>> _may_be_groups(np.array([1.234, np.nan, 12])), _may_be_groups(np.array([1.5, 0.234]))
    (True, False)
    """
    for some in (values[:_N_FIRST], values):  # the first ones exclude most columns, at no cost
        size = np.abs(some)
        is_group = (size == 0) | ((size >= 1) & (size < 1000) & (np.abs(size * 1000 - np.rint(size * 1000)) < 1e-6))
        if not (is_group | np.isnan(some)).all():
            return False
    return True


def _texts_of(column: pa.ChunkedArray, reading: Reading) -> pa.ChunkedArray:
    return without_missing_words(column, reading).cast(pa.string())


def _side_by_side(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)


def _cast(cells: pa.ChunkedArray, wanted: pa.DataType) -> Any:
    try:
        values = cells.cast(wanted).to_numpy()
    except pa.ArrowInvalid:
        return None
    return values if values.flags.writeable else values.copy()  # of a single chunk it is Arrow's own memory


def _any(mask: pa.ChunkedArray, n_columns: int) -> NDArray[np.bool_]:
    """Return for each of several columns, side by side, whether any cell is true."""
    is_true = mask.fill_null(fill_value=False).to_numpy()
    found: NDArray[np.bool_] = is_true.reshape(n_columns, -1).any(axis=1)
    return found
