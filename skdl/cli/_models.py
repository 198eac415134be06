"""``skdl models``: what a pipeline file can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from skdl.pipeline import CatalogueEntry

__all__ = ["models"]


def models(
    name: Annotated[
        str | None, typer.Argument(help="One model, to see its classes and parameters.", show_default=False)
    ] = None,
) -> None:
    """List the models of the catalogue, or one with its parameters and defaults."""
    from skdl.exceptions import UsageError
    from skdl.pipeline import catalogue
    from skdl.tables import did_you_mean

    if name is None:
        _show_all(catalogue())
        return
    entries = {entry.name: entry for entry in catalogue()}
    if name not in entries:
        hint = did_you_mean(name, entries) or "."
        raise UsageError(f"models: no model is called {name!r}{hint} There are: {', '.join(entries)}.")
    _show_one(entries[name])


def _show_all(entries: tuple[CatalogueEntry, ...]) -> None:
    from rich.table import Table

    from skdl.cli._screen import console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("use", style="bold", no_wrap=True)
    table.add_column("for", style="dim", no_wrap=True)
    table.add_column("what it is")
    for entry in entries:
        tasks = [task for task in ("regression", "classification") if entry.path_for(task)]
        words = "both" if len(tasks) == len(("regression", "classification")) else tasks[0]
        extra = f" Needs pip install 'skdl\\[{entry.extra}]'." if entry.extra else ""
        table.add_row(entry.name, words, f"{entry.description}{extra}")
    console().print(table)


def _show_one(entry: CatalogueEntry) -> None:
    from rich.table import Table
    from rich.text import Text

    from skdl.cli._screen import console
    from skdl.pipeline import default_parameters

    screen = console()
    screen.print(Text.assemble((entry.name, "bold"), f": {entry.description}"))
    for task in ("regression", "classification"):
        path = entry.path_for(task)
        if path is None:
            continue
        screen.print()
        screen.print(Text.assemble((f"{task}: ", "dim"), path))
        table = Table.grid(padding=(0, 2))
        for parameter, value in default_parameters(entry, task).items():
            table.add_row(f"  {parameter}", Text(repr(value), style="dim"))
        screen.print(table)
