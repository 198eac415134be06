"""``skdl models``: the catalogue of models for pipeline files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.table import Column, Table
from rich.text import Text

from skdl._task import Task
from skdl.cli._language import command_strings
from skdl.cli._options import Language
from skdl.cli._screen import console, plain_table

if TYPE_CHECKING:
    from skdl.catalogue import CatalogueEntry
    from skdl.report import Strings

_WIDEST_DEFAULT = 24


def models(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of a model, to show its use and parameters.")] = None,
    lang: Language = None,
) -> None:
    """List the models of the catalogue; with NAME, show when to use one and its parameters."""
    from skdl._nearest import did_you_mean
    from skdl.catalogue import catalogue
    from skdl.exceptions import UsageError

    strings = command_strings(ctx, lang)
    entries = {entry.name: entry for entry in catalogue()}
    if name in entries:
        _show_one(entries[name], strings)
        return
    if name is not None:
        hint = did_you_mean(name, entries)
        text = "models: no model is called {name!r}{hint} There are: {known}."
        raise UsageError.of("models_no_model", text, name=name, hint=hint, known=", ".join(entries))
    table = plain_table(
        Column(strings("models.use"), style="bold", no_wrap=True),
        Column(strings("models.for"), style="dim", no_wrap=True),
        Column(strings("models.what")),
    )
    for entry in entries.values():
        task, *other = _tasks(entry)
        extra = f" {strings('models.needs', install=_install(entry))}" if entry.extra else ""
        tasks = strings("models.both") if other else _task_name(task, strings)
        table.add_row(entry.name, tasks, f"{_text(entry, 'description', strings)}{extra}")
    console().print(table)
    console().print(f"\n{strings('models.more')}")


def _text(entry: CatalogueEntry, part: str, strings: Strings) -> str:
    """Return a text of the catalogue, whose English is in the entry."""
    return strings.table.get(f"model.{entry.name}_{part}", getattr(entry, part))


def _task_name(task: Task, strings: Strings) -> str:
    return strings.table.get(f"note.task.{task}", task)


def _install(entry: CatalogueEntry) -> str:
    return f"pip install 'skdl[{entry.extra}]'"


def _tasks(entry: CatalogueEntry) -> list[Task]:
    return [task for task in get_args(Task) if entry.path_for(task)]


def _show_one(entry: CatalogueEntry, strings: Strings) -> None:
    screen = console()
    screen.print(Text.assemble((entry.name, "bold"), f": {_text(entry, 'description', strings)}"), end="\n\n")
    words = Table.grid(Column(style="dim", no_wrap=True), Column(), padding=(0, 2))
    words.add_row(strings("models.when"), _text(entry, "when", strings))
    words.add_row(strings("models.scaling"), _text(entry, "scaling", strings))
    if entry.scales_target:
        words.add_row(strings("models.target"), strings("models.scaled_target"))
    if entry.search:
        space = ", ".join(f"{name}: {_space(values)}" for name, values in entry.search.items())
        words.add_row("search: default", Text(space))
    if entry.extra:
        words.add_row(strings("models.install"), _install(entry))
    screen.print(words)
    tables = {task: _rows(entry, task) for task in _tasks(entry)}
    first, last = next(iter(tables)), next(reversed(tables))
    alike = tables[first] == tables[last]
    for task, rows in tables.items():
        if task == first or not alike:
            screen.print()
        screen.print(Text.assemble((f"{_task_name(task, strings)}: ", "dim"), str(entry.path_for(task))))
        if task == last or not alike:
            parameters = plain_table(
                Column(no_wrap=True),
                Column(overflow="fold", max_width=_WIDEST_DEFAULT),
                Column(style="dim"),
                show_header=False,
            )
            for name, value, meaning in rows:
                parameters.add_row(f"  {name}", Text(value, style="bold" if name in entry.settings else ""), meaning)
            screen.print(parameters)


def _space(values: Any) -> str:
    """Return a list of values or a distribution as a pipeline file has it."""
    return json.dumps(values).replace('"', "")


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
