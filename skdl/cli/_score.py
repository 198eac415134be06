"""``skdl score``: batch predictions of a saved model for tables of any size."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from skdl.cli._language import command_strings
from skdl.cli._options import Dask, Language, SavedModel
from skdl.cli._screen import console, facts, list_first

if TYPE_CHECKING:
    from skdl.report import Strings
    from skdl.scoring import ScoreProgress, ScoreResult

_COLUMNS_SHOWN = 5


def score(
    ctx: typer.Context,
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
    output_format: Annotated[
        Literal["parquet", "csv"], typer.Option("--format", help="Format of the predictions.")
    ] = "parquet",
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
    lang: Language = None,
) -> None:
    """Score tables with a saved model, which is verified before it is loaded.

    Predictions go to `part-*` files, rows that cannot be scored to `quarantine` with the reason; every input row is in
    one of them. `_SUCCESS` is written last. After an interruption, the same command resumes the run.
    """
    from skdl.scoring import score_table

    strings = command_strings(ctx, lang)
    screen = Console(stderr=True)
    bar = Progress(
        TextColumn(strings("score.scoring")),
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
        rate = strings("score.pace", n=f"{now.n_rows:,}", pace=f"{pace:,.0f}")
        bar.update(task, completed=now.share or 0.0, total=total, rate=rate)

    with bar:
        result = score_table(
            model,
            inputs,
            out,
            format=output_format,
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
    rows = [(strings(f"score.{name}"), text) for name, text in _result_rows(result, strings)]
    console().print(facts(rows))
    console().print(Text(strings("score.complete"), style="bold green"))


def _result_rows(result: ScoreResult, strings: Strings) -> list[tuple[str, str]]:
    """Return the key of each line's name, and its text."""
    from skdl.tables import redact_credentials

    n_rows = f"{result.n_rows:,}"
    if result.start == "done":
        rows = [("rows", strings("score.already_done", n=n_rows))]
    else:
        rate = (result.n_rows - result.n_resumed) / result.duration_s if result.duration_s > 0 else 0.0
        seconds = f"{result.duration_s:.2f}"
        rows = [("rows", strings("score.took", n=n_rows, seconds=seconds, pace=f"{rate:,.0f}"))]
    if result.start in {"resumed", "restarted"}:
        rows.append(("before", strings(f"score.{result.start}", n=f"{result.n_resumed:,}")))
    n_parts = f"{len(result.parts):,}"
    rows.append(("scored", strings("score.in_parts", n=f"{result.n_scored:,}", parts=n_parts)))
    n_quarantined = f"{result.n_quarantined:,}"
    if result.n_quarantined:
        n_quarantined = strings("score.see", n=n_quarantined, file=redact_credentials(str(result.quarantine)))
    rows.append(("quarantined", n_quarantined))
    if result.n_left_out:
        rows.append(("left_out", strings("score.no_rows", n=f"{result.n_left_out:,}")))
    if result.ignored:
        listed = list_first(result.ignored, _COLUMNS_SHOWN, strings)
        rows.append(("ignored", strings("score.ignored_columns", n=f"{len(result.ignored):,}", listed=listed)))
    # Columns with most unseen rows first, and those with the strongest drift.
    unseen = {
        name: strings("score.unseen_rows", n=f"{n_rows:,}")
        for name, n_rows in sorted(result.unseen.items(), key=lambda item: -item[1])
    }
    strongest = sorted(result.drift.items(), key=lambda item: -item[1].excess)
    described = {name: "; ".join(map(strings.translate, column.describe())) for name, column in strongest}
    drift = {name: text for name, text in described.items() if text}
    for what, columns in (("unseen", unseen), ("drift", drift)):
        rows += [(what, f"{name}: {text}") for name, text in list(columns.items())[:_COLUMNS_SHOWN]]
        if len(columns) > _COLUMNS_SHOWN:
            rows.append((what, strings("score.more_columns", n=f"{len(columns) - _COLUMNS_SHOWN:,}")))
    return [*rows, ("folder", redact_credentials(str(result.out)))]
