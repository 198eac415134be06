"""``skdl explore``: a page that shows what happens in the hidden layers of a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from skdl.cli._language import command_strings, say_reading
from skdl.cli._options import AllowPackages, Language
from skdl.cli._screen import SafeConsole, console

if TYPE_CHECKING:
    from skdl.explore import Step

_MEGA = 1e6


def explore(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Folder that `skdl compare` wrote, folder of a saved model, pipeline file (YAML), or a built-in "
            "table: `builtin:xor` and `builtin:spiral` are lessons.",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Table of the training, where it is not where the pipeline has it."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Model to show; by default the recommended one if it is a network, else the best one."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Page to write; by default explore.html, in the results folder where there is one."
        ),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Rows of the table that the page holds, at most 2,000; by default none. They are shown as points, "
            "and the page can train on them.",
        ),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="Pin of the saved model, where it is to be loaded.")
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Public key of its signer: a PEM file, or the key in base64."),
    ] = None,
    trust_pickle: Annotated[
        bool,
        typer.Option(
            "--trust-pickle",
            help="Load the saved model without a pin. A model can run any code: use it only for your own models.",
        ),
    ] = False,
    allow_package: AllowPackages = None,
    lang: Language = None,
) -> None:
    """Write a page that shows what happens in the hidden layers of a network, on your own table.

    The network drawn with its weights; each unit as a picture; its training replayed; what it predicts as you drag.
    One HTML file, without a server, that loads nothing from outside. The network is fitted on all rows again, so that
    its training can be shown.
    """
    say_reading(ctx, source, lang, in_logs=True)
    from skdl.explore import write_explore_page

    strings = command_strings(ctx, lang)
    has_language = (Path(source) / "results.json").is_file()  # the language of its comparison
    progress = SafeConsole(stderr=True)
    with progress.status("") as status:

        def on_step(step: Step, model: str) -> None:
            if step == "read":  # said before the imports
                return
            text = Text(strings(f"explore.{step}", model=model), style="dim")
            status.update(text)
            if not progress.is_terminal:  # a status is not shown in a log
                progress.print(text)

        page = write_explore_page(
            source,
            data=data,
            model=model,
            out=out,
            rows=rows,
            lang=None if lang is None and has_language else strings.lang,
            sha256=sha256,
            public_key=public_key,
            trust_pickle=trust_pickle,
            allow_packages=tuple(allow_package or ()),
            on_step=on_step,
        )
    screen = console()
    soft_wrap = not screen.is_terminal  # sentences in a file are not cut to lines
    for note in page.notes:
        screen.print(Text.assemble((strings("terminal.note"), "yellow"), note), soft_wrap=soft_wrap)
    size = f"{page.n_bytes / _MEGA:.2f}"
    wrote = strings("explore.wrote", file=str(page.path), model=page.model, size=size)
    screen.print(Text(wrote, style="bold green"), soft_wrap=True)  # the path in one piece
