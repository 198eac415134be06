"""A file of a model as the manifest lists it: size, SHA-256 for people, and BLAKE3, which is compared.

SHA-256 reads a few hundred megabytes a second where the processor has no instructions for it: a tenth of the time that
a large forest takes to load. BLAKE3 reads gigabytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from skdl.files import blake3_of, sha256_of
from skdl.saved_models._json import count, optional, record, text, that

__all__ = ["FileEntry"]

_HEX_DIGITS = 64


@dataclass(frozen=True)
class FileEntry:
    """Size in bytes and digests of one file.

    Attributes
    ----------
    sha256 : str
        As `sha256sum` prints it.
    size : int
        Bytes.
    blake3 : str, optional
        As `b3sum` prints it. Models of before 2026-11-22 have none.
    """

    sha256: str
    size: int
    blake3: str | None = None

    @classmethod
    def of(cls, content: bytes) -> FileEntry:
        """Describe these bytes."""
        return cls(sha256_of(content), len(content), blake3_of(content))

    def mismatch(self, content: bytes, *, both: bool) -> str | None:
        """Return the digest that differs from that of these bytes, with its name; None where they are the file's.

        BLAKE3 alone is compared; ``both`` compares SHA-256 too, on which other programs may rely.
        """
        whole = len(content) == self.size
        if whole and self.blake3 is not None and blake3_of(content) != self.blake3:
            return f"blake3 {self.blake3}"
        # Either digest proves integrity. SHA-256 is compared as well where the result is passed on to other programs.
        asked = both or self.blake3 is None
        if not whole or (asked and sha256_of(content) != self.sha256):
            return f"sha256 {self.sha256}"
        return None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Any, where: str) -> FileEntry:
        """Read back what `to_json` gave; raises ValueError on anything else."""
        return _ENTRY(plain, where)


_DIGEST = that(
    text,
    lambda digits: len(digits) == _HEX_DIGITS and not set(digits) - set("0123456789abcdef"),
    "64 hexadecimal digits",
)
_ENTRY = record(FileEntry, sha256=_DIGEST, size=count, blake3=optional(_DIGEST))
