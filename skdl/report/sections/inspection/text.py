"""Model inspection as text: importances, correlated columns, and rows on which two models disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import at_least_one_digit, count, decimals_of, fixed, seconds, share, short
from skdl.report.sections._scores import score_decimals
from skdl.report.sections.inspection.plot import MOST_BARS

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Disagreement, DisputedRow, Importance, Insight, Reason, Summary


_SAME = "0.9"
_MOST_PAIRS = 6
_SHORT = 24  # characters of a value in a table


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe the inspected models, and where two models disagree; None without results."""
    insights = [one for one in (summary.insight, summary.leader_insight) if one is not None]
    models = [_model(one, number, summary, strings) for number, one in enumerate(insights)]
    models = [one for one in models if one["importances"] or one["notes"]]
    if not models and summary.disagreement is None:
        return None
    top = [one.columns[0] for one in insights[0].importances[:3] if one.mean > 0.0] if insights else []
    names = {"model": insights[0].model or "" if insights else summary.verdict.recommended, "columns": ", ".join(top)}
    return {
        "contents": strings("inspection.contents_top" if top else "inspection.contents", **names),
        "models": models,
        "disagreement": None if summary.disagreement is None else _disagreement(summary.disagreement, strings),
    }


def _model(insight: Insight, number: int, summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe one inspection; parts without results are empty, and notes say why."""
    metric = summary.columns[0].label
    decimals = score_decimals(summary)
    shown, rest = insight.importances[:MOST_BARS], insight.importances[MOST_BARS:]
    loss = at_least_one_digit(rest[0].mean, decimals) if rest else ""
    return {
        "title": strings("inspection.title" if number == 0 else "inspection.title_leader", model=insight.model),
        "note": strings("inspection.note", metric=metric, folds=insight.n_folds, repeats=insight.n_repeats, same=_SAME),
        "picture": f"importance-{number}",
        "importances": [_importance_line(one, decimals) for one in shown],  # for Markdown
        "more": strings("inspection.more", n=len(rest), loss=loss) if rest else None,
        "together": _together(insight, strings) if insight.importances else None,
        "dependences": [f"dependence-{number}-{index}" for index in range(len(insight.dependence))],
        "notes": [_inspection_note(note, metric, strings) for note in insight.notes],
    }


def _importance_line(importance: Importance, decimals: int) -> tuple[str, str, str]:
    spread = importance.spread
    return (
        " + ".join(importance.columns),
        at_least_one_digit(importance.mean, decimals),
        at_least_one_digit(spread, decimals) if spread else fixed(spread, decimals),
    )


def _together(insight: Insight, strings: Strings) -> str | None:
    if not insight.correlated:
        return None
    pairs = [
        strings("inspection.pair", first=pair.first, second=pair.second, strength=fixed(pair.strength, 2))
        for pair in insight.correlated[:_MOST_PAIRS]
    ]
    n_more = len(insight.correlated) - _MOST_PAIRS
    more = [strings("inspection.pairs_more", n=count(n_more))] if n_more > 0 else []
    return strings("inspection.together_note", same=_SAME, pairs=", ".join([*pairs, *more]))


def _inspection_note(note: Reason, metric: str, strings: Strings) -> str:
    values = {**note.values, "metric": metric}
    values |= {name: seconds(values[name]) for name in ("seconds", "limit") if name in values}
    return strings(key, **values) if strings.has(key := f"inspection_note.{note.code}") else note.code


def _disagreement(disagreement: Disagreement, strings: Strings) -> dict[str, Any]:
    """Describe how often two models agree, and rows on which they do not."""
    names = {"first": disagreement.first, "second": disagreement.second, "n": count(disagreement.n_rows)}
    numbers, rows = disagreement.n_different is None, disagreement.rows
    columns = list(rows[0].columns) if rows else []
    rows_note = "inspection.rows_numbers" if numbers else "inspection.rows_classes"
    return {
        "title": strings("inspection.disagreement", **names),
        "sentence": _of_numbers(disagreement, names, strings) if numbers else _of_classes(disagreement, names, strings),
        "rows_note": strings(rows_note, n=len(rows)) if rows else "",
        "headings": [strings("inspection.row"), strings("inspection.actual"), *list(names.values())[:2], *columns],
        "rows": [_row(row, columns, _decimals(rows) if numbers else None) for row in rows],
    }


def _decimals(rows: list[DisputedRow]) -> int:
    """Decimals of a target and its predictions: those that show three digits of the largest difference."""
    differences = [abs(row.first - row.second) for row in rows if row.first is not None and row.second is not None]
    return decimals_of(max(differences, default=0.0), 3)


def _of_numbers(disagreement: Disagreement, names: dict[str, str], strings: Strings) -> str:
    key = "inspection.numbers_uncorrelated" if disagreement.error_correlation is None else "inspection.numbers"
    correlation = fixed(disagreement.error_correlation, 2)
    return strings(key, correlation=correlation, share=share(disagreement.first_nearer or 0.0), **names)


def _of_classes(disagreement: Disagreement, names: dict[str, str], strings: Strings) -> str:
    if not disagreement.n_different:
        return strings("inspection.same", **names)
    return strings(
        "inspection.classes",
        different=count(disagreement.n_different),
        share=share(disagreement.n_different / disagreement.n_rows),
        first_right=count(disagreement.first_right or 0),
        second_right=count(disagreement.second_right or 0),
        **names,
    )


def _row(row: DisputedRow, columns: list[str], decimals: int | None) -> tuple[str, ...]:
    """Format a row; the target and its predictions with these decimals if they are numbers."""
    answers = [row.actual, row.first, row.second]
    shown = [_value(value) if decimals is None else fixed(value, decimals) for value in answers]
    return (count(row.row), *shown, *(_value(row.columns.get(name)) for name in columns))


def _value(value: Any) -> str:
    """Format a cell: a number with four digits, a shortened text."""
    # NaN alone differs from itself; this test works for NumPy and Python numbers and for text.
    if value is None or value != value:  # noqa: PLR0124 - what is no number is not itself
        return ""
    if isinstance(value, float):
        return short(value, 4)
    text = str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
