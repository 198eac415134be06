"""What a model costs: time, room on disk and memory, and how many folds it failed on, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report._format import rate, seconds, size
from skdl.report.sections._cell import Cell

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import ModelRow, Summary

__all__ = ["cost_headings", "costs_note", "costs_of"]


def costs_of(row: ModelRow, summary: Summary) -> tuple[Cell, ...]:
    """Put a model's costs into text, in the order of `cost_headings`; a dash where one was not measured."""
    per_1000 = None if not row.rows_per_s else 1000.0 / row.rows_per_s  # seconds
    cells = {
        "fit": Cell(seconds(row.fit_s), row.fit_s),
        "predict": Cell(seconds(per_1000, per_second=1000.0), per_1000),
        "rows": Cell(rate(row.rows_per_s), row.rows_per_s),
        "saved": Cell(size(row.saved_bytes), row.saved_bytes),
        "memory": Cell(size(row.peak_memory_bytes), row.peak_memory_bytes),
        "failed": Cell(str(row.n_failed), row.n_failed),
    }
    return tuple(cells[key] for key in _shown(summary))


def cost_headings(summary: Summary, words: Words) -> tuple[str, ...]:
    """Name the costs that are shown."""
    return tuple(words(f"column.{key}") for key in _shown(summary))


def costs_note(summary: Summary, words: Words) -> str:
    """Say what was measured, or what it takes to measure memory."""
    return words("costs.note" if _memory_was_measured(summary) else "costs.note_unmeasured")


def _shown(summary: Summary) -> list[str]:
    """Choose the costs: memory only where it was measured of any model, failures only where there are any."""
    hidden = {
        "memory": not _memory_was_measured(summary),
        "failed": all(row.n_failed == 0 for row in summary.models),
    }
    return [key for key in ("fit", "predict", "rows", "saved", "memory", "failed") if not hidden.get(key, False)]


def _memory_was_measured(summary: Summary) -> bool:
    """Whether any model ran in a process of its own, where memory can be told apart."""
    return any(row.peak_memory_bytes is not None for row in summary.models)
