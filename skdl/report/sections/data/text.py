"""Data as text: table, protocol, findings of the checks, and a line per column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import count, duration, fixed, share, short, short_hash
from skdl.report.sections._scores import range_text

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Check, ColumnProfile, DataSummary, Summary


_MOST_NAMED = 10  # columns in a sentence
_MOST_COLUMNS = 60
_SHORT = 40
_SHARES = frozenset({"share", "commonest_share", "most"})


def describe(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe table, checks and protocol; facts are (name, value)."""
    data = summary.data
    checks, clean = check_texts(data, strings)
    counts = data.class_counts or {}
    most = max(counts.values(), default=1) or 1
    rows, columns, findings = count(data.n_rows), count(data.n_columns), len(checks)
    return {
        "contents": strings("data.contents", rows=rows, columns=columns, findings=findings),
        "facts": _data_facts(data, strings),
        "protocol": _protocol_facts(summary, strings),
        # (class, rows, width of its bar in percent of the largest)
        "classes": [(name, count(n), round(100.0 * n / most, 1)) for name, n in counts.items()],
        "checks": checks,
        "clean": clean,
        "profile": _profile(data, strings) if data.profile else None,
        "notes": list(map(str, data.notes)),
    }


def _data_facts(data: DataSummary, strings: Strings) -> list[tuple[str, str]]:
    n_text = data.n_columns - data.n_numeric - data.n_categorical
    kinds = {"numeric": count(data.n_numeric), "categorical": count(data.n_categorical)}
    kinds |= {"text": count(n_text)} if n_text > 0 else {}
    cells = max(1, data.n_rows * data.n_columns)
    missing = strings("data.missing_share", n=count(data.n_missing), share=share(data.n_missing / cells))
    task = f"task.{data.task}"
    facts = {
        "source": data.source,
        "target": data.target,
        "task": strings(task) if strings.has(task) else data.task,
        "rows": count(data.n_rows),
        "columns": strings(f"data.columns_kinds{'_text' if n_text > 0 else ''}", n=count(data.n_columns), **kinds),
        "missing": missing if data.n_missing else strings("table.none"),
    }
    if data.target_range is not None:
        low, high = data.target_range
        facts["range"] = range_text(low, high, strings)
    return [(strings(f"data.{name}"), value) for name, value in facts.items()]


def _protocol_facts(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """Facts on how the models were compared."""
    protocol = summary.protocol
    folds, tuned = str(protocol.folds), strings("table.none")
    if protocol.repeats > 1:
        folds = strings("protocol.folds_repeats", folds=protocol.folds, repeats=protocol.repeats)
    if protocol.tuned_models:
        tuned = strings("protocol.tuned_models", models=", ".join(protocol.tuned_models), folds=protocol.tune_folds)
    facts = {
        "splitter": str(protocol.splitter),
        "folds": folds,
        "seed": str(protocol.seed),
        "tuned": tuned,
        "weights": strings("protocol.weighted", column=protocol.weights, n=count(round(protocol.effective_rows or 0))),
        "fits": count(protocol.fits),
        "elapsed": duration(protocol.elapsed_s, strings),
        "data_hash": short_hash(protocol.data_hash),
        "splits_hash": short_hash(protocol.splits_hash),
    }
    if protocol.effective_rows is None:
        del facts["weights"]
    return [(strings(f"protocol.{name}"), value) for name, value in facts.items()]


def check_texts(data: DataSummary, strings: Strings) -> tuple[list[dict[str, str]], str | None]:
    """Describe the findings of the checks, and in one sentence the checks without findings."""
    findings = [
        {"level": check.level, "label": strings(f"check.{check.code}"), "sentence": _finding(check, strings)}
        for check in data.checks
        if check.level != "fine"
    ]
    clean = [strings(f"check_clean.{check.code}") for check in data.checks if check.level == "fine"]
    return findings, strings("check.found_nothing", checks=", ".join(clean)) if clean else None


def _finding(check: Check, strings: Strings) -> str:
    key = f"check_finding.{check.code}"
    # The most specific string that the language has: for this kind or level, for a single column, or for all cases.
    variant = check.values.get("form") or (check.values.get("measure") if check.code == "too_good" else None)
    others = [f"{key}_{variant}", f"{key}_{check.level}", *([f"{key}_one"] if len(check.columns) == 1 else [])]
    values = {name: _value(name, value, strings) for name, value in check.values.items()}
    if check.code == "too_good":
        behind = {0: "behind_none", 1: "behind_one"}.get(len(check.columns), "behind")
        values["behind"] = strings(f"check_finding.{behind}", columns=_named(check))
    return strings(next(filter(strings.has, others), key), columns=_named(check), **values)


def _named(check: Check) -> str:
    """List columns, each with its number if it has one."""
    numbers: list[float] = check.values.get("distances") or check.values.get("shares") or []
    write = share if "shares" in check.values else lambda number: fixed(number, 2)
    names = [f"{name} ({write(number)})" for name, number in zip(check.columns, numbers, strict=False)] or check.columns
    dots = f", \N{HORIZONTAL ELLIPSIS} ({len(names)})" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + dots


def _value(name: str, value: Any, strings: Strings) -> str:
    if name in _SHARES:
        return share(value)
    if name == "measure" and strings.has(f"check_measure.{value}"):
        return strings(f"check_measure.{value}")
    if name == "check":
        return strings(f"check_name.{value}")
    return fixed(value, 3) if isinstance(value, float) else count(value) if isinstance(value, int) else str(value)


def _profile(data: DataSummary, strings: Strings) -> dict[str, Any]:
    """A line per column: name, type, missing, distinct, values; and how many more columns there are."""
    lines = [_line(column, data.n_rows, strings) for column in data.profile[:_MOST_COLUMNS]]
    n_more = data.n_columns - len(lines)
    key = "profile.more" if data.n_columns == len(data.profile) else "profile.more_cut"
    more = strings(key, n=count(n_more), kept=count(len(data.profile))) if n_more > 0 else None
    return {"lines": lines, "more": more}


def _line(column: ColumnProfile, n_rows: int, strings: Strings) -> tuple[str, str, str, str, str]:
    exact = f"profile.{column.kind}_{column.dtype}"
    kind = strings(exact if strings.has(exact) else f"profile.{column.kind}")
    if column.type is not None:
        kind = strings(f"column_type.{column.type.replace(' ', '_')}")
    missing = share(column.n_missing / n_rows) if column.n_missing else ""
    holds = strings("profile.empty") if not column.n_distinct else ""
    if column.low is not None:
        ends = {name: short(getattr(column, name)) for name in ("low", "median", "high")}
        holds = strings("profile.range", **ends)
    elif column.commonest is not None and column.commonest_share is not None:
        text = column.commonest
        text = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
        holds = strings("profile.commonest", value=text, share=share(column.commonest_share))
    return column.name, kind, missing, count(column.n_distinct), holds
