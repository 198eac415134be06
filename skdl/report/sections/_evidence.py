"""What the verdict rests on, as text: the folds, every model against one, every pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report.sections._against import against_text

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.sections._against import AgainstText
    from skdl.report.summary import Summary

__all__ = ["EvidenceSection", "evidence_section"]


@dataclass(frozen=True)
class EvidenceSection:
    """Every model against one; None where there is no test."""

    against: AgainstText | None


def evidence_section(summary: Summary, words: Words) -> EvidenceSection | None:
    """Put the evidence into text; None where no fold was kept."""
    return EvidenceSection(against_text(summary, words)) if summary.folds else None
