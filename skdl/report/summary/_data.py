"""The table that was compared on."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["DataSummary"]


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
    notes: list[str] = field(default_factory=list)  # e.g. rows dropped because the target was missing
    unit: str | None = None  # of the target: "thousand dollars"
