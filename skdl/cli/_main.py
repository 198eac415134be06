"""Where the command begins: what it needs is imported here, so that Ctrl-C is answered from the start."""

from __future__ import annotations

import sys
from io import TextIOWrapper

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end the process with its exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        What stands behind ``skdl``; None is the process's own.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter ends no run
    try:
        from skdl.cli._app import app

        app(args=arguments, prog_name="skdl")
    except KeyboardInterrupt:  # before or after the command itself, which answers its own
        sys.stderr.write("skdl: interrupted.\n")
        sys.exit(_INTERRUPTED)
