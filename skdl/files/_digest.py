"""Digests in hexadecimal digits: SHA-256, which people compare, and BLAKE3, which is several times faster."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from blake3 import blake3


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes, as `sha256sum` prints it."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(file: Path | Any) -> str:
    """Return the SHA-256 of a file, or of an open binary one, of any size; it is read in small pieces."""
    if not isinstance(file, Path):
        return hashlib.file_digest(file, "sha256").hexdigest()
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def blake3_of(content: bytes) -> str:
    """Return the BLAKE3 of bytes, as `b3sum` prints it."""
    return blake3(content).hexdigest()
