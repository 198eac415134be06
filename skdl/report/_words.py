"""Every word of a report, a table a language: ``words/en.yaml``, ``words/ko.yaml``; another language is one more file.

Values stand in braces and are put in by `Words`, never by joining pieces: another language orders its words another
way. Numbers arrive as text, already formatted. Korean picks particles by what they follow (`_josa`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from markupsafe import Markup

from skdl.exceptions import UsageError
from skdl.report._josa import JosaFormatter, JosaMarkupFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "Words", "words_of"]

LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Words:
    """The table of one language: ``words(key, **values)`` is the sentence, in the type asked for."""

    lang: str
    table: Mapping[str, str]

    def __call__(self, key: str, /, **values: Any) -> str:
        """Sentence for a key, as plain text."""
        template = self.table[key]
        return JosaFormatter().format(template, **values) if self.lang == "ko" else template.format(**values)

    def markup(self, key: str, /, **values: Any) -> Markup:
        """Sentence for a key as HTML; values that are no `Markup` are escaped."""
        template = self.table[key]
        if self.lang == "ko":
            return Markup(JosaMarkupFormatter().format(template, **values))  # noqa: S704 - as below
        return Markup(template).format(**values)  # noqa: S704 - the table is ours, the values are escaped

    def typeset(self, value: Any) -> Any:
        """Set a text as its language has it: Korean writes percent signs and units in Hangul close to their number."""
        if self.lang != "ko" or not isinstance(value, str):
            return value
        return type(value)(re.sub(r"(?<=\d)(?:[ \u00a0](?=%)|\u00a0(?=[가-힣]))", "", value))

    def has(self, key: str) -> bool:
        """Whether the table holds this key, for codes that come from other layers."""
        return key in self.table


def words_of(lang: str) -> Words:
    """Words of a language, by its code.

    Raises
    ------
    UsageError
        For a language that is not there.

    Examples
    --------
    >>> words_of("en")("verdict.preview", n=5)
    'Preview of 5 folds.'
    """
    if lang not in LANGUAGES:
        raise UsageError(f"report: lang must be one of {', '.join(LANGUAGES)}; got {lang!r}.")
    return _read(lang)


@cache
def _read(lang: str) -> Words:
    text = files("skdl.report").joinpath("words", f"{lang}.yaml").read_text(encoding="utf-8")
    groups = yaml.safe_load(text)
    return Words(lang, {f"{group}.{key}": words for group, table in groups.items() for key, words in table.items()})
