"""The table that was compared on: its columns, its target, and what a check of it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl._note import Note

__all__ = ["Check", "ColumnProfile", "DataSummary", "Histogram"]


@dataclass(frozen=True)
class ColumnProfile:
    """One column that models are shown; ``low``, ``median`` and ``high`` are of numbers, the others of categories."""

    name: str
    kind: str  # "numeric", "categorical", or "left_out" where no model here can use it
    dtype: str  # "integers", "decimals", "booleans", "text", "dates" or "other"
    n_missing: int
    n_distinct: int
    low: float | None = None
    median: float | None = None
    high: float | None = None
    commonest: str | None = None
    commonest_share: float | None = None  # of the values that are there


@dataclass(frozen=True)
class Histogram:
    """Rows of a numeric target by equal steps: ``counts[i]`` lie from ``edges[i]`` to ``edges[i + 1]``."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True)
class Check:
    """What one check of the table came to: a code, how grave it is, and the values its sentence needs.

    ``level`` is "grave" where scores may be too good to be true, "mild" where they ask for care, "fine" where nothing
    was found.
    """

    code: str
    level: str
    columns: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSummary:
    """The table that was used."""

    source: str
    target: str
    task: str  # "regression" or "classification"
    n_rows: int
    n_columns: int
    n_numeric: int
    n_categorical: int
    n_missing: int  # cells
    class_counts: dict[str, int] | None = None
    target_range: list[float] | None = None  # [min, max]
    notes: list[Note | str] = field(default_factory=list)  # ours; and, as plain text, what models warned of
    unit: str | None = None  # of the target: "thousand dollars"
    profile: list[ColumnProfile] = field(default_factory=list)  # of the first 1,000 columns, in the table's order
    histogram: Histogram | None = None  # of a numeric target
    checks: list[Check] = field(default_factory=list)  # the gravest first
