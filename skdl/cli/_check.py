"""``skdl check``: check of a pipeline file, its table and models, with an estimate of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column
from rich.text import Text

from skdl.cli._options import AllowPackages, PipelineFile, Settings
from skdl.cli._screen import NUMBERS, SafeConsole, console, facts, list_first, plain_table, show_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from skdl.cross_validation import Estimate
    from skdl.pipeline import FoldPlan, LoadedTable, PipelineSpec

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
    from skdl.cross_validation import Estimate, estimate_times
    from skdl.pipeline import build_estimators, n_fits, read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    table = spec.load_table()
    estimators = build_estimators(spec, table)
    screen = console()
    screen.print(facts(_plan(spec, table)))
    show_notes([*table.notes, *table.plan.notes])
    if time:
        with SafeConsole(stderr=True).status("timing") as status:
            estimates = estimate_times(
                spec, table, estimators, on_model=lambda name: status.update(Text(f"timing {name}"))
            )
    else:
        estimates = [Estimate(name, n_fits(estimator, table.plan.n_splits)) for name, estimator in estimators.items()]
    screen.print()
    screen.print(_models(spec, estimates, timed=time))
    failed = [estimate for estimate in estimates if estimate.error]
    for estimate in failed:
        screen.print(Text.assemble((f"{estimate.model} failed to fit: ", "red"), str(estimate.error)))
    if time:
        note = "Times are for fits and predictions only; reading the table and the report take some seconds more."
        screen.print(Text(note, style="dim"))
        untried = [one.model for one in estimates if one.seconds is None and not one.error]
        if untried:
            screen.print(Text(f"Not timed, to keep the check short: {', '.join(untried)}.", style="dim"))
    if failed:
        screen.print(Text("The file is valid, but not every model can be fitted on this table.", style="bold yellow"))
    else:
        screen.print(Text("The file is valid.", style="bold green"))


def _plan(spec: PipelineSpec, table: LoadedTable) -> list[tuple[str, str]]:
    from skdl.metrics import resolve_metrics

    return [
        ("task", f"{table.task} of {', '.join(spec.data.target)}"),
        ("table", f"{len(table.X):,} rows, {table.X.shape[1]} columns, from {table.source}"),
        ("numeric", _names(table.kinds.numeric)),
        ("categorical", _names(table.kinds.categorical)),
        ("metrics", ", ".join(metric.name for metric in resolve_metrics(spec.compare.metrics, table.task))),
        ("folds", _folds(table.plan)),
        ("results", spec.output.dir),
    ]


def _names(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {list_first(names, _NAMES_SHOWN)}" if names else "none"


def _folds(plan: FoldPlan) -> str:
    """Number of folds and how they are split."""
    if plan.column is not None:
        return f"{plan.folds}, of column {plan.column}"
    repeats = f", {plan.repeats} repeats" if plan.repeats > 1 else ""
    number = f"{plan.folds}{repeats}, " if plan.holdout is None else ""
    return f"{number}{plan.description}{f', seed {plan.seed}' if plan.by != 'time' else ''}"


def _models(spec: PipelineSpec, estimates: Sequence[Estimate], *, timed: bool) -> Table:
    """Number of fits and time of each model; what it is where it has another name."""
    renamed = any(model.use != name for name, model in spec.models.items())
    columns = [
        Column("model", no_wrap=True),
        *([Column("is", style="dim", overflow="fold")] if renamed else []),
        Column("fits", **NUMBERS),
        *([Column("about", **NUMBERS)] if timed else []),
    ]
    shown = plain_table(*columns)

    def add(name: str, use: str, n_fits: int, took: str | Text, style: str = "") -> None:
        shown.add_row(name, *([use] if renamed else []), f"{n_fits:,}", *([took] if timed else []), style=style)

    for estimate in estimates:
        model = spec.models.get(estimate.model)
        use = "dummy" if model is None else model.use
        took = Text("fails", style="red") if estimate.error else _duration(estimate.seconds)
        add(estimate.model, use if use != estimate.model else "", estimate.n_fits, took)
    seconds = [estimate.seconds for estimate in estimates if estimate.seconds is not None]
    total = _duration(sum(seconds))
    if len(seconds) < len(estimates):
        total = "-" if sum(seconds) < 1 else f"over {total}"
    add("total", "", sum(one.n_fits for one in estimates), total, style="bold")
    return shown


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
