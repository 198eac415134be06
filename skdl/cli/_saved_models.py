"""Commands for saved models: ``skdl inspect``, ``sign`` and ``keys``. Nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column
from rich.text import Text

from skdl._terminal_text import escape_control, four_digits
from skdl.cli._options import SavedModel
from skdl.cli._screen import NUMBERS, console, facts, list_first, plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from skdl.saved_models import ModelCard

_COLUMNS_SHOWN = 30
_VALUES_SHOWN = 8
_DIGITS_SHOWN = 12
_KILO = 1000

keys = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@keys.callback()
def _keys() -> None:
    """Keys that sign saved models."""


@keys.command("new")
def _new(prefix: Annotated[Path, typer.Argument(metavar="PREFIX", help="First part of the file names.")]) -> None:
    """Create an ed25519 key pair: PREFIX.private.pem signs, PREFIX.public.pem verifies."""
    from skdl.saved_models import new_keys

    files = new_keys(prefix)
    rows = [
        ("private", f"{files.private_key}: signs; keep it secret"),
        ("public", f"{files.public_key}: give it to everybody who loads your models"),
        ("key", files.fingerprint),
    ]
    console().print(facts(rows))


def sign(
    model: SavedModel,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Private key: a PEM file, or the key in base64. Without it, SKDL_PRIVATE_KEY is used.",
        ),
    ] = None,
    sha256: Annotated[str | None, typer.Option(metavar="HEX", help="Sign only the model with this pin.")] = None,
) -> None:
    """Sign a saved model, so that it can be verified with the public key. No code of the model is run."""
    from skdl.saved_models import sign_model

    signed = sign_model(model, key, sha256=sha256)
    console().print(facts([("signed", str(signed.path)), ("pin", signed.sha256), ("key", str(signed.signer))]))


def inspect(
    model: SavedModel,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the files with the digests in the manifest.")
    ] = False,
    sha256: Annotated[str | None, typer.Option(metavar="HEX", help="Verify that the model has this pin.")] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Verify the signature with this key: a PEM file, or the key in base64. With --verify and without pin "
            "and key, SKDL_PUBLIC_KEY is used.",
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
        text = json.dumps(asdict(card), indent=1, ensure_ascii=False)
        # Readable letters; control characters as JSON escapes.
        typer.echo("".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text))
        return
    screen = console()
    title = ": ".join(filter(None, (card.name, card.model))) or card.path
    screen.print(Text(escape_control(title), style="bold"), end="\n\n")
    screen.print(facts(_facts(card)))
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
    screen.print(facts(_trust(card, pinned=sha256 is not None)))


def _facts(card: ModelCard) -> list[tuple[str, str]]:
    """Task, classes, training data, versions and metadata."""
    names = [str(one) for one in card.classes or card.outputs or ()]
    rows = "an unknown number of rows" if card.n_rows is None else f"{card.n_rows:,} rows"
    data = "" if card.data_hash is None else f", data hash {card.data_hash[:_DIGITS_SHOWN]}"
    others = [f"{one.package} {one.here or 'not installed'}" for one in card.versions if one.here != one.saved]
    found = {
        "is": card.task if card.target is None else f"{card.task} of {card.target}",
        "recommended": "" if card.recommended is None else f"{card.recommended}, not this model",
        "classes" if card.classes else "outputs": list_first(names, _VALUES_SHOWN),
        "trained on": f"{rows}{data}",
        "written": card.written.replace("T", " ").replace("Z", " UTC"),
        "needs": "Keras: a network has layers without a NumPy equivalent" if card.needs_keras else "no Keras",
        "saved with": ", ".join(f"{one.package} {one.saved}" for one in card.versions),
        "but here": ", ".join(others),
    }
    shown = [(name, value) for name, value in found.items() if value]
    for name, value in card.metadata.items():
        if value is not None:
            n_lines = len(str(value).strip().splitlines())
            shown.append((name, f"{n_lines} lines: see --json" if n_lines > 1 else str(value).strip()))
    return shown


def _scores(card: ModelCard) -> Table:
    table = plain_table(
        Column("score", no_wrap=True), Column("mean", **NUMBERS), Column("95 % CI", style="dim", **NUMBERS)
    )
    for score in card.scores:
        ends = [four_digits(end) for end in (score.low, score.high) if end is not None]
        interval = " to ".join(ends) if len(ends) == 2 else ""
        table.add_row(escape_control(score.name), four_digits(score.value), interval)
    return table


def _columns(card: ModelCard) -> Table:
    table = plain_table(
        Column("expects" if card.named else "expects, by position", no_wrap=True, max_width=40),
        Column("kind", no_wrap=True),
        Column("may be missing", no_wrap=True),
        Column("values in training", style="dim"),
    )
    for column in card.columns[:_COLUMNS_SHOWN]:
        cells = (column["name"], column["kind"], "yes" if column["nullable"] else "", _values(column))
        table.add_row(*map(escape_control, cells))
    return table


def _values(column: dict[str, Any]) -> str:
    if column["categories"] is not None:
        known = list_first([str(value) for value in column["categories"]], _VALUES_SHOWN)
        return f"{known}, others too" if column["open"] else known
    if column["minimum"] is None or column["maximum"] is None:
        return ""
    return f"{column['minimum']:g} to {column['maximum']:g}" + (", infinite too" if column["infinite"] else "")


def _trust(card: ModelCard, *, pinned: bool) -> list[tuple[str, str, str]]:
    """Files, pin, signature, and what was verified; each with its style."""
    rows = []
    for file in card.files:
        if file.found == file.n_bytes:
            rows.append((file.name, _size(file.n_bytes), ""))
        else:
            found = "is missing" if file.found is None else f"got {file.found:,}"
            rows.append((file.name, f"must be {file.n_bytes:,} bytes; {found}", "red"))
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


def _size(n_bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < _KILO:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= _KILO
    return f"{n_bytes:.3g} GB"
