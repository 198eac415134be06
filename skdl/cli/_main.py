"""Entry point of the command; imports run inside `main`, so that Ctrl-C is handled from the start."""

from __future__ import annotations

import sys
from io import TextIOWrapper

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command; the process ends with its exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Arguments after ``skdl``; None uses those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a character that the terminal lacks must not end a run
    try:
        from skdl.cli._app import app

        app(args=arguments, prog_name="skdl")
    except KeyboardInterrupt:  # before or after the command, which handles its own
        sys.stderr.write("skdl: interrupted.\n")
        sys.exit(_INTERRUPTED)
