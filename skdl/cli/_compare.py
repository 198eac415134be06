"""``skdl compare``: run a pipeline file and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skdl.cli._options import AllowPackages, PipelineFile, Settings

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
    allow_package: AllowPackages = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Compare the models of a pipeline file and write the report.

    Every model meets the same folds, with preprocessing and tuning inside them. The report, the leaderboard, every
    fold's scores and the recommended model go to the results folder.
    """
    if not quiet:
        typer.secho(f"reading {file}", dim=True, err=True)  # before the imports: they take a moment
    from skdl.cli._screen import Screen, show_comparison
    from skdl.comparison import compare as run
    from skdl.exceptions import UsageError
    from skdl.pipeline import read_pipeline

    if jobs == 0:
        raise UsageError("compare: --jobs must be 1 or more, or -1 for all cores; got 0.")
    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    with Screen(quiet=quiet) as screen:
        comparison = run(spec, output_dir=out, n_jobs=jobs, listener=screen.progressed)
    show_comparison(comparison, quiet=quiet)
