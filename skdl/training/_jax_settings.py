"""JAX settings: double precision for one fit, and the on-disk cache of compiled programs.

``SKDL_CACHE_DIR`` moves the cache (``$XDG_CACHE_HOME/skdl`` otherwise), ``SKDL_CACHE_DIR=off`` turns it off. A user's
own ``JAX_COMPILATION_CACHE_DIR`` is kept. A folder that cannot be written is no error: programs are then compiled in
each process.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import keras


def precision(dtype: str) -> AbstractContextManager[object]:
    """Return a context in which arrays keep ``dtype``: without it JAX converts float64 to float32."""
    if dtype == "float64" and keras.backend.backend() == "jax":
        import jax

        # A context manager and not the global switch: other fits, and the user's own JAX code, keep their precision.
        return jax.enable_x64(True)  # type: ignore[no-any-return]  # noqa: FBT003 - JAX's own signature
    return nullcontext()


def use_compilation_cache() -> None:
    """Turn JAX's compilation cache on, unless the user turned it off or has one, or its folder cannot be written."""
    if keras.backend.backend() != "jax":
        return
    import jax

    setting = os.environ.get("SKDL_CACHE_DIR", "")
    if setting.lower() == "off" or jax.config.jax_compilation_cache_dir:
        return
    try:
        base = Path(setting) if setting else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skdl"
        # A folder for each kind of processor, because home directories are shared between machines.
        folder = base / "xla" / _processor_key()
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # JAX would fail at the first program if nothing can be written
    except (OSError, RuntimeError):  # RuntimeError: there is no home directory
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # By default JAX keeps only programs that took a second or more to compile; a small network's takes less, and still
    # longer than its training. -1 also overrides a minimal size that a file system may set.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _processor_key() -> str:
    """Name the kind of processor: a program compiled for one may use instructions that another lacks."""
    try:
        flags = next(
            line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("flags", "Features"))
        )
    except (OSError, StopIteration):  # no Linux, or a kernel that hides them
        flags = platform.processor()
    return f"{platform.machine()}-{hashlib.sha256(flags.encode()).hexdigest()[:12]}"
