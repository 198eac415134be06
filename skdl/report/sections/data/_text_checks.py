"""What checks of the table found, and its columns, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl.report._format import count, fixed, share, short

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import Check, ColumnProfile, DataSummary

__all__ = ["CheckText", "ProfileText", "check_texts", "profile_text"]

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
    """A line a column: name, kind, missing, distinct, what it holds; and how many more there are."""

    lines: tuple[tuple[str, str, str, str, str], ...]
    more: str | None


def check_texts(data: DataSummary, words: Words) -> tuple[tuple[CheckText, ...], str | None]:
    """Say what checks found, and in one sentence what they did not find."""
    found = tuple(_check(check, words) for check in data.checks if check.level != "fine")
    clean = [words(f"check_clean.{check.code}") for check in data.checks if check.level == "fine"]
    return found, words("check.found_nothing", checks=", ".join(clean)) if clean else None


def _check(check: Check, words: Words) -> CheckText:
    key = f"check_says.{check.code}"
    others = [f"{key}_{check.level}", *([f"{key}_one"] if len(check.columns) == 1 else [])]
    said = words(next(filter(words.has, others), key), columns=_named(check), **_values(check, words))
    return CheckText(check.level, words(f"check.{check.code}"), said)


def _named(check: Check) -> str:
    """List columns, each with its own number where it has one."""
    numbers: list[float] = check.values.get("distances") or check.values.get("shares") or []
    write = share if "shares" in check.values else lambda number: fixed(number, 2)
    names = [f"{name} ({write(number)})" for name, number in zip(check.columns, numbers, strict=False)] or check.columns
    dots = f", \N{HORIZONTAL ELLIPSIS} ({len(names)})" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + dots


def _values(check: Check, words: Words) -> dict[str, str]:
    return {name: _value(name, value, words) for name, value in check.values.items()}


def _value(name: str, value: Any, words: Words) -> str:
    if name in _SHARES:
        return share(value)
    if name in {"check", "measure"}:
        return words(f"check_{name}.{value}")
    return fixed(value, 3) if isinstance(value, float) else count(value) if isinstance(value, int) else str(value)


def profile_text(data: DataSummary, words: Words) -> ProfileText | None:
    """Give a line a column; None where no column was looked at."""
    if not data.profile:
        return None
    lines = tuple(_line(column, data.n_rows, words) for column in data.profile[:_MOST_COLUMNS])
    n_more = data.n_columns - len(lines)
    key = "profile.more" if data.n_columns == len(data.profile) else "profile.more_cut"
    more = words(key, n=count(n_more), kept=count(len(data.profile))) if n_more > 0 else None
    return ProfileText(lines, more)


def _line(column: ColumnProfile, n_rows: int, words: Words) -> tuple[str, str, str, str, str]:
    exact = f"profile.{column.kind}_{column.dtype}"
    kind = words(exact if words.has(exact) else f"profile.{column.kind}")
    missing = share(column.n_missing / n_rows) if column.n_missing else ""
    return column.name, kind, missing, count(column.n_distinct), _holds(column, words)


def _holds(column: ColumnProfile, words: Words) -> str:
    if column.low is not None:
        ends = {name: short(getattr(column, name)) for name in ("low", "median", "high")}
        return words("profile.range", **ends)
    if column.commonest is not None and column.commonest_share is not None:
        text = column.commonest
        text = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
        return words("profile.commonest", value=text, share=share(column.commonest_share))
    return words("profile.empty") if not column.n_distinct else ""
