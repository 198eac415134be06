"""Slices as text: a table for each column, and the sentence that says where the verdict does not hold."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from skdl.report._format import DASH, axis_limits, count, p_value, short
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections._scores import interval_bar, interval_span, interval_text, score_decimals, score_text, signed
from skdl.results import Score

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Slice, SliceColumn, SliceDifference, SliceRow, SliceScore, SlicesSummary, Summary

ALPHA = 0.05
_MOST_NAMED = 5


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the scores by slices; None where none were asked for."""
    slices, metric = summary.slices, summary.columns[0].label
    if slices is None:
        return None
    names = ", ".join(column.name for column in slices.columns)
    others = _others(slices)
    values = {"model": slices.model, "metric": metric, "n": slices.n_tests, "least": slices.least_rows}
    note = [strings("slices.note", **values), strings(f"slices.{'by_fold' if slices.by_fold else 'by_rows'}", **values)]
    if summary.protocol.repeats > 1:
        note.append(strings("slices.first_repeat"))
    if len(others) > 1:
        note.append(strings("slices.ticks", model=slices.model, rival=slices.rival, dummy=slices.dummy))
    sign = -1.0 if summary.columns[0].greater_is_better else 1.0
    own = [row.scores[slices.model] for row in slices.rows]
    spans = [interval_span(Score(one.score, one.low, one.high, None)) for one in own if one.score is not None]
    spans.sort(key=lambda span: sign * (span[0] + span[1]))
    points = [row.scores[name].score for name in others for row in slices.rows]
    limits = axis_limits([*spans, *((one, one) for one in points if one is not None)])
    return {
        "contents": strings("slices.contents", columns=names),
        "note": " ".join(note) if slices.missing is None else "",
        "sentence": slices_sentence(summary, strings.lang),
        "headings": [
            strings("slices.rows"),
            strings("slices.score", model=slices.model, metric=metric),
            strings("column.interval"),
            *(heading for name in others for heading in (name, strings("slices.difference", model=name))),
        ],
        "tables": [
            {
                "title": strings("slices.title", column=column.name),
                "note": _cut_note(column, slices, strings),
                "lines": [
                    _line(row, summary, slices, limits, strings)
                    for row in slices.rows
                    if row.slice.column in {None, column.name}  # all rows first
                ],
            }
            for column in slices.columns
            if slices.rows
        ],
    }


def _cut_note(column: SliceColumn, slices: SlicesSummary, strings: Strings) -> str:
    """Describe how the rows were cut, and what was gathered."""
    if column.kind == "ranges":
        edges = "; ".join(short(edge, 6) for edge in column.edges)
        return strings("slices.edges_given" if column.is_given else "slices.edges_quartiles", edges=edges)
    sentences = [] if column.kind == "levels" else [strings(f"slices.{column.kind}", column=column.name)]
    if column.n_gathered:
        sentences.append(strings("slices.gathered", n=column.n_gathered, least=slices.least_rows))
    return " ".join(sentences)


def _line(
    row: SliceRow, summary: Summary, slices: SlicesSummary, limits: tuple[float, float], strings: Strings
) -> dict[str, Any]:
    """Label, cells as a text with small print below, and what is wrong with the slice or the model there."""
    decimals, metric = score_decimals(summary), summary.columns[0].name
    own = row.scores[slices.model]

    def interval(found: SliceScore | SliceDifference) -> str:
        return "" if found.low is None else interval_text(found.low, found.high, decimals, strings)

    bar = None
    if own.score is not None:
        bar = interval_bar(Score(own.score, own.low, own.high, None), limits, strings, decimals)
    others = {name: row.scores[name].score for name in _others(slices)}
    marks = [
        ("dummy" if name == slices.dummy else "rival", round(100.0 * (score - limits[0]) / (limits[1] - limits[0]), 1))
        for name, score in others.items()
        if score is not None and limits[0] <= score <= limits[1]
    ]
    cells = []
    badges = []
    for name, score in others.items():
        cells.append((score_text(summary, metric, score), ""))
        found = row.differences.get(name)
        if found is None:
            cells.append((DASH, ""))
            continue
        p = strings("slices.p", p=p_value(found.p_value, sign=True))
        small = ", ".join(part for part in (interval(found), p) if part)
        cells.append((signed(found.difference, decimals), small))
        if _is_named(found, name, slices, greater_is_better=summary.columns[0].greater_is_better):
            badges.append(strings("slices.badge", other=name))
    return {
        "label": slice_label(row.slice, strings),
        "n_rows": count(row.n_rows),
        "score": score_text(summary, metric, own.score),
        "interval": interval(own) or DASH,
        "bar": bar,
        "marks": marks,
        "cells": cells,
        "badges": badges,
        "reason": "" if row.missing is None else strings(f"no_slice_test.{row.missing.code}", **row.missing.values),
        "is_all": row.slice.kind == "all",
    }


def _others(slices: SlicesSummary) -> list[str]:
    return [name for name in (slices.rival, slices.dummy) if name is not None]


def _is_named(found: SliceDifference, other: str, slices: SlicesSummary, *, greater_is_better: bool) -> bool:
    """Whether the dummy scores better than the model, or the rival significantly better."""
    is_worse = (found.difference < 0.0) if greater_is_better else (found.difference > 0.0)
    return is_worse and (other == slices.dummy or found.p_value < ALPHA)


def slice_label(one: Slice, strings: Strings) -> str:
    """Name a slice without its column."""
    if one.kind == "level":
        return str(one.level)
    if one.kind == "other":
        return strings("slices.other", n=one.n_levels)
    if one.kind != "range":
        return strings(f"slices.{one.kind}")
    if one.low is None:
        return f"< {short(one.high or 0.0, 6)}"
    if one.high is None:
        return f"\N{GREATER-THAN OR EQUAL TO} {short(one.low, 6)}"
    return strings("slices.range", low=short(one.low, 6), high=short(one.high, 6))


def slices_sentence(summary: Summary, lang: str = "en") -> str | None:
    """Describe where the recommended model is worse than the dummy, and where its rival is better.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str or None
        One sentence, also if there is no such slice; None where no slices were asked for.
    """
    slices = summary.slices
    if slices is None:
        return None
    strings = strings_of(lang)
    column = translate_summary(summary, strings).columns[0]
    if slices.missing is not None:
        return strings(f"no_slices.{slices.missing.code}", metric=column.label)
    tested = [row for row in slices.rows if row.differences]
    if not tested:
        reasons = [row.missing for row in slices.rows if row.missing is not None and row.missing.code == "one_row"]
        key = "slices.untested_one_row" if reasons else "slices.untested"
        return strings(key, least=slices.least_rows, metric=column.label)
    parts = []
    for kind, name in (("dummy", slices.dummy), ("rival", slices.rival)):
        if name is None:
            continue
        worse = [
            row
            for row in tested
            if _is_named(row.differences[name], name, slices, greater_is_better=column.greater_is_better)
        ]
        named = [_name_row(row, name, summary, slices, strings) for row in worse[:_MOST_NAMED]]
        where = ", ".join(named)
        if len(worse) > _MOST_NAMED:
            where = strings("slices.named_more", names=where, n=len(worse) - _MOST_NAMED)
        n_better = sum(row.differences[name].p_value < ALPHA for row in tested) if not worse else 0
        key = f"slices.{kind}" if worse else f"slices.{kind}_nowhere"
        parts.append(strings(key, model=slices.model, other=name, where=where, n=n_better))
    joined = reduce(lambda one, two: strings("slices.and", first=one, second=two), parts)
    return strings("slices.sentence", n=len(tested), parts=joined)


def _name_row(row: SliceRow, other: str, summary: Summary, slices: SlicesSummary, strings: Strings) -> str:
    metric = summary.columns[0].name
    own, others = (score_text(summary, metric, row.scores[name].score) for name in (slices.model, other))
    return strings(
        "slices.named",
        column=row.slice.column,
        label=slice_label(row.slice, strings),
        own=own,
        other=others,
        p=p_value(row.differences[other].p_value, sign=True),
    )
