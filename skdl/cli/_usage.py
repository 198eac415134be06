"""Typer's errors about the arguments of a command, as notes that can be translated."""

from __future__ import annotations

import re
from dataclasses import dataclass

import typer

from skdl._note import Note


@dataclass(frozen=True)
class _Usage:
    """The code of an error, and the pattern of its English text, whose groups are the values of the note."""

    code: str
    pattern: str


# Typer has no translations of its own. A text that no pattern fits stays English.
_ERRORS = (
    _Usage("usage_no_option_near", r"No such option: (?P<name>\S+) \(Possible options: (?P<known>.+)\)"),
    _Usage("usage_no_option", r"No such option: (?P<name>\S+)"),
    _Usage("usage_no_command_near", r"No such command (?P<name>'.*?')\. Did you mean (?P<known>.+)\?"),
    _Usage("usage_no_command", r"No such command (?P<name>'.*?')\."),
    _Usage("usage_missing", r"Missing (?:argument|option|parameter) (?P<name>'.+?')\..*"),
    _Usage("usage_missing_command", r"Missing command\."),
    _Usage("usage_no_value", r"Option (?P<name>'.+?') requires .+"),
    _Usage("usage_a_value", r"Option (?P<name>'.+?') does not take a value\."),
    _Usage("usage_extra", r"Got unexpected extra arguments?(?:\(s\))? \((?P<given>.+)\)"),
    _Usage("usage_invalid", r"Invalid value for (?P<name>.+?): (?P<problem>.+)"),
    _Usage("usage_invalid_alone", r"Invalid value: (?P<problem>.+)"),
)
_PROBLEMS = (
    _Usage("usage_choice", r"(?:Value error, )?(?P<given>'.*') is not one of (?P<known>.+)\."),
    _Usage("usage_whole", r".*\bvalid int.*"),
    _Usage("usage_number", r".*\bvalid (?:number|float).*"),
    _Usage("usage_least", r".*greater than or equal to (?P<least>\S+)"),
)


def usage_note(error: typer.TyperException) -> Note | str:
    """Return the note of an error of Typer, or its text where none of the known ones fits.

    Examples
    --------
    >>> usage_note(typer.TyperException("Option '--out' requires an argument.")).values
    {'name': "'--out'"}
    """
    note = _find(" ".join(error.format_message().split()), _ERRORS)
    if isinstance(note, str) or "problem" not in note.values:
        return note
    given: object = error.message  # a note where it is from a parser of skdl
    problem = given if isinstance(given, Note) else _find(note.values["problem"], _PROBLEMS)
    return note.within(note.code, note.text, problem=problem)


def _find(text: str, known: tuple[_Usage, ...]) -> Note | str:
    found = ((usage.code, re.fullmatch(usage.pattern, text)) for usage in known)
    return next((Note(code, text, match.groupdict()) for code, match in found if match), text)
