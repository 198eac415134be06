"""``skdl check``: check of a pipeline file, its table and models, with an estimate of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from skdl.cli._escape import list_first
from skdl.cli._options import AllowPackages, PipelineFile, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from skdl.cross_validation import Estimate
    from skdl.pipeline import FoldPlan, LoadedTable, PipelineSpec

__all__ = ["check"]

_NAMES_SHOWN = 12
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def check(
    file: PipelineFile,
    settings: Settings = None,
    allow_package: AllowPackages = None,
    time: Annotated[
        bool, typer.Option("--time/--no-time", help="Fit each model once, on 2,000 rows at most, to estimate the time.")
    ] = True,
) -> None:
    """Check a pipeline file, its data and its models, without running the comparison.

    Shows what would run: rows, columns by kind, models, folds, number of fits, and an estimate of the time.
    """
    from skdl.cli._screen import console, show_notes
    from skdl.pipeline import build_estimators, read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    table = spec.load_table()
    estimators = build_estimators(spec, table)
    screen = console()
    screen.print(_plan(spec, table))
    show_notes([*table.notes, *table.plan.notes])
    estimates = _estimate_times(spec, table, estimators) if time else _count_fits(table, estimators)
    screen.print()
    screen.print(_models(spec, estimates, timed=time))
    _show_end(estimates, timed=time)


def _plan(spec: PipelineSpec, table: LoadedTable) -> Table:
    from rich.table import Table

    from skdl.metrics import resolve_metrics

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    grid.add_row("task", f"{table.task} of {', '.join(spec.data.target)}")
    grid.add_row("table", f"{len(table.X):,} rows, {table.X.shape[1]} columns, from {table.source}")
    grid.add_row("numeric", _names(table.kinds.numeric))
    grid.add_row("categorical", _names(table.kinds.categorical))
    grid.add_row("metrics", ", ".join(metric.name for metric in resolve_metrics(spec.compare.metrics, table.task)))
    grid.add_row("folds", _folds(table.plan))
    grid.add_row("results", spec.output.dir)
    return grid


def _folds(plan: FoldPlan) -> str:
    """Number of folds and how they are split."""
    if plan.column is not None:
        return f"{plan.folds}, of column {plan.column}"
    repeats = f", {plan.repeats} repeats" if plan.repeats > 1 else ""
    number = f"{plan.folds}{repeats}, " if plan.holdout is None else ""
    return f"{number}{plan.description}{f', seed {plan.seed}' if plan.by != 'time' else ''}"


def _count_fits(table: LoadedTable, estimators: dict[str, Any]) -> list[Estimate]:
    from skdl.cross_validation import Estimate
    from skdl.pipeline import n_fits

    return [Estimate(name, n_fits(estimator, table.plan.n_splits)) for name, estimator in estimators.items()]


def _estimate_times(spec: PipelineSpec, table: LoadedTable, estimators: dict[str, Any]) -> list[Estimate]:
    from rich.text import Text

    from skdl.cli._screen import SafeConsole
    from skdl.cross_validation import estimate_times

    with SafeConsole(stderr=True).status("timing") as status:
        return estimate_times(spec, table, estimators, on_model=lambda name: status.update(Text(f"timing {name}")))


def _models(spec: PipelineSpec, estimates: Sequence[Estimate], *, timed: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column("model", no_wrap=True)
    renamed = any(model.use != name for name, model in spec.models.items())
    if renamed:
        shown.add_column("is", style="dim", overflow="fold")
    shown.add_column("fits", justify="right", no_wrap=True)
    if timed:
        shown.add_column("about", justify="right", no_wrap=True)
    for estimate in estimates:
        model = spec.models.get(estimate.model)
        use = "dummy" if model is None else model.use
        took = Text("fails", style="red") if estimate.error else _duration(estimate.seconds)
        row = [estimate.model, *([use if use != estimate.model else ""] if renamed else []), f"{estimate.n_fits:,}"]
        shown.add_row(*row, *([took] if timed else []))
    seconds = [estimate.seconds for estimate in estimates if estimate.seconds is not None]
    total = _duration(sum(seconds))
    if len(seconds) < len(estimates):
        total = "-" if sum(seconds) < 1 else f"over {total}"
    shown.add_row(
        "total",
        *([""] if renamed else []),
        f"{sum(one.n_fits for one in estimates):,}",
        *([total] if timed else []),
        style="bold",
    )
    return shown


def _show_end(estimates: Sequence[Estimate], *, timed: bool) -> None:
    from rich.text import Text

    from skdl.cli._screen import console

    screen = console()
    failed = [estimate for estimate in estimates if estimate.error]
    for estimate in failed:
        screen.print(Text.assemble((f"{estimate.model} failed to fit: ", "red"), str(estimate.error)))
    if timed:
        screen.print(
            Text(
                "Times are for fits and predictions only; reading the table and the report take some seconds more.",
                style="dim",
            )
        )
    untried = [one.model for one in estimates if timed and one.seconds is None and not one.error]
    if untried:
        screen.print(Text(f"Not timed, to keep the check short: {', '.join(untried)}.", style="dim"))
    if failed:
        screen.print(Text("The file is valid, but not every model can be fitted on this table.", style="bold yellow"))
    else:
        screen.print(Text("The file is valid.", style="bold green"))


def _duration(seconds: float | None) -> str:
    """Duration rounded to a suitable unit."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return "under 1 s"
    for unit_s, unit, below in ((1, "s", 2 * _MINUTE_S), (_MINUTE_S, "min", 2 * _HOUR_S), (_HOUR_S, "h", 2 * _DAY_S)):
        if seconds < below:
            return f"{round(seconds / unit_s):,} {unit}"
    return f"{round(seconds / _DAY_S):,} days"


def _names(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {list_first(names, _NAMES_SHOWN)}" if names else "none"
