"""``skdl score``: apply a saved model to a table of any size."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skdl.cli._options import AllowOtherVersions, PublicKey

if TYPE_CHECKING:
    from skdl.scoring import ScoreResult

__all__ = ["score"]


class _Format(StrEnum):
    parquet = "parquet"
    csv = "csv"


def score(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.", show_default=False)],
    table: Annotated[
        Path,
        typer.Argument(metavar="INPUT", help="A .csv, .tsv (also .gz, .bz2) or .parquet file.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the predictions.", show_default=False)],
    sha256: Annotated[
        str | None,
        typer.Option(
            "--sha256", metavar="HEX", help="The model's pin, as `skdl compare` printed it.", show_default=False
        ),
    ] = None,
    public_key: PublicKey = None,
    trust_pickle: Annotated[
        bool,
        typer.Option(
            "--trust-pickle", help="Load the model without a pin. A model can run any code: trust only your own."
        ),
    ] = False,
    allow_other_versions: AllowOtherVersions = False,
    output_format: Annotated[_Format, typer.Option("--format", help="Format of the predictions.")] = _Format.parquet,
    proba: Annotated[bool, typer.Option("--proba", help="Add the probability of every class.")] = False,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="COL,...", help="Columns of the input to copy.", show_default=False)
    ] = None,
    max_bad_frac: Annotated[
        float, typer.Option("--max-bad-frac", metavar="SHARE", help="Share of bad rows above which the job fails.")
    ] = 0.0,
    chunk_rows: Annotated[
        int | None, typer.Option("--chunk-rows", metavar="N", help="Rows a part.", show_default=False, min=1)
    ] = None,
) -> None:
    """Score a table with a saved model: verified before it is loaded, every row accounted for.

    Predictions go to `part-*` files, rows that cannot be scored to `quarantine` with the reason; `_SUCCESS` is written
    last.
    """
    from skdl.cli._screen import RowProgress
    from skdl.scoring import score_table

    with RowProgress() as progress:
        result = score_table(
            model,
            table,
            out,
            format="csv" if output_format is _Format.csv else "parquet",
            proba=proba,
            keep=tuple(name for name in (keep or "").split(",") if name.strip()),
            sha256=sha256,
            public_key=public_key,
            trust_pickle=trust_pickle,
            allow_other_versions=allow_other_versions,
            max_bad_frac=max_bad_frac,
            chunk_rows=chunk_rows,
            progress=progress.rows_done,
        )
    _show_result(result)


def _show_result(result: ScoreResult) -> None:
    from rich.table import Table
    from rich.text import Text

    from skdl.cli._screen import console

    screen = console()
    rate = result.n_rows / result.duration_s if result.duration_s > 0 else 0.0
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row("rows", f"{result.n_rows:,} in {result.duration_s:.2f} s ({rate:,.0f} a second)")
    grid.add_row("scored", f"{result.n_scored:,} in {len(result.parts)} part{'s' if len(result.parts) != 1 else ''}")
    grid.add_row(
        "quarantined", f"{result.n_quarantined:,}" + (f", see {result.quarantine}" if result.n_quarantined else "")
    )
    if result.ignored:
        grid.add_row("ignored", f"columns the model does not use: {', '.join(result.ignored)}")
    for column, count in result.unseen.items():
        grid.add_row("unseen", f"{column}: {count:,} rows with a category that training did not have")
    grid.add_row("folder", str(result.out))
    screen.print(grid)
    screen.print(Text("Every row is accounted for.", style="bold green"))
