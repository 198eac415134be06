"""Picture of the data: the distribution of a numeric target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report._pictures import COLOURS, draw_svg, new_figure

if TYPE_CHECKING:
    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import Histogram, Summary


SIZE = (330.0, 130.0)


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the distribution of a numeric target."""
    histogram = summary.data.histogram
    return {} if histogram is None else {"histogram": histogram_plot(histogram, summary.data.target, strings)}


def histogram_plot(histogram: Histogram, target: str, strings: Strings) -> Picture:
    """Draw a histogram of the target."""
    edges = np.asarray(histogram.edges)
    figure, axes = new_figure(*SIZE, grid="y")
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
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    return draw_svg(
        figure, ident="histogram", label=strings("plot.histogram", target=shorten(target, 60)), css="square"
    )
