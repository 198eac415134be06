"""Costs of decisions as text: prices of the models, the rule that decides, and how good it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, MINUS, decimals_for, fixed, share
from skdl.report.sections.errors.text import confusion_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.report._strings import Strings
    from skdl.results import DecisionsSummary, ModelDecisions, PricedDecisions, Summary

_MOST_DECIMALS = 6
_ROWS = 1000.0  # costs are shown of so many
_WORTH_IT = 0.01  # of what the decisions cost more than perfect ones: a saving that is mentioned


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe what decisions cost; None without costs."""
    known = summary.decisions
    if known is None:
        return None
    per_rows = strings("decisions.cost" if known.unit is None else "decisions.cost_unit", unit=known.unit)
    recommended, perfect = summary.verdict.recommended, money(_ROWS * known.perfect, _decimals(known))
    return {
        "contents": strings("decisions.contents", n=len(summary.models)),
        "note": strings("decisions.note"),
        "classes": known.classes,
        "rule": _rule(known, strings),
        "headings": [
            strings("decisions.decisions"),
            per_rows,
            strings("decisions.interval"),
            strings("decisions.difference", model=recommended),
            strings("decisions.interval"),
        ],
        "lines": [
            *(_line(one, known, strings) for one in known.priced),
            [strings("decisions.perfect"), perfect, *[DASH] * 3],
        ],
        "models": [
            {
                "model": one.model,
                "sentences": _sentences(one, known, strings),
                "picture": f"decisions-{number}",
                "matrix": strings("decisions.matrix", model=one.model),
                "rows": confusion_rows(one.counts),
            }
            for number, one in enumerate(known.models)
        ],
    }


def _rule(known: DecisionsSummary, strings: Strings) -> str:
    if known.threshold is None:
        return strings("decisions.rule_many")
    key = "decisions.rule_action" if known.is_action else "decisions.rule"
    return strings(key, label=known.label, threshold=_probability(known.threshold))


def _probability(value: float) -> str:
    return f"{value:.3g}" if value < 0.1 else fixed(value, 3 if value > 0.99 else 2)


def _decimals(known: DecisionsSummary) -> int:
    """Decimals of a cost of many rows, by the intervals."""
    return decimals_for(one.cost for one in known.priced) - 3


def money(value: float | None, decimals: int) -> str:
    r"""Write an amount for many rows in full, rounded to the digits that the intervals justify.

    >>> money(-22694.2, -2), money(3.14159, 1), money(3.14, -2), money(None, 0)
    ('\u221222,700', '3.1', '3', '\u2013')
    """
    if value is None:
        return DASH
    while value != 0.0 and decimals < _MOST_DECIMALS and round(abs(value), decimals) == 0.0:
        decimals += 1
    text = f"{round(abs(value), decimals):,.{max(decimals, 0)}f}"
    return f"{MINUS}{text}" if value < 0.0 else text


def _interval(low: float | None, high: float | None, decimals: int, strings: Strings) -> str:
    if low is None or high is None:
        return DASH
    return strings("interval.to", low=money(_ROWS * low, decimals), high=money(_ROWS * high, decimals))


def _line(one: PricedDecisions, known: DecisionsSummary, strings: Strings) -> list[str]:
    decimals = _decimals(known)
    difference = DASH if one.difference is None else money(_ROWS * one.difference, decimals)
    signed = f"+{difference}" if one.difference is not None and one.difference > 0.0 else difference
    name = one.model or constant_name(one, known, strings)
    return [
        strings("decisions.as_predicted", model=name) if one.by == "predictions" else name,
        money(_ROWS * one.cost.mean, decimals),
        _interval(one.cost.low, one.cost.high, decimals, strings),
        signed,
        _interval(one.low, one.high, decimals, strings),
    ]


def constant_name(one: PricedDecisions, known: DecisionsSummary, strings: Callable[..., str]) -> str:
    """Name the same decision for every row."""
    if not known.is_action:
        return strings("decisions.always", label=one.always)
    key = "decisions.always_act" if one.always == known.label else "decisions.never_act"
    return strings(key, label=known.label)


def _sentences(one: ModelDecisions, known: DecisionsSummary, strings: Strings) -> list[str]:
    """Describe the decisions of a model, and the threshold that would have been cheapest."""
    decimals = _decimals(known)
    cost, usual = (money(_ROWS * value, decimals) for value in (one.cost, one.usual_cost))
    if not one.costs:
        key = "decisions.of_many" if known.threshold is None else "decisions.by_predicted"
        return [strings(key, model=one.model, cost=cost, usual=usual)]
    label = known.classes.index(known.label)
    decided = sum(row[label] for row in one.counts) / sum(map(sum, one.counts))
    sentences = [strings("decisions.of_two", label=known.label, share=share(decided), cost=cost, usual=usual)]
    if one.judged_cost is None or one.best_threshold is None:
        return sentences
    saved = one.cost - one.judged_cost
    values = {"best": _probability(one.best_threshold), "judged": money(_ROWS * one.judged_cost, decimals)}
    is_worth_it = saved > _WORTH_IT * (one.cost - known.perfect)
    return [*sentences, strings("decisions.uncalibrated" if is_worth_it else "decisions.calibrated", **values)]


def priced_sentence(summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> str | None:
    """Describe what the recommended model costs or gains, against the best constant decision and another model."""
    known, verdict = summary.decisions, summary.verdict
    if known is None:
        return None
    by_model = {one.model: one for one in known.priced if one.model is not None}
    chosen = by_model.get(verdict.recommended)
    if chosen is None:
        return None
    decimals, unit = _decimals(known), known.unit
    row_decimals = max(0, decimals_for(one.cost for one in known.priced))

    def amount(value: float, n_rows: float = _ROWS) -> str:
        text = money(n_rows * abs(value), decimals if n_rows > 1.0 else row_decimals)
        return text if unit is None else string("meaning.unit", value=text, unit=unit)

    def better(one: PricedDecisions, name: str) -> str:
        difference = one.difference or 0.0
        return string("verdict.better" if difference >= 0.0 else "verdict.worse", amount=amount(difference), other=name)

    constants = [one for one in known.priced if one.model is None]
    others = [better(constants[0], constant_name(constants[0], known, string))] if constants else []
    rival = verdict.leader if verdict.leader != verdict.recommended else verdict.runner_up
    if rival in by_model and rival != verdict.recommended:
        others.append(better(by_model[rival], mark(rival or "")))
    against = others[0] if len(others) == 1 else string("price.and", first=others[0], second=others[1])
    return string(
        "verdict.gains" if chosen.cost.mean < 0.0 else "verdict.costs",
        model=mark(verdict.recommended),
        cost=amount(chosen.cost.mean),
        row=amount(chosen.cost.mean, 1.0),
        against=against,
    )
