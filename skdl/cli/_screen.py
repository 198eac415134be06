"""Output on the terminal: console, progress of scoring, and the result of a comparison."""

from __future__ import annotations

import os
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from skdl.cli._escape import escape_control

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from rich.console import ConsoleOptions

    from skdl._note import Note
    from skdl.comparison import Comparison
    from skdl.results import ModelRow, Summary
    from skdl.scoring import ScoreProgress

__all__ = ["RowProgress", "SafeConsole", "console", "show_comparison", "show_notes"]

_NOTES_SHOWN = 8
_ANY_WIDTH = 10_000
_PLAIN_WIDTH = 120  # where the output is not a terminal, do not cut tables to 80 columns


class SafeConsole(Console):
    """Console that prints text literally, escapes control characters, and raises BrokenPipeError instead of exiting."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Escape control characters in everything that is printed."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else escape_control(text, keep="\n"), style, control)

    def on_broken_pipe(self) -> None:
        """Raise; rich itself would end the process."""
        raise BrokenPipeError


def console() -> Console:
    """Console for results: as wide as the terminal, or 120 columns where the output is a file."""
    made = SafeConsole()
    width = os.environ.get("COLUMNS", "")
    wide = int(width) if width.isdecimal() and int(width) else _PLAIN_WIDTH
    return made if made.is_terminal else SafeConsole(width=wide)


class RowProgress:
    """Progress bar of rows with the remaining time; hidden without a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("scoring"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not Console(stderr=True).is_terminal,
        )
        self._task = self._bar.add_task("rows", total=None, rate="")
        self._began = monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def on_progress(self, now: ScoreProgress) -> None:
        """Update the bar."""
        pace = (now.n_rows - now.n_resumed) / max(monotonic() - self._began, 1e-9)
        total = None if now.share is None else 1.0
        rate = f"{now.n_rows:,} rows, {pace:,.0f} a second"
        self._bar.update(self._task, completed=now.share or 0.0, total=total, rate=rate)


def show_comparison(comparison: Comparison, *, quiet: bool, lang: str = "en") -> None:
    """Print leaderboard, verdict, paths and the next command."""
    from skdl.report import detectable_sentence, edge_sentences, first_meaning, verdict_sentence

    screen = console()
    if not quiet:
        screen.print()
        screen.print(_standings(comparison.summary, screen))
        for row in comparison.summary.models:
            if row.error is not None:
                screen.print(Text.assemble((f"{row.model} failed: ", "red"), str(row.error)))
        show_notes([*comparison.summary.data.notes, *edge_sentences(comparison.summary)])
    screen.print()
    screen.print(Text(verdict_sentence(comparison.summary, lang), style="bold"), soft_wrap=not screen.is_terminal)
    beneath = [] if quiet else [first_meaning(comparison.summary, lang), detectable_sentence(comparison.summary, lang)]
    for sentence in beneath:
        if sentence is not None:
            screen.print(Text(sentence), soft_wrap=not screen.is_terminal)
    if comparison.folder is None or quiet:
        return
    screen.print()
    where = Table.grid(padding=(0, 2))
    where.add_row("Report", str(comparison.folder / "report.html"))
    where.add_row("Model", str(comparison.folder / "model"))
    where.add_row("Its pin", str(comparison.model_pin))
    if comparison.summary.saved is not None and comparison.summary.saved.needs_keras:
        where.add_row("It needs", "Keras to predict: a network has layers without a NumPy equivalent")
    screen.print(where)
    screen.print()
    screen.print("Score a table with this model:")
    model = quote(str(comparison.folder / "model"))
    screen.print(
        Text(f"  skdl score {model} INPUT.csv --out scores --sha256 {comparison.model_pin}"),
        soft_wrap=True,
    )


def show_notes(notes: Sequence[Note | str]) -> None:
    """Print the first notes on decisions about the table."""
    screen = console()
    for note in notes[:_NOTES_SHOWN]:
        screen.print(Text.assemble(("note: ", "yellow"), str(note)))
    if len(notes) > _NOTES_SHOWN:
        screen.print(Text(f"and {len(notes) - _NOTES_SHOWN} more notes in the report", style="dim"))


def _standings(summary: Summary, screen: Console) -> Table:
    """Leaderboard with as many further metrics as the terminal has room for."""
    others = [column.name for column in summary.columns[1:]]
    table = _standings_with(summary, others)
    unbounded = screen.options.update(max_width=_ANY_WIDTH)  # otherwise the measured width is cut to the screen
    while others and screen.measure(table, options=unbounded).maximum > screen.width:
        others.pop()
        table = _standings_with(summary, others)
    return table


def _standings_with(summary: Summary, others: list[str]) -> Table:
    first, labels = summary.columns[0], {column.name: column.label for column in summary.columns}
    table = Table(
        title=f"{summary.name}: {_protocol(summary)}", title_justify="left", title_style="", box=None, pad_edge=False
    )
    table.add_column("", justify="right")
    table.add_column("model", no_wrap=True)
    table.add_column("tied", style="dim", no_wrap=True)
    table.add_column(first.label, justify="right", no_wrap=True)
    table.add_column("95 % CI", justify="right", no_wrap=True, style="dim")
    for name in others:
        table.add_column(labels[name], justify="right", no_wrap=True)
    table.add_column("fit s", justify="right", style="dim", no_wrap=True)
    table.add_column("predict ms", justify="right", style="dim", no_wrap=True)
    for row in summary.models:
        style = (
            "bold" if row.model == summary.verdict.recommended else "dim" if row.is_dummy or row.rank is None else ""
        )
        table.add_row(*_cells(row, first.name, others), style=style)
    return table


def _cells(row: ModelRow, first: str, others: list[str]) -> list[str]:
    score = row.scores[first]
    return [
        "" if row.rank is None else str(row.rank),
        row.model,
        row.group,
        _number(score.mean),
        "" if score.low is None else f"{_number(score.low)} to {_number(score.high)}",
        *(_number(row.scores[name].mean) for name in others),
        "-" if row.fit_s is None else f"{row.fit_s:.3g}",
        "-" if row.predict_s is None else f"{row.predict_s * 1000:.3g}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:#.4g}".rstrip(".")  # noqa: PLR0124 - NaN is not equal to itself


def _protocol(summary: Summary) -> str:
    from skdl.report import splits_line

    table = f"{summary.data.n_rows:,} rows, {summary.data.n_columns} columns"
    return f"{table}, {splits_line(summary.protocol)}"
