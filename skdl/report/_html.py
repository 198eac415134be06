"""The report as one HTML page with nothing outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skdl.report._against import against_text
from skdl.report._costs import cost_headings, costs_note, memory_was_measured
from skdl.report._format import count
from skdl.report._plots import MOST_POINTS, curve_plot, fold_plot, predicted_plot
from skdl.report._saying import sayings
from skdl.report._sentence import verdict_markup
from skdl.report._tuning import tuning_text
from skdl.report._view import (
    badges,
    confusion_table,
    data_facts,
    lead_line,
    leaderboard,
    network_text,
    protocol_facts,
)
from skdl.report._words import words_of

if TYPE_CHECKING:
    from skdl.report._summary import Summary
    from skdl.report._words import Words

__all__ = ["render_html", "render_notebook"]

WIDE, NARROW = 860.0, 340.0  # pixels of the fold plot on a desktop and on a phone


def render_html(summary: Summary, words: Words) -> str:
    """Render the whole report; names and errors, which come from users, are escaped."""
    pages = _templates()
    style = Markup(pages.get_template("style.css").render())  # noqa: S704 - our own file
    return pages.get_template("report.html").render(
        words=words,
        style=style,
        summary=summary,
        sections=_sections(summary, words),
        sentence=verdict_markup(summary, words),
        badges=badges(summary, words),
        lead=lead_line(summary, words),
        board=leaderboard(summary, words),
        cost_headings=cost_headings(summary, words),
        costs_note=costs_note(summary, words),
        has_memory=memory_was_measured(summary),
        sayings=sayings(summary, words),
        tuning=[tuning_text(tuned, summary, words) for tuned in summary.tuning],
        n_folds=summary.protocol.folds * summary.protocol.repeats,
        against=against_text(summary, words),
        fold_plots=_fold_plots(summary, words),
        networks=_networks(summary, words),
        predicted=_predicted(summary, words),
        confusions=[confusion_table(confusion, words) for confusion in summary.confusions],
        data_facts=data_facts(summary, words),
        protocol_facts=protocol_facts(summary, words),
        class_counts=_class_counts(summary),
    )


def render_notebook(summary: Summary, lang: str = "en") -> str:
    """Render verdict and leaderboard as a piece of HTML, for a notebook's cell."""
    words = words_of(lang)
    return (
        _templates()
        .get_template("notebook.html")
        .render(
            words=words,
            sentence=verdict_markup(summary, words),
            badges=badges(summary, words),
            board=leaderboard(summary, words),
        )
    )


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("skdl.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _sections(summary: Summary, words: Words) -> list[str]:
    """Sections that have something to show, in the page's order."""
    present = {
        "against": against_text(summary, words) is not None,
        "tuning": bool(summary.tuning),
        "folds": bool(summary.folds),
        "networks": bool(summary.networks),
        "errors": bool(summary.predicted_actual or summary.confusions),
    }
    order = ["verdict", "leaderboard", "against", "tuning", "folds", "networks", "errors", "data", "reproduce"]
    return [name for name in order if present.get(name, True)]


def _fold_plots(summary: Summary, words: Words) -> list[Markup]:
    """Draw the folds twice: text that shrank to a phone's width could not be read there."""
    if not summary.folds:
        return []
    return [fold_plot(summary, words, width=WIDE, css="wide"), fold_plot(summary, words, width=NARROW, css="narrow")]


def _networks(summary: Summary, words: Words) -> list[dict[str, Any]]:
    return [
        {
            "text": network_text(network, summary, words),
            "plot": curve_plot(network, words, ident=f"network{place}"),
            "has_validation": any(curve.val_loss for curve in network.curves),
            "has_best": any(curve.best_epoch is not None for curve in network.curves),
        }
        for place, network in enumerate(summary.networks)
    ]


def _predicted(summary: Summary, words: Words) -> list[dict[str, Any]]:
    return [
        {
            "model": pairs.model,
            "plot": predicted_plot(pairs, words, ident=f"predicted{place}"),
            "note": words(
                "errors.binned" if len(pairs.actual) > MOST_POINTS else "errors.rows", n=count(len(pairs.actual))
            ),
        }
        for place, pairs in enumerate(summary.predicted_actual)
    ]


def _class_counts(summary: Summary) -> list[tuple[str, str, float]]:
    """Classes with their rows, and with the width of their bar in percent of the largest."""
    counts = summary.data.class_counts or {}
    most = max(counts.values(), default=1) or 1
    return [(name, count(n), round(100.0 * n / most, 1)) for name, n in counts.items()]
