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

    from skdl.comparison import RunEstimate
    from skdl.cross_validation import Estimate
    from skdl.pipeline import FoldPlan, LoadedTable, PipelineSpec

_NAMES_SHOWN = 12
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def check(
    file: PipelineFile,
    settings: Settings = None,
    allow_package: AllowPackages = None,
    time: Annotated[
        bool,
        typer.Option("--time/--no-time", help="Time every model on parts of the table, in 30 s at most."),
    ] = True,
) -> None:
    """Check a pipeline file, its data and its models, without running the comparison.

    Shows what would run: rows, columns by kind, models, folds, number of fits, and an estimate of the time of the whole
    run in one process.
    """
    from skdl.catalogue import entry_named
    from skdl.comparison import estimate_run
    from skdl.cross_validation import Estimate
    from skdl.pipeline import build_estimators, n_fits, read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    table = spec.load_table()
    estimators = build_estimators(spec, table)
    screen = console()
    screen.print(facts(_plan(spec, table)))
    show_notes([*table.notes, *table.plan.notes])
    run: RunEstimate | None = None
    if time:
        with SafeConsole(stderr=True).status("timing") as status:
            run = estimate_run(spec, table, estimators, on_model=lambda name: status.update(Text(f"timing {name}")))
        estimates: Sequence[Estimate] = run.models
    else:
        estimates = [Estimate(name, n_fits(estimator, table.plan.n_splits)) for name, estimator in estimators.items()]
    screen.print()
    screen.print(_models(spec, estimates, table.plan.n_splits, run))
    failed = [estimate for estimate in estimates if estimate.error]
    for estimate in failed:
        screen.print(Text.assemble((f"{estimate.model} failed to fit: ", "red"), str(estimate.error)))
    if run is not None:
        note = "Times are for one process on this machine, as busy as it is now."
        entries = [entry_named(model.use) for model in spec.models.values()]
        if any(entry is not None and entry.package.name == "skdl" for entry in entries):
            note += " A network that would win is fitted with five seeds on three folds, which comes on top."
        screen.print(Text(note, style="dim"))
        if run.untimed:
            screen.print(Text(f"Not timed, to keep the check short: {', '.join(run.untimed)}.", style="dim"))
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


def _models(spec: PipelineSpec, estimates: Sequence[Estimate], n_splits: int, run: RunEstimate | None) -> Table:
    """Number of fits and time of each model and of the whole run; what a model is where it has another name."""
    renamed = any(model.use != name for name, model in spec.models.items())
    columns = [
        Column("model", no_wrap=True),
        *([Column("is", style="dim", overflow="fold")] if renamed else []),
        Column("folds", **NUMBERS),
        Column("fits", **NUMBERS),
        *([Column("a fold", **NUMBERS), Column("about", **NUMBERS)] if run is not None else []),
    ]
    shown = plain_table(*columns)

    def add(name: str, use: str, folds: str, fits: str, times: tuple[str | Text, ...], style: str = "") -> None:
        shown.add_row(name, *([use] if renamed else []), folds, fits, *(times if run is not None else ()), style=style)

    for estimate in estimates:
        model = spec.models.get(estimate.model)
        use = "dummy" if model is None else model.use
        fold_s = None if estimate.seconds is None else estimate.seconds / n_splits
        took = Text("fails", style="red") if estimate.error else _duration(estimate.seconds)
        times = (_duration(fold_s, exact=True), took)
        add(estimate.model, use if use != estimate.model else "", f"{n_splits:,}", f"{estimate.n_fits:,}", times)
    over = "" if run is None or not run.untimed else "over "
    folds_s = sum(estimate.seconds or 0.0 for estimate in estimates)
    n_all_fits = f"{sum(one.n_fits for one in estimates):,}"
    add("total", "", "", n_all_fits, ("", f"{over}{_duration(folds_s)}"), style="bold")
    if run is not None:
        parts = {"start and table": run.start_s, "model inspection": run.inspection_s}
        parts |= {"recommended model": run.save_s, "report": run.report_s}
        for name, seconds in parts.items():
            if seconds is not None:
                add(name, "", "", "", ("", _duration(seconds)), style="dim")
        add("whole run", "", "", "", ("", f"{over}{_duration(run.seconds)}"), style="bold")
    return shown


def _duration(seconds: float | None, *, exact: bool = False) -> str:
    """Duration rounded to a suitable unit; exact with two digits of seconds below ten."""
    if seconds is None:
        return "-"
    if exact and seconds < 10:
        return f"{seconds:.2g} s" if seconds >= 0.01 else "under 0.01 s"
    if seconds < 1:
        return "under 1 s"
    for unit_s, unit, below in ((1, "s", 2 * _MINUTE_S), (_MINUTE_S, "min", 2 * _HOUR_S), (_HOUR_S, "h", 2 * _DAY_S)):
        if seconds < below:
            return f"{round(seconds / unit_s):,} {unit}"
    return f"{round(seconds / _DAY_S):,} days"
