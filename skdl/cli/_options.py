"""Arguments and options that several commands have, and the parser of durations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from skdl._note import Note

JOBS_ZERO = "{command}: --jobs must be 1 or more, or -1 for all cores; got 0."

PipelineFile = Annotated[Path, typer.Argument(metavar="FILE", help="Pipeline file (YAML).")]
SavedModel = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the file, such as `models.knn.params.n_neighbors=7`; `models.knn=null` removes a "
        "model. May be repeated.",
    ),
]
AllowPackages = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-package", metavar="NAME", help="Allow the file to use classes of this package. May be repeated."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="en|ko",
        help="Language, English or Korean; by default that of the file or of its results, without them that of the "
        "environment.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler; `local:4` starts four workers on this machine."),
]

_NUMBER = r"\d+(?:\.\d+)?"
_TIME = re.compile(rf"(?P<bare>{_NUMBER})|(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m(?:in)?)?(?:(?P<s>{_NUMBER})s)?")


def duration(text: str) -> float:
    """Parse a duration; return seconds.

    >>> duration("1h30m"), duration("90"), duration("0.5s")
    (5400.0, 90.0, 0.5)
    """
    parts = _TIME.fullmatch(text.replace(" ", "").lower())
    bare, hours, minutes, seconds = (float(part or 0) for part in parts.groups()) if parts else (0.0,) * 4
    total = bare + 3600 * hours + 60 * minutes + seconds
    if total <= 0:
        note = Note.of("no_duration", "must be a time such as 90s, 10m or 1h30m, above 0; got {given!r}.", given=text)
        raise typer.BadParameter(note)  # type: ignore[arg-type]  # which formats it as a text
    return total
