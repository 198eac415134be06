"""``skdl score``: batch predictions of a saved model for tables of any size."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skdl.cli._escape import escape_control, list_first
from skdl.cli._options import AllowOtherVersions, PublicKey

if TYPE_CHECKING:
    from skdl.scoring import ScoreResult

__all__ = ["score"]

_COLUMNS_SHOWN = 5


class _Format(StrEnum):
    parquet = "parquet"
    csv = "csv"


def score(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.", show_default=False)],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Files (.csv, .tsv, these with .gz or .bz2, .parquet), glob patterns, folders, URLs "
            "(`s3://...`), or `-` for standard input. Several inputs are scored in this order.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out", metavar="DIR", help="Folder of the predictions, or a URL (`s3://...`).", show_default=False
        ),
    ],
    sha256: Annotated[
        str | None,
        typer.Option(
            "--sha256", metavar="HEX", help="Pin of the model, printed by `skdl compare`.", show_default=False
        ),
    ] = None,
    public_key: PublicKey = None,
    trust_pickle: Annotated[
        bool,
        typer.Option(
            "--trust-pickle",
            help="Load the model without a pin. A model can run any code: use it only for your own models.",
        ),
    ] = False,
    allow_other_versions: AllowOtherVersions = False,
    output_format: Annotated[_Format, typer.Option("--format", help="Format of the predictions.")] = _Format.parquet,
    proba: Annotated[bool, typer.Option("--proba", help="Add the probability of every class.")] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            metavar="P",
            help="With two classes, predict the second one where its probability is at least P.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="COL,...", help="Input columns to copy to the output.", show_default=False),
    ] = None,
    max_bad_frac: Annotated[
        float,
        typer.Option("--max-bad-frac", metavar="SHARE", help="Largest share of bad rows; above it the job fails."),
    ] = 0.0,
    chunk_rows: Annotated[
        int | None,
        typer.Option(
            "--chunk-rows",
            metavar="N",
            help="Rows per part; by default up to 65,536, fewer for many columns. Another number is another run, "
            "whose predictions may differ in their last bits.",
            show_default=False,
            min=1,
        ),
    ] = None,
    input_format: Annotated[
        str,
        typer.Option(
            "--input-format", metavar="FORMAT", help="Format of standard input: csv or tsv, also with .gz or .bz2."
        ),
    ] = "csv",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", metavar="N", help="Number of processes; -1 is all cores. The output does not depend on it."
        ),
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Address of a Dask scheduler; `local:4` starts four workers on this machine.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Score tables with a saved model, which is verified before it is loaded.

    Predictions go to `part-*` files, rows that cannot be scored to `quarantine` with the reason; every input row is in
    one of them. `_SUCCESS` is written last. After an interruption, the same command resumes the run.
    """
    from skdl.cli._screen import RowProgress
    from skdl.scoring import score_table

    with RowProgress() as progress:
        result = score_table(
            model,
            inputs,
            out,
            format="csv" if output_format is _Format.csv else "parquet",
            proba=proba,
            threshold=threshold,
            keep=tuple(name for name in (keep or "").split(",") if name.strip()),
            sha256=sha256,
            public_key=public_key,
            trust_pickle=trust_pickle,
            allow_other_versions=allow_other_versions,
            max_bad_frac=max_bad_frac,
            chunk_rows=chunk_rows,
            input_format=input_format,
            n_jobs=jobs,
            dask=dask,
            progress=progress.on_progress,
        )
    _show_result(result)


def _show_result(result: ScoreResult) -> None:
    from rich.table import Table
    from rich.text import Text

    from skdl.cli._screen import console
    from skdl.tables import redact_credentials

    screen = console()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    grid.add_row("rows", _pace(result))
    for earlier_run in _BEFORE.get(result.start, ()):
        grid.add_row("before", earlier_run.format(rows=result.n_resumed))
    grid.add_row("scored", f"{result.n_scored:,} in {len(result.parts)} part{'s' if len(result.parts) != 1 else ''}")
    where = f", see {escape_control(redact_credentials(str(result.quarantine)))}" if result.n_quarantined else ""
    grid.add_row("quarantined", f"{result.n_quarantined:,}{where}")
    if result.ignored:
        grid.add_row("ignored", _ignored(result.ignored))
    for line in _unseen_lines(result):
        grid.add_row("unseen", line)
    for line in _drift_lines(result):
        grid.add_row("drift", line)
    grid.add_row("folder", escape_control(redact_credentials(str(result.out))))
    screen.print(grid)
    screen.print(Text("Every row is either scored or in quarantine.", style="bold green"))


_BEFORE = {
    "resumed": ("{rows:,} rows were already scored by an unfinished run",),
    "restarted": ("an unfinished run with another model, other inputs or other options was removed from the folder",),
}


def _pace(result: ScoreResult) -> str:
    if result.start == "done":
        return f"{result.n_rows:,}, already done: the folder holds the result of this run"
    rate = (result.n_rows - result.n_resumed) / result.duration_s if result.duration_s > 0 else 0.0
    return f"{result.n_rows:,} in {result.duration_s:.2f} s ({rate:,.0f} a second)"


def _ignored(columns: tuple[str, ...]) -> str:
    number = "1 column" if len(columns) == 1 else f"{len(columns):,} columns"
    return f"{number} that the model does not use: {list_first(columns, _COLUMNS_SHOWN)}"


def _unseen_lines(result: ScoreResult) -> list[str]:
    """Columns with unseen categories, most rows first."""
    ranked = sorted(result.unseen, key=lambda name: -result.unseen[name])
    counts = {name: f"{result.unseen[name]:,} {'row' if result.unseen[name] == 1 else 'rows'}" for name in ranked}
    return _first_few(
        [f"{escape_control(name)}: {counts[name]} with a category that was not in training" for name in ranked]
    )


def _drift_lines(result: ScoreResult) -> list[str]:
    """Columns with drift, strongest first."""
    notes = {name: drift.notes() for name, drift in result.drift.items()}
    ranked = sorted((name for name in notes if notes[name]), key=lambda name: -result.drift[name].excess)
    return _first_few([f"{escape_control(name)}: {'; '.join(notes[name])}" for name in ranked])


def _first_few(lines: list[str]) -> list[str]:
    """First lines; the file ``_SUCCESS`` names every column."""
    more = len(lines) - _COLUMNS_SHOWN
    noun = "column" if more == 1 else "columns"
    return [*lines[:_COLUMNS_SHOWN], *([f"and {more:,} more {noun}, see _SUCCESS"] if more > 0 else [])]
