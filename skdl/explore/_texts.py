"""The strings of the page in a language, together with those of the report."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from skdl.report import Strings, strings_of

_OF_PYTHON = ("model_label.", "preprocessing.", "remark.")  # groups that the page itself does not need


@cache
def explore_strings(lang: str) -> tuple[Strings, dict[str, str]]:
    """Return all strings of a language, and those that the page gets."""
    report = strings_of(lang)
    text = (files("skdl.explore") / f"strings.{lang}.yaml").read_text(encoding="utf-8")
    own = {f"{group}.{key}": value for group, strings in yaml.safe_load(text).items() for key, value in strings.items()}
    of_page = {key: value for key, value in own.items() if not key.startswith(_OF_PYTHON)}
    return Strings(report.lang, {**report.table, **own}), of_page
