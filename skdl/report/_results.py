"""Results for programs: `results.json` with its JSON Schema, and CSV tables in full precision.

``results.json`` holds every field of the summary; ``verdict`` also has the sentence, its ``reasons`` as codes, and
``reason_details`` with their values and sentences. NaN and infinity are written as null.
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from skdl.exceptions import DataError
from skdl.report._translation import translate_summary
from skdl.report.sections.verdict.text import reason_sentence, verdict_sentence
from skdl.results import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from skdl.report._strings import Strings
    from skdl.results import ModelRow

RESULTS_FORMAT = 2  # rises where a program that reads results.json would have to be changed


def render_results(summary: Summary, strings: Strings) -> str:
    """Write every field of the summary, and the verdict's sentences, as JSON."""
    results = {"format": RESULTS_FORMAT, **asdict(summary)}
    translated = translate_summary(summary, strings)
    results["verdict"] = {
        "sentence": verdict_sentence(summary, strings.lang),
        **results["verdict"],
        "reasons": [reason.code for reason in summary.verdict.reasons],
        "reason_details": [
            {"code": reason.code, "values": reason.values, "sentence": reason_sentence(shown, translated, strings)}
            for reason, shown in zip(summary.verdict.reasons, translated.verdict.reasons, strict=True)
        ],
    }
    return json.dumps(plain(results), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Turn a value into what JSON and CSV hold: NumPy's numbers into Python's, and what is no number into None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    # item() may return what is no JSON value either, such as a date, so its result is converted too.
    item = getattr(value, "item", None)  # NumPy's scalars; what tuning chose may hold them
    return plain(item()) if callable(item) else str(value)


def read_results(path: Path) -> Summary:
    """Read ``results.json`` back to the summary that it was written from.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Summary
        To render again.

    Raises
    ------
    DataError
        If it cannot be read, or is no such file.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: must be a file that can be read; {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: must be JSON; {error}. Run the comparison again.") from error
    verdict = results.get("verdict") if isinstance(results, dict) else None
    if not isinstance(verdict, dict) or results.get("format") != RESULTS_FORMAT:
        raise DataError(
            f"{path}: must be the results of a comparison, in format {RESULTS_FORMAT}. Run the comparison again: "
            "its finished folds are kept."
        )
    # The written verdict has the reasons as codes, and whole in reason_details: reading takes the latter.
    whole = {**results, "verdict": {**verdict, "reasons": verdict.get("reason_details")}}
    try:
        summary = _adapter().validate_python(whole)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path}: {where}: {first['msg']}. Run the comparison again.") from error
    unscored = _unscored(summary)
    if unscored:
        raise DataError(
            f"{path}: verdict: must name models that are there, with a score that ranks them; got {unscored[0]!r}. "
            "Run the comparison again."
        )
    return summary


def _unscored(summary: Summary) -> list[str]:
    """Name the models of the verdict that have no score to be ranked by, as in a file changed by hand."""
    metrics = [column.name for column in summary.columns[:1]]
    scored = {row.model for row in summary.models if any(metric in row.scores for metric in metrics)}
    return [name for name in (summary.verdict.leader, summary.verdict.recommended) if name not in scored]


def results_schema() -> dict[str, Any]:
    """JSON Schema of ``results.json``."""
    schema = _adapter().json_schema(mode="serialization")
    definitions = schema["$defs"]
    text = {"type": "string"}
    verdict, reason = definitions["VerdictSummary"], definitions["Reason"]
    verdict["properties"] |= {
        "sentence": text,
        "reasons": {"type": "array", "items": text},
        "reason_details": {"type": "array", "items": {"$ref": "#/$defs/Reason"}},
    }
    verdict["required"] = [*verdict["required"], "sentence", "reason_details"]
    reason["properties"]["sentence"] = text
    schema["properties"] = {"format": {"const": RESULTS_FORMAT}, **schema["properties"]}
    schema["required"] = ["format", *schema["required"]]
    address = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": address, **schema, "title": "results.json of skdl"}


@cache
def _adapter() -> TypeAdapter[Summary]:
    return TypeAdapter(Summary)


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
