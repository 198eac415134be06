"""``skdl keys new`` and ``skdl sign``: key pairs, and signatures of saved models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["keys", "sign"]

keys = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@keys.callback()
def _keys() -> None:
    """Keys that sign saved models."""


@keys.command("new")
def _new(
    prefix: Annotated[Path, typer.Argument(metavar="PREFIX", help="First part of the file names.", show_default=False)],
) -> None:
    """Create an ed25519 key pair: PREFIX.private.pem signs, PREFIX.public.pem verifies."""
    from skdl.saved_models import new_keys

    files = new_keys(prefix)
    _print(
        ("private", f"{files.private_key}: signs; keep it secret"),
        ("public", f"{files.public_key}: give it to everybody who loads your models"),
        ("key", files.fingerprint),
    )


def sign(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.", show_default=False)],
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Private key: a PEM file, or the key in base64. Without it, SKDL_PRIVATE_KEY is used.",
            show_default=False,
        ),
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="HEX", help="Sign only the model with this pin.", show_default=False),
    ] = None,
) -> None:
    """Sign a saved model, so that it can be verified with the public key. No code of the model is run."""
    from skdl.saved_models import sign_model

    signed = sign_model(model, key, sha256=sha256)
    _print(("signed", f"{signed.path}"), ("pin", signed.sha256), ("key", f"{signed.signer}"))


def _print(*rows: tuple[str, str]) -> None:
    from rich.table import Table

    from skdl.cli._screen import console

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console().print(grid)
