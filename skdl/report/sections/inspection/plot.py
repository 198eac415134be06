"""Pictures of the model inspection: importance bars and partial dependence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from skdl.report._format import shorten
from skdl.report._pictures import COLOURS, bar_figure, draw_svg, for_both_widths, legend_above, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import Dependence, DependenceLine, Insight, Summary


MOST_BARS = 20


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the importances, for a desktop and for a phone, and the partial dependence on each column."""
    drawn: dict[str, Picture] = {}
    insights = [insight for insight in (summary.insight, summary.leader_insight) if insight is not None]
    for number, insight in enumerate(insights):
        if insight.importances:
            draw = partial(importance_plot, insight, summary.columns[0].label, strings)
            drawn |= for_both_widths(f"importance-{number}", draw)
        limits = shared_limits(insight.dependence) if insight.dependence else (0.0, 1.0)
        for index, dependence in enumerate(insight.dependence):
            name = f"dependence-{number}-{index}"
            drawn[name] = dependence_plot(dependence, summary.data.target, strings, limits=limits, ident=name)
    return drawn


def importance_plot(insight: Insight, metric: str, strings: Strings, *, css: str, ident: str) -> Picture:
    """Draw a bar per column or group of columns, the most important on top, with the standard deviation as a line."""
    shown = insight.importances[:MOST_BARS]
    names = [" + ".join(importance.columns) for importance in shown]
    means = np.array([importance.mean for importance in shown])
    spreads = np.array([importance.spread or 0.0 for importance in shown])
    # Less than one standard deviation above zero may be chance.
    figure, axes = bar_figure(names, means, (means - spreads, means + spreads), means > spreads, css)
    axes.set_xlabel(strings("plot.axis.loss_of", metric=metric))
    described = strings("plot.importance", metric=metric, columns=", ".join(names))
    return draw_svg(figure, ident=ident, label=described, css=css)


DEPENDENCE_SIZE = (410.0, 250.0)
_COLOURS = ("leading", "validation", "training", "ink", "other")
_FEW_CATEGORIES = 5  # whose names fit side by side


def shared_limits(dependences: Sequence[Dependence]) -> tuple[float, float]:
    """One range of predictions for all columns, so that slopes can be compared."""
    lines = [line for dependence in dependences for line in dependence.lines]
    low, high = min(min(line.low) for line in lines), max(max(line.high) for line in lines)
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def dependence_plot(
    dependence: Dependence, target: str, strings: Strings, *, limits: tuple[float, float], ident: str
) -> Picture:
    """Draw a line per class, the range of the folds as a band, and marks at the column's deciles."""
    figure, axes = new_figure(*DEPENDENCE_SIZE, grid="y")
    x = np.asarray(dependence.grid, dtype=np.float64) if dependence.is_numeric else np.arange(len(dependence.grid))
    for line, name in zip(dependence.lines, _COLOURS, strict=False):
        _line(axes, x, line, COLOURS[name], is_numeric=dependence.is_numeric)
    axes.set(ylim=limits, xlabel=shorten(dependence.column, 40), ylabel=_y_label(dependence, target, strings))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    if dependence.is_numeric:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=bool((x == np.rint(x)).all())))
        inside = [mark for mark in dependence.deciles if x[0] <= mark <= x[-1]]
        # x in units of the column, y in shares of the axes' height.
        across = axes.get_xaxis_transform()
        axes.vlines(inside, 0.0, 0.035, transform=across, color=COLOURS["muted"], linewidth=1.2)
    else:
        _name_categories(axes, dependence.grid)
    if len(dependence.lines) > 1:
        legend_above(axes)
    return draw_svg(figure, ident=ident, label=strings("plot.dependence", column=dependence.column))


def _line(axes: Axes, x: Any, line: DependenceLine, colour: str, *, is_numeric: bool) -> None:
    label = None if line.label is None else shorten(line.label, 14)
    if is_numeric:
        axes.fill_between(x, line.low, line.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(x, line.values, color=colour, linewidth=2.0, label=label)
        return
    axes.vlines(x, line.low, line.high, color=colour, linewidth=5.0, alpha=0.25)
    axes.plot(x, line.values, color=colour, linestyle="none", marker="o", markersize=7.0, label=label)


def _name_categories(axes: Axes, categories: list[Any]) -> None:
    few = len(categories) <= _FEW_CATEGORIES
    names = [shorten(str(category), 10 if few else 12) for category in categories]
    axes.set_xticks(np.arange(len(names)), labels=names, rotation=0 if few else 40, ha="center" if few else "right")
    for label in axes.get_xticklabels():
        label.set_parse_math(False)
    axes.set_xlim(-0.5, len(names) - 0.5)


def _y_label(dependence: Dependence, target: str, strings: Strings) -> str:
    if dependence.scale == "target":
        return strings("plot.axis.answer", target=shorten(target, 24))
    if dependence.scale == "score":
        return strings("plot.axis.score")
    label = dependence.lines[0].label if len(dependence.lines) == 1 else None
    if label is None:
        return strings("plot.axis.probability_each")
    return strings("plot.axis.probability", label=shorten(label, 20))
