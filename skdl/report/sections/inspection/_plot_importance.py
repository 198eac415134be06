"""What the score loses when a column is permuted, a bar a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report.plots._svg import COLOURS, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Insight

__all__ = ["MOST_BARS", "importance_plot"]

MOST_BARS = 20


def importance_plot(insight: Insight, metric: str, words: Words, *, width: float, css: str = "") -> Picture:
    """Draw a bar a column or group of columns, the most important on top, with the spread as a line."""
    shown = insight.importances[:MOST_BARS]
    places = np.arange(len(shown))
    means = np.array([one.mean for one in shown])
    spreads = np.array([one.spread or 0.0 for one in shown])
    figure, axes = new_figure(width, 46.0 + 25.0 * len(shown))
    colours = [COLOURS["leading" if one.mean > (one.spread or 0.0) else "other"] for one in shown]
    axes.barh(places, means, height=0.55, color=colours, alpha=0.75, zorder=2)
    axes.hlines(places, means - spreads, means + spreads, color=COLOURS["ink"], linewidth=1.3, zorder=3)
    axes.axvline(0.0, color=COLOURS["muted"], linewidth=1.0, zorder=1)
    tidy(axes, grid="x")
    is_wide = width > 500  # noqa: PLR2004 - a phone's plot
    names = [shorten(" + ".join(one.columns), 40 if is_wide else 17) for one in shown]
    axes.set_yticks(places, labels=names, color=COLOURS["ink"])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if is_wide else 4))
    axes.set_xlabel(words("plot.axis.loss_of", metric=metric))
    listed = ", ".join(" + ".join(one.columns) for one in shown)
    described = words("plot.importance", metric=metric, columns=listed)
    return draw_svg(figure, ident=f"importance{width:g}", label=described, css=css)
