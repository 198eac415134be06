"""``skdl report``: the report of a finished comparison, rendered again from results.json."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skdl.cli._options import Language

__all__ = ["report"]


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder that `skdl compare` wrote.", show_default=False)
    ],
    lang: Language = "en",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Another folder for the report.", show_default=False),
    ] = None,
) -> None:
    """Render the report of a finished comparison again; nothing is fitted.

    Page, Markdown and pictures come from `results.json`: in another language, or after an update of skdl.
    """
    from skdl.comparison import render_report

    typer.echo(render_report(folder, output_dir=out, lang=lang))
