"""Data: the table, its columns, its target, and the results of the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skdl._note import Note

__all__ = ["Check", "ColumnProfile", "DataSummary", "Histogram"]


@dataclass(frozen=True)
class ColumnProfile:
    """A feature column; ``low``, ``median`` and ``high`` are for numbers, ``commonest`` for categories."""

    name: str
    kind: str  # "numeric", "categorical", or "left_out" if no model here can use it
    dtype: str  # "integers", "decimals", "booleans", "text", "dates" or "other"
    n_missing: int
    n_distinct: int
    low: float | None = None
    median: float | None = None
    high: float | None = None
    commonest: str | None = None
    commonest_share: float | None = None  # of the values that are not missing


@dataclass(frozen=True)
class Histogram:
    """Histogram of a numeric target: ``counts[i]`` rows lie between ``edges[i]`` and ``edges[i + 1]``."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True)
class Check:
    """The result of one check of the table: a code, a level, and the values of its sentence.

    ``level`` is "grave" if scores may be too good to be true, "mild" if they need care, and "fine" if nothing was
    found.
    """

    code: str
    level: str
    columns: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSummary:
    """The table that the models were compared on."""

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
    notes: list[Note | str] = field(default_factory=list)  # plain text: warnings of the models
    unit: str | None = None  # of the target: "thousand dollars"
    profile: list[ColumnProfile] = field(default_factory=list)  # of the first 1,000 columns, in the table's order
    histogram: Histogram | None = None  # of a numeric target
    checks: list[Check] = field(default_factory=list)  # grave ones first
