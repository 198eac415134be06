"""Reproduce and ship, as text: commands to copy, the saved model's card, and its input schema."""

from __future__ import annotations

import math
from shlex import quote
from typing import TYPE_CHECKING, Any

from skdl.report._format import count, fixed, size
from skdl.report._strings import strings_of
from skdl.report.sections._scores import interval_text, range_text, score_decimals

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import InputColumn, Summary


MOST_COLUMNS = 60  # shown; the manifest has all of them
MOST_CATEGORIES = 8


def describe(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe how to reproduce the comparison and how to use the model."""
    pin, saved = summary.model_pin, summary.saved
    columns = saved.columns if saved is not None else []
    n_more = len(columns) - MOST_COLUMNS
    folder = "model" if saved is None else saved.folder
    return {
        "contents": strings("ship.contents"),
        "command": summary.command or None,
        "pipeline": summary.pipeline,
        "score_note": None if pin is None else strings("ship.score_note", model=summary.saved_name),
        "not_recommended": saved_sentence(summary, strings.lang),
        "score_command": None
        if pin is None
        else f"skdl score {quote(folder)} INPUT --out DIR --sha256 {pin}{threshold_option(summary)}",
        "card": _card(summary, strings),
        "columns": [_input(column, strings) for column in columns[:MOST_COLUMNS]],
        "more_columns": strings("ship.more_columns", n=count(n_more)) if n_more > 0 else None,
        "versions": list(summary.versions.items()),
    }


def threshold_option(summary: Summary) -> str:
    """Return the option by which the saved model decides by the user's costs; empty where it is not decided so."""
    known = summary.decisions
    by = {} if known is None else {one.model: one.by for one in known.priced}
    if known is None or known.score_threshold is None or by.get(summary.saved_name) != "probabilities":
        return ""
    return f" --threshold {known.score_threshold:.6g}"


def saved_sentence(summary: Summary, lang: str = "en") -> str | None:
    """Describe which model was saved in place of the recommended one; None where that is saved, or none is."""
    saved, recommended = summary.saved_name, summary.verdict.recommended
    return None if saved == recommended else strings_of(lang)("ship.not_recommended", saved=saved, model=recommended)


def _card(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """The model card: what the model is, what it was trained on, its scores out of fold, and what it requires."""
    saved, data = summary.saved, summary.data
    if saved is None or summary.model_pin is None:
        return []
    row = next(row for row in summary.models if row.model == summary.saved_name)
    recommended = summary.verdict.recommended
    predicts = data.target if data.unit is None else strings("ship.card.unit", target=data.target, unit=data.unit)
    if saved.classes:
        predicts = strings("ship.card.classes", target=data.target, classes=_listed(saved.classes))
    scores = []
    for column in summary.columns:
        score = row.scores.get(column.name)
        if score is None or math.isnan(score.mean):
            continue
        decimals = score_decimals(summary, column.name)
        text = fixed(score.mean, decimals)
        if score.low is not None and score.high is not None:
            text = f"{text} ({interval_text(score.low, score.high, decimals, strings)})"
        scores.append((column.label, text))
    trained = strings("ship.card.rows", rows=count(data.n_rows), source=data.source, date=summary.created[:10])
    return [
        (strings("ship.card.model"), f"{row.model}: {row.description}"),
        *([] if row.model == recommended else [(strings("ship.card.recommended"), recommended)]),
        (strings("ship.card.predicts"), predicts),
        (strings("ship.card.trained"), trained),
        *scores,
        (strings("ship.card.needs"), strings(f"ship.card.{'keras' if saved.needs_keras else 'no_keras'}")),
        (strings("ship.card.size"), size(saved.n_bytes)),
        (strings("ship.card.pin"), summary.model_pin),
    ]


def _input(column: InputColumn, strings: Strings) -> tuple[str, str, str, str]:
    """Name, kind with how it is written, and values of a column of the input, and whether a value may be missing."""
    values = strings("ship.any")
    if column.categories is not None:
        values = _listed(column.categories)
        if not column.takes_others:
            values = strings("ship.only", values=values)
    elif column.low is not None and column.high is not None:
        values = range_text(column.low, column.high, strings)
    key = f"ship.kind.{column.kind}"
    kind = ", ".join([strings(key) if strings.has(key) else column.kind, *map(strings.translate, column.parsed)])
    missing = strings("ship.missing_ok" if column.nullable else "ship.missing_not")
    return column.name, kind, values, missing


def _listed(values: list[str]) -> str:
    return ", ".join(values[:MOST_CATEGORIES]) + (", ..." if len(values) > MOST_CATEGORIES else "")
