"""Where the best models err, as text: a room for numbers and a room for classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report.sections.errors._text_classes import ClassErrorsText, class_errors_text
from skdl.report.sections.errors._text_regression import MissesText, misses_text

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import Summary

__all__ = ["ErrorsSection", "errors_section"]


@dataclass(frozen=True)
class ErrorsSection:
    """The best models' errors; one of the two is None."""

    regression: MissesText | None
    classification: ClassErrorsText | None


def errors_section(summary: Summary, words: Words) -> ErrorsSection | None:
    """Say where the best models err; None where no answer was kept."""
    errors = summary.errors
    if not errors.regression and not errors.classification:
        return None
    return ErrorsSection(
        regression=misses_text(summary, words) if errors.regression else None,
        classification=class_errors_text(summary, words) if errors.classification else None,
    )
