"""``skdl schema``: what an editor needs to complete and check pipeline files."""

from __future__ import annotations

import json

import typer

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of pipeline files, for an editor that completes and checks them.

    Keep it beside the files, as `skdl schema > schema.json`, and begin each with the line
    `# yaml-language-server: $schema=schema.json`. It knows the parameters of the models that are installed here.
    """
    from skdl.pipeline._schema import pipeline_schema

    typer.echo(json.dumps(pipeline_schema(), indent=2, ensure_ascii=False))
