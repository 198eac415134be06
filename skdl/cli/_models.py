"""``skdl models``: the catalogue of models for pipeline files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from skdl._task import Task

if TYPE_CHECKING:
    from rich.table import Table

    from skdl.catalogue import CatalogueEntry

__all__ = ["models"]

_WIDEST_DEFAULT = 24


def models(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of a model, to show its use and parameters.", show_default=False),
    ] = None,
) -> None:
    """List the models of the catalogue; with NAME, show when to use one and its parameters."""
    from skdl._nearest import did_you_mean
    from skdl.catalogue import catalogue
    from skdl.exceptions import UsageError

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
        tasks = [task for task in get_args(Task) if entry.path_for(task)]
        words = "both" if len(tasks) == len(get_args(Task)) else tasks[0]
        extra = f" Needs pip install 'skdl[{entry.extra}]'." if entry.extra else ""
        table.add_row(entry.name, words, f"{entry.description}{extra}")
    console().print(table)
    console().print("\nskdl models NAME shows when to use a model, and its parameters.")


def _show_one(entry: CatalogueEntry) -> None:
    from rich.table import Table
    from rich.text import Text

    from skdl.cli._screen import console

    screen = console()
    screen.print(Text.assemble((entry.name, "bold"), f": {entry.description}"))
    screen.print()
    words = Table.grid(padding=(0, 2))
    words.add_column(style="dim", no_wrap=True)
    words.add_column()
    words.add_row("when", entry.when)
    words.add_row("scaling", entry.scaling)
    if entry.scales_target:
        words.add_row("target", "Standardised in regression; predictions are converted back to the target's unit.")
    if entry.extra:
        words.add_row("install", f"pip install 'skdl[{entry.extra}]'")
    screen.print(words)
    tasks = [task for task in get_args(Task) if entry.path_for(task)]
    tables = {task: _rows(entry, task) for task in tasks}
    alike = len({tuple(rows) for rows in tables.values()}) == 1
    for number, task in enumerate(tasks):
        if number == 0 or not alike:
            screen.print()
        screen.print(Text.assemble((f"{task}: ", "dim"), str(entry.path_for(task))))
        if number == len(tasks) - 1 or not alike:
            screen.print(_parameters(entry, tables[task]))


def _rows(entry: CatalogueEntry, task: Task) -> list[tuple[str, str, str]]:
    """Name, default and description of each parameter."""
    from skdl.catalogue import default_parameters, find_class
    from skdl.pipeline_tools import parameters_of

    documented = parameters_of(find_class(entry.name, task))
    return [
        (
            name,
            "compare.cv.seed" if name == "random_state" else repr(value),
            documented[name].description if name in documented else "",
        )
        for name, value in default_parameters(entry, task).items()
    ]


def _parameters(entry: CatalogueEntry, rows: list[tuple[str, str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=_WIDEST_DEFAULT)
    table.add_column(style="dim")
    for name, value, meaning in rows:
        table.add_row(f"  {name}", Text(value, style="bold" if name in entry.defaults else ""), meaning)
    return table
