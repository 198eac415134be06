"""Typer's errors about the arguments of a command, as notes that can be translated."""

from __future__ import annotations

import typer

from skdl._note import Note, TextPattern, note_of_text

# Typer has no translations of its own. A text that no pattern fits stays English.
_ERRORS = (
    TextPattern("usage_no_option_near", r"No such option: (?P<name>\S+) \(Possible options: (?P<known>.+)\)"),
    TextPattern("usage_no_option", r"No such option: (?P<name>\S+)"),
    TextPattern("usage_no_command_near", r"No such command (?P<name>'.*?')\. Did you mean (?P<known>.+)\?"),
    TextPattern("usage_no_command", r"No such command (?P<name>'.*?')\."),
    TextPattern("usage_missing", r"Missing (?:argument|option|parameter) (?P<name>'.+?')\..*"),
    TextPattern("usage_missing_command", r"Missing command\."),
    TextPattern("usage_no_value", r"Option (?P<name>'.+?') requires .+"),
    TextPattern("usage_a_value", r"Option (?P<name>'.+?') does not take a value\."),
    TextPattern("usage_extra", r"Got unexpected extra arguments?(?:\(s\))? \((?P<given>.+)\)"),
    TextPattern("usage_invalid", r"Invalid value for (?P<name>.+?): (?P<problem>.+)"),
    TextPattern("usage_invalid_alone", r"Invalid value: (?P<problem>.+)"),
)
_PROBLEMS = (
    TextPattern("usage_choice", r"(?:Value error, )?(?P<given>'.*') is not one of (?P<known>.+)\."),
    TextPattern("usage_whole", r".*\bvalid int.*"),
    TextPattern("usage_number", r".*\bvalid (?:number|float).*"),
    TextPattern("usage_least", r".*greater than or equal to (?P<least>\S+)"),
)


def usage_note(error: typer.TyperException) -> Note | str:
    """Return the note of an error of Typer, or its text where none of the known ones fits.

    Examples
    --------
    >>> usage_note(typer.TyperException("Option '--out' requires an argument.")).values
    {'name': "'--out'"}
    """
    note = note_of_text(" ".join(error.format_message().split()), _ERRORS)
    if isinstance(note, str) or "problem" not in note.values:
        return note
    given: object = error.message  # a note where it is from a parser of skdl
    problem = given if isinstance(given, Note) else note_of_text(note.values["problem"], _PROBLEMS)
    return note.within(note.code, note.text, problem=problem)
