"""``skdl score``: apply a saved model to tables of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["score"]


def score(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.", show_default=False)],
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="CSV (.csv, .csv.gz, .tsv) or Parquet files.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the predictions.", show_default=False)],
    sha256: Annotated[
        str | None,
        typer.Option(
            "--sha256", metavar="HEX", help="The model's pin, as `skdl compare` printed it.", show_default=False
        ),
    ] = None,
    trust_pickle: Annotated[
        bool, typer.Option("--trust-pickle", help="Load the model without a pin. It can run any code: only your own.")
    ] = False,
    output_format: Annotated[
        str, typer.Option("--format", metavar="parquet|csv", help="Format of the predictions.")
    ] = "parquet",
    proba: Annotated[bool, typer.Option("--proba", help="Add the probability of every class.")] = False,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="COL,...", help="Columns of the input to copy.", show_default=False)
    ] = None,
    max_bad_frac: Annotated[
        float, typer.Option("--max-bad-frac", metavar="SHARE", help="Share of bad rows above which the job fails.")
    ] = 0.0,
    chunk_rows: Annotated[
        int | None, typer.Option("--chunk-rows", metavar="N", help="Rows a part.", show_default=False)
    ] = None,
) -> None:
    """Score tables with a saved model: verified before it is loaded, every row accounted for.

    Predictions go to `part-*` files, rows that cannot be scored to `quarantine` with the reason, and `_SUCCESS` is written last.
    """
    from skdl.cli._screen import ScoreScreen, show_score
    from skdl.scoring import score_table

    options = {} if chunk_rows is None else {"chunk_rows": chunk_rows}
    with ScoreScreen() as screen:
        result = score_table(
            model,
            inputs,
            out,
            format=output_format,
            proba=proba,
            keep=tuple(name for name in (keep or "").split(",") if name),
            sha256=sha256,
            trust_pickle=trust_pickle,
            max_bad_frac=max_bad_frac,
            progress=screen.rows_done,
            **options,
        )
    show_score(result)
