"""Language of a command's messages: of `--lang`, of its pipeline file, or of the environment."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

from skdl._language import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?lang[ \t]*:[ \t]*['\"]?(\w+)", re.MULTILINE)
_MAX_BYTES = 256_000  # of a pipeline file
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def remember(name: str) -> Callable[[typer.Context, Any], Any]:
    """Return a callback that keeps the value of a parameter for `command_language`, under this name."""

    def keep(ctx: typer.Context, value: Any) -> Any:
        ctx.meta[f"skdl.{name}"] = value  # which the contexts of a group and its commands share
        return value

    return keep


def command_language(meta: Mapping[str, Any]) -> str:
    """Choose the language by what the context of a command holds; the pipeline file may be wrong or not be there."""
    settings = [text.partition("=")[2].strip() for text in meta.get("skdl.set") or () if text.startswith("lang=")]
    file = meta.get("skdl.file")
    named = [meta.get("skdl.lang"), *reversed(settings), None if file is None else _of_file(file)]
    known = get_args(Language)
    return next((lang for lang in named if lang in known), None) or _of_environment()


def _of_file(file: Path) -> str | None:
    """Search the top-level key, for errors must be shown where the file cannot be parsed; English without a key."""
    with suppress(OSError, ValueError), file.open("rb") as opened:
        found = _KEY.search(opened.read(_MAX_BYTES))
        if found or file.suffix.lower() in {".yaml", ".yml"}:  # not where it is a table, by mistake
            return found[1].decode() if found else "en"
    return None


def _of_environment() -> str:
    value = next(filter(None, (os.environ.get(name) for name in _VARIABLES)), "")
    return "ko" if value.lower().startswith("ko") else "en"
