"""Saved models pickled by joblib, compressed."""

from __future__ import annotations

import io
from typing import Any

import joblib

__all__ = ["FILE_NAME", "dump", "load"]

FILE_NAME = "model.joblib"
_COMPRESSION = ("zlib", 3)  # its checksum detects flipped bits even where no digest is compared


def dump(pipeline: Any) -> bytes:
    """Return the content of the file."""
    content = io.BytesIO()
    joblib.dump(pipeline, content, compress=_COMPRESSION)
    return content.getvalue()


def load(content: bytes) -> Any:
    """Return the pipeline of a file that was verified before."""
    return joblib.load(io.BytesIO(content))
