"""How well models put one class before the others: ROC and precision-recall, a line a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report._format import fixed, shorten
from skdl.report.plots._svg import COLOURS, SQUARE, draw_svg, new_figure, tidy
from skdl.report.sections.errors._model_lines import draw_key, line_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.results import ClassErrors

__all__ = ["precision_recall_plot", "roc_plot"]


def roc_plot(models: Sequence[ClassErrors], words: Words) -> Picture | None:
    """Draw recall over the share of false alarms, with the diagonal of guessing; None without ratings."""
    curves = [(place, one.model, one.roc, one.roc_auc) for place, one in enumerate(models) if one.roc is not None]
    if not curves:
        return None
    figure, axes = new_figure(*SQUARE)
    axes.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, model, line, area in curves:
        axes.plot(line.x, line.y, **line_style(place), label=f"{fixed(area, 3)} {shorten(model, 22)}")
    _finish(axes, words("plot.axis.false_alarms"), words("plot.axis.recall"))
    draw_key(axes, "lower right", words("plot.area"))
    label = words("plot.roc", models=", ".join(model for _, model, _, _ in curves))
    return draw_svg(figure, ident="roc", label=label, css="square")


def precision_recall_plot(models: Sequence[ClassErrors], words: Words) -> Picture | None:
    """Draw precision over recall; None without ratings."""
    curves = [
        (place, one.model, one.precision_recall, one.average_precision)
        for place, one in enumerate(models)
        if one.precision_recall is not None
    ]
    if not curves:
        return None
    figure, axes = new_figure(*SQUARE)
    for place, model, line, area in curves:
        named = f"{fixed(area, 3)} {shorten(model, 22)}"
        axes.plot(
            line.x, line.y, **line_style(place), drawstyle="steps-pre", label=named
        )  # nothing lies between points
    _finish(axes, words("plot.axis.recall"), words("plot.axis.precision"))
    draw_key(axes, "lower left", words("plot.area"))
    label = words("plot.precision_recall", models=", ".join(model for _, model, _, _ in curves))
    return draw_svg(figure, ident="precision-recall", label=label, css="square")


def _finish(axes: Axes, x_label: str, y_label: str) -> None:
    tidy(axes, grid="both")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
