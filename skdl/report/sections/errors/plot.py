"""Pictures of errors: residuals of a regression; ROC, precision-recall, calibration and costs of classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from skdl.report._format import fixed, share, shorten
from skdl.report._pictures import COLOURS, FONT_SIZE, REFERENCE_LINE, SQUARE, draw_dots, draw_svg, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import ClassErrors, Cloud, Line, RegressionErrors, Summary, Thresholds


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw two pictures per model of a regression, or the curves of classifiers; those without data are left out."""
    drawn: dict[str, Picture | None] = {}
    for index, model in enumerate(summary.errors.regression):
        drawn |= {
            f"predicted-{index}": predicted_plot(model, summary.data.target, strings, ident=f"predicted{index}"),
            f"residuals-{index}": residual_plot(model, strings, ident=f"residuals{index}"),
        }
    classifiers = summary.errors.classification
    drawn |= {
        "roc": curve_plot("roc", [(one.model, one.roc, one.roc_auc) for one in classifiers], strings),
        "precision-recall": curve_plot(
            "precision_recall",
            [(one.model, one.precision_recall, one.average_precision) for one in classifiers],
            strings,
        ),
        "calibration": calibration_plot(classifiers, strings),
    }
    for index, classifier in enumerate(classifiers):
        if classifier.thresholds is not None:
            drawn[f"thresholds-{index}"] = threshold_plot(classifier.thresholds, strings, ident=f"thresholds{index}")
    return {name: picture for name, picture in drawn.items() if picture is not None}


def predicted_plot(errors: RegressionErrors, target: str, strings: Strings, *, ident: str) -> Picture:
    """Draw predicted against actual with the diagonal of perfect predictions."""
    figure, axes = new_figure(*SQUARE, grid="both")
    ends = errors.predicted.x_range
    axes.plot(ends, ends, **REFERENCE_LINE, zorder=3)
    _draw_cloud(axes, errors.predicted)
    actual = strings("plot.axis.actual", target=shorten(target, 30))
    axes.set(xlabel=actual, ylabel=strings("plot.axis.predicted"))
    label = strings("plot.predicted", model=errors.model, target=target)
    return draw_svg(figure, ident=ident, label=label, css="square")


def residual_plot(errors: RegressionErrors, strings: Strings, *, ident: str) -> Picture:
    """Draw errors against predictions with the zero line and the running median."""
    figure, axes = new_figure(*SQUARE, grid="both")
    axes.axhline(0.0, **REFERENCE_LINE, zorder=3)
    _draw_cloud(axes, errors.errors)
    middle = errors.running_median
    if middle is not None:
        # A wider line in the background's colour separates the median from the points.
        axes.plot(middle.x, middle.y, color=COLOURS["surface"], linewidth=4.4, zorder=4)
        axes.plot(middle.x, middle.y, color=COLOURS["second"], linewidth=2.2, zorder=5)
    axes.set(xlabel=strings("plot.axis.predicted"), ylabel=strings("plot.axis.error"))
    key = "plot.residuals" if middle is None else "plot.residuals_median"
    return draw_svg(figure, ident=ident, label=strings(key, model=errors.model), css="square")


_CODES = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]])


def _draw_cloud(axes: Axes, cloud: Cloud) -> None:
    """Draw points or bins, and set the ranges of the axes."""
    if cloud.counts is not None and cloud.bin_size is not None:
        _draw_bins(axes, np.column_stack([cloud.x, cloud.y]), np.asarray(cloud.counts), np.asarray(cloud.bin_size))
    else:
        dots = {"linestyle": "none", "marker": "o", "markersize": 4.6, "markeredgewidth": 0}
        axes.plot(cloud.x, cloud.y, **dots, color=COLOURS["leading"], alpha=0.5, zorder=2)  # type: ignore[arg-type]
    axes.set(xlim=tuple(cloud.x_range), ylim=tuple(cloud.y_range))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))


def _draw_bins(axes: Axes, middles: NDArray[np.float64], counts: NDArray[np.int64], size: NDArray[np.float64]) -> None:
    """Shade bins by the logarithm of their rows; bins of one shade are one path, which takes a tenth of the bytes."""
    shades = np.round(0.18 + 0.82 * np.log1p(counts) / np.log1p(counts.max()), 1)
    for shade in np.unique(shades):
        corners = middles[shades == shade][:, None, :] + _CORNERS * size  # (n_bins, 5, 2)
        path = Path(corners.reshape(-1, 2), _CODES * len(corners))
        axes.add_patch(PathPatch(path, facecolor=COLOURS["leading"], edgecolor="none", alpha=float(shade), zorder=2))


# Of a curve: how points are joined (precision is not linear between them), and the two axes.
_CURVES: dict[str, tuple[Any, str, str]] = {
    "roc": ("default", "false_alarms", "recall"),
    "precision_recall": ("steps-pre", "recall", "precision"),
}


def curve_plot(name: str, models: Sequence[tuple[str, Line | None, float | None]], strings: Strings) -> Picture | None:
    """Draw a curve with its area of each model; None without class scores."""
    curves = [(rank, model, line, area) for rank, (model, line, area) in enumerate(models) if line is not None]
    if not curves:
        return None
    drawstyle, x, y = _CURVES[name]
    figure, axes = new_figure(*SQUARE, grid="both")
    if name == "roc":
        axes.plot([0, 1], [0, 1], **REFERENCE_LINE, zorder=1)  # random guessing
    for rank, model, line, area in curves:
        label = f"{fixed(area, 3)} {shorten(model, 22)}"
        axes.plot(line.x, line.y, **_line_style(rank), drawstyle=drawstyle, label=label)
    _unit_square(axes, strings(f"plot.axis.{x}"), strings(f"plot.axis.{y}"))
    _draw_key(axes, strings("plot.area"))
    label = strings(f"plot.{name}", models=", ".join(model for _, model, _, _ in curves))
    return draw_svg(figure, ident=name.replace("_", "-"), label=label, css="square")


def _unit_square(axes: Axes, x_label: str, y_label: str) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x_label, ylabel=y_label)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "0.25", "0.5", "0.75", "1"])


def calibration_plot(models: Sequence[ClassErrors], strings: Strings) -> Picture | None:
    """Draw calibration curves with 95 % intervals; None without probabilities."""
    drawn = [(rank, model_errors) for rank, model_errors in enumerate(models) if model_errors.calibration]
    if not drawn:
        return None
    figure, axes = new_figure(*SQUARE, grid="both")
    axes.plot([0, 1], [0, 1], **REFERENCE_LINE, zorder=1)
    for rank, model_errors in drawn:
        predicted, observed, low, high = np.array(
            [[b.given, b.came_true, b.low, b.high] for b in model_errors.calibration]
        ).T
        style = _line_style(rank)
        axes.vlines(predicted, low, high, color=style["color"], linewidth=1.0, alpha=0.5, zorder=style["zorder"])
        label = f"{share(model_errors.calibration_error or 0.0)} {shorten(model_errors.model, 22)}"
        axes.plot(predicted, observed, **style, marker="o", markersize=4.6, label=label)
    _unit_square(axes, strings("plot.axis.given"), strings("plot.axis.came_true"))
    _draw_key(axes, strings("plot.off_by"))
    label = strings("plot.calibration", models=", ".join(model_errors.model for _, model_errors in drawn))
    return draw_svg(figure, ident="calibration", label=label, css="square")


_SIZE = (410.0, 290.0)


def threshold_plot(thresholds: Thresholds, strings: Strings, *, ident: str) -> Picture:
    """Draw the cost per 1,000 rows by threshold, a line per cost ratio, with its minimum and a line at 0.5."""
    figure, axes = new_figure(*_SIZE, grid="both")
    axes.axvline(0.5, **REFERENCE_LINE, zorder=1)
    for rank, curve in enumerate(thresholds.curves):
        style = _line_style(rank)
        prices = strings("plot.prices", alarm=f"{curve.false_alarm:g}", miss=f"{curve.miss:g}")
        axes.plot(thresholds.thresholds, curve.costs, **style, label=prices)
        draw_dots(axes, [curve.best_threshold], [curve.best_cost], style["color"], size=8.0, edge=1.5, zorder=6)
    # Limited, because the cost at thresholds near 0 and 1 would flatten the minimum.
    ceiling = 2.5 * max(curve.usual_cost for curve in thresholds.curves)  # costly thresholds may exceed the axis
    highest = max(max(curve.costs) for curve in thresholds.curves)
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, min(ceiling, 1.05 * highest) or 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set(xlabel=strings("plot.axis.threshold"), ylabel=strings("plot.axis.cost"))
    _draw_key(axes, strings("plot.prices_title"))
    return draw_svg(figure, ident=ident, label=strings("plot.thresholds", model=thresholds.model), css="square")


_COLOURS = ("first", "second", "third")
_DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.6)), (0, (1.6, 1.4)))


def _line_style(rank: int) -> dict[str, Any]:
    """Colour, dashes and order of the model at this rank; the best model is on top."""
    return {"color": COLOURS[_COLOURS[rank]], "linestyle": _DASHES[rank], "linewidth": 2.0, "zorder": 5 - rank}


def _draw_key(axes: Axes, title: str) -> None:
    """Add a legend where it covers the least of the lines."""
    key = axes.legend(
        loc="best",
        title=title,
        fontsize=FONT_SIZE,
        title_fontsize=FONT_SIZE,
        facecolor=COLOURS["surface"],
        edgecolor="none",
        framealpha=0.85,
        labelcolor=COLOURS["ink"],
        handlelength=2.2,
        borderpad=0.2,
        labelspacing=0.35,
        alignment="left",
    )
    key.get_title().set_color(COLOURS["muted"])
    for text in (*key.get_texts(), key.get_title()):
        text.set_parse_math(False)
