"""``skdl inspect``: model card of a saved model; nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skdl.cli._escape import escape_control, list_first

if TYPE_CHECKING:
    from rich.table import Table

    from skdl.saved_models import ModelCard

__all__ = ["inspect"]

_COLUMNS_SHOWN = 30
_VALUES_SHOWN = 8
_DIGITS_SHOWN = 12
_KILO = 1000


def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.", show_default=False)],
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the files with the digests in the manifest.")
    ] = False,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="HEX", help="Verify that the model has this pin.", show_default=False),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key",
            metavar="FILE",
            help="Verify the signature with this key: a PEM file, or the key in base64. With --verify and without pin "
            "and key, SKDL_PUBLIC_KEY is used.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON, with every column.")] = False,
) -> None:
    """Show a saved model: task, scores, input columns, versions, signature. No code of the model is run.

    With a pin, a key or `--verify`, the files are compared with the manifest first: exit code 78 where one is damaged,
    77 where pin or signature do not match. Without them, the card shows what the folder claims.
    """
    from dataclasses import asdict

    from skdl.saved_models import model_card, read_manifest, verify_model

    checks = verify or sha256 is not None or public_key is not None
    saved = verify_model(model, sha256=sha256, public_key=public_key) if checks else read_manifest(model)
    card = model_card(saved, verified=checks)
    if as_json:
        typer.echo(_json(asdict(card)))
    else:
        _show(card, pinned=sha256 is not None)


def _show(card: ModelCard, *, pinned: bool) -> None:
    from rich.text import Text

    from skdl.cli._screen import console

    screen = console()
    screen.print(Text(escape_control(": ".join(filter(None, (card.name, card.model))) or card.path), style="bold"))
    screen.print()
    grid = _grid()
    for what, value in _facts(card):
        grid.add_row(escape_control(what), escape_control(value))
    screen.print(grid)
    if card.scores:
        screen.print()
        screen.print(_scores(card))
    screen.print()
    screen.print(_columns(card))
    hidden = len(card.columns) - _COLUMNS_SHOWN
    if hidden > 0:
        noun = "column" if hidden == 1 else "columns"
        screen.print(Text(f"and {hidden} more {noun}: see --json", style="dim"))
    screen.print()
    grid = _grid()
    for what, value, style in _trust(card, pinned=pinned):
        grid.add_row(escape_control(what), Text(escape_control(value), style=style, overflow="fold"))
    screen.print(grid)


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _facts(card: ModelCard) -> list[tuple[str, str]]:
    """Task, classes, training data, versions and metadata."""
    what = card.task if card.target is None else f"{card.task} of {card.target}"
    names = [str(one) for one in card.classes or card.outputs or ()]
    rows = "an unknown number of rows" if card.n_rows is None else f"{card.n_rows:,} rows"
    data = "" if card.data_hash is None else f", data hash {card.data_hash[:_DIGITS_SHOWN]}"
    facts = [("is", what)]
    if names:
        facts.append(("classes" if card.classes else "outputs", list_first(names, _VALUES_SHOWN)))
    facts.append(("trained on", f"{rows}{data}"))
    facts.append(("written", card.written.replace("T", " ").replace("Z", " UTC")))
    facts.append(
        ("needs", "Keras: a network has layers without a NumPy equivalent" if card.needs_keras else "no Keras")
    )
    facts.append(("saved with", ", ".join(f"{one.package} {one.saved}" for one in card.versions)))
    others = [f"{one.package} {one.here or 'not installed'}" for one in card.versions if one.here != one.saved]
    if others:
        facts.append(("but here", ", ".join(others)))
    facts.extend((name, _value(value)) for name, value in card.metadata.items() if value is not None)
    return facts


def _value(value: Any) -> str:
    """One line of a metadata value."""
    text = str(value).strip()
    n_lines = len(text.splitlines())
    return f"{n_lines} lines: see --json" if n_lines > 1 else text


def _scores(card: ModelCard) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("score", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95 % CI", justify="right", no_wrap=True, style="dim")
    for score in card.scores:
        interval = "" if score.low is None or score.high is None else f"{score.low:#.4g} to {score.high:#.4g}"
        table.add_row(escape_control(score.name), f"{score.value:#.4g}", interval)
    return table


def _columns(card: ModelCard) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("expects" if card.named else "expects, by position", no_wrap=True, max_width=40)
    table.add_column("kind", no_wrap=True)
    table.add_column("may be missing", no_wrap=True)
    table.add_column("values in training", style="dim")
    for column in card.columns[:_COLUMNS_SHOWN]:
        empty = "yes" if column["nullable"] else ""
        table.add_row(
            escape_control(column["name"]), escape_control(column["kind"]), empty, escape_control(_values(column))
        )
    return table


def _values(column: dict[str, Any]) -> str:
    if column["categories"] is not None:
        known = list_first([str(value) for value in column["categories"]], _VALUES_SHOWN)
        return f"{known}, others too" if column["open"] else known
    if column["minimum"] is None or column["maximum"] is None:
        return ""
    return f"{column['minimum']:g} to {column['maximum']:g}" + (", infinite too" if column["infinite"] else "")


def _trust(card: ModelCard, *, pinned: bool) -> list[tuple[str, str, str]]:
    """Files, pin, signature, and what was verified."""
    rows = [(one.name, *_file(one.n_bytes, one.found)) for one in card.files]
    rows.append(("pin", card.sha256, ""))
    if card.signer is not None:
        rows.append(("signed", f"by the key {card.signer}", "green"))
    else:
        rows.append(("signed", "yes; --public-key verifies by whom" if card.is_signed else "no", ""))
    if card.n_golden:
        rows.append(("checked by", f"{card.n_golden} reference predictions, each time it is loaded", ""))
    if not card.verified:
        rows.append(("verified", "no; --verify compares the files with their digests", "yellow"))
    elif pinned or card.signer is not None:
        outcomes = {(True, False): "the pin matches", (False, True): "the signature is valid"}
        by = outcomes.get((pinned, card.signer is not None), "pin and signature match")
        rows.append(("verified", f"every file matches the manifest; {by}", "green"))
    else:
        rows.append(("verified", "every file matches the manifest; only a pin or a key shows who saved it", "yellow"))
    return rows


def _file(n_bytes: int, found: int | None) -> tuple[str, str]:
    if found == n_bytes:
        return _size(n_bytes), ""
    return f"must be {n_bytes:,} bytes; " + ("is missing" if found is None else f"got {found:,}"), "red"


def _size(n_bytes: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < _KILO:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= _KILO  # type: ignore[assignment]
    return f"{n_bytes:.3g} GB"


def _json(card: dict[str, Any]) -> str:
    """JSON with readable letters; control characters as JSON escapes."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)
