"""``skdl models``: what a pipeline file can name."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["models"]


def models(
    name: Annotated[
        str | None, typer.Argument(help="One model, to see its classes and parameters.", show_default=False)
    ] = None,
) -> None:
    """List the models of the catalogue, or one with its parameters and defaults."""
    from skdl.cli._screen import show_catalogue, show_model

    if name is None:
        show_catalogue()
    else:
        show_model(name)
