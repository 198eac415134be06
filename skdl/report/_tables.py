"""The report's tables for programs: CSV, in full precision; what is not a number stays empty."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from skdl.report._results import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from skdl.results import ModelRow, Summary

__all__ = ["render_folds", "render_leaderboard"]


def render_leaderboard(summary: Summary) -> str:
    """CSV with a row a model, best first: means with their intervals, p against the leader, seconds, status, costs.

    What changes from run to run has a name that ends in ``_s`` or has ``memory`` in it.
    """
    metrics = [column.name for column in summary.columns]
    spread_out = [name for metric in metrics for name in (metric, f"{metric}_low", f"{metric}_high")]
    costs = ["rows_per_s", "peak_memory_mb"]
    header = ["model", "group", "rank", *spread_out, "p_vs_leader", "fit_s", "predict_s", "status", *costs]
    return _csv(header, (_leaderboard_row(row, metrics) for row in summary.models))


def _leaderboard_row(row: ModelRow, metrics: list[str]) -> list[Any]:
    scores = [row.scores.get(metric) for metric in metrics]
    spread_out = [part for s in scores for part in ((s.mean, s.low, s.high) if s else (None, None, None))]
    costs = [row.rows_per_s, _megabytes(row.peak_memory_bytes)]
    timed = [row.p_vs_leader, row.fit_s, row.predict_s]
    return [row.model, row.group, row.rank, *spread_out, *timed, row.status, *costs]


def _megabytes(n_bytes: int | None) -> float | None:
    return None if n_bytes is None else n_bytes / 1e6


def render_folds(summary: Summary) -> str:
    """CSV with a row a (model, repeat, fold): scores, seconds, status, memory."""
    metrics = [column.name for column in summary.columns]
    header = ["model", "repeat", "fold", *metrics, "fit_s", "predict_s", "status", "peak_memory_mb"]
    rows = (
        [
            *(row.model, row.repeat, row.fold),
            *(row.scores.get(metric) for metric in metrics),
            *(row.fit_s, row.predict_s, row.status, _megabytes(row.peak_memory_bytes)),
        ]
        for row in summary.folds
    )
    return _csv(header, rows)


def _csv(header: list[str], rows: Iterable[list[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([plain(value) for value in row] for row in rows)
    return buffer.getvalue()
