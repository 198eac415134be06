"""Jinja templates of the files that are written: the script of a pipeline, and the draft of a pipeline file."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _templates() -> Environment:
    return Environment(  # noqa: S701 - the output is Python or YAML
        loader=PackageLoader("skdl.pipeline_tools", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(name: str, **values: Any) -> str:
    """Fill in a template of this package."""
    return _templates().get_template(name).render(values)
