"""Command line ``skdl``: one module per command, and what the terminal shows; no logic of its own."""

from skdl.cli._main import main

__all__ = ["main"]
