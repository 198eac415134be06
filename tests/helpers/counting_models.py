"""Models that leave a line in a file for each fit, for tests that run them in other processes."""

import os
import time

from helpers.crash_points import KilledError
from sklearn.linear_model import Ridge


class Counted(Ridge):
    """Ridge regression that notes each fit on a part of the rows, and takes its time.

    After `fits_left` fits the next one stops the run, as a kill would; None for never.
    """

    fits_left = None

    def __init__(self, log, *, alpha=1.0, seconds=0.0):
        super().__init__(alpha=alpha)
        self.log = log
        self.seconds = seconds

    def fit(self, X, y):
        """Note it, wait, and fit."""
        with open(self.log, "a") as log:  # noqa: PTH123 - a single write, also with concurrent writers
            log.write(f"{len(y)} {self.alpha} {os.getpid()}\n")
        if Counted.fits_left == 0:
            raise KilledError
        Counted.fits_left = Counted.fits_left and Counted.fits_left - 1
        time.sleep(self.seconds)
        return super().fit(X, y)


class Ends(Ridge):
    """A model whose fit ends its process, the first `times` times."""

    def __init__(self, log, *, times=1):
        super().__init__()
        self.log = log
        self.times = times

    def fit(self, X, y):
        """End, or fit."""
        with open(self.log, "a+") as log:  # noqa: PTH123 - likewise
            log.seek(0)
            ended = len(log.readlines())
            log.write("ended\n")
        if ended < self.times:
            os._exit(3)
        return super().fit(X, y)
