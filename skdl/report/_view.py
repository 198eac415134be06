"""What the page and the Markdown show, as text that is ready to be placed: a renderer places, it does not compute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from skdl.report._costs import costs_of
from skdl.report._format import (
    DASH,
    MINUS,
    at_least_one_digit,
    count,
    decimals_for,
    duration,
    fixed,
    p_value,
    share,
    short_hash,
)
from skdl.report._sentence import reason_sentence, splits_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.report._costs import Costs
    from skdl.report._summary import Confusion, ModelRow, NetworkSummary, Score, Summary
    from skdl.report._words import Words

__all__ = [
    "Badge",
    "Bar",
    "ConfusionTable",
    "Leaderboard",
    "Line",
    "NetworkText",
    "Reading",
    "axis_limits",
    "badges",
    "confusion_table",
    "data_facts",
    "lead_line",
    "leaderboard",
    "network_text",
    "protocol_facts",
]

# Flaws that make a comparison wrong, not only short; shown in red.
GRAVE = frozenset({"dummy", "failed_folds", "shuffled_groups", "shuffled_time"})


MOST_WIDENING = 2.5


@dataclass(frozen=True)
class Badge:
    """A reason against a winner: how grave, in two words, and in a sentence."""

    kind: str  # "grave" or "mild"
    label: str
    sentence: str


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
    costs: Costs
    bar: Bar | None
    error: str | None


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard: headings of the metrics, ranked models, and those that failed."""

    metric: str
    direction: str
    others: tuple[str, ...]
    lines: tuple[Line, ...]
    failed: tuple[Line, ...]


@dataclass(frozen=True)
class Reading:
    """A diagnosis of a network's training, in words."""

    kind: str  # "good" or "mild"
    label: str
    share: str
    meaning: str
    advice: str


@dataclass(frozen=True)
class NetworkText:
    """One network: what it is, and how its training reads."""

    model: str
    architecture: str
    facts: tuple[str, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class ConfusionTable:
    """Counts with the share of their row, and how many rows came out right."""

    model: str
    classes: tuple[str, ...]
    rows: tuple[tuple[tuple[str, float], ...], ...]
    note: str


def badges(summary: Summary, words: Words) -> list[Badge]:
    """Reasons against a winner, the grave ones first."""
    found = [
        Badge(
            "grave" if reason.code in GRAVE else "mild",
            words(key) if words.has(key := f"badge.{reason.code}") else reason.code.replace("_", " "),
            reason_sentence(reason, summary, words),
        )
        for reason in summary.verdict.reasons
    ]
    return sorted(found, key=lambda badge: badge.kind != "grave")


def lead_line(summary: Summary, words: Words) -> list[str]:
    """One line on data and protocol, in parts."""
    data, protocol = summary.data, summary.protocol
    return [
        words("lead.data", rows=count(data.n_rows), columns=count(data.n_columns), target=data.target),
        splits_line(protocol, words.lang),
        words("lead.models", n=len(summary.models), fits=count(protocol.fits), elapsed=duration(protocol.elapsed_s)),
    ]


def leaderboard(summary: Summary, words: Words) -> Leaderboard:
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
        difference=words("leader") if row.model == summary.verdict.leader else _signed(row, digits, summary),
        p=p_value(row.p_vs_leader),
        others=tuple(
            fixed(row.scores[c.name].mean if c.name in row.scores else None, decimals[c.name]) for c in others
        ),
        costs=costs_of(row),
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


def axis_limits(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Limits of a common axis for spans given best first.

    The better three fifths are always inside. A model far behind them (the dummy of an easy table, a linear model that
    ran away) would press them into one point; it is left off the scale where the axis would grow more than 2.5 times.
    """
    finite = [span for span in spans if all(math.isfinite(end) for end in span)]
    if not finite:
        return 0.0, 1.0
    n_inside = max(2, math.ceil(0.6 * len(finite)))
    low = min(span[0] for span in finite[:n_inside])
    high = max(span[1] for span in finite[:n_inside])
    for span in finite[n_inside:]:
        wider = min(low, span[0]), max(high, span[1])
        if high == low or wider[1] - wider[0] <= MOST_WIDENING * (high - low):
            low, high = wider
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 0.5
    return low - margin, high + margin


def _bar(score: Score, limits: tuple[float, float], words: Words, decimals: int) -> Bar:
    low, high = _span(score)
    place = [100.0 * (value - limits[0]) / (limits[1] - limits[0]) for value in (low, high, score.mean)]
    inside = [min(100.0, max(0.0, value)) if math.isfinite(value) else 100.0 for value in place]
    aria = words(
        "interval.aria", mean=fixed(score.mean, decimals), low=fixed(low, decimals), high=fixed(high, decimals)
    )
    ends = [round(value, 1) for value in inside]
    return Bar(low=ends[0], high=ends[1], mean=ends[2], off_scale=inside[2] != place[2], aria=aria)


def network_text(network: NetworkSummary, summary: Summary, words: Words) -> NetworkText:
    """Describe a network and read its training, in words."""
    lengths = [len(curve.loss) for curve in network.curves]
    best = [curve.best_epoch for curve in network.curves if curve.best_epoch is not None]
    facts = [words("networks.parameters", n=count(network.n_parameters)), words("networks.loss", loss=network.loss)]
    if lengths:
        shortest, longest = min(lengths), max(lengths)
        key = "networks.epochs" if shortest == longest else "networks.epochs_range"
        facts.append(words(key, epochs=longest, low=shortest, high=longest))
    if best:
        facts.append(words("networks.best", epoch=fixed(median(best), 0)))
    if network.seed_spread is not None:
        metric = summary.columns[0]
        decimals = decimals_for(row.scores[metric.name] for row in summary.models if metric.name in row.scores)
        spread = at_least_one_digit(network.seed_spread, decimals)
        facts.append(words("networks.seed_spread", metric=metric.label, spread=spread))
    readings = [_reading(reading.code, reading.share, words) for reading in network.readings]
    return NetworkText(network.model, network.architecture, tuple(facts), tuple(readings))


def _reading(code: str, part: float, words: Words) -> Reading:
    known = words.has(f"reading.{code}")
    advice = f"advice.{code}"
    return Reading(
        kind="good" if code == "healthy" else "mild",
        label=words(f"reading.{code}") if known else code.replace("_", " "),
        share=words("reading.share", share=share(part)),
        meaning=words(f"meaning.{code}") if known else "",
        advice=words(advice) if words.has(advice) else "",
    )


def confusion_table(confusion: Confusion, words: Words) -> ConfusionTable:
    """Prepare a confusion matrix: counts with the share of their row, to shade by."""
    rows = []
    for counts in confusion.counts:
        total = sum(counts) or 1
        rows.append(tuple((count(n), round(n / total, 3)) for n in counts))
    right = sum(counts[place] for place, counts in enumerate(confusion.counts))
    n_rows = sum(map(sum, confusion.counts))
    note = words("errors.confusion_note", right=count(right), n=count(n_rows))
    return ConfusionTable(confusion.model, tuple(confusion.classes), tuple(rows), note)


def data_facts(summary: Summary, words: Words) -> list[tuple[str, str]]:
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


def protocol_facts(summary: Summary, words: Words) -> list[tuple[str, str]]:
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
        (words("protocol.splitter"), protocol.splitter),
        (words("protocol.folds"), folds),
        (words("protocol.seed"), str(protocol.seed)),
        (words("protocol.tuned"), tuned),
        (words("protocol.fits"), count(protocol.fits)),
        (words("protocol.elapsed"), duration(protocol.elapsed_s)),
        (words("protocol.data_hash"), short_hash(protocol.data_hash)),
        (words("protocol.splits_hash"), short_hash(protocol.splits_hash)),
    ]
