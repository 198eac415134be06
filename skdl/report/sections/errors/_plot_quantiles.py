"""Quantiles of the errors against those of the normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from skdl.report.plots._svg import COLOURS, SQUARE, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import RegressionErrors

__all__ = ["quantile_plot"]


def quantile_plot(errors: RegressionErrors, words: Words, *, ident: str) -> Picture | None:
    """Draw sorted errors over normal quantiles, and the line of normal errors; None of few rows."""
    if errors.quantiles is None or errors.normal is None:
        return None
    figure, axes = new_figure(*SQUARE)
    middle, slope = errors.normal
    axes.axline((0.0, middle), slope=slope, color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    axes.plot(
        errors.quantiles.x,
        errors.quantiles.y,
        linestyle="none",
        marker="o",
        markersize=4.2,
        markeredgewidth=0,
        color=COLOURS["leading"],
        alpha=0.7,
        zorder=2,
    )
    tidy(axes, grid="both")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(words("plot.axis.normal"))
    axes.set_ylabel(words("plot.axis.error"))
    return draw_svg(figure, ident=ident, label=words("plot.quantiles", model=errors.model), css="square")
