"""A step of a pipeline that ends its process at a row, a given number of times; importable, as a saved model needs."""

import os
import signal
from pathlib import Path

DEADLY = 13.0


def end_at_deadly_rows(X, *, folder, times):
    """Pass rows on; where a deadly one is among them, end the process unless that happened often enough."""
    if (X == DEADLY).any(axis=None) and len(list(Path(folder).iterdir())) < times:
        Path(folder, str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return X
