"""What a model costs: time, room on disk and memory, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import rate, seconds, size

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.summary import ModelRow, Summary

__all__ = ["Costs", "cost_headings", "costs_note", "costs_of", "memory_was_measured"]


@dataclass(frozen=True)
class Costs:
    """One model's costs; a dash where one was not measured."""

    fit: str
    predict: str
    rows: str
    saved: str
    memory: str

    def cells(self, *, memory: bool) -> tuple[str, ...]:
        """Give them in the order of `cost_headings`."""
        return (self.fit, self.predict, self.rows, self.saved, *([self.memory] if memory else []))


def costs_of(row: ModelRow) -> Costs:
    """Put a model's costs into text."""
    return Costs(
        fit=seconds(row.fit_s),
        predict=seconds(row.predict_s, per_second=1000.0),
        rows=rate(row.rows_per_s),
        saved=size(row.saved_bytes),
        memory=size(row.peak_memory_bytes),
    )


def cost_headings(summary: Summary, words: Words) -> tuple[str, ...]:
    """Name the costs that are shown: memory only where it was measured of any model."""
    shown = ("fit", "predict", "rows", "saved", *(["memory"] if memory_was_measured(summary) else []))
    return tuple(words(f"column.{key}") for key in shown)


def costs_note(summary: Summary, words: Words) -> str:
    """Say what was measured, or what it takes to measure memory."""
    return words("costs.note" if memory_was_measured(summary) else "costs.note_unmeasured")


def memory_was_measured(summary: Summary) -> bool:
    """Whether any model ran in a process of its own, where memory can be told apart."""
    return any(row.peak_memory_bytes is not None for row in summary.models)
