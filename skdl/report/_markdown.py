"""The report as Markdown: the verdict first, then the tables."""

from __future__ import annotations

import re
from dataclasses import astuple
from typing import TYPE_CHECKING

from skdl.report._against import against_text
from skdl.report._costs import cost_headings, costs_note, memory_was_measured
from skdl.report._saying import sayings
from skdl.report._sentence import verdict_sentence
from skdl.report._tuning import tuning_text
from skdl.report._view import (
    badges,
    confusion_table,
    data_facts,
    lead_line,
    leaderboard,
    network_text,
    protocol_facts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from skdl.report._summary import Summary
    from skdl.report._view import Leaderboard
    from skdl.report._words import Words

__all__ = ["render_markdown"]


def render_markdown(summary: Summary, words: Words) -> str:
    """Render the whole report as GitHub's Markdown."""
    board = leaderboard(summary, words)
    parts = [
        f"# {_text(words('title', name=summary.name))}",
        f"**{_text(verdict_sentence(summary, words.lang))}**",
        _text("; ".join(lead_line(summary, words)) + "."),
        *_reasons(summary, words),
        *_sayings(summary, words),
        *_leaderboard(board, words),
        *_costs(board, summary, words),
        *_against(summary, words),
        *_tuning(summary, words),
        *_networks(summary, words),
        *_confusions(summary, words),
        *_data(summary, words),
        *_reproduce(summary, words),
    ]
    return "\n\n".join(parts) + "\n"


def _reasons(summary: Summary, words: Words) -> list[str]:
    found = badges(summary, words)
    if not found:
        return []
    lines = [f"- **{_text(badge.label)}**: {_text(badge.sentence)}" for badge in found]
    return [f"## {words('weakens')}", "\n".join(lines)]


def _sayings(summary: Summary, words: Words) -> list[str]:
    said = [f"- {_text(metric)}: {_text(sentence)}" for metric, sentence in sayings(summary, words)]
    title = words("saying.title", model=summary.verdict.recommended)
    return [f"## {_text(title)}", "\n".join(said)] if said else []


def _leaderboard(board: Leaderboard, words: Words) -> list[str]:
    header = [
        words("column.rank"),
        words("column.group"),
        words("column.model"),
        f"{board.metric} ({board.direction})",
        *(words(f"column.{key}") for key in ("interval", "spread", "difference", "p")),
        *board.others,
    ]
    rows = []
    for line in board.lines:
        tags = ", ".join(label for _, label in line.tags)
        model = f"{line.model} ({tags})" if tags else line.model
        numbers = [line.mean, line.interval, line.spread, line.difference, line.p, *line.others]
        rows.append([line.rank, line.group, model, *numbers])
    parts = [f"## {words('nav.leaderboard')}", _table(header, rows, right=range(3, len(header)))]
    if board.failed:
        errors = [f"- {_text(line.model)}: {_text(line.error or '')}" for line in board.failed]
        parts += [f"### {words('failed.title')}", "\n".join(errors)]
    return parts


def _against(summary: Summary, words: Words) -> list[str]:
    found = against_text(summary, words)
    if found is None:
        return []
    keys = ("difference", "interval", "p", "better", "equivalent", "worse")
    header = [words("column.model"), *(words(f"against.{key}") for key in keys)]
    rows = [list(astuple(line)) for line in found.lines]
    return [f"## {_text(found.title)}", _text(found.note), _table(header, rows, right=range(1, len(header)))]


def _costs(board: Leaderboard, summary: Summary, words: Words) -> list[str]:
    if not board.lines:
        return []
    header = [words("column.model"), *cost_headings(summary, words)]
    rows = [[line.model, *line.costs.cells(memory=memory_was_measured(summary))] for line in board.lines]
    return [
        f"### {words('costs.title')}",
        _text(costs_note(summary, words)),
        _table(header, rows, right=range(1, len(header))),
    ]


def _tuning(summary: Summary, words: Words) -> list[str]:
    if not summary.tuning:
        return []
    parts = [f"## {words('nav.tuning')}", _text(words("tuning.note"))]
    for tuned in summary.tuning:
        text = tuning_text(tuned, summary, words)
        parts.append(f"### {_text(text.model)}")
        if text.facts:
            parts.append(_text("; ".join(text.facts) + "."))
        parts.append("\n".join([_facts(text.chosen), *(f"- **{_text(sentence)}**" for sentence in text.edges)]))
    return parts


def _networks(summary: Summary, words: Words) -> list[str]:
    if not summary.networks:
        return []
    parts = [f"## {words('nav.networks')}"]
    for network in summary.networks:
        text = network_text(network, summary, words)
        parts += [f"### {_text(text.model)}", _text("; ".join([text.architecture, *text.facts]) + ".")]
        readings = [
            f"- **{_text(reading.label)}** ({reading.share}): {reading.meaning} {reading.advice}".rstrip()
            for reading in text.readings
        ]
        parts.append("\n".join(readings) if readings else words("reading.none"))
    return parts


def _confusions(summary: Summary, words: Words) -> list[str]:
    if not summary.confusions:
        return []
    parts = [f"## {words('nav.errors')}"]
    for confusion in summary.confusions:
        table = confusion_table(confusion, words)
        rows = [[name, *(n for n, _ in row)] for name, row in zip(table.classes, table.rows, strict=True)]
        header = [words("errors.actual"), *table.classes]
        parts += [
            f"### {_text(words('errors.confusion', model=table.model))}",
            _table(header, rows, right=range(1, len(header))),
            table.note,
        ]
    return parts


def _data(summary: Summary, words: Words) -> list[str]:
    parts = [f"## {words('nav.data')}", _facts(data_facts(summary, words) + protocol_facts(summary, words))]
    if summary.data.class_counts:
        header = [words("data.classes"), words("data.rows")]
        parts.append(_table(header, [[name, f"{n:,}"] for name, n in summary.data.class_counts.items()], right=[1]))
    if summary.data.notes:
        parts.append("\n".join(f"- {_text(note)}" for note in summary.data.notes))
    return parts


def _reproduce(summary: Summary, words: Words) -> list[str]:
    parts = [f"## {words('nav.reproduce')}", words("reproduce.command") + ":", _code(summary.command)]
    if summary.model_pin:
        score = words("reproduce.score_command", pin=summary.model_pin)
        parts += [words("reproduce.score") + ":", _code(score)]
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    return [*parts, f"{words('reproduce.versions')}: {_text(versions)}."]


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {_text(name)}: {_text(value)}" for name, value in facts)


def _code(command: str) -> str:
    """Fence a command, with a fence longer than any run of backticks within it."""
    longest = max((len(run) for run in re.findall(r"`+", command)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{command}\n{fence}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int]) -> str:
    marks = ["---:" if place in right else "---" for place in range(len(header))]
    lines = [header, marks, *rows]
    escaped = [[cell if line is marks else _text(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def _text(value: str) -> str:
    """Escape what Markdown and HTML would read as their own, and keep it on one line.

    An underscore inside a word (``keras_mlp``) is no emphasis, and stays.
    """
    return re.sub(r"([\\`*{}\[\]|~$]|<(?=[a-zA-Z/!?])|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(value.split()))
