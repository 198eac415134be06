"""Scores, differences, intervals and ranges as text, as several sections write them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, MINUS, at_least_one_digit, decimals_for, fixed, short

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Score, Summary


def score_decimals(summary: Summary, metric: str | None = None) -> int:
    """Decimals of a metric's scores, of the ranking metric where none is named."""
    name = metric or summary.columns[0].name
    return decimals_for(row.scores[name] for row in summary.models if name in row.scores)


def score_text(summary: Summary, metric: str, value: float | None) -> str:
    """Write a score of a metric with the digits that the models' intervals justify."""
    return fixed(value, score_decimals(summary, metric))


def interval_text(low: float | None, high: float | None, decimals: int, strings: Strings) -> str:
    """Write an interval; a dash where there is none."""
    if low is None or high is None:
        return DASH
    return strings("interval.to", low=fixed(low, decimals), high=fixed(high, decimals))


def interval_span(score: Score) -> tuple[float, float]:
    """Ends of the interval of a score; the score itself where it has none."""
    return (score.low if score.low is not None else score.mean, score.high if score.high is not None else score.mean)


def interval_bar(score: Score, limits: tuple[float, float], strings: Strings, decimals: int) -> dict[str, Any]:
    """Place interval and mean within a cell, in percent of its width."""
    low, high = interval_span(score)
    ends = {"low": low, "high": high, "mean": score.mean}
    percent = {name: 100.0 * (value - limits[0]) / (limits[1] - limits[0]) for name, value in ends.items()}
    # What is off the scale is moved to its edge and marked.
    inside = {n: min(100.0, max(0.0, value)) if math.isfinite(value) else 100.0 for n, value in percent.items()}
    return {
        **{name: round(value, 1) for name, value in inside.items()},
        "off_scale": inside["mean"] != percent["mean"],
        "aria": strings("interval.aria", **{name: fixed(value, decimals) for name, value in ends.items()}),
    }


def range_text(low: float, high: float, strings: Strings) -> str:
    """Write a range of the table's numbers."""
    return strings("interval.to", low=short(low, 6), high=short(high, 6))


def signed(value: float | None, decimals: int) -> str:
    """Write a difference with its sign; a dash where there is none."""
    if value is None:
        return DASH
    # A difference below a hundredth of the last digit is none.
    text = fixed(value, decimals) if abs(value) < 0.5 * 10.0 ** (-decimals - 2) else at_least_one_digit(value, decimals)
    return text if text.startswith(MINUS) or not any(digit in "123456789" for digit in text) else f"+{text}"
