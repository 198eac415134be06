"""Tuning as text: scores inside the search against test scores, chosen values, and values at the edge of the search."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from skdl.report._format import at_least_one_digit, decimals_for, fixed
from skdl.report._strings import strings_of

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ChosenValue, Summary, TunedParameter, TuningSummary


_MOST_LISTED = 5  # values; more of them are summarised by their range
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


def describe(summary: Summary, strings: Strings) -> TuningSection | None:
    """Describe every search; None if nothing was tuned."""
    models = tuple(_tuning_text(tuned, summary, strings) for tuned in summary.tuning)
    return TuningSection(models) if models else None


def _tuning_text(tuned: TuningSummary, summary: Summary, strings: Strings) -> TuningText:
    """Describe the search of one model."""
    return TuningText(
        model=tuned.model,
        facts=tuple(_facts(tuned, summary, strings)),
        chosen=tuple(
            (parameter.name, _chosen(parameter.chosen, tuned.n_folds, strings)) for parameter in tuned.parameters
        ),
        edges=tuple(_edges(tuned, strings)),
    )


def edge_sentences(summary: Summary, lang: str = "en") -> list[str]:
    """Describe hyperparameters whose best value is at the edge of the search.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentences.

    Returns
    -------
    list of str
        One per hyperparameter.
    """
    return [sentence for tuned in summary.tuning for sentence in _edges(tuned, strings_of(lang))]


def _facts(tuned: TuningSummary, summary: Summary, strings: Strings) -> list[str]:
    if tuned.inner is None or tuned.outer is None or tuned.optimism is None:
        return []
    column = summary.columns[0]
    decimals = decimals_for(row.scores[column.name] for row in summary.models if column.name in row.scores)
    gap = at_least_one_digit(abs(tuned.optimism), decimals)
    kind = "kept" if tuned.optimism == 0.0 else "optimistic" if tuned.optimism > 0.0 else "pessimistic"
    return [
        strings("tuning.inner", metric=column.label, score=fixed(tuned.inner, decimals)),
        strings("tuning.outer", score=fixed(tuned.outer, decimals)),
        strings(f"tuning.{kind}", gap=gap),
    ]


def _edges(tuned: TuningSummary, strings: Strings) -> list[str]:
    return [
        strings(
            f"tuning.edge_{parameter.edge}",
            model=tuned.model,
            parameter=parameter.name,
            value=_value(_end(parameter), strings),
        )
        for parameter in tuned.parameters
        if parameter.edge is not None
    ]


def _end(parameter: TunedParameter) -> float | None:
    return parameter.lowest if parameter.edge == "lowest" else parameter.highest


def _chosen(values: list[ChosenValue], n_folds: int, strings: Strings) -> str:
    """List the values with their numbers of folds; of many numbers the range and the median."""
    if len(values) > _MOST_LISTED and all(isinstance(value_count.value, int | float) for value_count in values):
        # Each value once for each fold that chose it, so that the median is over folds.
        ordered = sorted(value_count.value for value_count in values for _ in range(value_count.n_folds))
        low, middle, high = (_value(value, strings) for value in (ordered[0], median(ordered), ordered[-1]))
        return strings("tuning.range", low=low, high=high, median=middle)
    first, *others = values
    listed = [strings("tuning.of", value=_value(first.value, strings), n=first.n_folds, folds=n_folds)]
    return ", ".join(
        listed + [f"{_value(value_count.value, strings)} ({value_count.n_folds})" for value_count in others]
    )


def _value(value: Any, strings: Strings) -> str:
    """Format a value as it was given, a long number with four digits."""
    text = strings("table.none") if value is None else str(value)
    return f"{value:.4g}" if isinstance(value, float) and len(text) > _SHORT else text
