"""The leaderboard as text: a line a model, with an interval bar on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, MINUS, at_least_one_digit, decimals_for, fixed, p_value, probability, share
from skdl.report._scale import axis_limits
from skdl.report.sections._cell import Cell
from skdl.report.sections.leaderboard._costs import cost_headings, costs_note, costs_of

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import ModelRow, Score, Summary

__all__ = ["Bar", "Leaderboard", "Line", "ScoreCell", "leaderboard_section"]

COMPARED = ("difference", "p", "leader_better", "gain", "gap")  # columns


@dataclass(frozen=True)
class Bar:
    """An interval within its cell: percentages of the cell's width."""

    low: float
    high: float
    mean: float
    off_scale: bool
    aria: str


@dataclass(frozen=True)
class ScoreCell:
    """A mean, and its interval where there is one."""

    mean: Cell
    interval: str


@dataclass(frozen=True)
class Line:
    """One model of the leaderboard, as text."""

    model: str
    description: str
    tags: tuple[tuple[str, str], ...]  # (kind, label)
    rank: Cell
    group: str
    mean: Cell
    interval: Cell
    spread: str
    compared: tuple[Cell, ...]  # with leader, dummy and training rows; as the headings of the same name
    scores: tuple[ScoreCell, ...]  # every metric
    costs: tuple[Cell, ...]
    bar: Bar | None
    error: str | None


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard: headings of the metrics, ranked models, and those that failed."""

    metric: str
    direction: str
    compared: tuple[str, ...]
    note: str
    score_headings: tuple[str, ...]  # every metric; empty where there is but one
    cost_headings: tuple[str, ...]
    costs_note: str
    lines: tuple[Line, ...]
    failed: tuple[Line, ...]


def leaderboard_section(summary: Summary, words: Words) -> Leaderboard:
    """Leaderboard as text, with an interval bar a model on one scale."""
    first = summary.columns[0]
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
        compared=tuple(words(f"column.{key}") for key in COMPARED),
        score_headings=tuple(column.label for column in summary.columns) if len(summary.columns) > 1 else (),
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
    first = summary.columns[0]
    digits = decimals[first.name]
    score = row.scores.get(first.name)
    return Line(
        model=row.model,
        description=str(row.description),
        tags=tuple((kind, words(f"tag.{kind}")) for kind in _tags(row, summary)),
        rank=Cell(DASH if row.rank is None else str(row.rank), row.rank),
        group=row.group,
        mean=_mean_cell(score, digits),
        interval=Cell(_interval_text(score, digits, words), score.low if score else None),
        spread=fixed(score.spread if score else None, digits),
        compared=_compared(row, digits, summary, words),
        scores=tuple(_score_cell(row.scores.get(c.name), decimals[c.name], words) for c in summary.columns),
        costs=costs_of(row, summary),
        bar=_bar(score, limits, words, digits) if score else None,
        error=str(row.error or words("failed.unknown")) if row.status != "ok" else None,
    )


def _tags(row: ModelRow, summary: Summary) -> list[str]:
    return [
        *(["winner"] if row.model == summary.verdict.winner else []),
        *(["recommended"] if _is_to_ship(row, summary) else []),
        *(["network"] if row.is_network else []),
        *(["dummy"] if row.is_dummy else []),
        *(["failed"] if row.status != "ok" else []),
    ]


def _is_to_ship(row: ModelRow, summary: Summary) -> bool:
    """Whether a model is recommended without having won; nobody ships the dummy, which then says that none will do."""
    return row.model == summary.verdict.recommended != summary.verdict.winner and not row.is_dummy


def _compared(row: ModelRow, decimals: int, summary: Summary, words: Words) -> tuple[Cell, ...]:
    """Say how a model stands to the leader, to the dummy and to its own training rows; in the order of `COMPARED`."""
    leads = row.model == summary.verdict.leader
    worse = row.difference
    if worse is not None and summary.columns[0].greater_is_better:
        worse = -worse  # in the metric's own sign: a worse accuracy is lower, a worse RMSE higher
    odds = row.p_leader_better
    return (
        Cell(words("page.leader"), 0.0) if leads else Cell(_signed(worse, decimals), worse),
        Cell(p_value(row.p_vs_leader), row.p_vs_leader),
        Cell(DASH if odds is None else probability(odds), odds),
        _gain(row, decimals),
        Cell(DASH if row.gap is None else _signed(row.gap, decimals), row.gap),
    )


def _gain(row: ModelRow, decimals: int) -> Cell:
    """Say how much better than the dummy: of an error as a share of the dummy's, of a score as a difference."""
    if row.gain_share is None or row.gain is None:
        return Cell(_signed(row.gain, decimals), row.gain)
    sign = MINUS if row.gain_share < 0 else ""
    return Cell(f"{sign}{share(abs(row.gain_share))}", row.gain_share)


def _signed(value: float | None, decimals: int) -> str:
    if value is None:
        return DASH
    text = at_least_one_digit(value, decimals)
    return text if text.startswith(MINUS) or value == 0.0 else f"+{text}"


def _mean_cell(score: Score | None, decimals: int) -> Cell:
    return Cell(fixed(score.mean, decimals), score.mean) if score else Cell(DASH)


def _score_cell(score: Score | None, decimals: int, words: Words) -> ScoreCell:
    return ScoreCell(_mean_cell(score, decimals), _interval_text(score, decimals, words))


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
