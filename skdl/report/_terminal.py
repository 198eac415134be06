"""A comparison as plain text: its leaderboard as a table of the terminal, and the short text of `print(comparison)`."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Column, Table

from skdl._terminal_text import escape_control
from skdl.report._format import seconds
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections._scores import interval_text, score_decimals, score_text
from skdl.report.sections.ship.text import saved_sentence
from skdl.report.sections.slices.text import slices_sentence
from skdl.report.sections.verdict.text import splits_line, verdict_paragraphs, warning_sentences

if TYPE_CHECKING:
    from skdl.results import Summary

_ANY_WIDTH = 10_000
_TEXT_WIDTH = 100
_NAME_WIDTH = 30
_MOST_MODELS = 30
_NUMBERS: dict[str, Any] = {"justify": "right", "no_wrap": True}


def leaderboard_table(summary: Summary, screen: Console, *, brief: bool = False) -> Group:
    """Leaderboard under a title, with as many metrics as the screen has room for.

    ``brief`` leaves out the time to predict, and cuts long names. The language is that of the comparison.
    """
    strings = strings_of(summary.lang)
    summary = translate_summary(summary, strings)
    unbounded = screen.options.update(max_width=_ANY_WIDTH)  # otherwise the measured width is cut to the screen
    n_metrics = len(summary.columns)
    table = _table(summary, n_metrics, brief=brief)
    while n_metrics > 1 and screen.measure(table, options=unbounded).maximum > screen.width:
        n_metrics -= 1
        table = _table(summary, n_metrics, brief=brief)
    title = strings(
        "terminal.size",
        name=summary.name,
        rows=f"{summary.data.n_rows:,}",
        columns=str(summary.data.n_columns),
        splits=splits_line(summary.protocol, strings.lang),
    )
    return Group(escape_control(title), table)


def _table(summary: Summary, n_metrics: int, *, brief: bool) -> Table:
    columns, strings = summary.columns[:n_metrics], strings_of(summary.lang)
    table = Table(
        Column(justify="right"),
        Column(strings("terminal.model"), no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH if brief else None),
        Column(columns[0].label, **_NUMBERS),
        Column(strings("terminal.interval"), style="dim", **_NUMBERS),
        *(Column(other.label, **_NUMBERS) for other in columns[1:]),
        Column(strings("terminal.fit"), style="dim", **_NUMBERS),
        *([] if brief else [Column(strings("terminal.predict"), style="dim", **_NUMBERS)]),
        box=None,
        pad_edge=False,
    )
    for row in summary.models[:_MOST_MODELS] if brief else summary.models:
        style = "dim" if row.is_dummy or row.rank is None else ""
        ranking, decimals = row.scores[columns[0].name], score_decimals(summary)
        first, *others = (score_text(summary, column.name, row.scores[column.name].mean) for column in columns)
        table.add_row(
            "" if row.rank is None else str(row.rank),
            escape_control(row.model),
            first,
            "" if ranking.low is None else interval_text(ranking.low, ranking.high, decimals, strings),
            *others,
            seconds(row.fit_s),
            *([] if brief else [seconds(row.s_per_1000_rows, per_second=1000.0)]),
            style="bold" if row.model == summary.verdict.recommended else style,
        )
    return table


def render_text(summary: Summary) -> str:
    """Render the leaderboard and the verdict as a short text of 100 columns; control characters are escaped."""
    text, lang, strings = StringIO(), summary.lang, strings_of(summary.lang)
    # Without colours, whatever the environment asks for: a text may be written to a file.
    screen = Console(file=text, width=_TEXT_WIDTH, highlight=False, markup=False, emoji=False, color_system=None)
    screen.print(leaderboard_table(summary, screen, brief=True))
    n_more = len(summary.models) - _MOST_MODELS
    if n_more > 0:
        screen.print(strings("terminal.more_models", n=n_more))
    screen.print()
    verdict = (*verdict_paragraphs(summary, lang), slices_sentence(summary, lang), saved_sentence(summary, lang))
    for sentence in (*warning_sentences(summary, lang), *verdict):
        if sentence is not None:
            screen.print(escape_control(strings.set_spacing(sentence)))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())
