"""``skdl check``: check of a pipeline file, its table and models, with an estimate of its time and memory."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column
from rich.text import Text

from skdl.cli._language import say_reading
from skdl.cli._options import JOBS_ZERO, AllowPackages, Language, PipelineFile, Settings
from skdl.cli._screen import NUMBERS, SafeConsole, console, facts, plain_table, show_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from skdl.comparison import RunEstimate
    from skdl.cross_validation import Estimate
    from skdl.pipeline import FoldPlan, LoadedTable, PipelineSpec
    from skdl.report import Strings

_NAMES_SHOWN, _NOTES_SHOWN = 12, 30  # a check is all that init refers to; no report exists yet
_LEAST_BYTES = 1e6
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def check(
    ctx: typer.Context,
    file: PipelineFile,
    settings: Settings = None,
    allow_package: AllowPackages = None,
    time: Annotated[
        bool,
        typer.Option("--time/--no-time", help="Try every model on parts of the table, in 30 s at most."),
    ] = True,
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", metavar="N", help="Number of processes that the memory is estimated for."),
    ] = 1,
    lang: Language = None,
) -> None:
    """Check a pipeline file, its data and its models, without running the comparison.

    Shows what would run: rows, columns by kind, models, folds, number of fits, and an estimate of time and memory of
    the whole run, with the reason why a model is slow.
    """
    started = perf_counter()  # before the imports, which take most of the time of a small table
    say_reading(ctx, file, lang)
    from skdl.catalogue import entry_named
    from skdl.comparison import estimate_run, too_large
    from skdl.cross_validation import Estimate
    from skdl.exceptions import UsageError
    from skdl.pipeline import build_estimators, n_fits, read_pipeline
    from skdl.report import strings_of
    from skdl.tables import use_system_allocator

    use_system_allocator()
    if jobs == 0:
        raise UsageError.of("jobs_zero", JOBS_ZERO, command="check")
    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    strings = strings_of(spec.lang if lang is None else lang)
    table = spec.load_table()
    estimators = build_estimators(spec, table)
    start_s = perf_counter() - started
    screen = console()
    screen.print(facts(_plan(spec, table, strings)))
    show_notes([*table.notes, *table.plan.notes], strings.lang, n_shown=_NOTES_SHOWN)
    run: RunEstimate | None = None
    if time:
        with SafeConsole(stderr=True).status(strings("check.timing")) as status:

            def on_model(name: str) -> None:
                status.update(Text(strings("check.timing_model", model=name)))

            run = estimate_run(spec, table, estimators, start_s=start_s, on_model=on_model)
        estimates: Sequence[Estimate] = run.models
    else:
        estimates = [Estimate(name, n_fits(estimator, table.plan.n_splits)) for name, estimator in estimators.items()]
    screen.print()
    screen.print(_models(spec, estimates, table.plan.n_splits, run, jobs, strings))
    failed = [estimate for estimate in estimates if estimate.error]
    for estimate in failed:
        screen.print(Text.assemble((strings("check.failure", model=estimate.model), "red"), str(estimate.error)))
    if run is not None:
        show_notes(run.slow, strings.lang)
        if (warning := too_large(run, spec, jobs)) is not None:
            screen.print(Text.assemble((strings("check.warning"), "bold red"), strings.translate(warning)))
        note = strings("check.busy")
        entries = [entry_named(model.use) for model in spec.models.values()]
        if run.seeds_s is None and any(one and one.is_network and one.package.name == "skdl" for one in entries):
            note += f" {strings('check.seeds')}"
        screen.print(Text(note, style="dim"))
        if run.untimed:
            screen.print(Text(strings("check.untimed", models=", ".join(run.untimed)), style="dim"))
    if failed:
        screen.print(Text(strings("check.valid_but"), style="bold yellow"))
    else:
        screen.print(Text(strings("check.valid"), style="bold green"))


def _plan(spec: PipelineSpec, table: LoadedTable, strings: Strings) -> list[tuple[str, str]]:
    from skdl.pipeline import metrics_of_file

    task = strings.table.get(f"note.task.{table.task}", table.task)
    rows, columns = f"{len(table.X):,}", str(table.X.shape[1])
    values = {
        "task": strings("check.task_of", task=task, target=", ".join(spec.data.target)),
        "table": strings("check.size", rows=rows, columns=columns, source=table.source),
        **_types(spec, table, strings),
        "metrics": ", ".join(metric.name for metric in metrics_of_file(spec, table.task, table.y)),
        "folds": _folds(table.plan, strings),
        "results": spec.output.dir,
    }
    return [(strings(name if "." in name else f"check.{name}"), value) for name, value in values.items()]


def _types(spec: PipelineSpec, table: LoadedTable, strings: Strings) -> dict[str, str]:
    """Names of the features by their type, and those that are not used."""
    used, dates = set(table.kinds.used), {*spec.data.dates, *table.reading.dates}
    by_type: dict[str, list[str]] = {}
    for column in table.columns:
        if column.name in spec.data.hidden and column.name not in dates:
            continue
        is_used = column.name in used or column.name in dates
        key = f"column_type.{column.type.replace(' ', '_')}" if is_used else "unused"
        by_type.setdefault(key, []).append(column.name)
    unused = by_type.pop("unused", [])
    shown = {key: _names(tuple(names), strings) for key, names in by_type.items()}
    return {**shown, **({"unused": _names(tuple(unused), strings)} if unused else {})}


def _names(names: tuple[str, ...], strings: Strings) -> str:
    if not names:
        return strings("table.none")
    more = len(names) - _NAMES_SHOWN
    key = "check.more_names" if more > 0 else "check.names"
    return strings(key, n=len(names), names=", ".join(names[:_NAMES_SHOWN]), more=f"{more:,}")


def _folds(plan: FoldPlan, strings: Strings) -> str:
    """Number of folds and how they are split."""
    if plan.column is not None:
        return strings("check.folds_of_column", folds=plan.folds, column=plan.column)
    folds = str(plan.folds) if plan.repeats == 1 else strings("check.repeats", folds=plan.folds, repeats=plan.repeats)
    method = strings.translate(plan.method)
    described = method if plan.holdout is not None else f"{folds}, {method}"
    return described if plan.by == "time" else strings("check.seed", folds=described, seed=plan.seed)


def _models(
    spec: PipelineSpec,
    estimates: Sequence[Estimate],
    n_splits: int,
    run: RunEstimate | None,
    jobs: int,
    strings: Strings,
) -> Table:
    """Fits, time and memory of each model and of the whole run; what a model is where it has another name."""
    import joblib

    renamed = any(model.use != name for name, model in spec.models.items())
    columns = [
        Column(strings("terminal.model"), no_wrap=True),
        *([Column(strings("check.is"), style="dim", overflow="fold")] if renamed else []),
        Column(strings("terminal.folds"), **NUMBERS),
        Column(strings("check.fits"), **NUMBERS),
        *(
            [Column(strings(f"check.{key}"), **NUMBERS) for key in ("a_fold", "about", "memory")]
            if run is not None
            else []
        ),
    ]
    shown = plain_table(*columns)

    def add(name: str, use: str, folds: str, fits: str, times: tuple[str | Text, ...], style: str = "") -> None:
        shown.add_row(name, *([use] if renamed else []), folds, fits, *(times if run is not None else ()), style=style)

    for estimate in estimates:
        model = spec.models.get(estimate.model)
        use = "dummy" if model is None else model.use
        fold_s = None if estimate.seconds is None else estimate.seconds / n_splits
        took = Text(strings("check.fails"), style="red") if estimate.error else _duration(estimate.seconds, strings)
        times = (_duration(fold_s, strings, exact=True), took, _memory(estimate.peak_bytes, strings))
        add(estimate.model, use if use != estimate.model else "", f"{n_splits:,}", f"{estimate.n_fits:,}", times)

    def sum_up(seconds: float) -> str:
        time = _duration(seconds, strings)
        return time if run is None or not run.untimed else strings("check.over", time=time)

    folds_s = sum(estimate.seconds or 0.0 for estimate in estimates)
    n_all_fits = f"{sum(one.n_fits for one in estimates):,}"
    add(strings("check.total"), "", "", n_all_fits, ("", sum_up(folds_s), ""), style="bold")
    if run is not None:
        memory = run.memory
        parts = {
            "start": (run.start_s, _memory(memory.start, strings)),
            "inspection": (run.inspection_s, ""),
            "seed_fits": (run.seeds_s, ""),
            "learning_curve": (run.curve_s, ""),
            "saved": (run.save_s, ""),
            "report": (run.report_s, ""),
        }
        for name, (seconds, taken) in parts.items():
            if seconds is not None:
                add(strings(f"check.{name}"), "", "", "", ("", _duration(seconds, strings), taken), style="dim")
        whole = strings("check.whole") if jobs == 1 else strings("check.whole_jobs", n=joblib.effective_n_jobs(jobs))
        add(whole, "", "", "", ("", sum_up(run.seconds), _memory(memory.total(jobs), strings)), style="bold")
    return shown


def _memory(n_bytes: int | None, strings: Strings) -> str:
    """Memory rounded to its unit; less than a megabyte is noise."""
    from skdl.report import size

    if n_bytes is None:
        return "-"
    return strings("check.under", time=size(_LEAST_BYTES)) if n_bytes < _LEAST_BYTES else size(n_bytes)


def _duration(seconds: float | None, strings: Strings, *, exact: bool = False) -> str:
    """Duration rounded to a suitable unit; exact with two digits of seconds below ten."""
    if seconds is None:
        return "-"
    least = 0.01 if exact else 1
    if seconds < least:
        return strings("check.under", time=strings("check.time_s", time=least))
    if exact and seconds < 10:
        return strings("check.time_s", time=f"{seconds:.2g}")
    for unit_s, unit, below in ((1, "s", 2 * _MINUTE_S), (_MINUTE_S, "min", 2 * _HOUR_S), (_HOUR_S, "h", 2 * _DAY_S)):
        if seconds < below:
            return strings(f"check.time_{unit}", time=f"{round(seconds / unit_s):,}")
    return strings("check.time_days", time=f"{round(seconds / _DAY_S):,}")
