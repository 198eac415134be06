"""What is wrong with a pipeline file, and where: many faults, one error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skdl.exceptions import PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Fault", "KeyPath", "Place", "Places", "raise_faults", "short"]

# A message is read by people: what a file holds is shown up to so many characters, and so much is said at once.
_MOST_SHOWN = 900
_MOST_SAID = 4000

# The way from the top of a document to a key or a list item.
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file with line and column, both from 1, or an override as it was given (line 0)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Places:
    """Where each key and each value of a document stands.

    All of them count as equal, so that two pipelines are equal when they say the same, wherever they say it.
    """

    file: str = field(default="pipeline", compare=False)
    keys: Mapping[KeyPath, Place] = field(default_factory=dict, compare=False, repr=False)
    values: Mapping[KeyPath, Place] = field(default_factory=dict, compare=False, repr=False)

    def of(self, path: KeyPath, *, at_key: bool) -> Place:
        """Give the place of a key or value; of the nearest thing around it where it is not in the document."""
        for end in range(len(path), 0, -1):
            around = path[:end]
            table = self.keys if at_key or end < len(path) else self.values
            place = table.get(around) or self.values.get(around)
            if place:
                return place
        return Place(self.file, 1, 1) if self.keys else Place(self.file)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the way to it, what it is, and whether the key or its value is at fault."""

    path: KeyPath
    message: str
    at_key: bool = False


def raise_faults(faults: Iterable[Fault], places: Places) -> None:
    """Raise all faults as one error, a line each, in the order of the file; nothing where there are none.

    Parameters
    ----------
    faults : iterable of Fault
        What was found; the same line is said once.
    places : Places
        Where the keys stand.

    Raises
    ------
    PipelineFileError
        If there is any fault.
    """
    located = {(places.of(fault.path, at_key=fault.at_key), _dotted(fault.path), fault.message) for fault in faults}
    if located:
        lines = [
            f"{place}: {path}: {short(message)}" if path else f"{place}: {short(message)}"
            for place, path, message in sorted(located)
        ]
        raise PipelineFileError("\n".join(_first(lines)))


def short(text: str, most: int = _MOST_SHOWN) -> str:
    r"""Give text that holds what a file says as a terminal can show it: cut in the middle, nothing unprintable.

    Examples
    --------
    >>> short("a" * 50 + "\x1b", most=20)
    'aaaaaaaaaa ... aaaaa\\x1b'
    """
    if len(text) > most:
        text = f"{text[: most // 2]} ... {text[-(most * 3 // 10) :]}"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _first(lines: list[str]) -> list[str]:
    """Give as many lines as one message takes, one at least, and say how many there are besides."""
    said = 0
    for number, line in enumerate(lines):
        said += len(line)
        if number and said > _MOST_SAID:
            return [*lines[:number], f"... and {len(lines) - number:,} faults more."]
    return lines


def _dotted(path: KeyPath) -> str:
    return short(".".join(str(step) for step in path), 120)
