"""Plain numbers: which columns of a text file hold nothing else, many columns at a time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.tables._batches import LONG_COLUMN, batches, in_threads, release_unused
from skdl.tables._parsing import (
    CODES,
    GROUPS,
    WHOLE,
    are_groups,
    have_fractions,
    may_be_versions,
    without_missing_words,
)

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.tables._reading import Reading

LARGEST_WHOLE = 2**53  # up to here a float holds every whole number
_LONG = 2.0**64  # whole numbers from here on may be texts
_N_FIRST, _N_VERSIONS = 3, 200


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
    has_decimals : bool
        Whether a column shows that the point is the decimal mark, by fractions: pandas writes 1.0 for flags with gaps
        whatever mark the file has.
    """

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    may_be_groups: set[str] = field(default_factory=set)
    has_decimals: bool = False


def find_plain_numbers(
    fields: dict[str, pa.ChunkedArray], reading: Reading, *, without: Container[str] = ()
) -> PlainNumbers:
    """Find the columns of fields that are numbers and nothing else by the rules of `infer_column`, at little cost.

    Columns that are found are removed from the fields at once, to free their memory; those of which a closer look may
    be needed stay. The columns ``without`` are not looked at.

    Columns that need a closer look are not among them: numbers with marks, blanks or leading zeros, of more digits than
    a float holds, infinite ones, and thousandths, which may be thousands.

    >>> from skdl.tables import Reading
    >>> fields = {"size": [b"1.5", b"NA"], "code": [b"07", b"12"], "n": [b"3", b"4"]}
    >>> fields = {name: pa.chunked_array([pa.array(cells, pa.binary())]) for name, cells in fields.items()}
    >>> {name: values.tolist() for name, values in find_plain_numbers(fields, Reading(separator=",")).columns.items()}
    {'n': [3, 4], 'size': [1.5, nan]}
    """
    found = PlainNumbers()
    n_columns, n_rows = len(fields), max(map(len, fields.values()), default=0)
    first = {name: _first_number(column) for name, column in fields.items() if name not in without}
    numbers = {name: number for name, number in first.items() if number is not None}
    of_kind = ([name for name, one in numbers.items() if isinstance(one, int) == whole] for whole in (True, False))

    def find(names: Sequence[str]) -> PlainNumbers:
        one = PlainNumbers()
        _add_numbers(one, names, fields, reading, are_whole=isinstance(numbers[names[0]], int))
        for name in one.columns.keys() - one.missing - one.may_be_groups:
            del fields[name]
        release_unused(n_columns)
        return one

    some = [names for kind in of_kind for names in batches(kind, n_rows)]
    for one in in_threads(find, some, are_long=n_rows >= LONG_COLUMN):
        found.columns |= one.columns
        found.missing |= one.missing
        found.has_decimals |= one.has_decimals
        found.may_be_groups |= one.may_be_groups
    return found


def _first_number(column: pa.ChunkedArray) -> float | None:
    """Return the first cell with a value, as an integer where it is whole; None if it is no number."""
    for chunk in column.chunks:
        if chunk.null_count < len(chunk):
            position = pc.index(chunk.is_valid(), value=True).as_py() if chunk.null_count else 0
            cell = chunk[position].as_py()
            for kind in (int, float):
                with suppress(ValueError):
                    return kind(cell)
            return None
    return None


def _add_numbers(
    found: PlainNumbers,
    names: Sequence[str],
    fields: Mapping[str, pa.ChunkedArray],
    reading: Reading,
    *,
    are_whole: bool = False,
) -> None:
    """Add those of some columns that are plain numbers; perhaps they ``are_whole``."""
    n = len(names)
    cells = _side_by_side([fields[name] for name in names])
    n_before = cells.null_count
    values = _cast(cells, pa.int64()) if are_whole else None
    if values is not None:
        _add_whole_numbers(found, names, cells, values.reshape(n, -1), are_digits=True)
        return
    values = _cast(cells, pa.float64())
    if values is None or np.isnan(values).sum() > n_before:
        cells = without_missing_words(cells, reading)
        values = _cast(cells, pa.float64()) if cells.null_count > n_before else values
    if values is None:
        for some in (names[: n // 2], names[n // 2 :]) if n > 1 else ():
            _add_numbers(found, some, fields, reading, are_whole=are_whole)
        return
    table = values.reshape(n, -1)
    n_null = cells.is_null().to_numpy().reshape(n, -1).sum(axis=1) if cells.null_count else np.zeros(n, int)
    low, high = np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)
    # Arrow reads more words than pandas: NAN, and infinity with blanks around it.
    is_read = (np.isnan(table).sum(axis=1) == n_null) & (low > -_LONG) & (high < _LONG)
    is_broken = have_fractions(table)
    for row in np.flatnonzero(is_read & is_broken).tolist():
        if not _needs_a_closer_look(table[row], fields[names[row]], reading):
            found.columns[names[row]] = table[row]
            found.has_decimals = True
    rows = np.flatnonzero(is_read & ~is_broken).tolist()
    if rows:
        some = [names[row] for row in rows]
        whole = cells
        if len(rows) < n:
            whole = _side_by_side([fields[name] for name in some])
            whole = without_missing_words(whole, reading) if cells.null_count > n_before else whole
        _add_whole_numbers(found, some, whole, table[rows], are_digits=False)
    if cells.null_count > n_before:
        found.missing |= {name for name, n in zip(names, n_null.tolist(), strict=True) if n > fields[name].null_count}


def _add_whole_numbers(
    found: PlainNumbers, names: Sequence[str], cells: pa.ChunkedArray, table: NDArray[Any], *, are_digits: bool
) -> None:
    """Add the columns of whole numbers without leading zeros, and of numbers such as 3.0."""
    n = len(names)
    is_whole, is_float = np.ones(n, bool), np.zeros(n, bool)
    if are_digits and table.dtype.kind == "i" and _n_characters(cells) == _n_digits(table):
        is_padded = np.zeros(n, bool)
    else:  # numbers with leading zeros are codes, and 0x1F is a whole number to Arrow
        is_padded = _any(pc.and_(pc.starts_with(cells, "0"), pc.greater(pc.binary_length(cells), 1)), n)
    if not are_digits and _cast(cells, pa.int64()) is None:
        is_whole = ~_any(pc.invert(pc.match_substring_regex(cells, WHOLE)), n)
        is_float = ~is_whole & _any(pc.invert(pc.match_substring_regex(cells, GROUPS)), n)
        is_float &= ~is_float.any() | _any(pc.invert(pc.match_substring_regex(cells, CODES)), n)
        is_whole &= ~_any(pc.starts_with(cells, "+"), n)
    has_null = np.isnan(table).any(axis=1)
    small = (np.fmin.reduce(table, axis=1) > -LARGEST_WHOLE) & (np.fmax.reduce(table, axis=1) < LARGEST_WHOLE)
    for row in np.flatnonzero(small & (is_float | (is_whole & ~is_padded))).tolist():
        is_missing = has_null[row] or is_float[row]
        # Whole numbers below `LARGEST_WHOLE` are exact in both types.
        found.columns[names[row]] = table[row].astype(np.float64 if is_missing else np.int64, copy=False)
        if has_null[row] and not is_float[row] and _may_be_groups(table[row]):
            found.may_be_groups.add(names[row])


def _n_characters(cells: pa.ChunkedArray) -> int:
    """Return the length of all cells together, by the positions where they begin."""
    n_characters = 0
    for chunk in cells.chunks:
        starts = np.frombuffer(chunk.buffers()[1], np.int32)[chunk.offset :]
        n_characters += int(starts[len(chunk)] - starts[0])
    return n_characters


def _n_digits(table: NDArray[Any]) -> int:
    """Return how many digits and minus signs whole numbers have, without leading zeros.

    >>> _n_digits(np.array([[0, 7, -12]]))
    5
    """
    if not table.size:
        return 0
    low, high = int(table.min()), int(table.max())
    n_digits = table.size + (int(np.count_nonzero(table < 0)) if low < 0 else 0)
    for exponent in range(1, len(str(max(-low, high)))):
        n_digits += int(np.count_nonzero(table >= 10**exponent)) if high >= 10**exponent else 0
        n_digits += int(np.count_nonzero(table <= -(10**exponent))) if low <= -(10**exponent) else 0
    return n_digits


def _needs_a_closer_look(values: NDArray[np.float64], cells: pa.ChunkedArray, reading: Reading) -> bool:
    """Whether numbers may be thousands, or 1.5 and 1.50, which may be versions, are among them."""
    cents = values[:_N_VERSIONS] * 100
    if (np.isnan(cents) | (np.abs(cents - np.rint(cents)) < 1e-6)).all() and may_be_versions(cells):
        return True
    return _may_be_groups(values) and are_groups(_texts_of(cells, reading))


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
    # Integers with gaps become floats. Chunk by chunk, so that Arrow uses the memory of one chunk again for the next:
    # memory that is new to the process costs as much time as the cast.
    is_whole = pa.types.is_integer(wanted) and not cells.null_count
    values = np.empty(len(cells), np.int64 if is_whole else np.float64)
    start = 0
    for chunk in cells.chunks:
        try:
            values[start : start + len(chunk)] = chunk.cast(wanted).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            return None
        start += len(chunk)
    return values


def _any(mask: pa.ChunkedArray, n_columns: int) -> NDArray[np.bool_]:
    """Return for each of several columns, side by side, whether any cell is true."""
    is_true = mask.fill_null(fill_value=False).to_numpy()
    found: NDArray[np.bool_] = is_true.reshape(n_columns, -1).any(axis=1)
    return found
