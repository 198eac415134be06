"""What a better score costs: score against the seconds to fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from skdl.report._format import shorten
from skdl.report._scale import axis_limits
from skdl.report.plots._svg import COLOURS, FONT_SIZE, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Summary

__all__ = ["time_plot"]

HEIGHT = 300.0
LETTER = 0.62  # mean width of a letter over its height, in wide fonts
FEWEST = 2  # models


def time_plot(summary: Summary, words: Words, *, width: float, css: str = "") -> Picture | None:
    """Draw a dot a model, its name beside it; None for fewer than two."""
    column = summary.columns[0]
    rows = [row for row in summary.models if row.rank is not None and row.fit_s]
    if len(rows) < FEWEST:
        return None
    seconds = np.array([row.fit_s for row in rows])
    scores = np.array([row.scores[column.name].mean for row in rows])
    limits = axis_limits([(score, score) for score in scores.tolist()])
    figure, axes = new_figure(width, HEIGHT)
    axes.set_xscale("log")
    low, high = seconds.min() / 1.6, seconds.max() * 1.6
    axes.set_xlim(low, high)
    axes.set_ylim(*(limits if column.greater_is_better else limits[::-1]))  # better is up
    inside = np.clip(scores, *limits)
    colours = [COLOURS["leading" if row.model in summary.verdict.group else "other"] for row in rows]
    axes.scatter(seconds, inside, s=58, c=colours, edgecolors=COLOURS["surface"], linewidths=1.0, zorder=3)
    tidy(axes, grid="both")
    axes.xaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(words("plot.axis.fit_s"))
    axes.set_ylabel(column.label)
    length = 18 if width > 500 else 12  # noqa: PLR2004 - a phone's plot
    off = f" ({words('interval.off_scale')})"
    is_off = (inside != scores).tolist()
    names = [shorten(row.model, length) + (off if away else "") for row, away in zip(rows, is_off, strict=True)]
    _name(axes, seconds, inside, names)
    return draw_svg(figure, ident=f"time{width:g}", label=words("plot.time", metric=column.label), css=css)


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten within the axis, with threes between them where these are few."""
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    tens = [10.0**exponent for exponent in exponents]
    inside = [value for value in tens if low <= value <= high]
    if len(inside) > 2:  # noqa: PLR2004 - enough to read by
        return inside
    return [value for ten in tens for value in (ten, 3.0 * ten) if low <= value <= high]


def _name(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], names: list[str]) -> None:
    """Write each name beside its dot, to the left where there is no room to the right, apart from the others."""
    axes.figure.canvas.draw()  # so that the axes have their place
    dots = axes.transData.transform(np.column_stack([x, y]))
    (left, _), (right, _) = axes.transAxes.transform([(0.0, 0.0), (1.0, 1.0)])
    taken = [(place[0] - 6.0, place[1] - 6.0, place[0] + 6.0, place[1] + 6.0) for place in dots]
    for name, place in zip(names, dots, strict=True):
        wide, high = LETTER * FONT_SIZE * len(name), FONT_SIZE + 2.0
        ways = [
            (9.0, 0.0),
            (-9.0 - wide, 0.0),
            *((dx, dy) for dy in (12.0, -12.0, 24.0, -24.0) for dx in (4.0, -4.0 - wide)),
        ]
        boxes = [
            (place[0] + dx, place[1] + dy - high / 2, place[0] + dx + wide, place[1] + dy + high / 2) for dx, dy in ways
        ]
        inside = [box for box in boxes if left <= box[0] and box[2] <= right]
        free = [box for box in inside if not any(_meet(box, other) for other in taken)]
        box = (free or inside or boxes)[0]
        taken.append(box)
        at = axes.transData.inverted().transform((box[0], (box[1] + box[3]) / 2))
        label = axes.text(at[0], at[1], name, size=FONT_SIZE - 0.5, color=COLOURS["ink"], va="center", zorder=4)
        label.set_parse_math(False)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
