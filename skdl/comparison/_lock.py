"""``lock.yaml``: what is needed to reproduce the numbers (resolved pipeline file, hashes, seed, versions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from skdl.pipeline import PipelineSpec
    from skdl.results import Summary

__all__ = ["write_lock"]


def write_lock(path: Path, summary: Summary, spec: PipelineSpec | None) -> None:
    """Write ``lock.yaml``; ``skdl.pipeline`` reads it back as a pipeline file."""
    content: dict[str, Any] = {
        "created": summary.created,
        "data": {"source": summary.data.source, "sha256": summary.protocol.data_hash, "rows": summary.data.n_rows},
        "splits": {
            "splitter": str(summary.protocol.splitter),
            "folds": summary.protocol.folds,
            "repeats": summary.protocol.repeats,
            "seed": summary.protocol.seed,
            "sha256": summary.protocol.splits_hash,
        },
        "versions": summary.versions,
        "pipeline": yaml.safe_load(spec.to_yaml()) if spec is not None else None,
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
