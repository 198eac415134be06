"""``skdl schema``: JSON Schema of pipeline files (for editors) and of results.json (for programs)."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["schema"]


class _Kind(StrEnum):
    pipeline = "pipeline"
    results = "results"


def schema(
    kind: Annotated[_Kind, typer.Argument(help="Schema of pipeline files, or of results.json.")] = _Kind.pipeline,
) -> None:
    """Print a JSON Schema: of pipeline files for an editor, or of results.json for programs that read it.

    Save the first next to the pipeline files (`skdl schema > schema.json`), and start each file with the line
    `# yaml-language-server: $schema=schema.json`. It includes the parameters of all installed models.
    """
    if kind is _Kind.results:
        from skdl.report import results_schema as made
    else:
        from skdl.pipeline_tools import pipeline_schema as made

    typer.echo(json.dumps(made(), indent=2, ensure_ascii=False))
