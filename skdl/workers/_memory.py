"""How far a process's resident memory rises while something runs in it, from the high-water mark that Linux keeps."""

from __future__ import annotations

import ctypes
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Rise", "watch_memory"]

_STATUS, _CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): sets the high-water mark to what is resident now


@dataclass
class Rise:
    """Highest resident memory less what was resident before; None where the system does not measure it."""

    n_bytes: int | None = None


@contextmanager
def watch_memory() -> Iterator[Rise]:
    """Measure how far resident memory rises inside the block, also between two samples.

    The whole process counts, so nothing else should run in it.

    Examples
    --------
    >>> with watch_memory() as rise:
    ...     block = bytearray(50_000_000)
    >>> rise.n_bytes is None or rise.n_bytes > 40_000_000
    True
    """
    rise = Rise()
    _trim_heap()
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK)
        before = _resident_bytes("VmRSS")
    # Not Linux, or a sandbox that hides or protects these files: the block runs all the same, without a measurement.
    except (OSError, KeyError):
        yield rise
        return
    yield rise
    # The kernel counts resident pages in batches (proc(5) calls the fields inaccurate), so the difference of two
    # readings may come out slightly negative.
    rise.n_bytes = max(0, _resident_bytes("VmHWM") - before)


def _trim_heap() -> None:
    """Return freed memory to the system: glibc keeps it, and the next rise would not show while it is used up."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _resident_bytes(field: str) -> int:
    fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(fields[field].split()[0]) * 1024
