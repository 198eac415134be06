"""``skdl check``: everything that can be said of a pipeline file before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.cli._options import AllowPackages, PipelineFile, Settings

if TYPE_CHECKING:
    from skdl.pipeline import LoadedTable, PipelineSpec

__all__ = ["check"]

_NAMES_SHOWN = 12


def check(file: PipelineFile, settings: Settings = None, allow_package: AllowPackages = None) -> None:
    """Check a pipeline file and its data without running it.

    Says what would run: rows, columns by kind, models, folds and the number of fits.
    """
    from skdl.pipeline import read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    table = spec.load_table()
    _show_plan(spec, table, spec.estimators(table.X, table.y))


def _show_plan(spec: PipelineSpec, table: LoadedTable, estimators: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from skdl.cli._screen import console
    from skdl.pipeline import n_fits, resolve_metrics

    task = spec.task_of(table.y)
    cv = spec.compare.cv
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    grid.add_row("task", f"{task} of {', '.join(spec.data.target)}")
    grid.add_row("table", f"{len(table.X):,} rows, {table.X.shape[1]} columns, from {table.source}")
    grid.add_row("numeric", _names(table.kinds.numeric))
    grid.add_row("categorical", _names(table.kinds.categorical))
    grid.add_row("metrics", ", ".join(metric.name for metric in resolve_metrics(spec.compare.metrics, task)))
    repeats = f", {cv.repeats} repeats" if cv.repeats > 1 else ""
    grid.add_row("folds", f"{cv.folds}{repeats}, seed {cv.seed}")
    total = 0
    for name, estimator in estimators.items():
        fits = n_fits(estimator, cv.folds * cv.repeats)
        total += fits
        grid.add_row("model", f"{name}: {fits:,} fits")
    grid.add_row("fits in all", f"{total:,}")
    grid.add_row("results", spec.output.dir)
    screen = console()
    screen.print(grid)
    for note in table.notes:
        screen.print(Text.assemble(("note: ", "yellow"), note))
    screen.print(Text("The file is sound.", style="bold green"))


def _names(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{len(names)}: {', '.join(names[:_NAMES_SHOWN])}{more}"
