"""Processes that end with the one that started them, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time

__all__ = ["end_with_parent"]

_LOOK_FOR_PARENT_S = 1.0
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2); the parent is the thread that started the process, and has to outlive it


def end_with_parent(parent: int) -> None:
    """End this process when the one that started it was killed; Linux does so whatever this one is at."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None and prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL) == 0 and os.getppid() == parent:
        return

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_FOR_PARENT_S)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
