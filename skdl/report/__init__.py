"""A comparison's summary to HTML, Markdown, CSV and JSON; no estimator and no fit (see README.md).

Names are imported when they are first used (PEP 562): a command that needs a string of the terminal loads no plots.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skdl.report._compute import RunInfo, compute_sections
    from skdl.report._format import duration, size
    from skdl.report._meaning import key_facts
    from skdl.report._pages import render_notebook, write_page, write_report
    from skdl.report._pictures import theme_style
    from skdl.report._results import read_results, render_folds, render_leaderboard, results_schema
    from skdl.report._strings import Strings, strings_of, translate_summary
    from skdl.report._terminal import leaderboard_table, render_text
    from skdl.report.sections.evidence.plot import plot_folds
    from skdl.report.sections.ship.text import saved_sentence, threshold_option
    from skdl.report.sections.slices.text import slices_sentence
    from skdl.report.sections.tuning.text import edge_sentences
    from skdl.report.sections.verdict.text import (
        detectable_sentence,
        splits_line,
        verdict_paragraphs,
        verdict_sentence,
        warning_sentences,
    )

__all__ = [
    "RunInfo",
    "Strings",
    "compute_sections",
    "detectable_sentence",
    "duration",
    "edge_sentences",
    "key_facts",
    "leaderboard_table",
    "plot_folds",
    "read_results",
    "render_folds",
    "render_leaderboard",
    "render_notebook",
    "render_text",
    "results_schema",
    "saved_sentence",
    "size",
    "slices_sentence",
    "splits_line",
    "strings_of",
    "theme_style",
    "threshold_option",
    "translate_summary",
    "verdict_paragraphs",
    "verdict_sentence",
    "warning_sentences",
    "write_page",
    "write_report",
]

_MODULES = {
    "_compute": ("RunInfo", "compute_sections"),
    "_format": ("duration", "size"),
    "_meaning": ("key_facts",),
    "_pages": ("render_notebook", "write_page", "write_report"),
    "_pictures": ("theme_style",),
    "_results": ("read_results", "render_folds", "render_leaderboard", "results_schema"),
    "_strings": ("Strings", "strings_of", "translate_summary"),
    "_terminal": ("leaderboard_table", "render_text"),
    "sections.evidence.plot": ("plot_folds",),
    "sections.ship.text": ("saved_sentence", "threshold_option"),
    "sections.slices.text": ("slices_sentence",),
    "sections.tuning.text": ("edge_sentences",),
    "sections.verdict.text": (
        "detectable_sentence",
        "splits_line",
        "verdict_paragraphs",
        "verdict_sentence",
        "warning_sentences",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
