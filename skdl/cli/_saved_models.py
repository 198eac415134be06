"""Commands for saved models: ``skdl inspect``, ``sign`` and ``keys``. Nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column
from rich.text import Text

from skdl._terminal_text import escape_control, four_digits
from skdl.cli._language import command_strings
from skdl.cli._options import Language, SavedModel
from skdl.cli._screen import NUMBERS, console, facts, list_first, plain_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from skdl.report import Strings
    from skdl.saved_models import ModelCard
    from skdl.schema import ExplainedColumn

_COLUMNS_SHOWN = 30
_VALUES_SHOWN = 8
_DIGITS_SHOWN = 12
_KILO = 1000

keys = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@keys.callback()
def _keys() -> None:
    """Keys that sign saved models."""


@keys.command("new")
def _new(
    ctx: typer.Context,
    prefix: Annotated[Path, typer.Argument(metavar="PREFIX", help="First part of the file names.")],
    lang: Language = None,
) -> None:
    """Create an ed25519 key pair: PREFIX.private.pem signs, PREFIX.public.pem verifies."""
    from skdl.saved_models import new_keys

    strings = command_strings(ctx, lang)
    files = new_keys(prefix)
    rows = [
        (strings("card.private"), strings("card.keep_secret", file=files.private_key)),
        (strings("card.public"), strings("card.give_away", file=files.public_key)),
        (strings("card.key"), files.fingerprint),
    ]
    console().print(facts(rows))


def sign(
    ctx: typer.Context,
    model: SavedModel,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Private key: a PEM file, or the key in base64. Without it, SKDL_PRIVATE_KEY is used.",
        ),
    ] = None,
    sha256: Annotated[str | None, typer.Option(metavar="HEX", help="Sign only the model with this pin.")] = None,
    lang: Language = None,
) -> None:
    """Sign a saved model, so that it can be verified with the public key. No code of the model is run."""
    from skdl.saved_models import sign_model

    strings = command_strings(ctx, lang)
    signed = sign_model(model, key, sha256=sha256)
    rows = {"signed": str(signed.path), "pin": signed.sha256, "key": str(signed.signer)}
    console().print(facts([(strings(f"card.{name}"), value) for name, value in rows.items()]))


def inspect(
    ctx: typer.Context,
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
    lang: Language = None,
) -> None:
    """Show a saved model: task, scores, input columns, versions, signature. No code of the model is run.

    With a pin, a key or `--verify`, the files are compared with the manifest first: exit code 78 where one is damaged,
    77 where pin or signature do not match. Without them, the card shows what the folder claims.
    """
    from dataclasses import asdict

    from skdl.saved_models import model_card, read_manifest, verify_model
    from skdl.schema import explain

    strings = command_strings(ctx, lang)
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
    screen.print(facts(_facts(card, strings)))
    if card.scores:
        screen.print()
        screen.print(_scores(card, strings))
    screen.print()
    screen.print(_columns(card, explain(saved.manifest.schema, saved.manifest.reading), strings))
    hidden = len(card.columns) - _COLUMNS_SHOWN
    if hidden > 0:
        screen.print(Text(strings("card.more_columns", n=hidden), style="dim"))
    screen.print()
    screen.print(facts(_trust(card, strings, pinned=sha256 is not None)))


def _facts(card: ModelCard, strings: Strings) -> list[tuple[str, str]]:
    """Task, classes, training data, versions and metadata."""
    names = [str(one) for one in card.classes or card.outputs or ()]
    task = strings.table.get(f"note.task.{card.task}", card.task)
    rows = strings("card.unknown_rows") if card.n_rows is None else strings("card.n_rows", n=f"{card.n_rows:,}")
    here = {one.package: one.here or strings("card.not_installed") for one in card.versions if one.here != one.saved}
    found = {
        "is": task if card.target is None else strings("check.task_of", task=task, target=card.target),
        "recommended": "" if card.recommended is None else strings("card.another", model=card.recommended),
        "classes" if card.classes else "outputs": list_first(names, _VALUES_SHOWN, strings),
        "trained_on": rows
        if card.data_hash is None
        else strings("card.hashed_rows", rows=rows, digits=card.data_hash[:_DIGITS_SHOWN]),
        "written": card.written.replace("T", " ").replace("Z", " UTC"),
        "needs": strings("card.keras") if card.needs_keras else strings("card.no_keras"),
        "saved_with": ", ".join(f"{one.package} {one.saved}" for one in card.versions),
        "but_here": ", ".join(f"{package} {version}" for package, version in here.items()),
    }
    shown = [(strings(f"card.{name}"), value) for name, value in found.items() if value]
    for name, value in card.metadata.items():
        if name == "ensemble" and isinstance(value, dict):
            weights = (f"{one} {four_digits(weight)}" for one, weight in value.items())
            shown.append((strings("nav.ensembles"), ", ".join(weights)))
        elif value is not None:
            n_lines = len(str(value).strip().splitlines())
            shown.append((name, strings("card.n_lines", n=n_lines) if n_lines > 1 else str(value).strip()))
    return shown


def _scores(card: ModelCard, strings: Strings) -> Table:
    table = plain_table(
        Column(strings("card.score"), no_wrap=True),
        Column(strings("card.mean"), **NUMBERS),
        Column(strings("terminal.interval"), style="dim", **NUMBERS),
    )
    for score in card.scores:
        ends = [four_digits(end) for end in (score.low, score.high) if end is not None]
        interval = strings("interval.to", low=ends[0], high=ends[1]) if len(ends) == 2 else ""
        table.add_row(escape_control(score.name), four_digits(score.value), interval)
    return table


def _columns(card: ModelCard, explained: Sequence[ExplainedColumn], strings: Strings) -> Table:
    table = plain_table(
        Column(strings("card.expects" if card.named else "card.expects_by_position"), no_wrap=True, max_width=40),
        Column(strings("card.kind")),
        Column(strings("card.read_as")),
        Column(strings("card.may_be_missing")),
        Column(strings("card.values"), style="dim"),
    )
    for column, one in list(zip(card.columns, explained, strict=True))[:_COLUMNS_SHOWN]:
        key = f"column_type.{one.type.replace(' ', '_')}"
        kind = strings(key) if strings.has(key) else strings(f"card.{column['kind']}")
        parsed = ", ".join(map(strings.translate, one.parsed))
        if one.source != one.name and not one.parsed[0].code.startswith("read_part_of_column"):
            parsed = strings("card.from_column", column=one.source, parsed=parsed)
        nullable = strings("card.nullable") if column["nullable"] else ""
        if nullable and one.words:
            nullable = strings("card.also_missing", words=list_first(one.words, _VALUES_SHOWN, strings))
        table.add_row(*map(escape_control, (column["name"], kind, parsed, nullable, _values(column, strings))))
    return table


def _values(column: dict[str, Any], strings: Strings) -> str:
    if column["categories"] is not None:
        known = list_first([str(value) for value in column["categories"]], _VALUES_SHOWN, strings)
        return strings("card.others_too", values=known) if column["open"] else known
    if column["minimum"] is None or column["maximum"] is None:
        return ""
    between = strings("interval.to", low=f"{column['minimum']:g}", high=f"{column['maximum']:g}")
    return strings("card.infinite_too", values=between) if column["infinite"] else between


def _trust(card: ModelCard, strings: Strings, *, pinned: bool) -> list[tuple[str, str, str]]:
    """Files, pin, signature, and what was verified; each with its style."""
    rows = []
    for file in card.files:
        if file.found == file.n_bytes:
            rows.append((file.name, _size(file.n_bytes), ""))
        elif file.found is None:
            rows.append((file.name, strings("card.file_missing", n=f"{file.n_bytes:,}"), "red"))
        else:
            rows.append((file.name, strings("card.other_size", n=f"{file.n_bytes:,}", found=f"{file.found:,}"), "red"))
    rows.append((strings("card.pin"), card.sha256, ""))
    if card.signer is not None:
        rows.append((strings("card.signed"), strings("card.by_key", key=card.signer), "green"))
    else:
        rows.append((strings("card.signed"), strings("card.by_somebody" if card.is_signed else "card.unsigned"), ""))
    if card.n_golden:
        rows.append((strings("card.checked_by"), strings("card.references", n=card.n_golden), ""))
    if not card.verified:
        outcome, style = "unverified", "yellow"
    elif pinned or card.signer is not None:
        outcomes = {(True, False): "pin_matches", (False, True): "signature_valid"}
        outcome, style = outcomes.get((pinned, card.signer is not None), "both_match"), "green"
    else:
        outcome, style = "files_match", "yellow"
    return [*rows, (strings("card.verified"), strings(f"card.{outcome}"), style)]


def _size(n_bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < _KILO:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= _KILO
    return f"{n_bytes:.3g} GB"
