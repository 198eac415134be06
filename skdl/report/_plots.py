"""The report's pictures: folds, training curves, predicted against actual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from skdl.report._svg import COLOURS, FONT_SIZE, draw_svg, new_figure, shorten, tidy
from skdl.report._view import axis_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._summary import NetworkSummary, PredictedActual, Summary
    from skdl.report._words import Words

__all__ = ["MOST_POINTS", "curve_plot", "fold_plot", "predicted_plot"]

MOST_POINTS = 2000  # more are binned
MOST_EPOCHS_DRAWN = 150
LOG_FROM = 20.0  # greatest loss over least, from where an even scale hides the end of the curve
CURVE_SIZE = (410.0, 265.0)
PREDICTED_SIZE = (330.0, 320.0)


def fold_plot(summary: Summary, words: Words, *, width: float, css: str = "") -> Markup:
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
        axes.text(limits[0], off, f"  {words('interval.off')}", color=COLOURS["muted"], va="center", size=FONT_SIZE)
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


def curve_plot(network: NetworkSummary, words: Words, *, ident: str) -> Markup | None:
    """Draw loss by epoch, a thin line a fold and the median thick; None where nothing finite was recorded."""
    training = [np.asarray(curve.loss, dtype=np.float64) for curve in network.curves]
    validation = [np.asarray(curve.val_loss, dtype=np.float64) for curve in network.curves if curve.val_loss]
    every = np.concatenate([*training, *validation]) if training else np.array([])
    every = every[np.isfinite(every)]
    if len(every) == 0:
        return None
    figure, axes = new_figure(*CURVE_SIZE)
    for curves, colour in ((training, COLOURS["training"]), (validation, COLOURS["validation"])):
        _curves(axes, curves, colour)
    _best_epochs(axes, network)
    tidy(axes, grid="y")
    if every.min() > 0.0 and every.max() / every.min() >= LOG_FROM:
        axes.set_yscale("log")
        decades = math.log10(every.max() / every.min())
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if decades < 3 else (1.0,)))  # noqa: PLR2004
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.minorticks_off()
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel(words("plot.axis.epoch"))
    axes.set_ylabel(words("plot.axis.loss"))
    key = "plot.curve" if validation else "plot.curve_training"
    return draw_svg(figure, ident=ident, label=words(key, model=network.model))


def _curves(axes: Axes, curves: Sequence[NDArray[np.float64]], colour: str) -> None:
    for curve in curves:
        epochs = _epochs_drawn(len(curve))
        axes.plot(epochs, curve[epochs - 1], color=colour, linewidth=1.0, alpha=0.28, zorder=1)
    middle = _median_curve(curves)
    if len(middle) > 0 and len(curves) > 1:
        epochs = _epochs_drawn(len(middle))
        axes.plot(epochs, middle[epochs - 1], color=colour, linewidth=2.2, zorder=3)
    elif len(middle) == 1:
        axes.plot([1], middle, marker="o", color=colour)


def _epochs_drawn(n_epochs: int) -> NDArray[np.int64]:
    """Epochs from 1, thinned to what the plot's width can show, the last one kept."""
    step = max(1, math.ceil(n_epochs / MOST_EPOCHS_DRAWN))
    return np.unique(np.append(np.arange(1, n_epochs + 1, step), n_epochs)).astype(np.int64)


def _median_curve(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Median over the folds, as far as four in five of them trained: folds that leave make it jump."""
    if not curves:
        return np.array([])
    length = int(np.sort([len(curve) for curve in curves])[len(curves) // 5])
    table = np.full((len(curves), length), np.nan)
    for place, curve in enumerate(curves):
        table[place, : min(length, len(curve))] = curve[:length]
    finite = np.where(np.isfinite(table), table, np.nan)
    return np.array([np.nanmedian(values) if np.isfinite(values).any() else np.nan for values in finite.T])


def _best_epochs(axes: Axes, network: NetworkSummary) -> None:
    """Mark each fold's best epoch on its validation curve, or on the training curve where there is none."""
    marks = [
        (curve.best_epoch, (curve.val_loss or curve.loss)[curve.best_epoch - 1])
        for curve in network.curves
        if curve.best_epoch is not None and curve.best_epoch <= len(curve.val_loss or curve.loss)
    ]
    if marks:
        epochs, losses = zip(*marks, strict=True)
        axes.plot(
            epochs,
            losses,
            linestyle="none",
            marker="o",
            markersize=6.0,
            markerfacecolor=COLOURS["surface"],
            markeredgecolor=COLOURS["ink"],
            markeredgewidth=1.4,
            zorder=4,
        )


def predicted_plot(pairs: PredictedActual, words: Words, *, ident: str) -> Markup:
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


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)
