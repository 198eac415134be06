"""The report's numbers for programs: CSV and JSON, in full precision.

``results.json`` holds every field of the summary, with ``verdict.sentence``, ``verdict.reasons`` as short codes and
``verdict.reason_details`` with their values and sentences beside them. What is not a number (NaN, infinity) is null.
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from skdl.report._sentence import reason_sentence, verdict_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from skdl.report._words import Words
    from skdl.report.summary import ModelRow, Summary

__all__ = ["render_folds", "render_json", "render_leaderboard"]


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
    writer.writerows([_plain(value) for value in row] for row in rows)
    return buffer.getvalue()


def render_json(summary: Summary, words: Words) -> str:
    """Every field of the summary, and the verdict's sentences, as JSON."""
    results = asdict(summary)
    results["verdict"] = {
        "sentence": verdict_sentence(summary, words.lang),
        **results["verdict"],
        "reasons": [reason.code for reason in summary.verdict.reasons],
        "reason_details": [
            {"code": reason.code, "values": reason.values, "sentence": reason_sentence(reason, summary, words)}
            for reason in summary.verdict.reasons
        ],
    }
    return json.dumps(_plain(results), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn a value into what JSON and CSV hold: NumPy's numbers into Python's, and what is no number into None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    item = getattr(value, "item", None)  # NumPy's scalars; what tuning chose may hold them
    return _plain(item()) if callable(item) else str(value)
