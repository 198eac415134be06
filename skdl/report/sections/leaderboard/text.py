"""Leaderboard as text: a line per model with an interval bar on a common axis, every metric, and costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import (
    DASH,
    MINUS,
    Cell,
    at_least_one_digit,
    axis_limits,
    decimals_for,
    fixed,
    p_value,
    probability,
    rate,
    seconds,
    share,
    size,
)

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ModelRow, Score, Summary


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
    """A mean with its interval, if there is one."""

    mean: Cell
    interval: str


@dataclass(frozen=True)
class ModelLine:
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
class LeaderboardText:
    """The leaderboard: headings of the metrics, ranked models, and those that failed."""

    metric: str
    direction: str
    compared: tuple[str, ...]
    note: str
    score_headings: tuple[str, ...]  # every metric; empty where there is but one
    cost_headings: tuple[str, ...]
    costs_note: str
    lines: tuple[ModelLine, ...]
    failed: tuple[ModelLine, ...]


def describe(summary: Summary, strings: Strings) -> LeaderboardText:
    """Describe the leaderboard, with an interval bar per model on a common axis."""
    first = summary.columns[0]
    decimals = {
        column.name: decimals_for(row.scores[column.name] for row in summary.models if column.name in row.scores)
        for column in summary.columns
    }
    ranked = [row for row in summary.models if row.status == "ok" and first.name in row.scores]
    limits = axis_limits([_span(row.scores[first.name]) for row in ranked])
    lines = [_line(row, summary, strings, decimals, limits) for row in ranked]
    failed = [_line(row, summary, strings, decimals, limits) for row in summary.models if row not in ranked]
    return LeaderboardText(
        metric=first.label,
        direction=strings("column.better_up" if first.greater_is_better else "column.better_down"),
        compared=tuple(strings(f"column.{key}") for key in COMPARED),
        score_headings=tuple(column.label for column in summary.columns) if len(summary.columns) > 1 else (),
        note=strings(
            "leaderboard.note_holdout" if summary.verdict.evidence == "holdout" else "leaderboard.note",
            n=summary.protocol.folds * summary.protocol.repeats,
        ),
        cost_headings=_cost_headings(summary, strings),
        costs_note=_costs_note(summary, strings),
        lines=tuple(lines),
        failed=tuple(failed),
    )


def _line(
    row: ModelRow, summary: Summary, strings: Strings, decimals: dict[str, int], limits: tuple[float, float]
) -> ModelLine:
    first = summary.columns[0]
    digits = decimals[first.name]
    score = row.scores.get(first.name)
    return ModelLine(
        model=row.model,
        description=str(row.description),
        tags=tuple((kind, strings(f"tag.{kind}")) for kind in _tags(row, summary)),
        rank=Cell(DASH if row.rank is None else str(row.rank), row.rank),
        group=row.group,
        mean=_mean_cell(score, digits),
        interval=Cell(_interval_text(score, digits, strings), score.low if score else None),
        spread=fixed(score.spread if score else None, digits),
        compared=_compared(row, digits, summary, strings),
        scores=tuple(_score_cell(row.scores.get(c.name), decimals[c.name], strings) for c in summary.columns),
        costs=_costs(row, summary),
        bar=_bar(score, limits, strings, digits) if score else None,
        error=str(row.error or strings("failed.unknown")) if row.status != "ok" else None,
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
    """Whether a model other than the winner is recommended; a recommended dummy means: ship no model."""
    return row.model == summary.verdict.recommended != summary.verdict.winner and not row.is_dummy


def _compared(row: ModelRow, decimals: int, summary: Summary, strings: Strings) -> tuple[Cell, ...]:
    """Compare a model with the leader, the dummy and its own training rows; in the order of `COMPARED`."""
    leads = row.model == summary.verdict.leader
    worse = row.difference
    if worse is not None and summary.columns[0].greater_is_better:
        worse = -worse  # in the metric's own sign: a worse accuracy is lower, a worse RMSE higher
    leader_better = row.p_leader_better
    return (
        Cell(strings("leaderboard.leader"), 0.0) if leads else Cell(_signed(worse, decimals), worse),
        Cell(p_value(row.p_vs_leader), row.p_vs_leader),
        Cell(DASH if leader_better is None else probability(leader_better), leader_better),
        _gain(row, decimals),
        Cell(DASH if row.gap is None else _signed(row.gap, decimals), row.gap),
    )


def _gain(row: ModelRow, decimals: int) -> Cell:
    """Improvement on the dummy: of an error as a share of the dummy's error, of a score as a difference."""
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


def _score_cell(score: Score | None, decimals: int, strings: Strings) -> ScoreCell:
    return ScoreCell(_mean_cell(score, decimals), _interval_text(score, decimals, strings))


def _interval_text(score: Score | None, decimals: int, strings: Strings) -> str:
    if score is None or score.low is None or score.high is None:
        return DASH
    return strings("interval.to", low=fixed(score.low, decimals), high=fixed(score.high, decimals))


def _span(score: Score) -> tuple[float, float]:
    return (score.low if score.low is not None else score.mean, score.high if score.high is not None else score.mean)


def _bar(score: Score, limits: tuple[float, float], strings: Strings, decimals: int) -> Bar:
    low, high = _span(score)
    # Positions in the cell; what is off the scale is moved to its edge and marked.
    percent = [100.0 * (value - limits[0]) / (limits[1] - limits[0]) for value in (low, high, score.mean)]
    inside = [min(100.0, max(0.0, value)) if math.isfinite(value) else 100.0 for value in percent]
    aria = strings(
        "interval.aria", mean=fixed(score.mean, decimals), low=fixed(low, decimals), high=fixed(high, decimals)
    )
    ends = [round(value, 1) for value in inside]
    return Bar(low=ends[0], high=ends[1], mean=ends[2], off_scale=inside[2] != percent[2], aria=aria)


def _costs(row: ModelRow, summary: Summary) -> tuple[Cell, ...]:
    """Costs of a model, in the order of `_cost_headings`; a dash if one was not measured."""
    # One call with 1,000 rows: a fixed part, and one for each further row.
    per_1000 = None if not row.rows_per_s else (row.call_s or 0.0) + 999.0 / row.rows_per_s  # seconds
    cells = {
        "fit": Cell(seconds(row.fit_s), row.fit_s),
        "predict": Cell(seconds(per_1000, per_second=1000.0), per_1000),
        "rows": Cell(rate(row.rows_per_s), row.rows_per_s),
        "saved": Cell(size(row.saved_bytes), row.saved_bytes),
        "memory": Cell(size(row.peak_memory_bytes), row.peak_memory_bytes),
        "failed": Cell(str(row.n_failed), row.n_failed),
    }
    return tuple(cells[key] for key in _shown_costs(summary))


def _cost_headings(summary: Summary, strings: Strings) -> tuple[str, ...]:
    """Headings of the costs that are shown."""
    return tuple(strings(f"column.{key}") for key in _shown_costs(summary))


def _costs_note(summary: Summary, strings: Strings) -> str:
    """Describe what was measured, or how memory can be measured."""
    return strings("costs.note" if _memory_was_measured(summary) else "costs.note_unmeasured")


def _shown_costs(summary: Summary) -> list[str]:
    """Keys of the costs: memory only if it was measured for any model, failures only if there are any."""
    hidden = {
        "memory": not _memory_was_measured(summary),
        "failed": all(row.n_failed == 0 for row in summary.models),
    }
    return [key for key in ("fit", "predict", "rows", "saved", "memory", "failed") if not hidden.get(key, False)]


def _memory_was_measured(summary: Summary) -> bool:
    """Whether the memory of any model was measured, which takes a process per fold."""
    return any(row.peak_memory_bytes is not None for row in summary.models)
