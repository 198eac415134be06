"""Meaning of a score in plain words, for readers who do not know the metric.

The string tables hold a sentence for each metric, ``meaning.NAME``, and optionally two variants: ``NAME_mean`` where
there are more than two classes, and ``NAME_none`` for a score of zero or less. The sentence chooses how the score is
written: ``{value}`` in the target's unit, ``{percent}`` of 100, ``{twice}`` its double, or ``{probability}``, of which
it is the negative logarithm.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from skdl.report._format import at_least_one_digit
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections._scores import score_decimals

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ScoreColumn, Summary

__all__ = ["first_meaning", "score_meanings"]


def score_meanings(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """Explain every score of the recommended model: (metric, sentence); scores that are not defined are left out."""
    return [
        (column.label, _meaning(column, score.mean, summary, strings))
        for row in summary.models
        if row.model == summary.verdict.recommended
        for column in summary.columns
        if (score := row.scores.get(column.name)) is not None and math.isfinite(score.mean)
    ]


def first_meaning(summary: Summary, lang: str = "en") -> str | None:
    """Explain the recommended model's score in the metric that ranks; None where the score is not defined."""
    strings = strings_of(lang)
    summary = translate_summary(summary, strings)
    first = [sentence for label, sentence in score_meanings(summary, strings) if label == summary.columns[0].label]
    return strings("meaning.line", model=summary.verdict.recommended, meaning=first[0]) if first else None


def _meaning(column: ScoreColumn, value: float, summary: Summary, strings: Strings) -> str:
    """Return the metric's sentence; for a metric without one, the number and which direction is better."""
    classes = list(summary.data.class_counts or [""])
    key = f"meaning.{column.name}"
    if value <= 0.0 and strings.has(f"{key}_none"):
        key = f"{key}_none"
    elif len(classes) != 2 and strings.has(f"{key}_mean"):  # of two classes, the second
        key = f"{key}_mean"
    if not strings.has(key):
        key = "meaning.any_up" if column.greater_is_better else "meaning.any_down"
    decimals = score_decimals(summary, column.name)
    return strings(
        key,
        metric=column.label,
        value=_in_unit(column, value, decimals, summary, strings),
        twice=_in_unit(column, 2.0 * value, decimals, summary, strings),
        percent=_percent(value, decimals - 2),
        probability=f"{100.0 * math.exp(-max(value, 0.0)):.0f}",
        target=summary.data.target,
        label=classes[-1],
    )


def _in_unit(column: ScoreColumn, value: float, decimals: int, summary: Summary, strings: Strings) -> str:
    text = at_least_one_digit(value, decimals)
    if not column.in_target_unit or summary.data.unit is None:
        return text
    return strings("meaning.unit", value=text, unit=summary.data.unit)


def _percent(share: float, decimals: int) -> str:
    """Write a share of 100; with enough decimals that a share below 1 is not shown as 100."""
    decimals = max(0, decimals)
    while 0.0 < 1.0 - share < 0.5 * 10.0 ** (-2 - decimals):
        decimals += 1
    return at_least_one_digit(100.0 * share, decimals)
