"""Sections of the report, a folder each: what it computes, its text, its pictures, its templates and its strings.

The parts of a section and how to add one: ``skdl/report/README.md``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import Summary

__all__ = ["SECTIONS", "describe_sections", "draw_pictures", "section_file", "section_part"]

# The folders, in the page's order.
SECTIONS = (
    "verdict", "leaderboard", "decisions", "evidence", "slices", "learning_curve", "tuning", "ensembles", "networks",
    "embeddings", "errors", "inspection", "data", "ship",
)  # fmt: skip


def describe_sections(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Return the text of every section that has something to show, by name: what its templates are rendered from."""
    texts = {name: section_part(name, "text").describe(summary, strings) for name in SECTIONS}
    return {name: text for name, text in texts.items() if text is not None}


def draw_pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw every picture, by name: ``folds``, ``network-0``, ...; a name that ends in ``-narrow`` is for a phone.

    A picture that would show nothing has no entry.
    """
    from matplotlib import style

    with style.context("default"):  # a style that the user has set is for the user's own plots
        return {
            name: picture
            for section in SECTIONS
            if find_spec(f"{__name__}.{section}.plot") is not None
            for name, picture in section_part(section, "plot").pictures(summary, strings).items()
        }


def section_file(section: str, name: str) -> str:
    """Read a text file of a section; empty where it has none."""
    path = files("skdl.report") / "sections" / section / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def section_part(section: str, part: str) -> ModuleType:
    """Import a module of a section.

    By name, so that one line in `SECTIONS` registers a section, and so that rendering imports no ``compute``, which
    needs scikit-learn.
    """
    return import_module(f"{__name__}.{section}.{part}")
