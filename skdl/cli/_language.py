"""Language of a command's messages: of `--lang`, of its pipeline file, or of the environment."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from skdl._language import Language
from skdl._terminal_text import escape_control

if TYPE_CHECKING:
    from collections.abc import Mapping

    import typer

    from skdl.report import Strings

ARGUMENTS = "skdl.arguments"  # key of the context of a command: the arguments after ``skdl``
_MARK = rb"(?:\xef\xbb\xbf)?"  # of UTF-8, before the first key
_KEY = re.compile(rb"^" + _MARK + rb" {0,2}lang[ \t]*:[ \t]*['\"]?(\w+)", re.MULTILINE)  # indented in a lock
_PARENT = re.compile(rb"^" + _MARK + rb"extends[ \t]*:[ \t]*(['\"]?)([^\r\n#]+?)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_MAX_BYTES = 256_000  # of a pipeline file
_MAX_FILES = 20  # that extend one another
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def command_language(meta: Mapping[str, Any]) -> str:
    """Choose the language by the arguments of a command, which may be wrong; the pipeline file may be so too."""
    arguments: list[str] = meta.get(ARGUMENTS, [])
    options = [value for name, value in pairwise([*arguments, ""]) if name == "--lang"]
    options += [text.removeprefix("--lang=") for text in arguments if text.startswith("--lang=")]
    settings = [text.partition("lang=")[2] for text in arguments if text.startswith(("lang=", "--set=lang="))]
    files = (_of_file(Path(text)) for text in arguments if text.lower().endswith((".yaml", ".yml")))
    known = get_args(Language)
    named = (lang for lang in (*options, *map(str.strip, reversed(settings)), *files) if lang in known)
    return next(named, None) or _of_environment()


def command_strings(ctx: typer.Context, lang: str | None = None) -> Strings:
    """Return the strings of ``lang``, the value of `--lang`; by default of the language of the command."""
    from skdl.report import strings_of

    return strings_of(lang or command_language(ctx.meta))


def say_reading(ctx: typer.Context, file: object, lang: str | None = None, *, in_logs: bool = False) -> None:
    """Print which file is read, before the imports of a command, which take seconds on a busy machine."""
    import typer

    if not in_logs and not sys.stderr.isatty():
        return
    with suppress(OSError):  # a message that cannot be printed must not end the run
        strings = command_strings(ctx, lang)
        typer.secho(strings("terminal.reading", file=escape_control(str(file))), dim=True, err=True)


def _of_file(file: Path) -> str | None:
    """Search the top-level key, for errors must be shown where the file cannot be parsed; English without a key."""
    with suppress(OSError, ValueError):
        for _ in range(_MAX_FILES):
            if not file.is_file():  # a folder, or a pipe, which can be read only once
                break
            with file.open("rb") as opened:
                text = opened.read(_MAX_BYTES)
            if found := _KEY.search(text):
                return found[1].decode()
            parent = _PARENT.search(text)
            if parent is None:
                return "en"
            file = file.parent / os.path.expanduser(os.path.expandvars(parent[2].decode()))  # noqa: PTH111 - Path raises for an unknown user
    return None


def _of_environment() -> str:
    value = next(filter(None, (os.environ.get(name) for name in _VARIABLES)), "")
    return "ko" if value.lower().startswith("ko") else "en"
