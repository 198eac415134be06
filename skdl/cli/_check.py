"""``skdl check``: everything that can be said of a pipeline file before it runs."""

from __future__ import annotations

from skdl.cli._options import AllowPackages, PipelineFile, Settings

__all__ = ["check"]


def check(file: PipelineFile, settings: Settings = None, allow_package: AllowPackages = None) -> None:
    """Check a pipeline file and its data without running it.

    Says what would run: rows, columns by kind, models, folds and the number of fits.
    """
    from skdl.cli._screen import show_plan
    from skdl.pipeline import read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    table = spec.load_table()
    show_plan(spec, table, spec.estimators(table.X, table.y))
