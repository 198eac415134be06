"""Who writes into a place that knows no locks: a mark that lies there, and that a killed run cannot take away.

On the machine that it names, a mark holds as long as the lock of a file there, which ends with its process. Who cannot
look at that file, on another machine above all, takes it to hold for some time after it was renewed.
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

from skdl.files import LockFile, is_locked

__all__ = ["Mark", "Writer"]

_HOLDS_S = 15 * 60
_RENEWED_AFTER_S = 60


@dataclass(frozen=True)
class Mark:
    """What a writer leaves in a place.

    Attributes
    ----------
    token : str
        Tells the run.
    machine : str
        The one that it is on.
    lock : str
        The file that it has locked there.
    renewed : float
        Seconds since 1970, by its clock.
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
            plain = json.loads(content)
            return cls(str(plain["token"]), str(plain["machine"]), str(plain["lock"]), float(plain["renewed"]))
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def holds(self) -> bool:
        """Whether its run may still be writing."""
        locked = is_locked(self.lock) if self.machine == platform.node() else None
        if locked is not None:
            return locked
        return abs(time.time() - self.renewed) < _HOLDS_S  # a clock that is wrong by years blocks nobody

    @property
    def is_old(self) -> bool:
        """Whether it is time to renew it."""
        return abs(time.time() - self.renewed) > _RENEWED_AFTER_S


class Writer:
    """The run of this process, for as long as it writes."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self._path = Path(tempfile.gettempdir()) / f"skdl-{self.token}.lock"
        self._lock = LockFile(self._path)

    def mark(self) -> Mark:
        """Make its mark as of now."""
        return Mark(self.token, platform.node(), str(self._path), time.time())

    def end(self) -> None:
        """Let its marks hold no longer."""
        self._lock.release()
