"""The command and its sub-commands, and how every error leaves: one message, one exit code, no traceback."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from skdl import __version__
from skdl.cli._check import check
from skdl.cli._compare import compare
from skdl.cli._models import models
from skdl.cli._score import score
from skdl.exceptions import SkdlError

__all__ = ["app", "main"]

_INTERRUPTED = 130

app = typer.Typer(
    name="skdl",
    help="Is a neural net worth it on this table? Compare Keras networks with classical models, honestly, and score with the winner.",
    epilog="Exit codes: 0 done; 1 every model failed; 2 usage; 65 bad input data; 74 cannot write; 75 try again; "
    "77 not trusted; 78 bad pipeline file or model; 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(compare)
app.command()(check)
app.command()(models)
app.command()(score)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"skdl {__version__}")
        raise typer.Exit


@app.callback()
def _skdl(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end the process with its exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        What stands behind ``skdl``; None is the process's own.
    """
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        code = app(args=arguments, prog_name="skdl", standalone_mode=False)
    except typer.TyperException as error:  # wrong words on the command line
        error.show()
        return int(error.exit_code)
    except SkdlError as error:
        _complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted.")
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _complain(message: str) -> None:
    typer.secho("skdl: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(message, err=True)
