"""Output on the terminal. Names and values come from files: control characters in them could steer the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from skdl._terminal_text import escape_control

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import ConsoleOptions

    from skdl._note import Note
    from skdl.report import Strings

NUMBERS: dict[str, Any] = {"justify": "right", "no_wrap": True}  # of a column
_NOTES_SHOWN = 8
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


def facts(rows: Iterable[tuple[str, ...]]) -> Table:
    """Grid of one fact a row: name, value and, where it has one, style."""
    grid = Table.grid(Column(style="dim", no_wrap=True), Column(overflow="fold"), padding=(0, 2))
    for name, value, *style in rows:
        grid.add_row(escape_control(name), Text(escape_control(value), *style))
    return grid


def plain_table(*columns: Column, show_header: bool = True) -> Table:
    """Table without lines."""
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=show_header)


def show_notes(notes: Sequence[Note | str], lang: str = "en", *, n_shown: int = _NOTES_SHOWN) -> None:
    """Print the first notes on decisions about the table."""
    from skdl.report import strings_of

    screen, strings = console(), strings_of(lang)
    for note in notes[:n_shown]:
        screen.print(Text.assemble((strings("terminal.note"), "yellow"), strings.translate(note)))
    if len(notes) > n_shown:
        screen.print(Text(strings("terminal.more_notes", n=len(notes) - n_shown), style="dim"))


def list_first(names: Sequence[str], n_shown: int, strings: Strings) -> str:
    """List the first names and the number of the others.

    >>> from skdl.report import strings_of
    >>> list_first(["a", "b", "c"], 2, strings_of("en"))
    'a, b and 1 more'
    """
    shown, n_more = ", ".join(names[:n_shown]), len(names) - n_shown
    return strings("terminal.names_more", names=shown, n=f"{n_more:,}") if n_more > 0 else shown
