"""``skdl compare``, which runs a pipeline file and writes its report, and ``skdl report``, which renders that again."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from skdl.cli._language import say_reading
from skdl.cli._options import JOBS_ZERO, AllowPackages, Dask, Language, PipelineFile, Settings, duration
from skdl.cli._screen import console, show_notes

if TYPE_CHECKING:
    from skdl.comparison import Comparison


def compare(
    ctx: typer.Context,
    file: PipelineFile,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the results; by default `output.dir` of the file."),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", metavar="N", help="Number of processes; -1 is all cores. For short fits one is fastest."
        ),
    ] = 1,
    dask: Dask = None,
    time_budget: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            parser=duration,
            help="Start no fold after this time: `90s`, `10m`, `1h30m`. All models then have the same complete folds.",
        ),
    ] = None,
    model_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            parser=duration,
            help="Stop a model that takes longer for one fold, tuning included. Fits then run in other processes.",
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Start from the beginning, even where an earlier run of the same comparison could be resumed.",
        ),
    ] = False,
    save_model: Annotated[
        str | None,
        typer.Option(
            metavar="leader|NAME", help="Save the leader, or the model of this name, not the recommended model."
        ),
    ] = None,
    lang: Language = None,
    allow_package: AllowPackages = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the verdict.")] = False,
) -> None:
    """Compare the models of a pipeline file and write the report.

    Every model gets the same folds; preprocessing and tuning are fitted inside them. Report, leaderboard, fold scores
    and the recommended model are written to the results folder. After an interruption, the same command resumes the
    run.
    """
    if not quiet:
        say_reading(ctx, file, in_logs=True)
    from skdl.cli._standings import Standings
    from skdl.comparison import RunOptions, plan_of_file, run_plan
    from skdl.exceptions import UsageError
    from skdl.pipeline import read_pipeline
    from skdl.workers import Executor

    if jobs == 0:
        raise UsageError.of("jobs_zero", JOBS_ZERO, command="compare")
    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    lang = spec.lang if lang is None else lang
    with Standings(lang, quiet=quiet) as standings:
        executor = Executor(jobs, dask, model_timeout)
        on_event = standings.on_event
        options = RunOptions(
            executor, time_budget=time_budget, fresh=fresh, save_model=save_model, lang=lang, on_event=on_event
        )
        # The report shows the command line, unless another program runs this command.
        command = shlex.join(["skdl", *sys.argv[1:]]) if Path(sys.argv[0]).stem in {"skdl", "__main__"} else ""
        plan = plan_of_file(spec, command=command)
        comparison = run_plan(plan, Path(spec.output.dir if out is None else out), options)
    _show_comparison(comparison, quiet=quiet)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `skdl compare` wrote.")],
    lang: Language = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Another folder for the report.")] = None,
) -> None:
    """Render the report of a finished comparison again; nothing is fitted.

    Page, Markdown and pictures come from `results.json`: in another language than that of the comparison, or after an
    update of skdl.
    """
    from skdl.comparison import render_report

    typer.echo(render_report(folder, output_dir=out, lang=lang))


def _show_comparison(comparison: Comparison, *, quiet: bool) -> None:
    """Print leaderboard, verdict, paths and the next command."""
    from skdl.report import (
        detectable_sentence,
        edge_sentences,
        key_facts,
        leaderboard_table,
        saved_sentence,
        slices_sentence,
        strings_of,
        threshold_option,
        translate_summary,
        verdict_paragraphs,
        warning_sentences,
    )

    lang = comparison.summary.lang
    screen, strings = console(), strings_of(lang)
    summary = translate_summary(comparison.summary, strings)
    # Sentences in a file are not cut to lines.
    soft_wrap = not screen.is_terminal
    if not quiet:
        screen.print()
        screen.print(leaderboard_table(summary, screen))
        for row in summary.models:
            if row.error is not None:
                screen.print(Text.assemble((strings("terminal.failure", model=row.model), "red"), str(row.error)))
        show_notes([*summary.data.notes, *edge_sentences(summary, lang)], lang)
    screen.print()
    verdict, *more_rows = verdict_paragraphs(summary, lang)
    sentences = [
        *((warning, "red") for warning in warning_sentences(summary, lang)),
        (verdict, "bold"),
        *((sentence, "") for sentence in more_rows),
        (saved_sentence(summary, lang), "yellow"),
    ]
    if not quiet:
        facts = (*key_facts(summary, lang), slices_sentence(summary, lang), detectable_sentence(summary, lang))
        sentences += [(fact, "") for fact in facts]
    for sentence, style in sentences:
        if sentence is not None:
            screen.print(Text(strings.set_spacing(sentence), style=style), soft_wrap=soft_wrap)
    if quiet or comparison.folder is None:
        return
    screen.print()
    model = str(comparison.folder / "model")
    where = Table.grid(padding=(0, 2))
    where.add_row(strings("terminal.report"), str(comparison.folder / "report.html"))
    where.add_row(strings("terminal.saved_model"), model)
    where.add_row(strings("terminal.pin"), str(comparison.model_pin))
    if summary.saved is not None and summary.saved.needs_keras:
        where.add_row(strings("terminal.needs"), strings("terminal.keras"))
    screen.print(where)
    screen.print()
    screen.print(strings("terminal.score"))
    command = f"  skdl score {shlex.quote(model)} INPUT.csv --out scores --sha256 {comparison.model_pin}"
    screen.print(Text(command + threshold_option(summary)), soft_wrap=True)
    if any(comparison.comparison.is_network(name) for name in comparison.comparison.ranked):
        screen.print()
        screen.print(strings("terminal.explore"))
        screen.print(Text(f"  skdl explore {shlex.quote(str(comparison.folder))}"), soft_wrap=True)
