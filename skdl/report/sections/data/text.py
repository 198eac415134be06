"""Data as text: table, protocol, findings of the checks, and a line per column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl.report._format import MINUS, count, duration, fixed, share, short, short_hash

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Check, ColumnProfile, DataSummary, Summary


@dataclass(frozen=True)
class DataSection:
    """Facts on the table and its splits as (name, value), findings of the checks, and notes."""

    facts: tuple[tuple[str, str], ...]
    protocol: tuple[tuple[str, str], ...]
    classes: tuple[tuple[str, str, float], ...]  # (class, rows, width of its bar in percent of the largest)
    notes: tuple[str, ...]
    checks: tuple[CheckText, ...]
    clean: str | None  # checks without findings
    profile: ProfileText | None


def describe(summary: Summary, strings: Strings) -> DataSection:
    """Describe table, checks and protocol."""
    checks, clean = check_texts(summary.data, strings)
    return DataSection(
        facts=tuple(_data_facts(summary, strings)),
        protocol=tuple(_protocol_facts(summary, strings)),
        classes=tuple(_class_counts(summary)),
        checks=checks,
        clean=clean,
        profile=_profile_text(summary.data, strings),
        notes=tuple(map(str, summary.data.notes)),
    )


def _data_facts(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """Facts on the table, as (name, value)."""
    data = summary.data
    kinds = strings(
        "data.columns_kinds",
        n=count(data.n_columns),
        numeric=count(data.n_numeric),
        categorical=count(data.n_categorical),
    )
    cells = max(1, data.n_rows * data.n_columns)
    missing = strings("data.missing_share", n=count(data.n_missing), share=share(data.n_missing / cells))
    task = f"task.{data.task}"
    facts = [
        (strings("data.source"), data.source),
        (strings("data.target"), data.target),
        (strings("data.task"), strings(task) if strings.has(task) else data.task),
        (strings("data.rows"), count(data.n_rows)),
        (strings("data.columns"), kinds),
        (strings("data.missing"), missing if data.n_missing else strings("table.none")),
    ]
    if data.target_range is not None:
        low, high = (f"{value:,.6g}".replace("-", MINUS) for value in data.target_range)
        facts.append((strings("data.range"), strings("interval.to", low=low, high=high)))
    return facts


def _protocol_facts(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """Facts on how the models were compared, as (name, value)."""
    protocol = summary.protocol
    folds = (
        strings("protocol.folds_repeats", folds=protocol.folds, repeats=protocol.repeats)
        if protocol.repeats > 1
        else str(protocol.folds)
    )
    tuned = strings("table.none")
    if protocol.tuned_models:
        tuned = strings("protocol.tuned_models", models=", ".join(protocol.tuned_models), folds=protocol.tune_folds)
    return [
        (strings("protocol.splitter"), str(protocol.splitter)),
        (strings("protocol.folds"), folds),
        (strings("protocol.seed"), str(protocol.seed)),
        (strings("protocol.tuned"), tuned),
        (strings("protocol.fits"), count(protocol.fits)),
        (strings("protocol.elapsed"), duration(protocol.elapsed_s, strings)),
        (strings("protocol.data_hash"), short_hash(protocol.data_hash)),
        (strings("protocol.splits_hash"), short_hash(protocol.splits_hash)),
    ]


def _class_counts(summary: Summary) -> list[tuple[str, str, float]]:
    """Classes with their rows, and with the width of their bar in percent of the largest."""
    counts = summary.data.class_counts or {}
    most = max(counts.values(), default=1) or 1
    return [(name, count(n), round(100.0 * n / most, 1)) for name, n in counts.items()]


_MOST_NAMED = 10  # columns in a sentence
_MOST_COLUMNS = 60
_SHORT = 40
_SHARES = frozenset({"share", "commonest_share", "most"})


@dataclass(frozen=True)
class CheckText:
    """One finding; the level is that of a badge."""

    level: str
    label: str
    sentence: str


@dataclass(frozen=True)
class ProfileText:
    """A line per column: name, type, missing, distinct, values; and how many more columns there are."""

    lines: tuple[tuple[str, str, str, str, str], ...]
    more: str | None


def check_texts(data: DataSummary, strings: Strings) -> tuple[tuple[CheckText, ...], str | None]:
    """Describe the findings of the checks, and in one sentence the checks without findings."""
    findings = tuple(_check(check, strings) for check in data.checks if check.level != "fine")
    clean = [strings(f"check_clean.{check.code}") for check in data.checks if check.level == "fine"]
    return findings, strings("check.found_nothing", checks=", ".join(clean)) if clean else None


def _check(check: Check, strings: Strings) -> CheckText:
    key = f"check_finding.{check.code}"
    # The most specific string that the language has: for this level, for a single column, or for all cases.
    others = [f"{key}_{check.level}", *([f"{key}_one"] if len(check.columns) == 1 else [])]
    sentence = strings(next(filter(strings.has, others), key), columns=_named(check), **_values(check, strings))
    return CheckText(check.level, strings(f"check.{check.code}"), sentence)


def _named(check: Check) -> str:
    """List columns, each with its number if it has one."""
    numbers: list[float] = check.values.get("distances") or check.values.get("shares") or []
    write = share if "shares" in check.values else lambda number: fixed(number, 2)
    names = [f"{name} ({write(number)})" for name, number in zip(check.columns, numbers, strict=False)] or check.columns
    dots = f", \N{HORIZONTAL ELLIPSIS} ({len(names)})" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + dots


def _values(check: Check, strings: Strings) -> dict[str, str]:
    return {name: _value(name, value, strings) for name, value in check.values.items()}


def _value(name: str, value: Any, strings: Strings) -> str:
    if name in _SHARES:
        return share(value)
    if name == "measure":
        return strings(f"check_measure.{value}")
    if name == "check":
        return strings(f"check_name.{value}")
    return fixed(value, 3) if isinstance(value, float) else count(value) if isinstance(value, int) else str(value)


def _profile_text(data: DataSummary, strings: Strings) -> ProfileText | None:
    """A line per column; None without a profile."""
    if not data.profile:
        return None
    lines = tuple(_line(column, data.n_rows, strings) for column in data.profile[:_MOST_COLUMNS])
    n_more = data.n_columns - len(lines)
    key = "profile.more" if data.n_columns == len(data.profile) else "profile.more_cut"
    more = strings(key, n=count(n_more), kept=count(len(data.profile))) if n_more > 0 else None
    return ProfileText(lines, more)


def _line(column: ColumnProfile, n_rows: int, strings: Strings) -> tuple[str, str, str, str, str]:
    exact = f"profile.{column.kind}_{column.dtype}"
    kind = strings(exact if strings.has(exact) else f"profile.{column.kind}")
    missing = share(column.n_missing / n_rows) if column.n_missing else ""
    return column.name, kind, missing, count(column.n_distinct), _holds(column, strings)


def _holds(column: ColumnProfile, strings: Strings) -> str:
    if column.low is not None:
        ends = {name: short(getattr(column, name)) for name in ("low", "median", "high")}
        return strings("profile.range", **ends)
    if column.commonest is not None and column.commonest_share is not None:
        text = column.commonest
        text = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
        return strings("profile.commonest", value=text, share=share(column.commonest_share))
    return strings("profile.empty") if not column.n_distinct else ""
