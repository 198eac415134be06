"""Every model's score on every fold, as connected dots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report._scale import axis_limits
from skdl.report.plots._svg import COLOURS, FONT_SIZE, draw_svg, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import Summary

__all__ = ["fold_plot"]


def fold_plot(summary: Summary, words: Words, *, width: float, css: str = "") -> Picture:
    """Draw each model's score on each fold: a row a model, a dot a fold, lines joining the same fold."""
    column = summary.columns[0]
    ranked = [row for row in summary.models if row.status == "ok" and column.name in row.scores]
    cells = {(row.model, row.repeat, row.fold): row.scores.get(column.name) for row in summary.folds}
    folds = sorted({(row.repeat, row.fold) for row in summary.folds})
    table = np.array(
        [[_number(cells.get((row.model, *fold))) for fold in folds] for row in ranked]
    )  # (n_models, n_folds)
    limits = axis_limits([_range(values) for values in table])
    is_off = [not np.any((values >= limits[0]) & (values <= limits[1])) for values in table]
    figure, axes = new_figure(width, 46.0 + 34.0 * len(ranked))
    places = np.arange(len(ranked))
    joined = np.where(np.array(is_off)[:, None], np.nan, table)  # a line into the void says nothing
    for fold in range(len(folds)):
        axes.plot(joined[:, fold], places, color=COLOURS["muted"], linewidth=1.0, alpha=0.22, zorder=1)
    for place, row in enumerate(ranked):
        colour = COLOURS["leading" if row.model in summary.verdict.group else "other"]
        _dots(axes, table[place], place, colour)
        _mean_bar(axes, row.scores[column.name], place, colour)
    length = 24 if width > 500 else 15  # noqa: PLR2004 - a phone's plot
    names = [shorten(row.model, length) for row in ranked]
    for off in np.flatnonzero(is_off).tolist():
        axes.text(
            limits[0], off, f"  {words('interval.off_scale')}", color=COLOURS["muted"], va="center", size=FONT_SIZE
        )
    tidy(axes, grid="x")
    axes.set_yticks(places, labels=names, color=COLOURS["ink"])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(len(ranked) - 0.5, -0.5)
    axes.set_xlim(*limits)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if width > 500 else 4))  # noqa: PLR2004 - a phone's plot
    axes.set_xlabel(column.label)
    described = words("plot.folds", metric=column.label, models=", ".join(row.model for row in ranked))
    return draw_svg(figure, ident=f"folds{width:g}", label=described, css=css)


def _dots(axes: Axes, values: NDArray[np.float64], place: int, colour: str) -> None:
    axes.plot(
        values,
        np.full(len(values), place),
        linestyle="none",
        marker="o",
        markersize=6.5,
        markerfacecolor=colour,
        markeredgecolor=COLOURS["surface"],
        markeredgewidth=1.0,
        alpha=0.75,
        zorder=2,
    )


def _mean_bar(axes: Axes, score: Any, place: int, colour: str) -> None:
    """Mark the mean, and its interval below the dots, where it is covered by none."""
    below = place + 0.3
    if score.low is not None and score.high is not None:
        axes.plot([score.low, score.high], [below, below], color=colour, linewidth=2.5, alpha=0.55, zorder=3)
    axes.plot([score.mean], [below], marker="|", markersize=9, markeredgewidth=2.5, color=colour, zorder=4)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)
