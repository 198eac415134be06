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
    """How far the two best agree, and rows on which they do not."""

    title: str
    sentence: str
    rows_note: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class InspectionSection:
    """What is left out is empty or None; ``notes`` say why."""

    title: str | None
    note: str
    importances: tuple[tuple[str, str, str], ...]  # (columns, mean, spread), for where no picture is seen
    more: str | None
    together: str | None
    dependences: tuple[str, ...]  # columns, a picture each
    disagreement: DisagreementText | None
    notes: tuple[str, ...]


def describe(summary: Summary, strings: Strings) -> InspectionSection | None:
    """Say why the recommended model answers as it does; None where nothing is known."""
    found = summary.insight
    if found is None or not (found.importances or found.disagreement or found.notes):
        return None
    metric = summary.columns[0]
    decimals = decimals_for(row.scores[metric.name] for row in summary.models if metric.name in row.scores)
    shown, rest = found.importances[:MOST_BARS], found.importances[MOST_BARS:]
    more = None
    if rest:
        more = strings("inspection.more", n=len(rest), loss=at_least_one_digit(rest[0].mean, decimals))
    return InspectionSection(
        title=strings("inspection.title", model=found.model) if found.importances else None,
        note=_note(found, metric.label, strings),
        importances=tuple(
            (
                " + ".join(one.columns),
                at_least_one_digit(one.mean, decimals),
                fixed(one.spread, decimals) if not one.spread else at_least_one_digit(one.spread, decimals),
            )
            for one in shown
        ),
        more=more,
        together=_together(found, strings),
        dependences=tuple(one.column for one in found.dependence),
        disagreement=None if found.disagreement is None else _disagreement(found.disagreement, strings),
        notes=tuple(_inspection_note(note, metric.label, strings) for note in found.notes),
    )


def _note(found: Insight, metric: str, strings: Strings) -> str:
    return strings("inspection.note", metric=metric, folds=found.n_folds, repeats=found.n_repeats, same=_SAME)


def _together(found: Insight, strings: Strings) -> str | None:
    if not found.correlated:
        return None
    pairs = [
        strings("inspection.pair", first=pair.first, second=pair.second, strength=fixed(pair.strength, 2))
        for pair in found.correlated[:_MOST_PAIRS]
    ]
    n_more = len(found.correlated) - _MOST_PAIRS
    more = [strings("inspection.pairs_more", n=count(n_more))] if n_more > 0 else []
    return strings("inspection.together_note", same=_SAME, pairs=", ".join([*pairs, *more]))


def _inspection_note(note: Reason, metric: str, strings: Strings) -> str:
    values = {**note.values, "metric": metric}
    if "seconds" in values:
        values["seconds"] = seconds(values["seconds"])
    return (
        strings(f"inspection_note.{note.code}", **values) if strings.has(f"inspection_note.{note.code}") else note.code
    )


def _disagreement(found: Disagreement, strings: Strings) -> DisagreementText:
    names = {"leader": found.leader, "runner_up": found.runner_up, "n": count(found.n_rows)}
    numbers = found.n_different is None
    columns = list(found.rows[0].columns) if found.rows else []
    headings = (strings("inspection.row"), strings("inspection.actual"), found.leader, found.runner_up, *columns)
    return DisagreementText(
        title=strings("inspection.disagreement", **names),
        sentence=_of_numbers(found, names, strings) if numbers else _of_classes(found, names, strings),
        rows_note=strings("inspection.rows_numbers" if numbers else "inspection.rows_classes", n=len(found.rows))
        if found.rows
        else "",
        headings=headings,
        rows=tuple(_row(row, columns) for row in found.rows),
    )


def _of_numbers(found: Disagreement, names: dict[str, str], strings: Strings) -> str:
    key = "inspection.numbers_uncorrelated" if found.error_correlation is None else "inspection.numbers"
    correlation = fixed(found.error_correlation, 2)
    return strings(key, correlation=correlation, share=share(found.leader_nearer or 0.0), **names)


def _of_classes(found: Disagreement, names: dict[str, str], strings: Strings) -> str:
    if not found.n_different:
        return strings("inspection.same", **names)
    return strings(
        "inspection.classes",
        different=count(found.n_different),
        share=share(found.n_different / found.n_rows),
        leader_right=count(found.leader_right or 0),
        runner_up_right=count(found.runner_up_right or 0),
        **names,
    )


def _row(row: DisputedRow, columns: list[str]) -> tuple[str, ...]:
    values = [row.actual, row.leader, row.runner_up, *(row.columns.get(name) for name in columns)]
    return (count(row.row), *(_value(value) for value in values))


def _value(value: Any) -> str:
    """Write a cell: a number with four digits, a text cut short."""
    if value is None or value != value:  # noqa: PLR0124 - what is no number is not itself
        return ""
    if isinstance(value, float):
        return short(value, 4)
    text = str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
