"""``skdl compare``: run a pipeline file and write its report."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from skdl.cli._options import AllowPackages, Language, PipelineFile, Settings, duration
from skdl.cli._plain import plain

__all__ = ["compare"]


def compare(
    file: PipelineFile,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the results; the file's `output.dir` by default.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", metavar="N", help="Processes; -1 is all cores. For short fits one is fastest."),
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Dask scheduler that does the work; `local:4` starts four workers here.",
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
            help="Begin no fold after it: `90s`, `10m`, `1h30m`. All models have done the same whole folds then.",
        ),
    ] = None,
    model_timeout: Annotated[
        float | None,
        typer.Option(
            "--model-timeout",
            metavar="TIME",
            parser=duration,
            show_default=False,
            help="End a model that takes longer for one fold, tuning included. Fits then run in other processes.",
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Begin anew where an earlier run of the same comparison could be gone on with."),
    ] = False,
    lang: Language = "en",
    allow_package: AllowPackages = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Compare the models of a pipeline file and write the report.

    Every model meets the same folds, with preprocessing and tuning inside them. The report, the leaderboard, every
    fold's scores and the recommended model go to the results folder. A run that was stopped goes on where it was when
    the same command is given again.
    """
    if not quiet:
        with suppress(OSError):  # who does not look misses nothing that lasts
            typer.secho(f"reading {plain(str(file))}", dim=True, err=True)  # before the imports: they take a moment
    from skdl.cli._screen import show_comparison
    from skdl.cli._standings import Standings
    from skdl.comparison import compare as run
    from skdl.exceptions import UsageError
    from skdl.pipeline import read_pipeline

    if jobs == 0:
        raise UsageError("compare: --jobs must be 1 or more, or -1 for all cores; got 0.")
    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    with Standings(quiet=quiet) as standings:
        comparison = run(
            spec,
            output_dir=out,
            n_jobs=jobs,
            dask=dask,
            time_budget=time_budget,
            model_timeout=model_timeout,
            fresh=fresh,
            lang=lang,
            listener=standings.told,
        )
    show_comparison(comparison, quiet=quiet, lang=lang)
