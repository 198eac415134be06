"""How rows are cut into batches of one shape, and into few shapes: a program is compiled for each."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

__all__ = ["Batching", "Sizes", "roomy"]

_NARROWEST = 32  # rows of a batch, where a table has fewer
_SIGNIFICANT_BITS = 4


@dataclass(frozen=True)
class Batching:
    """Batches of ``width`` rows, ``n_batches`` an epoch, and ``n_tail`` rows in a last one that has a shape of its own.

    Padded batches have no such tail: what a batch lacks are rows of weight 0. So few rows that they fill no batch share
    a narrower one, a power of two wide, so that tables which differ by a row have one shape.
    """

    n_rows: int
    width: int
    n_batches: int
    n_tail: int

    @classmethod
    def of(cls, n_rows: int, batch_size: int, *, exact: bool) -> Batching:
        """Cut ``n_rows``; ``exact`` where rows of a batch mix, so that padding would change the result."""
        if exact:
            width = min(batch_size, n_rows)
            return cls(n_rows, width, n_rows // width, n_rows % width)
        width = min(batch_size, max(_NARROWEST, 1 << (n_rows - 1).bit_length()))
        return cls(n_rows, width, math.ceil(n_rows / width), 0)

    @property
    def n_in_batches(self) -> int:
        """Rows that stand in batches of this width."""
        return self.n_rows - self.n_tail


def roomy(size: int) -> int:
    """Round up to a coarse grid: at most an eighth more, and eight sizes between powers of two.

    Examples
    --------
    >>> [roomy(size) for size in (3, 16, 17, 350)]
    [3, 16, 18, 352]
    """
    step = 1 << max(0, size.bit_length() - _SIGNIFICANT_BITS)
    return math.ceil(size / step) * step


class Sizes:
    """Numbers of batches that a program was compiled for; a table that nearly fills one of them is padded to it.

    Padding changes no result, so that it does not matter which tables came before.
    """

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()
        self._lock = threading.Lock()

    def pick(self, n_batches: int, width: int) -> int:
        """Return a number of batches of this width that holds ``n_batches``."""
        with self._lock:
            fitting = [
                size for size, wide in self._known if wide == width and n_batches <= size <= n_batches * 1.25 + 1
            ]
            chosen = min(fitting, default=roomy(n_batches))
            self._known.add((chosen, width))
            return chosen
