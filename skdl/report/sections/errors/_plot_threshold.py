"""What errors cost by threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from skdl.report.plots._svg import COLOURS, draw_svg, new_figure, tidy
from skdl.report.sections.errors._model_lines import draw_key, line_style

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Thresholds

__all__ = ["threshold_plot"]

_SIZE = (410.0, 290.0)


def threshold_plot(found: Thresholds, words: Words) -> Picture:
    """Draw the cost of a thousand rows over the threshold, a line a price; the least is marked, and 0.5."""
    figure, axes = new_figure(*_SIZE)
    axes.axvline(0.5, color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, curve in enumerate(found.curves):
        style = line_style(place)
        prices = words("plot.prices", alarm=f"{curve.false_alarm:g}", miss=f"{curve.miss:g}")
        axes.plot(found.thresholds, curve.costs, **style, label=prices)
        axes.plot(
            [curve.best_threshold],
            [curve.best_cost],
            marker="o",
            markersize=8.0,
            markerfacecolor=style["color"],
            markeredgecolor=COLOURS["surface"],
            markeredgewidth=1.5,
            zorder=6,
        )
    tidy(axes, grid="both")
    ceiling = 2.5 * max(curve.usual_cost for curve in found.curves)  # thresholds that nobody would take may cost more
    highest = max(max(curve.costs) for curve in found.curves)
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, min(ceiling, 1.05 * highest) or 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(words("plot.axis.threshold"))
    axes.set_ylabel(words("plot.axis.cost"))
    draw_key(axes, "upper center", words("plot.prices_title"))
    return draw_svg(figure, ident="thresholds", label=words("plot.thresholds", model=found.model), css="square")
