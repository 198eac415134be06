"""Errors in a pipeline file, with positions: all problems of a file make one exception."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from skdl._note import Note
from skdl._terminal_text import escape_control
from skdl.exceptions import PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Limits of what a message shows: of one value of the file, and of all problems together.
_MAX_VALUE_LENGTH = 900
_MAX_MESSAGE_LENGTH = 4000

# The keys and list indices that lead from the top of a document to a value.
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Position:
    """A file with line and column, both from 1; or the text of an override (line 0)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Positions:
    """The positions of each key and its value in a document; an element of a list has that of its value twice.

    All instances compare as equal: two pipelines with the same content are equal, whatever files they come from.
    """

    file: str = field(default="pipeline", compare=False)
    by_path: Mapping[KeyPath, tuple[Position, Position]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, path: KeyPath, *, at_key: bool) -> Position:
        """Return the position of a key or value; of its nearest parent where it is not in the document."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.by_path:
                of_key, of_value = self.by_path[path[:end]]
                return of_key if at_key or end < len(path) else of_value
        return Position(self.file, 1, 1) if self.by_path else Position(self.file)


@dataclass(frozen=True)
class Problem:
    """One error in a file: the keys that lead to it, and what must be there."""

    path: KeyPath
    message: Note | str
    at_key: bool = False  # whether the key is wrong, rather than its value
    is_wrong_task: bool = False  # whether it is a model for the other task


def raise_problems(problems: Iterable[Problem], positions: Positions) -> None:
    """Raise all problems as one error, a line each, in the order of the file; return where there are none."""
    located = {
        (
            positions.of(problem.path, at_key=problem.at_key),
            shorten(".".join(map(str, problem.path)), 120),
            str(problem.message),
        ): problem.message
        for problem in problems
    }
    notes = [
        Note("problem", f"{where}: {shorten(text)}", {"where": where, "problem": message})
        for (position, path, text), message in sorted(located.items(), key=itemgetter(0))
        for where in [f"{position}: {path}" if path else str(position)]
    ]
    lines = [note.text for note in notes]
    if lines:
        # As many lines as one message takes, at least one; the others are counted.
        n_shown = max(1, bisect_right(list(accumulate(map(len, lines))), _MAX_MESSAGE_LENGTH))
        if n_shown < len(lines):
            notes[n_shown:] = [Note.of("more_problems", "... and {n:,} problems more.", n=len(lines) - n_shown)]
        raise PipelineFileError(Note("problems", "\n".join(map(str, notes)), {"problems": notes}))


def shorten(text: str, max_length: int = _MAX_VALUE_LENGTH) -> str:
    r"""Cut text of a file in the middle and escape what a terminal cannot print.

    Examples
    --------
    >>> shorten("a" * 50 + "\x1b", max_length=20)
    'aaaaaaaaaa ... aaaaa\\x1b'
    """
    if len(text) > max_length:
        text = f"{text[: max_length // 2]} ... {text[-(max_length * 3 // 10) :]}"
    return escape_control(text)
