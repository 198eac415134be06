"""Errors against predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report.plots._svg import COLOURS, SQUARE, draw_svg, new_figure, tidy
from skdl.report.sections.errors._plot_cloud import draw_cloud

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import RegressionErrors

__all__ = ["residual_plot"]


def residual_plot(errors: RegressionErrors, words: Words, *, ident: str) -> Picture:
    """Draw errors against predictions with the line of no error and the running median."""
    figure, axes = new_figure(*SQUARE)
    axes.axhline(0.0, color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    tidy(axes, grid="both")
    draw_cloud(axes, errors.errors)
    middle = errors.running_median
    if middle is not None:
        axes.plot(middle.x, middle.y, color=COLOURS["surface"], linewidth=4.4, zorder=4)
        axes.plot(middle.x, middle.y, color=COLOURS["second"], linewidth=2.2, zorder=5)
    axes.set_xlabel(words("plot.axis.predicted"))
    axes.set_ylabel(words("plot.axis.error"))
    key = "plot.residuals" if middle is None else "plot.residuals_median"
    return draw_svg(figure, ident=ident, label=words(key, model=errors.model), css="square")
