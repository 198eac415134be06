"""``skdl compare``: run a pipeline file and write its report."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from skdl.cli._escape import escape_control
from skdl.cli._options import AllowPackages, Language, PipelineFile, Settings, duration

__all__ = ["compare"]


def compare(
    file: PipelineFile,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the results; by default `output.dir` of the file.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", metavar="N", help="Number of processes; -1 is all cores. For short fits one is fastest."
        ),
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Address of a Dask scheduler; `local:4` starts four workers on this machine.",
            show_default=False,
        ),
    ] = None,
    time_budget: Annotated[
        float | None,
        typer.Option(
            "--time-budget",
            metavar="TIME",
            parser=duration,
            show_default=False,
            help="Start no fold after this time: `90s`, `10m`, `1h30m`. All models then have the same complete folds.",
        ),
    ] = None,
    model_timeout: Annotated[
        float | None,
        typer.Option(
            "--model-timeout",
            metavar="TIME",
            parser=duration,
            show_default=False,
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
    lang: Language = "en",
    allow_package: AllowPackages = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the verdict.")] = False,
) -> None:
    """Compare the models of a pipeline file and write the report.

    Every model gets the same folds; preprocessing and tuning are fitted inside them. Report, leaderboard, fold scores
    and the recommended model are written to the results folder. After an interruption, the same command resumes the
    run.
    """
    if not quiet:
        with suppress(OSError):  # a message that cannot be printed must not end the run
            typer.secho(
                f"reading {escape_control(str(file))}", dim=True, err=True
            )  # before the imports, which take a second
    from skdl.cli._screen import show_comparison
    from skdl.cli._standings import Standings
    from skdl.comparison import RunOptions, plan_of_file, run_plan
    from skdl.exceptions import UsageError
    from skdl.pipeline import read_pipeline
    from skdl.workers import Executor

    if jobs == 0:
        raise UsageError("compare: --jobs must be 1 or more, or -1 for all cores; got 0.")
    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    with Standings(quiet=quiet) as standings:
        options = RunOptions(Executor(jobs, dask, model_timeout), time_budget, fresh, lang, standings.on_event)
        plan = plan_of_file(spec, command=_command_line())
        comparison = run_plan(plan, Path(spec.output.dir if out is None else out), options)
    show_comparison(comparison, quiet=quiet, lang=lang)


def _command_line() -> str:
    """Return the command line, for the report; empty where another program runs this command."""
    return shlex.join(["skdl", *sys.argv[1:]]) if Path(sys.argv[0]).stem in {"skdl", "__main__"} else ""
