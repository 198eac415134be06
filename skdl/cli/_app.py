"""Command ``skdl`` with its subcommands; every error ends as one message and one exit code, without a traceback."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as version_of
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from skdl import __version__
from skdl._note import Note, note_of
from skdl._terminal_text import escape_control
from skdl.cli._check import check
from skdl.cli._compare import compare, report
from skdl.cli._explore import explore
from skdl.cli._language import ARGUMENTS, command_strings
from skdl.cli._models import models
from skdl.cli._pipeline_files import export_code, init, schema
from skdl.cli._saved_models import inspect, keys, sign
from skdl.cli._score import score
from skdl.cli._usage import usage_note
from skdl.exceptions import OutputError, SkdlError


class _Commands(TyperGroup):
    """Command group that turns skdl's own errors into a message and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments of the group; those of the command follow when it is invoked."""
        ctx.meta[ARGUMENTS] = [*args]
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            raise _usage_error(ctx, error) from error

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.TyperException as error:
            raise _usage_error(ctx, error) from error
        except SkdlError as error:
            _print_error(command_strings(ctx).translate(note_of(error)))
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            strings = command_strings(ctx)
            saved = strings.translate(note_of(error))
            _print_error(
                strings("terminal.interrupted_saved", saved=saved) if saved else strings("terminal.interrupted")
            )
            raise typer.Exit(130) from error
        except BrokenPipeError as error:  # the reader of the output closed it, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from error
        except OSError as error:  # mostly from printing: errors of result files are OutputErrors
            with suppress(OSError):
                _print_error(command_strings(ctx)("terminal.io_failed", error=error))
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OutputError.exit_code) from error


app = typer.Typer(
    cls=_Commands,
    name="skdl",
    help="Is a neural net worth it on this table? Compare Keras networks with classical models, honestly, "
    "and score with the recommended model.",
    epilog="Exit codes: 0 done; 1 every model failed; 2 usage; 65 bad input data; 74 cannot write; 75 try again; "
    "77 not trusted; 78 bad pipeline file or model; 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for command in (init, check, compare, report, explore, models, schema, export_code, score, inspect, sign):
    app.command()(command)
app.add_typer(keys, name="keys")


@app.callback(invoke_without_command=True)  # so that --version and --verbose may come in either order
def _skdl(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --version: also Python, platform, backend and packages.")
    ] = False,
) -> None:
    if version:
        typer.echo(_versions() if verbose else f"skdl {__version__}")
        raise typer.Exit
    if verbose:
        note = Note("verbose_alone", "--verbose must be used with --version.")
        raise typer.BadParameter(note)  # type: ignore[arg-type]  # which formats it as a text
    if ctx.invoked_subcommand is None:
        ctx.fail("Missing command.")


def _versions() -> str:
    """Return one line each for skdl, Python, the platform, Keras' backend, and every package that skdl can use."""
    lines = {
        "skdl": __version__,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": platform.platform(),
        "cpus": str(os.cpu_count()),
        "keras backend": os.environ.get("KERAS_BACKEND", "unknown"),
    }
    # Packages that skdl requires, and those of its extras but not of those for work on skdl itself.
    for_users = [one for one in requires("skdl") or [] if not re.search(r"extra == ['\"](dev|docs|test)['\"]", one)]
    for package in sorted({"jaxlib", *(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in for_users)}, key=str.lower):
        try:
            lines[package] = version_of(package)
        except PackageNotFoundError:
            lines[package] = "not installed"
    width = max(map(len, lines))
    return "\n".join(f"{name:{width}}  {value}" for name, value in lines.items())


def _usage_error(ctx: Any, error: typer.TyperException) -> Exception:
    """Print a usage error in the language, with the usage of its command; in English leave it to Typer."""
    strings, note = command_strings(ctx), usage_note(error)
    if isinstance(note, str) or not strings.has(f"note.{note.code}"):
        return error
    at = getattr(error, "ctx", None) or ctx
    help_command = f"{at.command_path} --help"
    _print_error(strings("terminal.usage", problem=strings.translate(note), command=help_command))
    return typer.Exit(error.exit_code)


def _print_error(message: str) -> None:
    typer.secho("skdl: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(escape_control(message, keep="\n"), err=True)  # the message may hold names and values of a file
