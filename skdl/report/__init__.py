"""A comparison's summary to HTML, Markdown, CSV and JSON; no estimator and no fit."""

from skdl.report._html import render_notebook
from skdl.report._meaning import first_meaning
from skdl.report._results import read_results, results_schema
from skdl.report._sentence import detectable_sentence, splits_line, verdict_sentence
from skdl.report._tables import render_folds, render_leaderboard
from skdl.report._words import words_of
from skdl.report._write import write_page, write_report
from skdl.report.plots import plot_folds
from skdl.report.sections import edge_sentences

__all__ = [
    "detectable_sentence",
    "edge_sentences",
    "first_meaning",
    "plot_folds",
    "read_results",
    "render_folds",
    "render_leaderboard",
    "render_notebook",
    "results_schema",
    "splits_line",
    "verdict_sentence",
    "words_of",
    "write_page",
    "write_report",
]
