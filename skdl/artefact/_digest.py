"""What a file must be: its size, its SHA-256 for people and `sha256sum`, and digests of blocks where it is large.

SHA-256 reads a few hundred megabytes a second where the processor has no instructions for it, and cannot be shared out.
Blocks can: BLAKE2b reads each about twice as fast, and several threads read several of them.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from joblib import cpu_count

from skdl.artefact._plain import count, many, record, text, that

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FileEntry"]

BLOCKS_FROM = 8 * 2**20  # bytes; a smaller file is digested before threads are worth their start
BLOCK_SIZE = 2 * 2**20
_N_THREADS = 4
_HEX_DIGITS = 64


@dataclass(frozen=True)
class Blocks:
    """BLAKE2b digests, of 32 bytes, of a file's blocks in order; the last one may be shorter."""

    size: int
    blake2b: tuple[str, ...]

    @classmethod
    def of(cls, content: bytes, size: int) -> Blocks:
        """Digest blocks of this size, on several threads."""
        with ThreadPoolExecutor(min(_N_THREADS, cpu_count())) as threads:
            return cls(size, tuple(threads.map(_digest, _cut(content, size))))


def _cut(content: bytes, size: int) -> Iterator[memoryview]:
    whole = memoryview(content)
    return (whole[start : start + size] for start in range(0, len(content), size))


def _digest(block: memoryview) -> str:
    return hashlib.blake2b(block, digest_size=_HEX_DIGITS // 2).hexdigest()  # lets other threads run meanwhile


@dataclass(frozen=True)
class FileEntry:
    """Size in bytes and digests of one file.

    Attributes
    ----------
    sha256 : str
        Of the whole file.
    size : int
        Bytes.
    blocks : Blocks, optional
        Of a large file: what is compared in place of ``sha256``. All of its bytes are in one of them.
    """

    sha256: str
    size: int
    blocks: Blocks | None = None

    @classmethod
    def of(cls, content: bytes) -> FileEntry:
        """Describe these bytes."""
        blocks = Blocks.of(content, BLOCK_SIZE) if len(content) > BLOCKS_FROM else None
        return cls(hashlib.sha256(content).hexdigest(), len(content), blocks)

    def fits(self, content: bytes) -> bool:
        """Tell whether these are the bytes."""
        if len(content) != self.size:
            return False
        if self.blocks is not None:
            return Blocks.of(content, self.blocks.size) == self.blocks
        return hashlib.sha256(content).hexdigest() == self.sha256

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; small files have no blocks."""
        plain = asdict(self)
        return plain if self.blocks is not None else {"sha256": plain["sha256"], "size": plain["size"]}

    @classmethod
    def from_json(cls, plain: Any, where: str) -> FileEntry:
        """Read back what `to_json` gave; raises ValueError on anything else."""
        return _ENTRY(plain, where)


_DIGEST = that(
    text,
    lambda digits: len(digits) == _HEX_DIGITS and not set(digits) - set("0123456789abcdef"),
    "64 hexadecimal digits",
)
_BLOCKS = record(Blocks, size=that(count, lambda size: size > 0, "positive"), blake2b=many(_DIGEST))
_ENTRY = that(
    record(FileEntry, sha256=_DIGEST, size=count, blocks=_BLOCKS),
    lambda entry: entry.blocks is None or len(entry.blocks.blake2b) == -(-entry.size // entry.blocks.size),
    "of as many blocks as its size makes",
)
