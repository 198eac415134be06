"""Command line ``skdl``: its commands, and what the terminal shows; no logic of its own."""

import sys
from io import TextIOWrapper

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command with the arguments after ``skdl``, by default the process's; the process ends with its exit code.

    Imports run in here, so that Ctrl-C is handled from the start.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a character that the terminal lacks must not end a run
    try:
        from skdl.cli._app import app

        app(args=arguments, prog_name="skdl")
    except KeyboardInterrupt:  # before or after the command, which handles its own
        sys.stderr.write("skdl: interrupted.\n")
        sys.exit(130)
