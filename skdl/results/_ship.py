"""What was saved, what it expects, and how to use it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["InputColumn", "SavedModelSummary"]


@dataclass(frozen=True)
class InputColumn:
    """One column that the saved model expects of a table to score."""

    name: str
    kind: str  # "number", "boolean", "text" or "other"
    nullable: bool  # whether a value may be missing
    categories: list[str] | None = None  # what its encoder knows
    takes_others: bool = True  # whether a value that is not among them may come
    low: float | None = None  # range of the training rows
    high: float | None = None


@dataclass(frozen=True)
class SavedModelSummary:
    """The model that was fitted on all rows and saved."""

    folder: str  # as the results folder was named
    n_bytes: int
    needs_keras: bool
    columns: list[InputColumn]
    classes: list[str] | None = None
    versions: dict[str, str] = field(default_factory=dict)  # that it was saved with
