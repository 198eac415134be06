"""Resident memory of this process and its peak, which also show what C++ libraries and JAX take, and free memory."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_GROUPS = (  # limit and use of a container, in the two versions of Linux' control groups
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def reset_peak_memory() -> int | None:
    """Reset the high-water mark of resident memory to what is resident now, and return that, in bytes.

    None where the system does not measure it: not Linux, or a sandbox that hides or protects the files.
    """
    if sys.platform != "linux":
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)  # glibc keeps freed memory, and the next rise would not show while it is used up
    try:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5)
        return _field("/proc/self/status", "VmRSS")
    except (OSError, KeyError):
        return None


def peak_memory() -> int | None:
    """Return the most bytes that were resident since the high-water mark was reset; None where it is not measured."""
    try:
        return _field("/proc/self/status", "VmHWM")
    except (OSError, KeyError):
        return None


def available_memory() -> int | None:
    """Return the bytes that programs can still take without swapping, as the container limits them; None if unknown."""
    try:
        free = _field("/proc/meminfo", "MemAvailable")
    except (OSError, KeyError):
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # macOS: all there is
        except (AttributeError, OSError, ValueError):
            return None
    for limit, used in _GROUPS:
        try:
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # another version, or "max"
            continue
    return max(0, free)


def _field(path: str, name: str) -> int:
    fields = dict(line.split(":", 1) for line in Path(path).read_text().splitlines())
    return int(fields[name].split()[0]) * 1024
