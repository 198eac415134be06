"""The command ``skdl``: what it is asked, and what a terminal shows; no logic of its own."""

from skdl.cli._main import main

__all__ = ["main"]
