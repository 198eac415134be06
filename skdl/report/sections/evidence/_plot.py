"""Every model's difference to one, with its interval and the band within which a difference does not matter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skdl.report._format import MINUS, shorten
from skdl.report._scale import axis_limits
from skdl.report.plots._svg import COLOURS, FONT_SIZE, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import AgainstRow, Summary

__all__ = ["forest_plot"]


def forest_plot(summary: Summary, words: Words, *, width: float, css: str = "") -> Picture | None:
    """Draw a row a model: its score minus the reference's; None where no difference has an interval."""
    against, column = summary.against, summary.columns[0]
    if against is None or not any(row.low is not None for row in against.rows):
        return None
    figure, axes = new_figure(width, 58.0 + 27.0 * len(against.rows))
    limits = _limits(against.rows, against.equivalence, greater_is_better=column.greater_is_better)
    axes.axvspan(-against.equivalence, against.equivalence, color=COLOURS["grid"], zorder=0, linewidth=0)
    axes.axvline(0.0, color=COLOURS["muted"], linewidth=1.2, zorder=1)
    for place, row in enumerate(against.rows):
        colour = COLOURS["leading" if row.model in summary.verdict.group else "other"]
        _interval(axes, row, place, colour, limits, words)
    tidy(axes, grid="x")
    length = 24 if width > 500 else 15  # noqa: PLR2004 - a phone's plot
    axes.set_yticks(range(len(against.rows)), labels=[shorten(row.model, length) for row in against.rows])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
        label.set_color(COLOURS["ink"])
    axes.set_ylim(len(against.rows) - 0.5, -0.5)
    axes.set_xlim(*limits)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if width > 500 else 4))  # noqa: PLR2004 - a phone's plot
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
    axes.set_xlabel(words("plot.axis.difference", metric=column.label, model=shorten(against.reference, length)))
    described = words("plot.forest", metric=column.label, model=against.reference)
    return draw_svg(figure, ident=f"forest{width:g}", label=described, css=css)


def _limits(rows: list[AgainstRow], equivalence: float, *, greater_is_better: bool) -> tuple[float, float]:
    """Fit the axis to the better models, zero and the band; one far behind is left off the scale."""
    sign = -1.0 if greater_is_better else 1.0
    known = [(row.low, row.high) for row in rows if row.low is not None and row.high is not None]
    spans = [(low, high) if low <= high else (high, low) for low, high in known]
    nearest = sorted(spans, key=lambda span: sign * (span[0] + span[1]))
    return axis_limits([(-equivalence, equivalence), *nearest])


def _interval(axes: Axes, row: AgainstRow, place: int, colour: str, limits: tuple[float, float], words: Words) -> None:
    if not limits[0] <= row.difference <= limits[1]:
        at_left = row.difference < limits[0]
        said = f"  {words('interval.off_scale')}  "
        axes.text(
            limits[0] if at_left else limits[1],
            place,
            said,
            color=COLOURS["muted"],
            va="center",
            ha="left" if at_left else "right",
            size=FONT_SIZE,
        )
        return
    if row.low is not None and row.high is not None:
        axes.plot(
            np.clip([row.low, row.high], *limits), [place, place], color=colour, linewidth=2.5, alpha=0.6, zorder=2
        )
    axes.plot(
        [row.difference],
        [place],
        marker="o",
        markersize=8,
        color=colour,
        markeredgecolor=COLOURS["surface"],
        markeredgewidth=1.0,
        zorder=3,
    )


def _signed(value: float) -> str:
    """Write a tick with its sign, as a difference has one."""
    text = f"{abs(value):g}"
    return text if math.isclose(value, 0.0, abs_tol=1e-12) else f"{MINUS if value < 0 else '+'}{text}"
