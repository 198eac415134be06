"""``skdl score``: batch predictions of a saved model for tables of any size."""

from __future__ import annotations

from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from skdl.cli._options import Dask, SavedModel
from skdl.cli._screen import console, facts, list_first

if TYPE_CHECKING:
    from skdl.scoring import ScoreProgress, ScoreResult

_COLUMNS_SHOWN = 5
_EARLIER_RUN = {
    "resumed": "{rows:,} rows were already scored by an unfinished run",
    "restarted": "an unfinished run with another model, other inputs or other options was removed from the folder",
}


class _Format(StrEnum):
    parquet = "parquet"
    csv = "csv"


def score(
    model: SavedModel,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="`.csv` and `.tsv` files, also with `.gz`, `.bz2` or `.xz`, and `.parquet` files; glob patterns, "
            "folders, URLs (`s3://...`), or `-` for standard input. Several inputs are scored in this order.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(metavar="DIR", help="Folder of the predictions, or a URL (`s3://...`)."),
    ],
    sha256: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Pin of the model, printed by `skdl compare`."),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Public key of the signer: a PEM file, or the key in base64. Without key and pin, SKDL_PUBLIC_KEY "
            "is used.",
        ),
    ] = None,
    trust_pickle: Annotated[
        bool,
        typer.Option(
            "--trust-pickle",
            help="Load the model without a pin. A model can run any code: use it only for your own models.",
        ),
    ] = False,
    allow_other_versions: Annotated[
        bool,
        typer.Option(
            "--allow-other-versions",
            help="Load a model of another minor version of scikit-learn; its reference predictions are compared.",
        ),
    ] = False,
    output_format: Annotated[_Format, typer.Option("--format", help="Format of the predictions.")] = _Format.parquet,
    proba: Annotated[bool, typer.Option("--proba", help="Add the probability of every class.")] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            help="With two classes, predict the second one where its probability is at least P.",
        ),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(metavar="COL,...", help="Input columns to copy to the output."),
    ] = None,
    max_bad_frac: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Largest share of bad rows; above it the job fails."),
    ] = 0.0,
    max_drift: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Largest share of a column's values outside the training range, of unseen categories, or missing "
            "beyond training's share; above it the job fails. By default there is no limit.",
        ),
    ] = None,
    chunk_rows: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Rows per part; by default up to 65,536, fewer for many columns. Another number is another run, "
            "whose predictions may differ in their last bits.",
            min=1,
        ),
    ] = None,
    input_format: Annotated[
        str,
        typer.Option(metavar="FORMAT", help="Format of standard input: csv or tsv, also with .gz, .bz2 or .xz."),
    ] = "csv",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", metavar="N", help="Number of processes; -1 is all cores. The output does not depend on it."
        ),
    ] = 1,
    dask: Dask = None,
) -> None:
    """Score tables with a saved model, which is verified before it is loaded.

    Predictions go to `part-*` files, rows that cannot be scored to `quarantine` with the reason; every input row is in
    one of them. `_SUCCESS` is written last. After an interruption, the same command resumes the run.
    """
    from skdl.scoring import score_table

    screen = Console(stderr=True)
    bar = Progress(
        TextColumn("scoring"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )
    task = bar.add_task("rows", total=None, rate="")
    began = monotonic()

    def on_progress(now: ScoreProgress) -> None:
        pace = (now.n_rows - now.n_resumed) / max(monotonic() - began, 1e-9)
        total = None if now.share is None else 1.0
        rate = f"{now.n_rows:,} rows, {pace:,.0f} a second"
        bar.update(task, completed=now.share or 0.0, total=total, rate=rate)

    with bar:
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
            max_drift=max_drift,
            chunk_rows=chunk_rows,
            input_format=input_format,
            n_jobs=jobs,
            dask=dask,
            progress=on_progress,
        )
    console().print(facts(_result_rows(result)))
    console().print(Text("Every row is either scored or in quarantine.", style="bold green"))


def _result_rows(result: ScoreResult) -> list[tuple[str, str]]:
    from skdl.tables import redact_credentials

    if result.start == "done":
        rows = [("rows", f"{result.n_rows:,}, already done: the folder holds the result of this run")]
    else:
        rate = (result.n_rows - result.n_resumed) / result.duration_s if result.duration_s > 0 else 0.0
        rows = [("rows", f"{result.n_rows:,} in {result.duration_s:.2f} s ({rate:,.0f} a second)")]
    if result.start in _EARLIER_RUN:
        rows.append(("before", _EARLIER_RUN[result.start].format(rows=result.n_resumed)))
    rows.append(("scored", f"{result.n_scored:,} in {_count(len(result.parts), 'part')}"))
    where = f", see {redact_credentials(str(result.quarantine))}" if result.n_quarantined else ""
    rows.append(("quarantined", f"{result.n_quarantined:,}{where}"))
    if result.ignored:
        listed = list_first(result.ignored, _COLUMNS_SHOWN)
        rows.append(("ignored", f"{_count(len(result.ignored), 'column')} that the model does not use: {listed}"))
    # Columns with most unseen rows first, and those with the strongest drift.
    unseen = {
        name: f"{_count(n_rows, 'row')} with a category that was not in training"
        for name, n_rows in sorted(result.unseen.items(), key=lambda item: -item[1])
    }
    strongest = sorted(result.drift.items(), key=lambda item: -item[1].excess)
    drift = {name: "; ".join(notes) for name, column in strongest if (notes := column.notes())}
    for what, columns in (("unseen", unseen), ("drift", drift)):
        rows += [(what, f"{name}: {text}") for name, text in list(columns.items())[:_COLUMNS_SHOWN]]
        more = len(columns) - _COLUMNS_SHOWN
        if more > 0:
            rows.append((what, f"and {more:,} more {'column' if more == 1 else 'columns'}, see _SUCCESS"))
    return [*rows, ("folder", redact_credentials(str(result.out)))]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
