"""Pictures of decisions: their cost by threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._pictures import COLOURS, REFERENCE_LINE, draw_dots, draw_svg, new_figure

if TYPE_CHECKING:
    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import DecisionsSummary, ModelDecisions, Summary

_SIZE = (410.0, 290.0)


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the cost of each model whose decisions have a threshold."""
    known = summary.decisions
    if known is None:
        return {}
    return {
        f"decisions-{number}": _cost_plot(one, known, strings, ident=f"decisions{number}")
        for number, one in enumerate(known.models)
        if one.costs
    }


def _cost_plot(one: ModelDecisions, known: DecisionsSummary, strings: Strings, *, ident: str) -> Picture:
    """Draw the cost per 1,000 rows by threshold, with a line and a point at the threshold of the costs."""
    figure, axes = new_figure(*_SIZE, grid="both")
    thresholds, costs = np.asarray(known.thresholds), 1000.0 * np.asarray(one.costs)
    threshold = known.threshold or 0.0
    axes.axvline(threshold, **REFERENCE_LINE, zorder=1)
    axes.plot(thresholds, costs, color=COLOURS["first"], linewidth=2.0, zorder=4)
    draw_dots(axes, [threshold], [1000.0 * one.cost], COLOURS["first"], size=8.0, edge=1.5, zorder=6)
    axes.set_xlim(0.0, 1.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
    cost = strings("plot.axis.cost" if known.unit is None else "plot.axis.cost_in", unit=known.unit)
    axes.set(xlabel=strings("plot.axis.threshold_of", label=known.label), ylabel=cost)
    return draw_svg(figure, ident=ident, label=strings("plot.decisions", model=one.model), css="square")
