"""JAX settings: double precision for one fit, and the on-disk cache of compiled programs.

``SKDL_CACHE_DIR`` moves the cache (``$XDG_CACHE_HOME/skdl`` otherwise), ``SKDL_CACHE_DIR=off`` turns it off. A user's
own ``JAX_COMPILATION_CACHE_DIR`` is kept. A folder that cannot be written is no error: programs are then compiled in
each process.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLOATX = "float32"  # Keras' default
_FORKED = threading.Event()  # set in a process that was forked while JAX was in use


def _notice_fork() -> None:
    # Without `backends_are_initialized`, whose lock another thread of the parent may have held.
    if getattr(sys.modules.get("jax._src.xla_bridge"), "_backends", None):
        _FORKED.set()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_notice_fork)


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Compute in ``dtype`` inside the block, whatever Keras and JAX are set to for other code of the process.

    Without it JAX converts float64 to float32, and a global policy of Keras such as ``mixed_float16`` decides on the
    parts of a network that are not given a dtype.

    Raises
    ------
    RuntimeError
        In a forked process, whose parent had used JAX: JAX would wait forever for threads that only the parent has.
    """
    if _FORKED.is_set() and keras.backend.backend() == "jax":
        raise RuntimeError(
            "a Keras network must be used in a process of its own; got a forked one, whose parent had used JAX. Start "
            "workers by multiprocessing.get_context('spawn') or by joblib, fork before JAX is used (a network that was "
            "loaded and did not predict yet is restored in the child), or predict with skdl.freeze(network)."
        )
    with ExitStack() as at_end:
        if keras.config.floatx() != _FLOATX:
            at_end.callback(keras.config.set_floatx, keras.config.floatx())
            keras.config.set_floatx(_FLOATX)
        if keras.config.dtype_policy().name != _FLOATX:
            at_end.callback(keras.config.set_dtype_policy, keras.config.dtype_policy())
            keras.config.set_dtype_policy(_FLOATX)
        if keras.backend.backend() == "jax":
            import jax

            # Context managers and not global switches: other fits, and the user's own JAX code, keep their settings.
            at_end.enter_context(jax.numpy_dtype_promotion("standard"))
            if dtype == "float64":
                at_end.enter_context(jax.enable_x64(True))  # noqa: FBT003 - JAX's own signature
        yield


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
