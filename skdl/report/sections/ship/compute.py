"""The saved model in plain values, from its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl import results
from skdl.saved_models import read_manifest
from skdl.schema import explain

if TYPE_CHECKING:
    from pathlib import Path


def saved_model_summary(model: Path, folder: Path, name: str) -> results.SavedModelSummary:
    """Describe the model ``name`` saved at ``model``, which will be ``folder / "model"``; nothing is unpickled."""
    manifest = read_manifest(model).manifest
    schema = manifest.schema
    return results.SavedModelSummary(
        folder=str(folder / "model"),
        n_bytes=sum(entry.size for entry in manifest.files.values()),
        needs_keras=manifest.needs_keras,
        columns=[
            results.InputColumn(
                name=column.name,
                kind=column.kind,
                nullable=column.nullable,
                categories=None if column.categories is None else [str(value) for value in column.categories],
                takes_others=column.open,
                low=column.minimum,
                high=column.maximum,
                parsed=list(explained.parsed),
            )
            for column, explained in zip(schema.columns, explain(schema, manifest.reading), strict=True)
        ],
        classes=None if schema.classes is None else [str(label) for label in schema.classes],
        versions=dict(manifest.versions),
        model=name,
        members=dict(manifest.metadata.get("ensemble", {})),
    )
