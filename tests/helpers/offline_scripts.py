"""Scripts run as ``python script`` would run them, where whatever looks for a network fails."""

import os
import runpy
import sys


def run(script, *arguments):
    """Run a script in this process."""
    sys.addaudithook(refuse)
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


def refuse(event, arguments):
    """Let nothing out."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise OSError(f"an example needs no network; {event}{arguments}")


def run_in_fork(folder, printed, words):
    """Run a script in a folder, from a process that has made its imports; what it prints goes into two files."""
    for stream, path in enumerate(printed, start=1):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), stream)
    os.chdir(folder)
    if "jax" in sys.modules:  # it has read JAX_PLATFORMS already
        sys.modules["jax"].config.update("jax_platforms", "cpu")
    run(*words)
