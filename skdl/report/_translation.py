"""Translation of a summary: notes, errors, descriptions and metric names that other layers wrote in English.

What has no string in the language stays as it is: a library's warning, the text of an exception, a metric that is
scikit-learn's scorer by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._note import Note
    from skdl.report._strings import Strings
    from skdl.results import Reason, Summary

__all__ = ["translate_note", "translate_summary"]

# Values of a note that are codes, with strings of their own; every other value is a name or a number, and stays.
_CODES = frozenset({"additions", "because", "held", "strata", "task", "units"})


def translate_summary(summary: Summary, strings: Strings) -> Summary:
    """Translate notes, errors, descriptions and the names of metrics: they are plain text then.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    strings : Strings
        Strings of the language.

    Returns
    -------
    Summary
        The same, to be rendered in that language.
    """
    columns = [
        replace(column, label=strings(key)) if strings.has(key := f"metric.{column.name}") else column
        for column in summary.columns
    ]
    labels = {column.label: translated.label for column, translated in zip(summary.columns, columns, strict=True)}
    return replace(
        summary,
        columns=columns,
        data=replace(summary.data, notes=[translate_note(note, strings, labels) for note in summary.data.notes]),
        protocol=replace(summary.protocol, splitter=translate_note(summary.protocol.splitter, strings)),
        models=[
            replace(
                row,
                description=translate_note(row.description, strings),
                error=None if row.error is None else translate_note(row.error, strings, labels),
            )
            for row in summary.models
        ],
        verdict=replace(
            summary.verdict, reasons=[_translate_metric(reason, labels) for reason in summary.verdict.reasons]
        ),
    )


def translate_note(note: Note | str, strings: Strings, labels: Mapping[str, str] | None = None) -> str:
    """Translate a note; its English text where the language has no string for it.

    Parameters
    ----------
    note : Note or str
        Plain text stays as it is.
    strings : Strings
        Strings of the language.
    labels : mapping of str to str, optional
        Names of metrics in that language.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> from skdl._note import Note
    >>> from skdl.report._strings import strings_of
    >>> note = Note("no_target", "2 of 60 rows have no target and were left out", {"n": 2, "n_rows": 60})
    >>> translate_note(note, strings_of("en"))
    '2 of 60 rows have no target and were left out'
    """
    if isinstance(note, str):
        return note
    key = f"note.{note.code}"
    if not strings.has(key):
        return note.text
    values = dict(note.values)
    if "metric" in values and labels:
        values["metric"] = labels.get(values["metric"], values["metric"])
    coded = {name: _translate_code(name, value, values, strings) for name, value in values.items() if name in _CODES}
    return strings(key, **{**values, **coded})


def _translate_code(name: str, value: Any, values: Mapping[str, Any], strings: Strings) -> str:
    """Translate a code, or each of a list of them; its string may use the note's other values."""
    if isinstance(value, list):
        return ", ".join(_translate_code(name, item, values, strings) for item in value)
    key = f"note.{name}.{value}"
    return strings(key, **values) if strings.has(key) else str(value)


def _translate_metric(reason: Reason, labels: Mapping[str, str]) -> Reason:
    metric = str(reason.values.get("metric"))
    return replace(reason, values={**reason.values, "metric": labels[metric]}) if metric in labels else reason
