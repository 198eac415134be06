"""A cell of a table: what is read there, and what it is sorted by."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Cell"]


@dataclass(frozen=True)
class Cell:
    """Text, and the number behind it; None where there is none, which sorts last."""

    text: str
    number: float | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def sort_key(self) -> str:
        """Give the number as a program reads it."""
        return "" if self.number is None or not math.isfinite(self.number) else repr(float(self.number))
