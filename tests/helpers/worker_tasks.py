"""Functions that workers run, in a module that they can import."""

import os
import signal
import time
from pathlib import Path


def scale(factor, number):
    """Multiply."""
    return factor * number


def fail(_, number):
    """Refuse a number."""
    raise ZeroDivisionError(number)


def describe(shared, _):
    """Tell what a task sees of its process, and of an array that it shares with others."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return {
        "pid": os.getpid(),
        "threads": {os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")},
        "ignores_ctrl_c": signal.SIGINT in blocked,
        "sum": float(shared.sum()),
        "is_writable": shared.flags.writeable,
    }


def end_process(folder, task):
    """End the process of a task so many times; `task` is a name and a number."""
    name, times = task
    tries = len(list(Path(folder).glob(f"{name}-*")))
    Path(folder, f"{name}-{tries}").touch()
    if tries < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return name


def sleep(folder, seconds):
    """Leave a line, and take time."""
    with Path(folder, str(seconds)).open("a") as log:
        log.write("begun\n")
    time.sleep(seconds)
    return seconds


KEPT = []


def grow(shared, task):
    """Keep memory from task to task, as imports and compiled programs do; return the process too."""
    KEPT.append(b"x" * 20_000_000)
    time.sleep(0.6)  # loky measures the memory at most once a second
    return shared * task, os.getpid()
