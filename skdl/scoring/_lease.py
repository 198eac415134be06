"""A lease file: one writer at a time in an object store, which has no locks.

It expires 15 minutes after its last renewal. On the machine that it names it expires at once when its run ends: it also
names a lock file there, and a lock ends with its process.
"""

from __future__ import annotations

import json
import platform
import secrets
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from skdl.files import LockFile, is_locked

__all__ = ["Lease", "LeaseHolder"]

# A lease is renewed between parts only, so it has to outlast the slowest part. A run that loses its lease notices that
# before its next write.
_VALID_S = 15 * 60
_RENEWED_AFTER_S = 60


@dataclass(frozen=True)
class Lease:
    """The content of a lease file.

    Attributes
    ----------
    token : str
        Identifies the run.
    machine : str
        Name of the machine that it runs on.
    lock : str
        Path of its lock file there.
    renewed : float
        Seconds since 1970, by the clock of that machine.
    """

    token: str
    machine: str
    lock: str
    renewed: float

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self | None:
        """Read back what `to_bytes` gave; None for other bytes."""
        try:
            return TypeAdapter(cls).validate_json(content, strict=True)
        except ValidationError:
            return None

    @property
    def is_valid(self) -> bool:
        """Whether its run may still be writing."""
        # On the same machine the lock file decides, whatever the age of the lease: a killed run blocks no other, and a
        # suspended one keeps its folder. None (another machine, or a lock file that cannot be opened) leaves it to the
        # age.
        locked = is_locked(self.lock) if self.machine == platform.node() else None
        if locked is not None:
            return locked
        return abs(time.time() - self.renewed) < _VALID_S  # abs: a clock that was ahead must not block for years

    @property
    def is_due(self) -> bool:
        """Whether it is time to renew it."""
        return abs(time.time() - self.renewed) > _RENEWED_AFTER_S


class LeaseHolder:
    """A run of this process that writes leases, until `end`."""

    def __init__(self) -> None:
        # Random, because process ids repeat and machines may have the same name.
        self.token = secrets.token_hex(16)
        self._path = Path(tempfile.gettempdir()) / f"skdl-{self.token}.lock"
        self._lock = LockFile(self._path)

    def renewed_lease(self) -> Lease:
        """Return its lease as of now."""
        return Lease(self.token, platform.node(), str(self._path), time.time())

    def end(self) -> None:
        """Make its leases expire on this machine."""
        self._lock.release()
