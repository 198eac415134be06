"""A comparison's summary to HTML, Markdown, CSV and JSON; no estimator and no fit (see README.md)."""

from skdl.report._compute import RunInfo, compute_sections
from skdl.report._meaning import key_facts
from skdl.report._pages import render_notebook, write_page, write_report
from skdl.report._results import read_results, render_folds, render_leaderboard, results_schema
from skdl.report._strings import strings_of
from skdl.report._terminal import leaderboard_table, render_text
from skdl.report.sections.evidence.plot import plot_folds
from skdl.report.sections.ship.text import saved_sentence
from skdl.report.sections.tuning.text import edge_sentences
from skdl.report.sections.verdict.text import detectable_sentence, splits_line, verdict_sentence, warning_sentences

__all__ = [
    "RunInfo",
    "compute_sections",
    "detectable_sentence",
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
    "splits_line",
    "strings_of",
    "verdict_sentence",
    "warning_sentences",
    "write_page",
    "write_report",
]
