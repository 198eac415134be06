"""Results for programs: `results.json` with its JSON Schema, and CSV tables in full precision.

``results.json`` holds every field of the summary; ``verdict`` also has the sentence, its ``reasons`` as codes, and
``reason_details`` with their values and sentences. NaN and infinity are written as null.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from skdl.exceptions import DataError
from skdl.report._strings import translate_summary
from skdl.report.sections.verdict.text import reason_sentence, verdict_sentence
from skdl.results import Summary

if TYPE_CHECKING:
    from pathlib import Path

    from skdl.report._strings import Strings

RESULTS_FORMAT = 3  # rises where a program that reads results.json would have to be changed


def render_results(summary: Summary, strings: Strings) -> str:
    """Write every field of the summary, and the verdict's sentences, as JSON."""
    results = {"format": RESULTS_FORMAT, **_plain(replace(summary, lang=strings.lang))}
    verdict, translated = results["verdict"], translate_summary(summary, strings)
    details = [
        {**reason, "sentence": reason_sentence(shown, translated, strings)}
        for reason, shown in zip(verdict["reasons"], translated.verdict.reasons, strict=True)
    ]
    codes = [reason["code"] for reason in details]
    sentence = verdict_sentence(summary, strings.lang)
    results["verdict"] = {"sentence": sentence, **verdict, "reasons": codes, "reason_details": details}
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn a value into what JSON and CSV hold: NumPy's numbers into Python's, and what is no number into None."""
    return to_jsonable_python(
        value, inf_nan_mode="null", fallback=lambda other: other.item() if hasattr(other, "item") else str(other)
    )


def read_results(path: Path) -> Summary:
    """Read ``results.json`` back to the summary that it was written from.

    Raises
    ------
    DataError
        If it cannot be read, or is no such file.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        text = "{path}: must be a file that can be read; {reason}."
        raise DataError.of("results_not_read", text, path=path, reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        text = "{path}: must be JSON; {reason}. Run the comparison again."
        raise DataError.of("results_no_json", text, path=path, reason=str(error)) from error
    verdict = results.get("verdict") if isinstance(results, dict) else None
    if not isinstance(verdict, dict) or results.get("format") != RESULTS_FORMAT:
        text = (
            "{path}: must be the results of a comparison, in format {format}. Run the comparison again: its finished "
            "folds are kept."
        )
        raise DataError.of("results_format", text, path=path, format=RESULTS_FORMAT)
    try:
        # The written verdict has the reasons as codes, and whole in reason_details: reading takes the latter.
        whole = {**results, "verdict": {**verdict, "reasons": verdict.get("reason_details")}}
        summary = _adapter().validate_python(whole)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        text = "{path}: {key}: {reason}. Run the comparison again."
        raise DataError.of("results_invalid", text, path=path, key=where, reason=first["msg"]) from error
    # A file that was changed by hand may name models that have no score to be ranked by.
    metrics = [column.name for column in summary.columns[:1]]
    scored = {row.model for row in summary.models if any(metric in row.scores for metric in metrics)}
    for name in (summary.verdict.leader, summary.verdict.recommended, summary.saved_name):
        if name not in scored:
            text = (
                "{path}: verdict and saved must name models that are there, with a score that ranks them; got {name!r}."
                " Run the comparison again."
            )
            raise DataError.of("results_no_model", text, path=path, name=name)
    return summary


def results_schema() -> dict[str, Any]:
    """JSON Schema of ``results.json``."""
    schema = _adapter().json_schema(mode="serialization")
    text = {"type": "string"}
    verdict, reason = schema["$defs"]["VerdictSummary"], schema["$defs"]["Reason"]
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
    parts = {"": "mean", "_low": "low", "_high": "high"}
    scores = {f"{column.name}{end}": (column.name, part) for column in summary.columns for end, part in parts.items()}
    header = ["model", "group", "rank", *scores, "p_vs_leader", "fit_s", "predict_s", "status", "rows_per_s"]
    rows = [
        {**vars(row), **{name: getattr(row.scores.get(metric), part, None) for name, (metric, part) in scores.items()}}
        for row in summary.models
    ]
    return _csv(header, rows)


def render_folds(summary: Summary) -> str:
    """CSV with a row a (model, repeat, fold): scores, seconds, status, memory."""
    header = ["model", "repeat", "fold", *(column.name for column in summary.columns), "fit_s", "predict_s", "status"]
    return _csv(header, [{**vars(row), **row.scores} for row in summary.folds])


def _csv(header: list[str], rows: list[dict[str, Any]]) -> str:
    """Write these fields of the rows, and last their memory in megabytes; what a row lacks stays empty."""
    memory = "peak_memory_mb"
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*header, memory], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        n_bytes = row["peak_memory_bytes"]
        writer.writerow(_plain({**row, memory: None if n_bytes is None else n_bytes / 1e6}))
    return buffer.getvalue()
