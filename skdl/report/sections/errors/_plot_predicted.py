"""Predicted against actual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report._format import shorten
from skdl.report.plots._svg import COLOURS, SQUARE, draw_svg, new_figure, tidy
from skdl.report.sections.errors._plot_cloud import draw_cloud

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import RegressionErrors

__all__ = ["predicted_plot"]


def predicted_plot(errors: RegressionErrors, target: str, words: Words, *, ident: str) -> Picture:
    """Draw predicted against actual with the diagonal of perfect predictions."""
    figure, axes = new_figure(*SQUARE)
    ends = errors.predicted.x_range
    axes.plot(ends, ends, color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    tidy(axes, grid="both")
    draw_cloud(axes, errors.predicted)
    axes.set_xlabel(words("plot.axis.actual", target=shorten(target, 30)))
    axes.set_ylabel(words("plot.axis.predicted"))
    return draw_svg(figure, ident=ident, label=words("plot.predicted", model=errors.model, target=target), css="square")
