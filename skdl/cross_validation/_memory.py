"""How far a process's memory rises while something runs in it; Linux keeps the highest mark itself."""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Rise", "watch_memory"]

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_FORGET_THE_PEAK = "5"  # proc(5): sets the highest mark to what is resident now


@dataclass
class Rise:
    """The highest mark over what was resident before; None where the system does not tell."""

    n_bytes: int | None = None


@contextmanager
def watch_memory() -> Iterator[Rise]:
    """Measure how far resident memory rises inside the block, also between two looks.

    The whole process counts, so nothing else should run in it.

    Examples
    --------
    >>> with watch_memory() as rise:
    ...     block = bytearray(50_000_000)
    >>> rise.n_bytes is None or rise.n_bytes > 40_000_000
    True
    """
    rise = Rise()
    _give_back_what_is_free()
    try:
        _CLEAR.write_text(_FORGET_THE_PEAK)
        before = _resident("VmRSS")
    except (OSError, KeyError):
        yield rise
        return
    yield rise
    rise.n_bytes = max(0, _resident("VmHWM") - before)


def _give_back_what_is_free() -> None:
    """Return freed memory to the system, where glibc keeps it: else the next rise would hide in it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _resident(mark: str) -> int:
    marks = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(marks[mark].split()[0]) * 1024
