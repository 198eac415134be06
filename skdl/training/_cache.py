"""XLA's on-disk cache of compiled programs: a new process starts warm.

``SKDL_CACHE_DIR`` moves it (it lies in ``$XDG_CACHE_HOME/skdl`` otherwise), ``SKDL_CACHE_DIR=off`` turns it off.
Whoever set JAX's own ``JAX_COMPILATION_CACHE_DIR`` keeps that. A folder that cannot be written is no error: programs
are then compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from pathlib import Path

import keras

__all__ = ["use_compilation_cache"]


def use_compilation_cache() -> Path | None:
    """Turn JAX's cache on, and return its folder; None where it stays off."""
    if keras.backend.backend() != "jax":
        return None
    import jax

    wanted = os.environ.get("SKDL_CACHE_DIR", "")
    if wanted.lower() == "off" or jax.config.jax_compilation_cache_dir:
        return None
    folder = (Path(wanted) if wanted else _user_cache() / "skdl") / "xla" / _machine()
    if not _is_writable(folder):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def _user_cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else Path.home() / ".cache"


def _machine() -> str:
    """Name the kind of processor: a program compiled for one may use instructions that another lacks."""
    try:
        flags = next(
            line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("flags", "Features"))
        )
    except (OSError, StopIteration):
        flags = platform.processor()
    return f"{platform.machine()}-{hashlib.sha256(flags.encode()).hexdigest()[:12]}"


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
