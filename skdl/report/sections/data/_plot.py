"""How a numeric target is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report.plots._svg import COLOURS, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Histogram

__all__ = ["histogram_plot"]

SIZE = (330.0, 130.0)


def histogram_plot(histogram: Histogram, target: str, words: Words) -> Picture:
    """Draw a bar a step of the target."""
    edges = np.asarray(histogram.edges)
    figure, axes = new_figure(*SIZE)
    axes.bar(
        edges[:-1],
        histogram.counts,
        width=np.diff(edges),
        align="edge",
        color=COLOURS["leading"],
        edgecolor=COLOURS["surface"],
        linewidth=0.6,
        alpha=0.75,
    )
    tidy(axes, grid="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    return draw_svg(figure, ident="histogram", label=words("plot.histogram", target=shorten(target, 60)), css="square")
