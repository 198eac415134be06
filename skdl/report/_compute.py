"""Computing a summary: the fields that sections make from a finished comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from skdl.report.sections import SECTIONS, section_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._note import Note
    from skdl.cross_validation import FinishedComparison
    from skdl.pipeline import RowSlices
    from skdl.tables import ColumnKinds


@dataclass(frozen=True)
class RunInfo:
    """Facts of a comparison besides its scores: the source of the data, and how to run it again."""

    name: str
    source: str
    target: str
    data_hash: str
    command: str = ""
    notes: list[Note] = field(default_factory=list)
    kinds: ColumnKinds | None = None  # inferred from the table where left out
    types: Mapping[str, str] = field(default_factory=dict)  # of columns, as `skdl.tables.ColumnPlan` has them
    unit: str | None = None
    weights: str | None = None  # name of their column
    tune_folds: int | None = None
    pipeline: str | None = None  # the pipeline file, as YAML
    slices: tuple[RowSlices, ...] = ()  # of the rows of the table


def compute_sections(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the fields of the summary that sections make from a finished comparison.

    Model inspection and saved model are computed before, since they need the journal and the results folder.
    """
    fields: dict[str, Any] = {}
    for name in SECTIONS:
        compute = getattr(section_part(name, "compute"), "compute", None)
        if compute is not None:
            fields |= compute(comparison, info)
    return fields
