"""What a layer has to say to people, in a form that a report can say in another language.

English is written where a thing is found, since commands and messages show it too; the code and the values beside it
are what another language is made from (``skdl/report/words``, group ``note``). What comes from elsewhere, as a warning
of a library, stays a plain ``str``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Note"]


@dataclass(frozen=True)
class Note:
    """A sentence: its code, the sentence in English, and the values that it is made of.

    Values are plain (text, numbers, lists of them), for they are written to ``results.json`` and read again.

    Examples
    --------
    >>> print(Note("no_target", "2 rows have no target", {"n": 2}))
    2 rows have no target
    """

    code: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def within(self, code: str, text: str, **more: Any) -> Note:
        """Make the note that this one is a part of: it has the values of both.

        Examples
        --------
        >>> reason = Note("one_value", "holds one value only")
        >>> reason.within("left_out", f"left out: 'planet' {reason}", columns="'planet'").values
        {'columns': "'planet'"}
        """
        return Note(code, text, {**self.values, **more})
