"""Leaderboard as text: a line per model with an interval bar on a common axis, every metric, and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, MINUS, Cell, axis_limits, fixed, p_value, probability, rate, seconds, share, size
from skdl.report.sections._scores import interval_bar, interval_span, interval_text, score_decimals, signed

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ModelRow, Score, Summary


COMPARED = ("difference", "p", "leader_better", "gain", "gap")  # columns


def describe(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe the leaderboard, with an interval bar per model on a common axis."""
    first, models = summary.columns[0], summary.models
    decimals = {column.name: score_decimals(summary, column.name) for column in summary.columns}
    ranked = [row for row in models if row.status == "ok" and first.name in row.scores]
    limits = axis_limits([interval_span(row.scores[first.name]) for row in ranked])
    # Memory takes a process per fold to be measured; failures are shown only if there are any.
    has_memory = any(row.peak_memory_bytes is not None for row in models)
    hidden = {"memory": not has_memory, "failed": all(row.n_failed == 0 for row in models)}
    costs = [key for key in ("fit", "predict", "rows", "saved", "memory", "failed") if not hidden.get(key)]
    note = "leaderboard.note_holdout" if summary.verdict.evidence == "holdout" else "leaderboard.note"
    return {
        "contents": strings("leaderboard.contents"),
        "metric": first.label,
        "direction": strings("column.better_up" if first.greater_is_better else "column.better_down"),
        "compared": [strings(f"column.{key}") for key in COMPARED],
        "note": strings(note, n=summary.protocol.folds * summary.protocol.repeats),
        # Every metric; empty where there is but one.
        "score_headings": [column.label for column in summary.columns] if len(summary.columns) > 1 else [],
        "cost_headings": [strings(f"column.{key}") for key in costs],
        "costs_note": strings("costs.note" if has_memory else "costs.note_unmeasured"),
        "lines": [_line(row, summary, strings, decimals, limits, costs) for row in ranked],
        "failed": [
            {"model": row.model, "error": str(row.error or strings("failed.unknown")) if row.status != "ok" else None}
            for row in models
            if row not in ranked
        ],
    }


def _line(
    row: ModelRow,
    summary: Summary,
    strings: Strings,
    decimals: dict[str, int],
    limits: tuple[float, float],
    costs: list[str],
) -> dict[str, Any]:
    first, verdict = summary.columns[0], summary.verdict
    score, digits = row.scores[first.name], decimals[first.name]
    # A recommended dummy means: ship no model.
    is_to_ship = row.model == verdict.recommended != verdict.winner and not row.is_dummy
    tags = {
        "winner": row.model == verdict.winner,
        "recommended": is_to_ship,
        "network": row.is_network,
        "dummy": row.is_dummy,
    }
    interval = interval_text(score.low, score.high, digits, strings)
    return {
        "model": row.model,
        "description": str(row.description),
        "tags": [(tag, strings(f"tag.{tag}")) for tag, holds in tags.items() if holds],
        "rank": Cell(DASH if row.rank is None else str(row.rank), row.rank),
        "mean": Cell(fixed(score.mean, digits), score.mean),
        "interval": Cell(interval, score.low),
        "spread": fixed(score.spread, digits),
        "compared": _compared(row, digits, summary, strings),
        "scores": [_score_cells(row.scores.get(name), n, strings) for name, n in decimals.items()],
        "costs": _costs(row, costs),
        "bar": interval_bar(score, limits, strings, digits),
    }


def _compared(row: ModelRow, decimals: int, summary: Summary, strings: Strings) -> list[Cell]:
    """Compare a model with the leader, the dummy and its own training rows; in the order of `COMPARED`."""
    leads = row.model == summary.verdict.leader
    worse = row.difference
    if worse is not None and summary.columns[0].greater_is_better:
        worse = -worse  # in the metric's own sign: a worse accuracy is lower, a worse RMSE higher
    leader_better = row.p_leader_better
    gain = Cell(signed(row.gain, decimals), row.gain)
    if row.gain is not None and row.gain_share is not None:  # of an error, as a share of the dummy's error
        gain = Cell(f"{MINUS if row.gain_share < 0 else ''}{share(abs(row.gain_share))}", row.gain_share)
    return [
        Cell(strings("leaderboard.leader"), 0.0) if leads else Cell(signed(worse, decimals), worse),
        Cell(p_value(row.p_vs_leader), row.p_vs_leader),
        Cell(DASH if leader_better is None else probability(leader_better), leader_better),
        gain,
        Cell(signed(row.gap, decimals), row.gap),
    ]


def _score_cells(score: Score | None, decimals: int, strings: Strings) -> dict[str, Any]:
    if score is None:
        return {"mean": Cell(DASH), "interval": DASH}
    interval = interval_text(score.low, score.high, decimals, strings)
    return {"mean": Cell(fixed(score.mean, decimals), score.mean), "interval": interval}


def _costs(row: ModelRow, shown: list[str]) -> list[Cell]:
    """Costs of a model; a dash if one was not measured."""
    cells = {
        "fit": Cell(seconds(row.fit_s), row.fit_s),
        "predict": Cell(seconds(row.s_per_1000_rows, per_second=1000.0), row.s_per_1000_rows),
        "rows": Cell(rate(row.rows_per_s), row.rows_per_s),
        "saved": Cell(size(row.saved_bytes), row.saved_bytes),
        "memory": Cell(size(row.peak_memory_bytes), row.peak_memory_bytes),
        "failed": Cell(str(row.n_failed), row.n_failed),
    }
    return [cells[key] for key in shown]
