"""The saved model and its input schema."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["InputColumn", "SavedModelSummary"]


@dataclass(frozen=True)
class InputColumn:
    """A column of the saved model's input."""

    name: str
    kind: str  # "number", "boolean", "text" or "other"
    nullable: bool  # whether a value may be missing
    categories: list[str] | None = None  # known to its encoder
    takes_others: bool = True  # whether other categories are accepted
    low: float | None = None  # range of the training rows
    high: float | None = None


@dataclass(frozen=True)
class SavedModelSummary:
    """The model that was fitted on all rows and saved."""

    folder: str  # as the results folder was given
    n_bytes: int
    needs_keras: bool
    columns: list[InputColumn]
    classes: list[str] | None = None
    versions: dict[str, str] = field(default_factory=dict)  # of the packages that it was saved with
