"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AllowPackages", "PipelineFile", "Settings"]

PipelineFile = Annotated[Path, typer.Argument(metavar="FILE", help="Pipeline file (YAML).", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the file, as `models.knn.params.n_neighbors=7`. May be repeated.",
        show_default=False,
    ),
]
AllowPackages = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-package",
        metavar="NAME",
        help="Let the file name classes of this package too. May be repeated.",
        show_default=False,
    ),
]
