"""Whether probabilities come true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.report._format import share, shorten
from skdl.report.plots._svg import COLOURS, SQUARE, draw_svg, new_figure, tidy
from skdl.report.sections.errors._model_lines import draw_key, line_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import ClassErrors

__all__ = ["calibration_plot"]


def calibration_plot(models: Sequence[ClassErrors], words: Words) -> Picture | None:
    """Draw the share that came true over the probability that was given, with 95 % intervals; None without any."""
    drawn = [(place, one) for place, one in enumerate(models) if one.calibration]
    if not drawn:
        return None
    figure, axes = new_figure(*SQUARE)
    axes.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, one in drawn:
        given, true, low, high = np.array([[b.given, b.came_true, b.low, b.high] for b in one.calibration]).T
        style = line_style(place)
        axes.vlines(given, low, high, color=style["color"], linewidth=1.0, alpha=0.5, zorder=style["zorder"])
        named = f"{share(one.calibration_error or 0.0)} {shorten(one.model, 22)}"
        axes.plot(given, true, **style, marker="o", markersize=4.6, label=named)
    tidy(axes, grid="both")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_xlabel(words("plot.axis.given"))
    axes.set_ylabel(words("plot.axis.came_true"))
    draw_key(axes, "upper left", words("plot.off_by"))
    label = words("plot.calibration", models=", ".join(one.model for _, one in drawn))
    return draw_svg(figure, ident="calibration", label=label, css="square")
