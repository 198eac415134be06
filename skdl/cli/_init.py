"""``skdl init``: draft of a pipeline file for a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from skdl._note import Note

__all__ = ["init"]

_STDOUT = "-"


def init(
    table: Annotated[
        str,
        typer.Argument(metavar="DATA", help="Table: path, glob pattern, URL, or builtin:NAME.", show_default=False),
    ],
    target: Annotated[
        list[str],
        typer.Option("--target", "-t", metavar="COL", help="Column to predict. May be repeated.", show_default=False),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="File to write; the table's name with .yaml by default, - to print it.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a pipeline file for a table that runs as it is, with the reason for each choice in a comment.

    Identifiers, names and free text are dropped; dates, separators and missing-value markers are detected.
    """  # fmt: skip
    from skdl.exceptions import OutputError, UsageError
    from skdl.pipeline import read_pipeline
    from skdl.pipeline_tools import draft_pipeline
    from skdl.pipeline_tools import table_name as name_of

    file = Path(f"{name_of(table)}.yaml" if out in {None, _STDOUT} else str(out))
    if out != _STDOUT and file.exists() and not force:
        raise UsageError(f"init: {file} already exists. Name another file with --out, or overwrite it with --force.")
    text = draft_pipeline(table, target, file=file)
    if out == _STDOUT:
        typer.echo(text, nl=False)
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file}: cannot be written ({error.strerror}). Name another with --out.") from error
    spec = read_pipeline(file)
    _show(file, spec.load_table().notes)


def _show(file: Path, notes: list[Note]) -> None:
    from rich.text import Text

    from skdl.cli._screen import console, show_notes

    show_notes(notes)
    console().print(Text(f"Wrote {file}.", style="bold green"))
    console().print(f"Check it, then run: skdl compare {file}")
