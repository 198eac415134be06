"""Rows of a table, a piece at a time, each with its number."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Batch", "MalformedRow", "Piece", "regroup"]


@dataclass(frozen=True)
class MalformedRow:
    """A line of a text file whose fields do not fit the header."""

    row: int
    text: str
    reason: str


Batch = tuple[pa.Table, list[MalformedRow], float | None]
"""Rows, malformed rows, and the share of the table that is read."""


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` of a table.

    Attributes
    ----------
    start, stop : int
        Row numbers from 0, malformed rows counted.
    rows : pyarrow.Table
        The well-formed rows; of a text file, every column is binary with nulls for empty fields.
    numbers : array of shape (n_rows,)
        The row number of each.
    malformed : tuple of MalformedRow
        The others.
    share : float, optional
        Share of the table that was read up to here, to tell how long it will take; None where nobody knows.
    """

    start: int
    stop: int
    rows: pa.Table
    numbers: NDArray[np.int64]
    malformed: tuple[MalformedRow, ...]
    share: float | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as an Arrow stream: a pickled table would take along all of the blocks that it was cut from."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema) as writer:
            writer.write_table(self.rows)
        return _arrived, (self.start, self.stop, sink.getvalue(), self.numbers, self.malformed, self.share)

    def moved(self, n_rows: int) -> Piece:
        """Give the same rows with numbers that are greater by ``n_rows``."""
        malformed = tuple(replace(odd, row=odd.row + n_rows) for odd in self.malformed)
        numbers = self.numbers + n_rows
        return replace(self, start=self.start + n_rows, stop=self.stop + n_rows, numbers=numbers, malformed=malformed)


def _arrived(start: int, stop: int, rows: pa.Buffer, *others: Any) -> Piece:
    with pa.ipc.open_stream(rows) as reader:
        return Piece(start, stop, reader.read_all(), *others)


def regroup(batches: Iterator[Batch], n_rows: int, empty: pa.Table) -> Iterator[Piece]:
    """Cut rows at multiples of ``n_rows``, wherever the batches end."""
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]] = deque()
    malformed: deque[MalformedRow] = deque()
    start, seen, share = 0, 0, None
    for table, found, share in batches:
        malformed.extend(found)
        numbers = _numbers(seen, table.num_rows, malformed)
        waiting.append((table, numbers))
        seen = int(numbers[-1]) + 1 if len(numbers) else seen
        while seen - start >= n_rows:
            yield _take(waiting, malformed, start, start + n_rows, empty, share)
            start += n_rows
    stop = max([seen, *(row.row + 1 for row in malformed)])
    while stop > start:
        yield _take(waiting, malformed, start, min(start + n_rows, stop), empty, share)
        start += n_rows


def _numbers(first: int, n_rows: int, malformed: deque[MalformedRow]) -> NDArray[np.int64]:
    """Give well-formed rows their numbers from ``first`` on, leaving out those of malformed rows.

    Malformed rows of blocks read ahead may already be known.
    """
    numbers = np.arange(first, first + n_rows + len(malformed))
    return np.setdiff1d(numbers, [row.row for row in malformed], assume_unique=True)[:n_rows] if malformed else numbers


def _take(
    waiting: deque[tuple[pa.Table, NDArray[np.int64]]],
    malformed: deque[MalformedRow],
    start: int,
    stop: int,
    empty: pa.Table,
    share: float | None,
) -> Piece:
    tables, numbers = [empty], [np.arange(0)]
    while waiting:
        table, known = waiting.popleft()
        n_inside = int(np.searchsorted(known, stop))
        tables.append(table.slice(0, n_inside))
        numbers.append(known[:n_inside])
        if n_inside < len(known):
            waiting.appendleft((table.slice(n_inside), known[n_inside:]))
            break
    odd = []
    while malformed and malformed[0].row < stop:
        odd.append(malformed.popleft())
    return Piece(start, stop, pa.concat_tables(tables), np.concatenate(numbers), tuple(odd), share)
