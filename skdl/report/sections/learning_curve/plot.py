"""Picture of the learning curves: measured points, the power law, and its intervals."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from skdl.report._format import axis_limits, fixed, shorten
from skdl.report._pictures import (
    COLOURS,
    REFERENCE_LINE,
    WIDTHS,
    draw_dots,
    draw_svg,
    for_both_widths,
    legend_above,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import RowsCurve, Summary

DASHES = (0, (4, 2))
_COLOURS = ("first", "second", "third")


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the learning curves, for a desktop and for a phone."""
    rows = summary.learning_curve
    if rows is None or not rows.curves:
        return {}
    return for_both_widths("learning-curve", partial(rows_plot, summary, rows.curves, strings))


def rows_plot(summary: Summary, curves: list[RowsCurve], strings: Strings, *, css: str, ident: str) -> Picture:
    """Draw score against rows: a dot for each size, the line through all rows, dashed beyond them, and its interval."""
    metric, is_wide = summary.columns[0].label, css == "wide"
    figure, axes = new_figure(WIDTHS[css], 300.0, grid="y")
    n_all = curves[0].points[-1].n_rows
    for curve, colour in zip(curves, _COLOURS, strict=False):
        _draw(axes, curve, COLOURS[colour], n_all, label=shorten(curve.model, 24))
    axes.axvline(n_all, **REFERENCE_LINE)
    axes.set_xscale("log")
    ticks = [point.n_rows for point in curves[0].points]
    ticks += [n_all * one.times for one in max((curve.ahead for curve in curves), key=len)]
    axes.xaxis.set_major_locator(FixedLocator(ticks if is_wide else sorted({ticks[0], n_all, ticks[-1]})))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: fixed(value, -2 if value >= 1e4 else 0)))
    limits = axis_limits([(min(curve.low), max(curve.high)) for curve in curves])
    axes.set(ylim=limits, xlabel=strings("plot.axis.rows"), ylabel=metric)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    legend_above(axes, 3 if is_wide else 1)
    described = strings("plot.learning_curve", metric=metric, models=", ".join(curve.model for curve in curves))
    return draw_svg(figure, ident=ident, label=described, css=css)


def _draw(axes: Axes, curve: RowsCurve, colour: str, n_all: float, *, label: str) -> None:
    axes.fill_between(curve.line.x, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
    # The point of all rows is on both lines.
    last = int(np.searchsorted(curve.line.x, n_all * 0.9999))
    for style, shown in (("-", slice(last + 1)), (DASHES, slice(last, None))):
        axes.plot(curve.line.x[shown], curve.line.y[shown], color=colour, linewidth=2.0, linestyle=style)
    n_rows, scores = zip(*((point.n_rows, point.score) for point in curve.points), strict=True)
    draw_dots(axes, n_rows, scores, colour, size=7.0, edge=1.0, label=label)
