"""A score in plain words, for somebody who has never heard of the metric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from skdl.report._format import at_least_one_digit, decimals_for
from skdl.report._language import in_language
from skdl.report._words import words_of

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import ScoreColumn, Summary

__all__ = ["first_saying", "say_score", "sayings"]

# Shares are said as so many of 100; the others as they are, those of the target with its unit.
_OF_HUNDRED = frozenset(
    {
        "accuracy", "average_precision", "balanced_accuracy", "explained_variance", "f1", "f1_macro", "f1_weighted",
        "kappa", "mape", "precision", "r2", "recall", "roc_auc", "smape",
    }
)  # fmt: skip
_OF_A_CLASS = frozenset({"average_precision", "f1", "precision", "recall", "roc_auc"})
_TWO_CLASSES = 2


def say_score(column: ScoreColumn, value: float, summary: Summary, words: Words) -> str:
    """Say what one score means.

    Parameters
    ----------
    column : ScoreColumn
        The metric.
    value : float
        The score, in its natural unit.
    summary : Summary
        Where target, unit, classes and the number of digits are taken from.
    words : Words
        The language.

    Returns
    -------
    str
        A sentence; of a metric without words of its own, the number and which way is better.
    """
    key = f"saying.{column.name}"
    if column.name in {"r2", "explained_variance"} and value <= 0.0:
        key = "saying.explains_nothing"
    if column.name in _OF_A_CLASS and len(summary.data.class_counts or {}) != _TWO_CLASSES:
        key = f"{key}_mean"
    if not words.has(key):
        key = "saying.any_up" if column.greater_is_better else "saying.any_down"
    return words(
        key,
        metric=column.label,
        value=_number(column, value, summary, words),
        twice=_number(column, 2.0 * value, summary, words),
        target=summary.data.target,
        label=list(summary.data.class_counts or [""])[-1],
        odds=_odds(column.name, value),
    )


def sayings(summary: Summary, words: Words) -> list[tuple[str, str]]:
    """Say every score of the recommended model: (metric, sentence); a score that is not defined says nothing."""
    return [
        (column.label, say_score(column, score.mean, summary, words))
        for row in summary.models
        if row.model == summary.verdict.recommended
        for column in summary.columns
        if (score := row.scores.get(column.name)) is not None and math.isfinite(score.mean)
    ]


def first_saying(summary: Summary, lang: str = "en") -> str | None:
    """Say the recommended model's score in the metric that ranks, in plain words.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str or None
        None where the score is not defined.
    """
    words = words_of(lang)
    summary = in_language(summary, words)
    first = [sentence for label, sentence in sayings(summary, words) if label == summary.columns[0].label]
    return words("saying.line", model=summary.verdict.recommended, saying=first[0]) if first else None


def _number(column: ScoreColumn, value: float, summary: Summary, words: Words) -> str:
    """Write a value with the report's digits; never as all of a hundred where some are missing."""
    decimals = decimals_for(row.scores[column.name] for row in summary.models if column.name in row.scores)
    if column.name in _OF_HUNDRED:
        decimals = max(0, decimals - 2)
        while 0.0 < 1.0 - value < 0.5 * 10.0 ** (-2 - decimals):
            decimals += 1
        return at_least_one_digit(100.0 * value, decimals)
    text = at_least_one_digit(value, decimals)
    if not column.in_target_unit or summary.data.unit is None:
        return text
    return words("saying.unit", value=text, unit=summary.data.unit)


def _odds(name: str, value: float) -> str:
    """Turn a log loss into the probability that the truth was given, on the geometric mean."""
    return f"{100.0 * math.exp(-value):.0f}" if name == "log_loss" else ""
