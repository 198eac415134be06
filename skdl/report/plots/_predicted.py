"""Predicted against actual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report.plots._svg import COLOURS, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.report.summary import PredictedActual

__all__ = ["MOST_POINTS", "predicted_plot"]

MOST_POINTS = 2000  # more are binned
PREDICTED_SIZE = (330.0, 320.0)


def predicted_plot(pairs: PredictedActual, words: Words, *, ident: str) -> Picture:
    """Draw predicted against actual with the diagonal; from 2,000 rows on as shaded bins."""
    actual, predicted = (np.asarray(values, dtype=np.float64) for values in (pairs.actual, pairs.predicted))
    kept = np.isfinite(actual) & np.isfinite(predicted)
    actual, predicted = actual[kept], predicted[kept]
    figure, axes = new_figure(*PREDICTED_SIZE)
    low, high = _square_limits(actual, predicted)
    axes.plot([low, high], [low, high], color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    if len(actual) > MOST_POINTS:
        _bins(axes, actual, predicted, (low, high))
    else:
        axes.plot(
            actual,
            predicted,
            linestyle="none",
            marker="o",
            markersize=4.6,
            markeredgewidth=0,
            color=COLOURS["leading"],
            alpha=0.5,
            zorder=2,
        )
    tidy(axes, grid="both")
    axes.set(xlim=(low, high), ylim=(low, high))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(words("plot.axis.actual", target=shorten(pairs.target, 30)))
    axes.set_ylabel(words("plot.axis.predicted"))
    described = words("plot.predicted", model=pairs.model, target=pairs.target)
    return draw_svg(figure, ident=ident, label=described, css="square")


def _square_limits(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, float]:
    """One range for both axes: that of what is, widened to what was said unless a few predictions ran away."""
    if len(actual) == 0:
        return 0.0, 1.0
    span = float(np.ptp(actual)) or abs(float(actual[0])) or 1.0
    low = max(float(min(actual.min(), predicted.min())), float(actual.min()) - span)
    high = min(float(max(actual.max(), predicted.max())), float(actual.max()) + span)
    margin = 0.03 * (high - low or 1.0)
    return low - margin, high + margin


def _bins(axes: Axes, actual: NDArray[np.float64], predicted: NDArray[np.float64], limits: tuple[float, float]) -> None:
    """Shade hexagons by the logarithm of their rows, in the page's own colour."""
    bins = axes.hexbin(actual, predicted, gridsize=38, extent=(*limits, *limits), mincnt=1, linewidths=0.2)
    counts = np.asarray(bins.get_array(), dtype=np.float64)
    strength = 0.18 + 0.82 * np.log1p(counts) / np.log1p(counts.max())
    bins.set_array(None)
    bins.set(facecolor=COLOURS["leading"], edgecolor="none", alpha=np.round(strength, 1))
