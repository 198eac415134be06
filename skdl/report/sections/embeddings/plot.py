"""Pictures of embeddings: bars of input scales, values of a category as points, curves of a number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report._pictures import (
    COLOURS,
    FONT_SIZE,
    REFERENCE_LINE,
    bar_figure,
    draw_svg,
    for_both_widths,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import CategoryEmbedding, InputScale, LearnedInputs, NumberEmbedding, Summary

_MOST_BARS = 20
_SIZE = (410.0, 300.0)
_CHARACTERS = 14  # of the name of a value
_START = 1.0  # of every scale


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw scales, for a desktop and for a phone, and the embeddings of every network."""
    drawn: dict[str, Picture] = {}
    for number, (model, inputs) in enumerate(summary.learned_inputs.items()):
        drawn |= for_both_widths(f"scales-{number}", partial(scale_plot, model, inputs, strings))
        for index, category in enumerate(inputs.categories):
            name = f"category-{number}-{index}"
            drawn[name] = category_plot(category, strings, ident=name)
        for index, embedded in enumerate(inputs.numbers):
            name = f"number-{number}-{index}"
            drawn[name] = number_plot(embedded, strings, ident=name)
    return drawn


def shown_scales(inputs: LearnedInputs) -> list[InputScale]:
    """Return the scales that are drawn: all, or as many of the largest as of the smallest."""
    scales, half = inputs.scales, _MOST_BARS // 2
    return scales if len(scales) <= _MOST_BARS else [*scales[:half], *scales[-half:]]


def scale_plot(model: str, inputs: LearnedInputs, strings: Strings, *, css: str, ident: str) -> Picture:
    """Draw a bar per column from the start of 1, with the range of the folds as a line."""
    shown = shown_scales(inputs)
    names = [scale.column for scale in shown]
    means = np.array([scale.mean for scale in shown])
    ends = [scale.low for scale in shown], [scale.high for scale in shown]
    figure, axes = bar_figure(names, means, ends, means >= _START, css, start=_START)
    axes.set_xlim(left=0.0)
    axes.set_xlabel(strings("plot.axis.input_scale"))
    return draw_svg(figure, ident=ident, label=strings("plot.scales", model=model, columns=", ".join(names)), css=css)


def category_plot(category: CategoryEmbedding, strings: Strings, *, ident: str) -> Picture:
    """Draw each value as a point, with the names that have room, those of the outermost first."""
    figure, axes = new_figure(*_SIZE, grid="both")
    x, y = np.asarray(category.x), np.asarray(category.y)
    axes.plot(x, y, linestyle="none", marker="o", markersize=5.0, color=COLOURS["leading"], alpha=0.8)
    # One unit of distance is the same in both directions.
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.14)
    _name_points(axes, category)
    axes.set(xlabel=strings("plot.axis.first"), ylabel=strings("plot.axis.second"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    return draw_svg(figure, ident=ident, label=strings("plot.category", column=category.column))


def _name_points(axes: Axes, category: CategoryEmbedding) -> None:
    """Write names above points, or below, where they cover no other point and no other name."""
    points = np.column_stack([category.x, category.y])
    # Units of a pixel, the same in both directions; margins, ticks and labels take about 45 pixels.
    a_pixel = float((np.ptp(points, axis=0) * 1.28 / (np.array(_SIZE) - 45.0)).max()) or 1.0
    dot, height = 3.0 * a_pixel, 1.1 * FONT_SIZE * a_pixel
    taken = [(x - dot, x + dot, y - dot, y + dot) for x, y in points]
    for place in np.argsort(-np.hypot(*points.T), kind="stable"):
        name, (x, y) = shorten(category.levels[place], _CHARACTERS), points[place]
        half = 0.3 * FONT_SIZE * len(name) * a_pixel
        for side in (1, -1):
            low, high = sorted((y + side * 1.2 * dot, y + side * (1.2 * dot + height)))
            box = (x - half, x + half, low, high)
            if any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            label = axes.annotate(
                name,
                (x, y),
                xytext=(0, 4 * side),
                textcoords="offset points",
                ha="center",
                va="bottom" if side > 0 else "top",
                color=COLOURS["ink"],
                fontsize=10.5,
            )
            label.set_parse_math(False)
            break


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    """Whether two boxes (left, right, bottom, top) have a point in common."""
    return first[0] < second[1] and second[0] < first[1] and first[2] < second[3] and second[2] < first[3]


def number_plot(embedded: NumberEmbedding, strings: Strings, *, ident: str) -> Picture:
    """Draw the curves that take the place of a number."""
    figure, axes = new_figure(*_SIZE, grid="y")
    axes.axhline(0.0, **REFERENCE_LINE, zorder=1)
    for curve in embedded.curves[:-1]:
        axes.plot(embedded.grid, curve, color=COLOURS["leading"], linewidth=1.8)
    axes.plot(embedded.grid, embedded.curves[-1], color=COLOURS["validation"], linewidth=1.8)  # the clipped number
    axes.set(xlabel=shorten(embedded.column, 40), ylabel=strings("plot.axis.embedded"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    return draw_svg(figure, ident=ident, label=strings("plot.number", column=embedded.column))
