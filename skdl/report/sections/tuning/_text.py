"""What tuning did, in words: what it promised and what came of it, what it chose, and where it should go on."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from skdl.report._format import at_least_one_digit, decimals_for, fixed
from skdl.report._words import words_of

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import ChosenValue, Summary, TunedParameter, TuningSummary

__all__ = ["TuningSection", "TuningText", "edge_sentences", "tuning_section"]

_MOST_LISTED = 5  # values; more of them are drawn numbers, whose range says more
_SHORT = 6  # characters of a number that is shown as it was given


@dataclass(frozen=True)
class TuningText:
    """One model's tuning."""

    model: str
    facts: tuple[str, ...]
    chosen: tuple[tuple[str, str], ...]  # (parameter, its values)
    edges: tuple[str, ...]


@dataclass(frozen=True)
class TuningSection:
    """Every tuned model, best first."""

    models: tuple[TuningText, ...]


def tuning_section(summary: Summary, words: Words) -> TuningSection | None:
    """Say what searches did; None where nothing was tuned."""
    found = tuple(_tuning_text(tuned, summary, words) for tuned in summary.tuning)
    return TuningSection(found) if found else None


def _tuning_text(tuned: TuningSummary, summary: Summary, words: Words) -> TuningText:
    """Say what a search promised and chose."""
    return TuningText(
        model=tuned.model,
        facts=tuple(_facts(tuned, summary, words)),
        chosen=tuple(
            (parameter.name, _chosen(parameter.chosen, tuned.n_folds, words)) for parameter in tuned.parameters
        ),
        edges=tuple(_edges(tuned, words)),
    )


def edge_sentences(summary: Summary, lang: str = "en") -> list[str]:
    """Say where the best value of a parameter lies at the edge of what was searched.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    lang : str, default="en"
        Language of the sentences.

    Returns
    -------
    list of str
        One a parameter.
    """
    return [sentence for tuned in summary.tuning for sentence in _edges(tuned, words_of(lang))]


def _facts(tuned: TuningSummary, summary: Summary, words: Words) -> list[str]:
    if tuned.inner is None or tuned.outer is None or tuned.optimism is None:
        return []
    column = summary.columns[0]
    decimals = decimals_for(row.scores[column.name] for row in summary.models if column.name in row.scores)
    gap = at_least_one_digit(abs(tuned.optimism), decimals)
    kind = "kept" if tuned.optimism == 0.0 else "optimistic" if tuned.optimism > 0.0 else "pessimistic"
    return [
        words("tuning.inner", metric=column.label, score=fixed(tuned.inner, decimals)),
        words("tuning.outer", score=fixed(tuned.outer, decimals)),
        words(f"tuning.{kind}", gap=gap),
    ]


def _edges(tuned: TuningSummary, words: Words) -> list[str]:
    return [
        words(
            f"tuning.edge_{parameter.edge}",
            model=tuned.model,
            parameter=parameter.name,
            value=_value(_end(parameter), words),
        )
        for parameter in tuned.parameters
        if parameter.edge is not None
    ]


def _end(parameter: TunedParameter) -> float | None:
    return parameter.lowest if parameter.edge == "lowest" else parameter.highest


def _chosen(values: list[ChosenValue], n_folds: int, words: Words) -> str:
    """List the values with their folds; of many numbers give the range and the median."""
    if len(values) > _MOST_LISTED and all(isinstance(one.value, int | float) for one in values):
        drawn = sorted(one.value for one in values for _ in range(one.n_folds))
        low, middle, high = (_value(value, words) for value in (drawn[0], median(drawn), drawn[-1]))
        return words("tuning.range", low=low, high=high, median=middle)
    first, *others = values
    listed = [words("tuning.of", value=_value(first.value, words), n=first.n_folds, folds=n_folds)]
    return ", ".join(listed + [f"{_value(one.value, words)} ({one.n_folds})" for one in others])


def _value(value: Any, words: Words) -> str:
    """Write a parameter's value as it was given, a long number with four digits."""
    text = words("data.none") if value is None else str(value)
    return f"{value:.4g}" if isinstance(value, float) and len(text) > _SHORT else text
