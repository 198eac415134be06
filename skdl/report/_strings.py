"""Strings of a report by language, and the translation of what other layers wrote in English.

``strings/LANG.yaml`` and ``strings.LANG.yaml`` of each section are one table. A key is ``group.name``. Values stand in
braces and are filled in whole by `Strings`, never by joining pieces, since word order differs between languages.
Numbers arrive as text, already formatted. In Korean the particle after a value depends on its last sound (`_josa`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast, get_args

import yaml
from markupsafe import Markup

from skdl._language import Language
from skdl._note import Note
from skdl.exceptions import UsageError
from skdl.report._format import Cell
from skdl.report._josa import JosaFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.results import Reason, Summary


# Values of a note that are codes, with strings of their own; every other value is a name or a number, and stays.
_CODES = frozenset({"additions", "because", "held", "part", "strata", "task", "units"})
# The nouns that strings count.
_AFTER_ONE = re.compile(
    r"(?<![\d.,])1 ((?:more )?"
    r"(?:column|epoch|feature|fit|fold|group|image|level|line|model|pair|part|permutation|repeat|row|slice|test row"
    r"|test))s\b"
)


@dataclass(frozen=True)
class Strings:
    """The strings of one language: ``strings(key, **values)`` formats one of them."""

    lang: Language
    table: Mapping[str, str]

    def __call__(self, key: str, /, **values: Any) -> str:
        """Format a string as plain text."""
        return self._agree(JosaFormatter().format(self.table[key], **values))

    def markup(self, key: str, /, **values: Any) -> Markup:
        """Format a string as HTML; values that are no `Markup` are escaped."""
        # The table is part of the package, and the formatter escapes the values.
        return Markup(self._agree(JosaFormatter(markup=True).format(self.table[key], **values)))  # noqa: S704

    def _agree(self, text: str) -> str:
        """Put English nouns after 1 into the singular.

        >>> strings_of("en")._agree("over 1 folds and 21 permutations of 1 rows")
        'over 1 fold and 21 permutations of 1 row'
        """
        return _AFTER_ONE.sub(r"1 \1", text) if self.lang == "en" else text

    def set_spacing(self, value: Any) -> Any:
        """Apply the language's spacing to a text: in Korean no space stands before % and Hangul units."""
        if self.lang != "ko" or not isinstance(value, str | Cell):
            return value
        value = str(value) if isinstance(value, Cell) else value
        return type(value)(re.sub(r"(?<=\d)(?:[ \u00a0](?=%)|\u00a0(?=[가-힣]))", "", value))

    def has(self, key: str) -> bool:
        """Whether there is a string for a key, for codes that come from other layers."""
        return key in self.table

    def translate(self, note: Note | str, labels: Mapping[str, str] | None = None) -> str:
        """Translate a note; ``labels`` holds the names of metrics in this language by their English ones.

        What has no string in the language stays as it is: a library's warning, the text of an exception.

        >>> from skdl._note import Note
        >>> note = Note("no_target", "2 of 60 rows have no target and were left out", {"n": 2, "n_rows": 60})
        >>> strings_of("en").translate(note)
        '2 of 60 rows have no target and were left out'
        """
        if isinstance(note, str):
            return note
        if not self.has(key := f"note.{note.code}"):
            return note.text
        values = dict(note.values)
        if labels and "metric" in values:
            values["metric"] = labels.get(values["metric"], values["metric"])
        values = {name: self._translate_inner(value) for name, value in values.items()}
        coded = {name: self._translate_code(name, values[name], values) for name in _CODES & values.keys()}
        return self(key, **{**values, **coded})

    def _translate_inner(self, value: Any) -> Any:
        """Translate a note that is a value of another one, or a list of them, a line each."""
        if isinstance(value, list) and any(isinstance(item, Note) for item in value):
            return "\n".join(self.translate(item) for item in value)
        return self.translate(value) if isinstance(value, Note) else value

    def _translate_code(self, name: str, value: Any, values: Mapping[str, Any]) -> str:
        """Translate a code, or each of a list of them; its string may use the note's other values."""
        if isinstance(value, list):
            return ", ".join(self._translate_code(name, item, values) for item in value)
        key = f"note.{name}.{value}"
        return self(key, **values) if self.has(key) else str(value)


@cache
def strings_of(lang: str) -> Strings:
    """Return the strings of a language by its code.

    Raises
    ------
    UsageError
        For a language without strings.

    Examples
    --------
    >>> strings_of("en")("verdict.preview", n=5)
    'Preview of 5 folds.'
    """
    if lang not in (known := get_args(Language)):
        text = "lang must be one of {known}; got {given!r}."
        raise UsageError.of("no_language", text, known=", ".join(known), given=lang)
    report = files("skdl.report")
    folders = (report / "sections").iterdir()
    sections = [folder / f"strings.{lang}.yaml" for folder in folders if (folder / "section.html").is_file()]
    table: dict[str, str] = {}
    for path in (report / "strings" / f"{lang}.yaml", *sections):
        for group, strings in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            table |= {f"{group}.{key}": string for key, string in strings.items()}
    return Strings(cast("Language", lang), table)


def translate_summary(summary: Summary, strings: Strings) -> Summary:
    """Translate notes, errors, descriptions and the names of metrics: they are plain text then."""
    columns = [
        replace(column, label=strings.table.get(f"metric.{column.name}", column.label)) for column in summary.columns
    ]
    labels = {column.label: translated.label for column, translated in zip(summary.columns, columns, strict=True)}

    def translate_reason(reason: Reason) -> Reason:
        return replace(reason, values={k: labels.get(v, v) if k == "metric" else v for k, v in reason.values.items()})

    choice, against, slices = summary.verdict.after_choosing, summary.against, summary.slices
    verdict = replace(
        summary.verdict,
        reasons=[translate_reason(reason) for reason in summary.verdict.reasons],
        after_choosing=choice and replace(choice, missing=choice.missing and translate_reason(choice.missing)),
    )
    models = [
        replace(
            row,
            description=strings.translate(row.description),
            error=None if row.error is None else strings.translate(row.error, labels),
        )
        for row in summary.models
    ]
    return replace(
        summary,
        columns=columns,
        data=replace(summary.data, notes=[strings.translate(note, labels) for note in summary.data.notes]),
        protocol=replace(summary.protocol, splitter=strings.translate(summary.protocol.splitter)),
        models=models,
        verdict=verdict,
        against=against and replace(against, no_row_test=against.no_row_test and translate_reason(against.no_row_test)),
        slices=slices
        and replace(
            slices, rows=[replace(row, missing=row.missing and translate_reason(row.missing)) for row in slices.rows]
        ),
    )
