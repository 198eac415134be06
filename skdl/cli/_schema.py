"""``skdl schema``: what an editor needs to complete and check pipeline files, and a program to read results."""

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
    kind: Annotated[_Kind, typer.Argument(help="Of pipeline files, or of results.json.")] = _Kind.pipeline,
) -> None:
    """Print a JSON Schema: of pipeline files for an editor, or of results.json for programs that read it.

    Keep the first beside the files, as `skdl schema > schema.json`, and begin each with the line
    `# yaml-language-server: $schema=schema.json`. It knows the parameters of the models that are installed here.
    """
    if kind is _Kind.results:
        from skdl.report import results_schema as made
    else:
        from skdl.pipeline_tools import pipeline_schema as made

    typer.echo(json.dumps(made(), indent=2, ensure_ascii=False))
