"""Notes: sentences of a layer for people, in a form that a report can translate.

The layer that finds something writes it in English, since commands and messages show it too. The report translates it
by its code and values (``skdl/report/strings``, group ``note``). Text from elsewhere, such as a library's warning,
stays a plain ``str``. An exception that people meet on the command line carries a note as its only argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Note", "TextPattern", "note_of", "note_of_text"]


@dataclass(frozen=True)
class Note:
    """A sentence: its code, its English text, and the values that are in it.

    Values are plain (text, numbers, lists of them), since they are written to ``results.json`` and read again; those of
    an exception's note may also be notes or lists of notes.

    Examples
    --------
    >>> print(Note("no_target", "2 rows have no target", {"n": 2}))
    2 rows have no target
    """

    code: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, code: str, template: str, /, **values: Any) -> Self:
        """Make a note whose English text is a template, filled with the values.

        Examples
        --------
        >>> print(Note.of("no_target", "{n:,} rows have no target", n=2000))
        2,000 rows have no target
        """
        return cls(code, template.format(**values), values)

    def __str__(self) -> str:
        return self.text

    def within(self, code: str, text: str, **more: Any) -> Note:
        """Make a note that contains this one: it has the values of both.

        Examples
        --------
        >>> reason = Note("one_value", "holds one value only")
        >>> reason.within("left_out", f"left out: 'planet' {reason}", columns="'planet'").values
        {'columns': "'planet'"}
        """
        return Note(code, text, {**self.values, **more})


def note_of(error: BaseException) -> Note | str:
    """Return the note that an exception carries, or its text.

    Examples
    --------
    >>> note_of(ValueError(Note("no_target", "2 rows have no target", {"n": 2}))).code
    'no_target'
    >>> note_of(ValueError("plain"))
    'plain'
    """
    return error.args[0] if error.args and isinstance(error.args[0], Note) else str(error)


@dataclass(frozen=True)
class TextPattern:
    """The pattern of a library's text, whose groups are the values of its note, and the code of the note."""

    code: str
    pattern: str


def note_of_text(text: str, patterns: Iterable[TextPattern]) -> Note | str:
    """Return a library's text as the note of the first pattern that fits, or as it is.

    Examples
    --------
    >>> note_of_text("No such option: --jbs", [TextPattern("no_option", r"No such option: (?P<name>.+)")]).values
    {'name': '--jbs'}
    """
    found = ((one.code, re.fullmatch(one.pattern, text)) for one in patterns)
    return next((Note(code, text, match.groupdict()) for code, match in found if match), text)
