"""Strings of a report by language: ``strings/LANG.yaml`` and ``strings.LANG.yaml`` of each section, as one table.

A key is ``group.name``. Values stand in braces and are filled in whole by `Strings`, never by joining pieces, since
word order differs between languages. Numbers arrive as text, already formatted. In Korean the particle after a value
depends on the value's last sound (`_josa`).
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

__all__ = ["LANGUAGES", "Strings", "strings_of"]

LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Strings:
    """The strings of one language: ``strings(key, **values)`` formats one of them."""

    lang: str
    table: Mapping[str, str]

    def __call__(self, key: str, /, **values: Any) -> str:
        """Format a string as plain text."""
        template = self.table[key]
        return JosaFormatter().format(template, **values) if self.lang == "ko" else template.format(**values)

    def markup(self, key: str, /, **values: Any) -> Markup:
        """Format a string as HTML; values that are no `Markup` are escaped."""
        template = self.table[key]
        if self.lang == "ko":
            return Markup(JosaMarkupFormatter().format(template, **values))  # noqa: S704 - as below
        return Markup(template).format(**values)  # noqa: S704 - the table is part of the package, values are escaped

    def set_spacing(self, value: Any) -> Any:
        """Apply the language's spacing to a text: in Korean no space stands before % and Hangul units."""
        if self.lang != "ko" or not isinstance(value, str):
            return value
        return type(value)(re.sub(r"(?<=\d)(?:[ \u00a0](?=%)|\u00a0(?=[가-힣]))", "", value))

    def has(self, key: str) -> bool:
        """Whether there is a string for a key, for codes that come from other layers."""
        return key in self.table


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
    if lang not in LANGUAGES:
        raise UsageError(f"report: lang must be one of {', '.join(LANGUAGES)}; got {lang!r}.")
    return _read(lang)


@cache
def _read(lang: str) -> Strings:
    report = files("skdl.report")
    folders = (report / "sections").iterdir()
    sections = [folder / f"strings.{lang}.yaml" for folder in folders if (folder / "section.html").is_file()]
    table: dict[str, str] = {}
    for path in (report / "strings" / f"{lang}.yaml", *sections):
        for group, strings in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            table |= {f"{group}.{key}": string for key, string in strings.items()}
    return Strings(lang, table)
