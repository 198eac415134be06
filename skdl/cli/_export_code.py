"""``skdl export-code``: a pipeline file as a plain scikit-learn script."""

from __future__ import annotations

import typer

from skdl.cli._options import AllowPackages, PipelineFile, Settings

__all__ = ["export_code"]


def export_code(file: PipelineFile, settings: Settings = None, allow_package: AllowPackages = None) -> None:
    """Print a pipeline file as a plain scikit-learn script.

    The script gives the numbers of `skdl compare FILE`; keep it with `skdl export-code FILE > script.py`.
    """
    from skdl.pipeline import read_pipeline
    from skdl.pipeline_tools import export_code as written

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    typer.echo(written(spec), nl=False)
