"""The summary of a finished comparison: the plain values that a report is written from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skdl import report, results
from skdl.comparison._plan import package_versions

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison

__all__ = ["summarise"]


def summarise(
    comparison: FinishedComparison,
    info: report.RunInfo,
    inspection: results.Insight | None = None,
    *,
    model_pin: str | None = None,
    saved: results.SavedModelSummary | None = None,
) -> results.Summary:
    """Compute every section of the report; ``model_pin`` and ``saved`` describe the recommended model on disk."""
    return results.Summary(
        name=info.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=package_versions(),
        command=info.command,
        pipeline=info.pipeline,
        insight=inspection,
        model_pin=model_pin,
        saved=saved,
        **report.compute_sections(comparison, info),
    )
