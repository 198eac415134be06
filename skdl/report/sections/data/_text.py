"""The table and the protocol, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import MINUS, count, duration, share, short_hash
from skdl.report.sections.data._text_checks import check_texts, profile_text

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.sections.data._text_checks import CheckText, ProfileText
    from skdl.results import Summary

__all__ = ["DataSection", "data_section"]


@dataclass(frozen=True)
class DataSection:
    """What the table is and how it was split, as (name, value); what checks found, and what was decided on the way."""

    facts: tuple[tuple[str, str], ...]
    protocol: tuple[tuple[str, str], ...]
    classes: tuple[tuple[str, str, float], ...]  # (class, rows, width of its bar in percent of the largest)
    notes: tuple[str, ...]
    checks: tuple[CheckText, ...]
    clean: str | None  # what was looked for and not found
    profile: ProfileText | None


def data_section(summary: Summary, words: Words) -> DataSection:
    """Put table, checks and protocol into text."""
    checks, clean = check_texts(summary.data, words)
    return DataSection(
        facts=tuple(_data_facts(summary, words)),
        protocol=tuple(_protocol_facts(summary, words)),
        classes=tuple(_class_counts(summary)),
        checks=checks,
        clean=clean,
        profile=profile_text(summary.data, words),
        notes=tuple(map(str, summary.data.notes)),
    )


def _data_facts(summary: Summary, words: Words) -> list[tuple[str, str]]:
    """Facts on the table, as (name, value)."""
    data = summary.data
    kinds = words(
        "data.columns_kinds",
        n=count(data.n_columns),
        numeric=count(data.n_numeric),
        categorical=count(data.n_categorical),
    )
    cells = max(1, data.n_rows * data.n_columns)
    missing = words("data.missing_share", n=count(data.n_missing), share=share(data.n_missing / cells))
    task = f"task.{data.task}"
    facts = [
        (words("data.source"), data.source),
        (words("data.target"), data.target),
        (words("data.task"), words(task) if words.has(task) else data.task),
        (words("data.rows"), count(data.n_rows)),
        (words("data.columns"), kinds),
        (words("data.missing"), missing if data.n_missing else words("data.none")),
    ]
    if data.target_range is not None:
        low, high = (f"{value:,.6g}".replace("-", MINUS) for value in data.target_range)
        facts.append((words("data.range"), words("interval.to", low=low, high=high)))
    return facts


def _protocol_facts(summary: Summary, words: Words) -> list[tuple[str, str]]:
    """Facts on how the models were compared, as (name, value)."""
    protocol = summary.protocol
    folds = (
        words("protocol.folds_repeats", folds=protocol.folds, repeats=protocol.repeats)
        if protocol.repeats > 1
        else str(protocol.folds)
    )
    tuned = words("data.none")
    if protocol.tuned_models:
        tuned = words("protocol.tuned_models", models=", ".join(protocol.tuned_models), folds=protocol.tune_folds)
    return [
        (words("protocol.splitter"), str(protocol.splitter)),
        (words("protocol.folds"), folds),
        (words("protocol.seed"), str(protocol.seed)),
        (words("protocol.tuned"), tuned),
        (words("protocol.fits"), count(protocol.fits)),
        (words("protocol.elapsed"), duration(protocol.elapsed_s, words)),
        (words("protocol.data_hash"), short_hash(protocol.data_hash)),
        (words("protocol.splits_hash"), short_hash(protocol.splits_hash)),
    ]


def _class_counts(summary: Summary) -> list[tuple[str, str, float]]:
    """Classes with their rows, and with the width of their bar in percent of the largest."""
    counts = summary.data.class_counts or {}
    most = max(counts.values(), default=1) or 1
    return [(name, count(n), round(100.0 * n / most, 1)) for name, n in counts.items()]
