"""Learning curve as text: what more rows would give, and whether the network would then lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, at_least_one_digit, count, fixed, probability, times
from skdl.report.sections._scores import interval_text, score_decimals

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.report._strings import Strings
    from skdl.results import RowsCurve, Summary

UNLIKELY = 0.1  # a probability


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the curves; None where they were not asked for."""
    rows = summary.learning_curve
    if rows is None:
        return None
    if rows.missing is not None:
        values = {
            name: ", ".join(value) if isinstance(value, list) else value for name, value in rows.missing.values.items()
        }
        missing = strings(f"no_curve.{rows.missing.code}", **values)
        return {"contents": strings("rows.contents"), "missing": missing}
    return {
        "contents": strings("rows.contents"),
        "missing": None,
        "sentences": [
            *(sentence for curve in rows.curves for sentence in _curve_sentences(curve, summary, strings)),
            *([strings("rows.failed", models=", ".join(rows.failed))] if rows.failed else []),
        ],
        "note": strings("rows.note", n=rows.n_folds, drawn=strings(f"rows.drawn_{rows.drawn}")),
        **_table(summary, strings),
    }


def more_rows_sentence(summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> list[str]:
    """Describe for the verdict what more rows would give the leader, and a network that would probably overtake it."""
    rows = summary.learning_curve
    if rows is None or not rows.curves or rows.curves[0].model != summary.verdict.leader:
        return []
    sentences = [_gain_sentence(rows.curves[0], summary, string, mark)]
    network = next((curve for curve in rows.curves[1:] if curve.is_network), None)
    if network is not None and network.overtakes is not None:
        sentences.append(_overtaking_sentence(network, summary, string, mark))
    return sentences


def _curve_sentences(curve: RowsCurve, summary: Summary, strings: Strings) -> list[str]:
    """Describe the gain of one model; of those after the leader also whether they would overtake it."""
    sentences = [_gain_sentence(curve, summary, strings, str)]
    if any(one.p_leads is not None for one in curve.ahead):
        sentences.append(_overtaking_sentence(curve, summary, strings, str))
    return sentences


def _gain_sentence(curve: RowsCurve, summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> str:
    if curve.trend == "worse":
        return string("more_rows.worse", model=mark(curve.model))
    column, decimals = summary.columns[0], score_decimals(summary)
    first, last, matters = curve.ahead[0], curve.ahead[-1], summary.verdict.equivalence
    if curve.trend == "flat":
        key = "more_rows.level" if first.p_matters < UNLIKELY else "more_rows.flat"
    elif first.p_matters > 1.0 - UNLIKELY:
        key = "more_rows.helps"
    elif last.p_matters < UNLIKELY:
        key = "more_rows.useless"
    elif first.p_matters < UNLIKELY:
        key = "more_rows.later"
    else:
        key = "more_rows.unsure"
    return string(
        key,
        model=mark(curve.model),
        metric=column.label,
        score=fixed(first.score, decimals),
        low=fixed(first.low, decimals),
        high=fixed(first.high, decimals),
        gain=at_least_one_digit(first.gain, decimals),
        gain_low=at_least_one_digit(first.gain_low, decimals),
        gain_high=at_least_one_digit(first.gain_high, decimals),
        far=fixed(last.score, decimals),
        far_low=fixed(last.low, decimals),
        far_high=fixed(last.high, decimals),
        matters=at_least_one_digit(matters, decimals),
        p=probability(first.p_matters),
        p_far=probability(last.p_matters),
    )


def _overtaking_sentence(
    curve: RowsCurve, summary: Summary, string: Callable[..., str], mark: Callable[[str], str]
) -> str:
    """Describe whether a model would lead with more rows: with ten times, or twice where the curves show no more."""
    last = [one for one in curve.ahead if one.p_leads is not None][-1]
    p_leads = last.p_leads or 0.0
    key = "at" if curve.overtakes is not None else "open" if p_leads >= UNLIKELY else "never"
    return string(
        f"overtakes.{key}",
        model=mark(curve.model),
        leader=mark(summary.verdict.leader),
        times=times(curve.overtakes or 1.0),
        most=f"{last.times:g}",
        p=probability(p_leads),
    )


def _table(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Rows of the table: a model and its scores by number of rows, measured and expected."""
    rows, decimals = summary.learning_curve, score_decimals(summary)
    assert rows is not None
    expected = sorted({one.times for curve in rows.curves for one in curve.ahead})
    # The largest multiple of the rows at which models are compared with the leader.
    compared = [one.times for curve in rows.curves for one in curve.ahead if one.p_leads is not None]
    last = [max(compared)] if compared else []
    headings = [
        strings("table.model"),
        *(strings("rows.with", n=count(point.n_rows)) for point in rows.curves[0].points),
        *(strings("rows.expected", times=f"{multiple:g}") for multiple in expected),
        *(strings("rows.p_leads", times=f"{multiple:g}") for multiple in last),
    ]
    lines = []
    for curve in rows.curves:
        scores, leads = dict.fromkeys(expected, DASH), dict.fromkeys(last, DASH)
        for one in curve.ahead:
            interval = interval_text(one.low, one.high, decimals, strings)
            scores[one.times] = f"{fixed(one.score, decimals)} ({interval})"
            if one.times in leads and one.p_leads is not None:
                leads[one.times] = probability(one.p_leads)
        measured = (fixed(point.score, decimals) for point in curve.points)
        lines.append([curve.model, *measured, *scores.values(), *leads.values()])
    return {"headings": headings, "lines": lines}
