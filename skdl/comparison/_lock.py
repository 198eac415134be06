"""Writing ``lock.yaml``, with which a comparison is run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.spec import Lock

if TYPE_CHECKING:
    from pathlib import Path

    from skdl.pipeline import PipelineSpec
    from skdl.results import Summary

__all__ = ["write_lock"]


def write_lock(path: Path, summary: Summary, spec: PipelineSpec | None) -> None:
    """Write ``lock.yaml`` beside a report."""
    protocol = summary.protocol
    lock = Lock(
        created=summary.created,
        data={"source": summary.data.source, "sha256": protocol.data_hash, "rows": summary.data.n_rows},
        splits={
            "splitter": str(protocol.splitter),
            "folds": protocol.folds,
            "repeats": protocol.repeats,
            "seed": protocol.seed,
            "sha256": protocol.splits_hash,
        },
        versions=summary.versions,
        pipeline=spec.model_dump() if spec is not None else None,
    )
    path.write_text(lock.to_yaml(), encoding="utf-8")
