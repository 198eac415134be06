"""Errors in a pipeline file, with positions: all problems of a file make one exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skdl.exceptions import PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["KeyPath", "Position", "Positions", "Problem", "raise_problems", "shorten"]

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
    """The position of each key and each value of a document.

    All instances compare as equal: two pipelines with the same content are equal, whatever files they come from.
    """

    file: str = field(default="pipeline", compare=False)
    keys: Mapping[KeyPath, Position] = field(default_factory=dict, compare=False, repr=False)
    values: Mapping[KeyPath, Position] = field(default_factory=dict, compare=False, repr=False)

    def of(self, path: KeyPath, *, at_key: bool) -> Position:
        """Return the position of a key or value; of its nearest parent where it is not in the document."""
        for end in range(len(path), 0, -1):
            parent = path[:end]
            table = self.keys if at_key or end < len(path) else self.values
            # A list element has no key, so its position is that of its value.
            position = table.get(parent) or self.values.get(parent)
            if position:
                return position
        return Position(self.file, 1, 1) if self.keys else Position(self.file)


@dataclass(frozen=True)
class Problem:
    """One error in a file.

    Attributes
    ----------
    path : tuple
        The keys that lead to it.
    message : str
        What must be, and what was found instead.
    at_key : bool
        Whether the key is wrong, rather than its value.
    is_wrong_task : bool
        Whether it is a model for the other task.
    """

    path: KeyPath
    message: str
    at_key: bool = False
    is_wrong_task: bool = False


def raise_problems(problems: Iterable[Problem], positions: Positions) -> None:
    """Raise all problems as one error, a line each, in the order of the file; return where there are none.

    Parameters
    ----------
    problems : iterable of Problem
        Equal lines are shown once.
    positions : Positions
        Where the keys are.

    Raises
    ------
    PipelineFileError
        If there is a problem.
    """
    located = {
        (positions.of(problem.path, at_key=problem.at_key), _dotted(problem.path), problem.message)
        for problem in problems
    }
    if located:
        lines = [
            f"{position}: {path}: {shorten(message)}" if path else f"{position}: {shorten(message)}"
            for position, path, message in sorted(located)
        ]
        raise PipelineFileError("\n".join(_first_lines(lines)))


def shorten(text: str, max_length: int = _MAX_VALUE_LENGTH) -> str:
    r"""Cut text of a file in the middle and escape what a terminal cannot print.

    Examples
    --------
    >>> shorten("a" * 50 + "\x1b", max_length=20)
    'aaaaaaaaaa ... aaaaa\\x1b'
    """
    if len(text) > max_length:
        text = f"{text[: max_length // 2]} ... {text[-(max_length * 3 // 10) :]}"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _first_lines(lines: list[str]) -> list[str]:
    """Return as many lines as one message takes, at least one, and count the others."""
    length = 0
    for number, line in enumerate(lines):
        length += len(line)
        if number and length > _MAX_MESSAGE_LENGTH:
            return [*lines[:number], f"... and {len(lines) - number:,} problems more."]
    return lines


def _dotted(path: KeyPath) -> str:
    return shorten(".".join(str(step) for step in path), 120)
