"""Reproduce and ship, as text: commands to copy, the saved model's card, and its input schema."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from skdl.report._format import MINUS, count, decimals_for, fixed, size

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import InputColumn, Summary


MOST_COLUMNS = 60  # shown; the manifest has all of them
MOST_CATEGORIES = 8


@dataclass(frozen=True)
class InputLine:
    """A column of the model's input."""

    name: str
    kind: str
    values: str
    missing: str


@dataclass(frozen=True)
class ShipSection:
    """Commands to copy, the pipeline file, and the saved model's card."""

    command: str | None
    pipeline: str | None
    score_note: str | None
    score_command: str | None
    card: tuple[tuple[str, str], ...]
    columns: tuple[InputLine, ...]
    more_columns: str | None
    versions: tuple[tuple[str, str], ...]


def describe(summary: Summary, strings: Strings) -> ShipSection:
    """Describe how to reproduce the comparison and how to use the model."""
    pin, saved = summary.model_pin, summary.saved
    columns = saved.columns if saved is not None else []
    n_more = len(columns) - MOST_COLUMNS
    folder = "model" if saved is None else saved.folder
    return ShipSection(
        command=summary.command or None,
        pipeline=summary.pipeline,
        score_note=None if pin is None else strings("ship.score_note", model=summary.verdict.recommended),
        score_command=None if pin is None else f"skdl score {quote(folder)} INPUT --out DIR --sha256 {pin}",
        card=tuple(_card(summary, strings)),
        columns=tuple(_input(column, strings) for column in columns[:MOST_COLUMNS]),
        more_columns=strings("ship.more_columns", n=count(n_more)) if n_more > 0 else None,
        versions=tuple(summary.versions.items()),
    )


def _card(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """The model card: what the model is, what it was trained on, its scores, and what it requires."""
    saved = summary.saved
    if saved is None or summary.model_pin is None:
        return []
    row = next(row for row in summary.models if row.model == summary.verdict.recommended)
    data = summary.data
    trained = strings("ship.card.rows", rows=count(data.n_rows), source=data.source, date=summary.created[:10])
    return [
        (strings("ship.card.model"), f"{row.model}: {row.description}"),
        (strings("ship.card.predicts"), _target(summary, strings)),
        (strings("ship.card.trained"), trained),
        *_scores(summary, row.model, strings),
        (strings("ship.card.needs"), strings(f"ship.card.{'keras' if saved.needs_keras else 'no_keras'}")),
        (strings("ship.card.size"), size(saved.n_bytes)),
        (strings("ship.card.pin"), summary.model_pin),
    ]


def _target(summary: Summary, strings: Strings) -> str:
    data, saved = summary.data, summary.saved
    if saved is not None and saved.classes:
        shown = ", ".join(saved.classes[:MOST_CATEGORIES]) + (", ..." if len(saved.classes) > MOST_CATEGORIES else "")
        return strings("ship.card.classes", target=data.target, classes=shown)
    return data.target if data.unit is None else strings("ship.card.unit", target=data.target, unit=data.unit)


def _scores(summary: Summary, model: str, strings: Strings) -> list[tuple[str, str]]:
    """The recommended model's scores with their intervals, out of fold."""
    row = next(row for row in summary.models if row.model == model)
    scores = []
    for column in summary.columns:
        score = row.scores.get(column.name)
        if score is None or score.mean != score.mean:
            continue
        decimals = decimals_for(other.scores[column.name] for other in summary.models if column.name in other.scores)
        text = fixed(score.mean, decimals)
        if score.low is not None and score.high is not None:
            interval = strings("interval.to", low=fixed(score.low, decimals), high=fixed(score.high, decimals))
            text = f"{text} ({interval})"
        scores.append((column.label, text))
    return scores


def _input(column: InputColumn, strings: Strings) -> InputLine:
    values = strings("ship.any")
    if column.categories is not None:
        listed = [*column.categories[:MOST_CATEGORIES], *(["..."] if len(column.categories) > MOST_CATEGORIES else [])]
        values = ", ".join(listed)
        if not column.takes_others:
            values = strings("ship.only", values=values)
    elif column.low is not None and column.high is not None:
        low, high = (f"{value:,.6g}".replace("-", MINUS) for value in (column.low, column.high))
        values = strings("interval.to", low=low, high=high)
    kind = f"ship.kind.{column.kind}"
    return InputLine(
        name=column.name,
        kind=strings(kind) if strings.has(kind) else column.kind,
        values=values,
        missing=strings("ship.missing_ok" if column.nullable else "ship.missing_not"),
    )
