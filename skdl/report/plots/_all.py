"""Every picture of a report, drawn once for all its renderings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report.sections.data._plot import histogram_plot
from skdl.report.sections.errors._plot_calibration import calibration_plot
from skdl.report.sections.errors._plot_predicted import predicted_plot
from skdl.report.sections.errors._plot_quantiles import quantile_plot
from skdl.report.sections.errors._plot_residuals import residual_plot
from skdl.report.sections.errors._plot_roc import precision_recall_plot, roc_plot
from skdl.report.sections.errors._plot_threshold import threshold_plot
from skdl.report.sections.evidence._plot import forest_plot
from skdl.report.sections.inspection._plot_dependence import dependence_plot, shared_limits
from skdl.report.sections.inspection._plot_importance import importance_plot
from skdl.report.sections.leaderboard._plot_folds import fold_plot
from skdl.report.sections.leaderboard._plot_time import time_plot
from skdl.report.sections.networks._plot import curve_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Insight, Summary

__all__ = ["draw_all"]

WIDE, NARROW = 860.0, 340.0  # pixels of a plot on a desktop and on a phone


def draw_all(summary: Summary, words: Words) -> dict[str, Picture]:
    """Draw every picture, by name: ``folds``, ``network-0``, ...; a name that ends in ``-narrow`` is for a phone.

    A picture that would show nothing has no entry.
    """
    return dict(_pictures(summary, words))


def _pictures(summary: Summary, words: Words) -> Iterator[tuple[str, Picture]]:
    if summary.folds:
        # Drawn twice: text that shrank to a phone's width could not be read there.
        for name, draw in (("folds", fold_plot), ("forest", forest_plot), ("time", time_plot)):
            wide = draw(summary, words, width=WIDE, css="wide")
            narrow = draw(summary, words, width=NARROW, css="narrow")
            if wide is not None and narrow is not None:
                yield name, wide
                yield f"{name}-narrow", narrow
    for place, network in enumerate(summary.networks):
        drawn = curve_plot(network, words, ident=f"network{place}")
        if drawn is not None:
            yield f"network-{place}", drawn
    drawn_errors = {**_of_regression(summary, words), **_of_classes(summary, words)}
    yield from ((name, drawn) for name, drawn in drawn_errors.items() if drawn is not None)
    if summary.insight is not None:
        yield from _inspection(summary, summary.insight, words)
    if summary.data.histogram is not None:
        yield "histogram", histogram_plot(summary.data.histogram, summary.data.target, words)


def _of_regression(summary: Summary, words: Words) -> dict[str, Picture | None]:
    return {
        f"{kind}-{place}": drawn
        for place, one in enumerate(summary.errors.regression)
        for kind, drawn in (
            ("predicted", predicted_plot(one, summary.data.target, words, ident=f"predicted{place}")),
            ("residuals", residual_plot(one, words, ident=f"residuals{place}")),
            ("quantiles", quantile_plot(one, words, ident=f"quantiles{place}")),
        )
    }


def _of_classes(summary: Summary, words: Words) -> dict[str, Picture | None]:
    models, thresholds = summary.errors.classification, summary.errors.thresholds
    return {
        "roc": roc_plot(models, words),
        "precision-recall": precision_recall_plot(models, words),
        "calibration": calibration_plot(models, words),
        "thresholds": None if thresholds is None else threshold_plot(thresholds, words),
    }


def _inspection(summary: Summary, insight: Insight, words: Words) -> Iterator[tuple[str, Picture]]:
    if insight.importances:
        metric = summary.columns[0].label
        yield "importance", importance_plot(insight, metric, words, width=WIDE, css="wide")
        yield "importance-narrow", importance_plot(insight, metric, words, width=NARROW, css="narrow")
    limits = shared_limits(insight.dependence) if insight.dependence else (0.0, 1.0)
    for place, dependence in enumerate(insight.dependence):
        drawn = dependence_plot(dependence, summary.data.target, words, limits=limits, ident=f"dependence{place}")
        yield f"dependence-{place}", drawn
