"""Model inspection as text: importances, correlated columns, and rows on which the two best models disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl.report._format import at_least_one_digit, count, decimals_for, fixed, seconds, share, short
from skdl.report.sections.inspection.plot import MOST_BARS

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import Disagreement, DisputedRow, Insight, Reason, Summary


_SAME = "0.9"
_MOST_PAIRS = 6
_SHORT = 24  # characters of a value in a table


@dataclass(frozen=True)
class DisagreementText:
    """How often the two best models agree, and rows on which they do not."""

    title: str
    sentence: str
    rows_note: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class InspectionSection:
    """Parts without results are empty or None; ``notes`` explain why."""

    title: str | None
    note: str
    importances: tuple[tuple[str, str, str], ...]  # (columns, mean, spread), for Markdown
    more: str | None
    together: str | None
    dependences: tuple[str, ...]  # columns, with a picture each
    disagreement: DisagreementText | None
    notes: tuple[str, ...]


def describe(summary: Summary, strings: Strings) -> InspectionSection | None:
    """Describe the model inspection; None without results."""
    insight = summary.insight
    if insight is None or not (insight.importances or insight.disagreement or insight.notes):
        return None
    metric = summary.columns[0]
    decimals = decimals_for(row.scores[metric.name] for row in summary.models if metric.name in row.scores)
    shown, rest = insight.importances[:MOST_BARS], insight.importances[MOST_BARS:]
    more = None
    if rest:
        more = strings("inspection.more", n=len(rest), loss=at_least_one_digit(rest[0].mean, decimals))
    return InspectionSection(
        title=strings("inspection.title", model=insight.model) if insight.importances else None,
        note=_note(insight, metric.label, strings),
        importances=tuple(
            (
                " + ".join(importance.columns),
                at_least_one_digit(importance.mean, decimals),
                fixed(importance.spread, decimals)
                if not importance.spread
                else at_least_one_digit(importance.spread, decimals),
            )
            for importance in shown
        ),
        more=more,
        together=_together(insight, strings),
        dependences=tuple(dependence.column for dependence in insight.dependence),
        disagreement=None if insight.disagreement is None else _disagreement(insight.disagreement, strings),
        notes=tuple(_inspection_note(note, metric.label, strings) for note in insight.notes),
    )


def _note(insight: Insight, metric: str, strings: Strings) -> str:
    return strings("inspection.note", metric=metric, folds=insight.n_folds, repeats=insight.n_repeats, same=_SAME)


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
    if "seconds" in values:
        values["seconds"] = seconds(values["seconds"])
    return (
        strings(f"inspection_note.{note.code}", **values) if strings.has(f"inspection_note.{note.code}") else note.code
    )


def _disagreement(disagreement: Disagreement, strings: Strings) -> DisagreementText:
    names = {"leader": disagreement.leader, "runner_up": disagreement.runner_up, "n": count(disagreement.n_rows)}
    numbers = disagreement.n_different is None
    columns = list(disagreement.rows[0].columns) if disagreement.rows else []
    headings = (
        strings("inspection.row"),
        strings("inspection.actual"),
        disagreement.leader,
        disagreement.runner_up,
        *columns,
    )
    return DisagreementText(
        title=strings("inspection.disagreement", **names),
        sentence=_of_numbers(disagreement, names, strings) if numbers else _of_classes(disagreement, names, strings),
        rows_note=strings("inspection.rows_numbers" if numbers else "inspection.rows_classes", n=len(disagreement.rows))
        if disagreement.rows
        else "",
        headings=headings,
        rows=tuple(_row(row, columns) for row in disagreement.rows),
    )


def _of_numbers(disagreement: Disagreement, names: dict[str, str], strings: Strings) -> str:
    key = "inspection.numbers_uncorrelated" if disagreement.error_correlation is None else "inspection.numbers"
    correlation = fixed(disagreement.error_correlation, 2)
    return strings(key, correlation=correlation, share=share(disagreement.leader_nearer or 0.0), **names)


def _of_classes(disagreement: Disagreement, names: dict[str, str], strings: Strings) -> str:
    if not disagreement.n_different:
        return strings("inspection.same", **names)
    return strings(
        "inspection.classes",
        different=count(disagreement.n_different),
        share=share(disagreement.n_different / disagreement.n_rows),
        leader_right=count(disagreement.leader_right or 0),
        runner_up_right=count(disagreement.runner_up_right or 0),
        **names,
    )


def _row(row: DisputedRow, columns: list[str]) -> tuple[str, ...]:
    values = [row.actual, row.leader, row.runner_up, *(row.columns.get(name) for name in columns)]
    return (count(row.row), *(_value(value) for value in values))


def _value(value: Any) -> str:
    """Format a cell: a number with four digits, a shortened text."""
    # NaN alone differs from itself; this test works for NumPy and Python numbers and for text.
    if value is None or value != value:  # noqa: PLR0124 - what is no number is not itself
        return ""
    if isinstance(value, float):
        return short(value, 4)
    text = str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
