"""Runs `skdl`, or code, as processes that have imported everything but Keras before they begin: forks of this one.

It takes orders through a pipe: a command to begin, answered by its process, or a process to wait for, answered by its
exit code. A fork ends as any process of Python does, its last words and what its threads are at included.
"""

import gc
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

READY = "ready"


@dataclass(frozen=True)
class Order:
    """A command and what it runs with: where its three streams lead, and how large its files may be."""

    arguments: list[str]
    streams: tuple[str, str, str]
    file_bytes: int | None = None


class Running:
    """A command that runs."""

    def __init__(self, orders, pid):
        self._orders, self.pid = orders, pid

    def send(self, number):
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self):
        """Return the exit code; of a signal that ended it the negative number."""
        self._orders.send(self.pid)
        return self._orders.recv()


class Commands:
    """Starts commands; a context manager. `said` is the file with the output of the last command."""

    def __init__(self, folder, before=()):
        self.said = Path(folder, "said")
        self._before = list(before)

    def __enter__(self):
        self._orders, theirs = Pipe()
        with theirs:
            command = [*self._before, sys.executable, __file__, str(theirs.fileno())]
            # One thread: others do not survive the forks.
            environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
            tests = str(Path(__file__).parents[1])  # where pickled orders find this module
            environment["PYTHONPATH"] = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        assert self._orders.recv() == READY
        return self

    def __exit__(self, *_):
        self._orders.close()
        self.process.wait()

    def begin(self, *arguments, stdin=os.devnull, stdout=None, stderr=None, file_bytes=None):
        """Begin `skdl` with these arguments; streams are names of files."""
        self.said.write_bytes(b"")
        streams = (stdin, stdout or self.said, stderr or self.said)
        self._orders.send(Order([str(one) for one in arguments], tuple(map(str, streams)), file_bytes))
        return Running(self._orders, self._orders.recv())

    def run(self, *arguments, **options):
        """Run it to its end, and give its exit code."""
        return self.begin(*arguments, **options).wait()

    def output_of(self, code):
        """Run code to its end, and give what it printed."""
        ended = self.run("-c", code)
        printed = self.said.read_text()
        assert ended == 0, printed
        return printed


def wait_until(happened, seconds=120):
    """Look until it has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def next_order(orders):
    """Run the given requests; return in the fork that has a command to run."""
    while True:
        try:
            order = orders.recv()
        except EOFError:
            sys.exit()
        if isinstance(order, int):
            orders.send(os.waitstatus_to_exitcode(os.waitpid(order, 0)[1]))
        elif (pid := os.fork()) == 0:
            return order
        else:
            orders.send(pid)


def become(order):
    """Become the command, or run the code that follows ``-c``."""
    from skdl.cli import main

    flags = (os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_APPEND)
    for number, (name, flag) in enumerate(zip(order.streams, flags, strict=True)):
        os.dup2(os.open(name, flag), number)
    if order.file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_bytes, order.file_bytes))
    if order.arguments[0] == "-c":
        exec(order.arguments[1], {})  # noqa: S102 - code of a test
    else:
        main(order.arguments)


def prepare():
    """Import what commands need, by scoring a row and by a command that fails, and make forks cheap."""
    import pandas as pd
    import pyarrow as pa
    from sklearn.linear_model import LinearRegression

    from skdl.cli import main
    from skdl.scoring import score_batches

    X = pd.DataFrame({"a": [0.0, 1.0]})
    list(score_batches(LinearRegression().fit(X, X["a"]), [pa.record_batch({"a": [0.0]})]))
    with redirect_stderr(StringIO()), suppress(SystemExit):
        main(["score", "nowhere", "nowhere.csv", "--out", "nowhere", "--trust-pickle"])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run in the background
    gc.freeze()  # a fork neither copies nor takes apart what was made before it


if __name__ == "__main__":
    prepare()
    pipe = Connection(int(sys.argv[1]))
    pipe.send(READY)
    become(next_order(pipe))
