"""A summary in the language of a report: what other layers said in English is said in that language's words.

What has no words there stays as it came: a library's warning, the text of an exception, a metric of scikit-learn's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._note import Note
    from skdl.report._words import Words
    from skdl.results import Reason, Summary

__all__ = ["in_language", "said"]

# Values of a note that are codes, with words of their own; every other value is a name or a number, and stays.
_CODES = frozenset({"additions", "because", "held", "strata", "task", "units"})


def in_language(summary: Summary, words: Words) -> Summary:
    """Put notes, errors, descriptions and the names of metrics into words: they are plain text then.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    words : Words
        The language.

    Returns
    -------
    Summary
        The same, to be rendered in that language.
    """
    columns = [
        replace(column, label=words(key)) if words.has(key := f"metric.{column.name}") else column
        for column in summary.columns
    ]
    labels = {old.label: new.label for old, new in zip(summary.columns, columns, strict=True)}
    return replace(
        summary,
        columns=columns,
        data=replace(summary.data, notes=[said(note, words, labels) for note in summary.data.notes]),
        protocol=replace(summary.protocol, splitter=said(summary.protocol.splitter, words)),
        models=[
            replace(
                row,
                description=said(row.description, words),
                error=None if row.error is None else said(row.error, words, labels),
            )
            for row in summary.models
        ],
        verdict=replace(summary.verdict, reasons=[_renamed(reason, labels) for reason in summary.verdict.reasons]),
    )


def said(note: Note | str, words: Words, labels: Mapping[str, str] | None = None) -> str:
    """Say a note in a language; in its own words where the language has none.

    Parameters
    ----------
    note : Note or str
        Plain text stays as it is.
    words : Words
        The language.
    labels : mapping of str to str, optional
        Names of metrics in that language.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> from skdl._note import Note
    >>> from skdl.report._words import words_of
    >>> note = Note("no_target", "2 of 60 rows have no target and were left out", {"n": 2, "n_rows": 60})
    >>> said(note, words_of("en"))
    '2 of 60 rows have no target and were left out'
    """
    if isinstance(note, str):
        return note
    key = f"note.{note.code}"
    if not words.has(key):
        return note.text
    values = dict(note.values)
    if "metric" in values and labels:
        values["metric"] = labels.get(values["metric"], values["metric"])
    coded = {name: _worded(name, value, values, words) for name, value in values.items() if name in _CODES}
    return words(key, **{**values, **coded})


def _worded(name: str, value: Any, values: Mapping[str, Any], words: Words) -> str:
    """Put a code, or each of a list of them, into words, which may hold the note's other values."""
    if isinstance(value, list):
        return ", ".join(_worded(name, one, values, words) for one in value)
    key = f"note.{name}.{value}"
    return words(key, **values) if words.has(key) else str(value)


def _renamed(reason: Reason, labels: Mapping[str, str]) -> Reason:
    metric = str(reason.values.get("metric"))
    return replace(reason, values={**reason.values, "metric": labels[metric]}) if metric in labels else reason
