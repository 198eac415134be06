"""Options shared by several commands, and the parser of durations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AllowOtherVersions", "AllowPackages", "Language", "PipelineFile", "PublicKey", "Settings", "duration"]

PipelineFile = Annotated[Path, typer.Argument(metavar="FILE", help="Pipeline file (YAML).", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the file, such as `models.knn.params.n_neighbors=7`. May be repeated.",
        show_default=False,
    ),
]
AllowPackages = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-package",
        metavar="NAME",
        help="Allow the file to use classes of this package. May be repeated.",
        show_default=False,
    ),
]
Language = Annotated[str, typer.Option("--lang", metavar="en|ko", help="Language of the report: English or Korean.")]
PublicKey = Annotated[
    str | None,
    typer.Option(
        "--public-key",
        metavar="FILE",
        help="Public key of the signer: a PEM file, or the key in base64. Without key and pin, SKDL_PUBLIC_KEY "
        "is used.",
        show_default=False,
    ),
]
AllowOtherVersions = Annotated[
    bool,
    typer.Option(
        "--allow-other-versions",
        help="Load a model of another minor version of scikit-learn; its reference predictions are compared.",
    ),
]

_NUMBER = r"\d+(?:\.\d+)?"
_TIME = re.compile(rf"(?P<bare>{_NUMBER})|(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m(?:in)?)?(?:(?P<s>{_NUMBER})s)?")


def duration(text: str) -> float:
    """Parse a duration such as ``90``, ``90s``, ``10m`` or ``1h30m``; return seconds.

    Raises
    ------
    typer.BadParameter
        If it is not a duration.

    Examples
    --------
    >>> duration("1h30m"), duration("90"), duration("0.5s")
    (5400.0, 90.0, 0.5)
    """
    parts = _TIME.fullmatch(text.replace(" ", "").lower())
    bare, hours, minutes, seconds = (float(part or 0) for part in parts.groups()) if parts else (0.0,) * 4
    total = bare + 3600 * hours + 60 * minutes + seconds
    if total <= 0:
        raise typer.BadParameter(f"must be a time such as 90s, 10m or 1h30m, above 0; got {text!r}.")
    return total
