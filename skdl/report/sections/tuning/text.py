"""Tuning as text: scores inside the search against test scores, chosen values, and values at the edge of the search."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from skdl.report._format import at_least_one_digit, fixed
from skdl.report._strings import strings_of
from skdl.report.sections._scores import score_decimals

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import ChosenValue, Summary, TuningSummary


_MOST_LISTED = 5  # values; more of them are summarised by their range
_SHORT = 6  # characters of a number that is shown as it was given


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe every search, best model first; None if nothing was tuned."""
    models = [
        {
            "model": tuned.model,
            "facts": _facts(tuned, summary, strings),
            "chosen": [(one.name, _chosen(one.chosen, tuned.n_folds, strings)) for one in tuned.parameters],
            "edges": _edges(tuned, strings),
        }
        for tuned in summary.tuning
    ]
    if not models:
        return None
    names = ", ".join(tuned.model for tuned in summary.tuning)
    return {"contents": strings("tuning.contents", models=names), "models": models}


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
    decimals = score_decimals(summary)
    kind = "kept" if tuned.optimism == 0.0 else "optimistic" if tuned.optimism > 0.0 else "pessimistic"
    return [
        strings("tuning.inner", metric=summary.columns[0].label, score=fixed(tuned.inner, decimals)),
        strings("tuning.outer", score=fixed(tuned.outer, decimals)),
        strings(f"tuning.{kind}", gap=at_least_one_digit(abs(tuned.optimism), decimals)),
    ]


def _edges(tuned: TuningSummary, strings: Strings) -> list[str]:
    return [
        strings(
            f"tuning.edge_{one.edge}",
            model=tuned.model,
            parameter=one.name,
            value=_value(one.lowest if one.edge == "lowest" else one.highest, strings),
        )
        for one in tuned.parameters
        if one.edge is not None
    ]


def _chosen(values: list[ChosenValue], n_folds: int, strings: Strings) -> str:
    """List the values with their numbers of folds; of many numbers the range and the median."""
    if len(values) > _MOST_LISTED and all(isinstance(chosen.value, int | float) for chosen in values):
        # Each value once for each fold that chose it, so that the median is over folds.
        ordered = sorted(chosen.value for chosen in values for _ in range(chosen.n_folds))
        low, middle, high = (_value(value, strings) for value in (ordered[0], median(ordered), ordered[-1]))
        return strings("tuning.range", low=low, high=high, median=middle)
    first, *others = values
    listed = [f"{_value(chosen.value, strings)} ({chosen.n_folds})" for chosen in others]
    most = strings("tuning.of", value=_value(first.value, strings), n=first.n_folds, folds=n_folds)
    return ", ".join([most, *listed])


def _value(value: Any, strings: Strings) -> str:
    """Format a value as it was given, a long number with four digits."""
    text = strings("table.none") if value is None else str(value)
    return f"{value:.4g}" if isinstance(value, float) and len(text) > _SHORT else text
