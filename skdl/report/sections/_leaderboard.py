"""The leaderboard as text: a line a model, with an interval bar on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, MINUS, at_least_one_digit, decimals_for, fixed, p_value
from skdl.report._scale import axis_limits
from skdl.report.sections._costs import cost_headings, costs_note, costs_of, memory_was_measured

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.summary import ModelRow, Score, Summary

__all__ = ["Bar", "Leaderboard", "Line", "leaderboard_section"]


@dataclass(frozen=True)
class Bar:
    """An interval within its cell: percentages of the cell's width."""

    low: float
    high: float
    mean: float
    off_scale: bool
    aria: str


@dataclass(frozen=True)
class Line:
    """One model of the leaderboard, as text."""

    model: str
    description: str
    tags: tuple[tuple[str, str], ...]  # (kind, label)
    rank: str
    group: str
    mean: str
    interval: str
    spread: str
    difference: str
    p: str
    others: tuple[str, ...]
    costs: tuple[str, ...]
    bar: Bar | None
    error: str | None


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard: headings of the metrics, ranked models, and those that failed."""

    metric: str
    direction: str
    others: tuple[str, ...]
    note: str
    cost_headings: tuple[str, ...]
    costs_note: str
    lines: tuple[Line, ...]
    failed: tuple[Line, ...]


def leaderboard_section(summary: Summary, words: Words) -> Leaderboard:
    """Leaderboard as text, with an interval bar a model on one scale."""
    first, *others = summary.columns
    decimals = {
        column.name: decimals_for(row.scores[column.name] for row in summary.models if column.name in row.scores)
        for column in summary.columns
    }
    ranked = [row for row in summary.models if row.status == "ok" and first.name in row.scores]
    limits = axis_limits([_span(row.scores[first.name]) for row in ranked])
    lines = [_line(row, summary, words, decimals, limits) for row in ranked]
    failed = [_line(row, summary, words, decimals, limits) for row in summary.models if row not in ranked]
    return Leaderboard(
        metric=first.label,
        direction=words("column.better_up" if first.greater_is_better else "column.better_down"),
        others=tuple(column.label for column in others),
        note=words(
            "leaderboard.note_holdout" if summary.verdict.evidence == "holdout" else "leaderboard.note",
            n=summary.protocol.folds * summary.protocol.repeats,
        ),
        cost_headings=cost_headings(summary, words),
        costs_note=costs_note(summary, words),
        lines=tuple(lines),
        failed=tuple(failed),
    )


def _line(row: ModelRow, summary: Summary, words: Words, decimals: dict[str, int], limits: tuple[float, float]) -> Line:
    first, *others = summary.columns
    digits = decimals[first.name]
    score = row.scores.get(first.name)
    return Line(
        model=row.model,
        description=row.description,
        tags=tuple((kind, words(f"tag.{kind}")) for kind in _tags(row, summary)),
        rank=DASH if row.rank is None else str(row.rank),
        group=row.group,
        mean=fixed(score.mean if score else None, digits),
        interval=_interval_text(score, digits, words),
        spread=fixed(score.spread if score else None, digits),
        difference=words("page.leader") if row.model == summary.verdict.leader else _signed(row, digits, summary),
        p=p_value(row.p_vs_leader),
        others=tuple(
            fixed(row.scores[c.name].mean if c.name in row.scores else None, decimals[c.name]) for c in others
        ),
        costs=costs_of(row).cells(memory=memory_was_measured(summary)),
        bar=_bar(score, limits, words, digits) if score else None,
        error=(row.error or words("failed.unknown")) if row.status != "ok" else None,
    )


def _tags(row: ModelRow, summary: Summary) -> list[str]:
    return [
        *(["winner"] if row.model == summary.verdict.winner else []),
        *(["recommended"] if row.model == summary.verdict.recommended != summary.verdict.winner else []),
        *(["network"] if row.is_network else []),
        *(["dummy"] if row.is_dummy else []),
        *(["failed"] if row.status != "ok" else []),
    ]


def _signed(row: ModelRow, decimals: int, summary: Summary) -> str:
    """Difference to the leader in the metric's own sign: a worse accuracy is lower, a worse RMSE higher."""
    if row.difference is None:
        return DASH
    natural = -row.difference if summary.columns[0].greater_is_better else row.difference
    text = at_least_one_digit(natural, decimals)
    return text if text.startswith(MINUS) or natural == 0.0 else f"+{text}"


def _interval_text(score: Score | None, decimals: int, words: Words) -> str:
    if score is None or score.low is None or score.high is None:
        return DASH
    return words("interval.to", low=fixed(score.low, decimals), high=fixed(score.high, decimals))


def _span(score: Score) -> tuple[float, float]:
    return (score.low if score.low is not None else score.mean, score.high if score.high is not None else score.mean)


def _bar(score: Score, limits: tuple[float, float], words: Words, decimals: int) -> Bar:
    low, high = _span(score)
    place = [100.0 * (value - limits[0]) / (limits[1] - limits[0]) for value in (low, high, score.mean)]
    inside = [min(100.0, max(0.0, value)) if math.isfinite(value) else 100.0 for value in place]
    aria = words(
        "interval.aria", mean=fixed(score.mean, decimals), low=fixed(low, decimals), high=fixed(high, decimals)
    )
    ends = [round(value, 1) for value in inside]
    return Bar(low=ends[0], high=ends[1], mean=ends[2], off_scale=inside[2] != place[2], aria=aria)
