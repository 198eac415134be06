"""Meaning of a score in plain words, for readers who do not know the metric.

The string tables hold a sentence for each metric, ``meaning.NAME``, and optionally two variants: ``NAME_mean`` where
there are more than two classes, and ``NAME_none`` for a score of zero or less. The sentence chooses how the score is
written: ``{value}`` in the target's unit, ``{amount}`` without its sign, ``{percent}`` of 100, ``{twice}`` its double,
or ``{probability}``, of which it is the negative logarithm.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from skdl.report._format import at_least_one_digit, decimals_of, fixed, share
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections._scores import score_decimals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from skdl.report._strings import Strings
    from skdl.results import ClassErrors, ModelDecisions, RegressionErrors, ScoreColumn, Summary


_RARE = 1 / 3  # share of the rows below which the rows that rank highest are a fact


def score_meanings(summary: Summary, strings: Strings) -> list[tuple[str, str]]:
    """Explain every score of the recommended model: (metric, sentence); scores that are not defined are left out."""
    return [
        (column.label, _meaning(column, score.mean, summary, strings))
        for row in summary.models
        if row.model == summary.verdict.recommended
        for column in summary.columns
        if (score := row.scores.get(column.name)) is not None and math.isfinite(score.mean)
    ]


def key_facts(summary: Summary, lang: str = "en") -> list[str]:
    """Describe what the recommended model achieves, for readers who do not know the metrics.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentences.

    Returns
    -------
    list of str
        Of classes: how many of the rarer one it finds (with costs, of the one that its threshold is of), how many of
        its predictions are right, and what the most frequent class alone gives. Of numbers: how close its predictions
        are. Empty where no model is recommended.
    """
    strings = strings_of(lang)
    recommended, errors = summary.verdict.recommended, summary.errors
    numbers = [one for one in errors.regression if one.model == recommended]
    classes = [one for one in errors.classification if one.model == recommended]
    if numbers:
        return _facts_of_numbers(numbers[0], translate_summary(summary, strings), strings)
    if not classes:
        return []
    known = summary.decisions
    decided = [] if known is None else [one for one in known.models if one.model == recommended]
    if known is None or not decided:
        return _facts_of_classes(classes[0], errors.classes, strings)
    # Where the user gave costs, they decide.
    label = errors.classes.index(known.label)
    by_costs = any(one.model == recommended and one.by == "probabilities" for one in known.priced)
    return _facts_of_classes(
        _as_decided(classes[0], decided[0]), errors.classes, strings, label, suffix="_by_costs" if by_costs else ""
    )


def _facts_of_numbers(errors: RegressionErrors, summary: Summary, strings: Strings) -> list[str]:
    column, data = summary.columns[0], summary.data
    decimals = decimals_of(errors.largest[0])
    half, most = (fixed(value, decimals) for value in errors.largest[:2])
    if data.unit is not None:
        half, most = (strings("meaning.unit", value=value, unit=data.unit) for value in (half, most))
    facts = [strings("fact.within", model=errors.model, half=half, most=most, target=data.target)]
    gains = [row.gain_share for row in summary.models if row.model == errors.model and row.gain_share is not None]
    if gains and gains[0] > 0.0:
        facts.append(strings("fact.gain", metric=column.label, gain=share(gains[0])))
    return facts


def _as_decided(errors: ClassErrors, decisions: ModelDecisions) -> ClassErrors:
    """Replace the counts of predicted classes, and what follows from them, by those of decided ones."""
    counts = decisions.counts

    def part(code: int, cells: Iterable[float]) -> float | None:
        whole = sum(cells)
        return counts[code][code] / whole if whole else None

    measures = [
        replace(one, precision=part(code, (row[code] for row in counts)), recall=part(code, counts[code]))
        for code, one in enumerate(errors.measures)
    ]
    return replace(errors, counts=counts, measures=measures)


def _facts_of_classes(
    errors: ClassErrors, classes: list[str], strings: Strings, label_of_two: int | None = None, *, suffix: str = ""
) -> list[str]:
    counts = errors.counts
    n_rows, n_right = sum(map(sum, counts)), sum(row[code] for code, row in enumerate(counts))
    sizes = [sum(row) for row in counts]
    right = {
        "model": errors.model,
        "right": share(n_right / n_rows),
        "common": classes[sizes.index(max(sizes))],
        "share": share(max(sizes) / n_rows),
    }
    if len(classes) != 2:
        recalls = [(measure.recall, label) for measure, label in zip(errors.measures, classes, strict=True)]
        recall, label = min((recall, label) for recall, label in recalls if recall is not None)
        weakest = [strings("fact.weakest", label=label, recall=share(recall))] if recall < 1.0 else []
        return [strings(f"fact.right_many{suffix}", **right), *weakest]
    # The rarer class; of equal ones the last, which curves and thresholds are of.
    code = label_of_two if label_of_two is not None else 0 if sizes[0] < sizes[-1] else 1
    rarer, label = errors.measures[code], classes[code]
    if rarer.precision is None or rarer.recall is None:
        never = strings(f"fact.never{suffix}", model=errors.model, label=label)
        return [never, strings(f"fact.right{suffix}", **right)]
    found = {"recall": share(rarer.recall), "precision": share(rarer.precision)}
    finds = strings(f"fact.finds{suffix}", model=errors.model, label=label, **found)
    facts = [finds, strings(f"fact.right{suffix}", **right)]
    base = sizes[code] / n_rows
    if rarer.top_tenth is not None and base < _RARE:
        lift = f"{rarer.top_tenth / base:.1f}"
        facts.append(strings("fact.top", label=label, top=share(rarer.top_tenth), lift=lift, base=share(base)))
    return facts


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
        amount=_in_unit(column, abs(value), decimals, summary, strings),
        twice=_in_unit(column, 2.0 * value, decimals, summary, strings),
        percent=_percent(value, decimals - 2),
        probability=f"{100.0 * math.exp(-max(value, 0.0)):.0f}",
        target=summary.data.target,
        label=classes[-1],
    )


def _in_unit(column: ScoreColumn, value: float, decimals: int, summary: Summary, strings: Strings) -> str:
    text = at_least_one_digit(value, decimals)
    unit = summary.data.unit if column.in_target_unit else column.unit
    return text if unit is None else strings("meaning.unit", value=text, unit=unit)


def _percent(share: float, decimals: int) -> str:
    """Write a share of 100; with enough decimals that a share below 1 is not shown as 100."""
    decimals = max(0, decimals)
    while 0.0 < 1.0 - share < 0.5 * 10.0 ** (-2 - decimals):
        decimals += 1
    return at_least_one_digit(100.0 * share, decimals)
