"""Commands that write something for or from a pipeline file: ``skdl init``, ``export-code`` and ``schema``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from skdl._note import Note
from skdl._task import Task
from skdl._terminal_text import escape_control
from skdl.cli._language import command_strings, say_reading
from skdl.cli._options import AllowPackages, Language, PipelineFile, Settings
from skdl.cli._screen import console, facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.pipeline_tools import Draft
    from skdl.report import Strings

_STDOUT = "-"
_MOST_DOUBTS = 12


def init(
    ctx: typer.Context,
    table: Annotated[str, typer.Argument(metavar="DATA", help="Table: path, glob pattern, URL, or builtin:NAME.")],
    target: Annotated[
        list[str] | None, typer.Option("--target", "-t", metavar="COL", help="Column to predict. May be repeated.")
    ] = None,
    task: Annotated[
        Task | None,
        typer.Option(help="What to do with the target; inferred from it by default."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="File to write; the table's name with .yaml by default, - to print it."),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Encoding of a text file, such as cp1252 or utf-16; detected by default."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the path of the file.")] = False,
    lang: Language = None,
) -> None:
    """Write a pipeline file for a table that runs as it is, with the reason for each choice in a comment.

    Identifiers, names and free text are dropped; dates, separators and missing-value markers are detected. The terminal
    lists what was decided.
    """
    if not quiet:
        say_reading(ctx, table, lang)
    from skdl.exceptions import OutputError, UsageError
    from skdl.pipeline import load_table, read_pipeline
    from skdl.pipeline_tools import draft_pipeline, table_name
    from skdl.tables import SplitTable, use_system_allocator

    use_system_allocator()
    strings = command_strings(ctx, lang)
    file = Path(f"{table_name(table)}.yaml" if out in {None, _STDOUT} else str(out))
    if target and out != _STDOUT and file.exists() and not force:
        text = "init: {file} already exists. Name another file with --out, or overwrite it with --force."
        raise UsageError.of("file_exists", text, file=str(file))
    split = SplitTable()
    draft = draft_pipeline(
        table,
        target or (),
        task=task,
        file=file,
        encoding=encoding,
        lang=strings.lang,
        translate=lambda note: strings.set_spacing(strings.translate(note)),
        split=split,
    )
    if out == _STDOUT:
        typer.echo(draft.text, nl=False)
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(draft.text, encoding="utf-8")
    except OSError as error:
        text = "{file}: cannot be written ({reason}). Name another with --out."
        raise OutputError.of("draft_not_written", text, file=file, reason=error.strerror) from error
    loaded = load_table(read_pipeline(file), split=split)  # a draft must run as it is
    if quiet:
        typer.echo(escape_control(str(file)))
        return
    screen = console()
    screen.print(Text(strings("init.wrote", file=file), style="bold green"))
    screen.print()
    screen.print(facts(_decision_rows(draft, loaded.doubts, strings)))
    screen.print()
    screen.print(strings("init.next", command=f"skdl compare {shlex.quote(str(file))}"), soft_wrap=True)


def _decision_rows(draft: Draft, doubts: Sequence[Note], strings: Strings) -> list[tuple[str, str]]:
    """Return subject and decision of each line; the lines without a subject are about the one above."""
    shown = doubts if len(doubts) <= _MOST_DOUBTS else doubts[: _MOST_DOUBTS - 1]
    decisions = [*draft.decisions, *(("" if number else "doubts", note) for number, note in enumerate(shown))]
    if len(doubts) > len(shown):
        n = f"{len(doubts) - len(shown):,}"
        decisions.append(("", Note.of("init_more_notes", "and {n} more, which skdl check shows", n=n)))
    rows = []
    for subject, decision in decisions:
        rows.append((strings(f"init.{subject}") if subject else "", strings.set_spacing(strings.translate(decision))))
    return rows


def export_code(file: PipelineFile, settings: Settings = None, allow_package: AllowPackages = None) -> None:
    """Print a pipeline file as a plain scikit-learn script.

    The script gives the numbers of `skdl compare FILE`; keep it with `skdl export-code FILE > script.py`.
    """
    from skdl import pipeline_tools
    from skdl.pipeline import read_pipeline

    spec = read_pipeline(file, settings or (), allow_packages=tuple(allow_package or ()))
    typer.echo(pipeline_tools.export_code(spec), nl=False)


def schema(
    kind: Annotated[
        Literal["pipeline", "results"], typer.Argument(help="Schema of pipeline files, or of results.json.")
    ] = "pipeline",
) -> None:
    """Print a JSON Schema: of pipeline files for an editor, or of results.json for programs that read it.

    Save the first next to the pipeline files (`skdl schema > schema.json`), and start each file with the line
    `# yaml-language-server: $schema=schema.json`. It includes the parameters of all installed models.
    """
    from skdl.pipeline_tools import pipeline_schema
    from skdl.report import results_schema

    made = pipeline_schema() if kind == "pipeline" else results_schema()
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))
