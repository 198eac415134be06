"""Starting a worker process: its threads, its signals, its end."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import resource_tracker as python_tracker
from typing import TYPE_CHECKING

from loky.backend import resource_tracker as loky_tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

# XLA sizes its pool by NPROC; OpenMP, OpenBLAS and MKL by their own variables. All are read when a library is loaded,
# so they have to be in the environment before the process starts.
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
_PARENT_CHECK_S = 1.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Block SIGINT while workers start: children inherit the mask, so only the parent handles Ctrl-C.

    A terminal sends Ctrl-C to every process of its group; a worker would print a traceback and count as lost. Windows
    has no signal masks.
    """
    if sys.platform == "win32":
        yield
        return
    # Starting a resource tracker, loky's or Python's, unblocks SIGINT as a side effect, so they start first.
    python_tracker.ensure_running()
    loky_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        # Restore the mask instead of unblocking SIGINT: the caller may have blocked it for its own reasons.
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent(parent: int) -> None:
    """End this process when its parent is killed and cannot end it any more.

    Linux does it at once, also while this process runs C code that holds the GIL. Elsewhere a thread polls. Windows
    gives no new parent to an orphan, so there nothing can be seen.
    """
    if sys.platform == "win32":
        return
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    # The signal comes when the *thread* that started this process ends, so that thread has to outlive it. The second
    # look covers a parent that was killed before prctl was called.
    if prctl is not None and prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) == 0 and os.getppid() == parent:
        return

    def poll() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_CHECK_S)
        # sys.exit would end this thread only, and the main thread may be in the middle of a long fit.
        os._exit(1)

    threading.Thread(target=poll, daemon=True).start()
