"""Pictures of the networks: training and validation loss by epoch."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from skdl.report._pictures import COLOURS, REFERENCE_LINE, draw_dots, draw_svg, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import NetworkSummary, Summary


MOST_EPOCHS_DRAWN = 150
LOG_FROM = 20.0  # greatest loss over least, from where an even scale hides the end of the curve
CURVE_SIZE = (410.0, 265.0)


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the training curves of every network that has any."""
    drawn = {
        f"network-{index}": curve_plot(network, strings, ident=f"network{index}")
        for index, network in enumerate(summary.networks)
    }
    return {name: picture for name, picture in drawn.items() if picture is not None}


def curve_plot(network: NetworkSummary, strings: Strings, *, ident: str) -> Picture | None:
    """Draw loss by epoch, a thin line per fold and a thick median; None without finite values."""
    training = [np.asarray(curve.loss, dtype=np.float64) for curve in network.curves]
    validation = [np.asarray(curve.val_loss, dtype=np.float64) for curve in network.curves if curve.val_loss]
    losses = np.concatenate([*training, *validation]) if training else np.array([])
    baselines = [curve.baseline_loss for curve in network.curves if curve.baseline_loss is not None]
    losses = np.append(losses, [np.median(baselines)] if baselines else [])
    losses = losses[np.isfinite(losses)]
    if len(losses) == 0:
        return None
    figure, axes = new_figure(*CURVE_SIZE, grid="y")
    for curves, colour in ((training, COLOURS["training"]), (validation, COLOURS["validation"])):
        _curves(axes, curves, colour)
    if baselines:
        axes.axhline(float(np.median(baselines)), **REFERENCE_LINE, zorder=2)
    _best_epochs(axes, network)
    # A logarithmic axis cannot show a loss of zero or below, such as that of the cosine similarity.
    if losses.min() > 0.0 and losses.max() / losses.min() >= LOG_FROM:
        axes.set_yscale("log")
        # Within few decades the powers of ten alone would be too few ticks.
        decades = math.log10(losses.max() / losses.min())
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if decades < 3 else (1.0,)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.minorticks_off()
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set(xlabel=strings("plot.axis.epoch"), ylabel=strings("plot.axis.loss"))
    key = "plot.curve" if validation else "plot.curve_training"
    return draw_svg(figure, ident=ident, label=strings(key, model=network.model))


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
    """Epochs from 1, thinned to the resolution of the plot, with the last one."""
    step = max(1, math.ceil(n_epochs / MOST_EPOCHS_DRAWN))
    return np.unique(np.append(np.arange(1, n_epochs + 1, step), n_epochs)).astype(np.int64)


def _median_curve(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Median over the folds, up to the epoch that 80 % of them reached: it jumps where folds end."""
    if not curves:
        return np.array([])
    # Of the sorted lengths, a fifth of the folds ended before this one.
    length = int(np.sort([len(curve) for curve in curves])[len(curves) // 5])
    by_epoch = [np.array(losses) for losses in zip_longest(*curves, fillvalue=np.nan)][:length]
    finite = [losses[np.isfinite(losses)] for losses in by_epoch]
    return np.array([np.median(losses) if len(losses) else np.nan for losses in finite])


def _best_epochs(axes: Axes, network: NetworkSummary) -> None:
    """Mark each fold's best epoch on its validation curve, or else on its training curve."""
    marks = [
        (curve.best_epoch, (curve.val_loss or curve.loss)[curve.best_epoch - 1])
        for curve in network.curves
        if curve.best_epoch is not None and curve.best_epoch <= len(curve.val_loss or curve.loss)
    ]
    if marks:
        epochs, losses = zip(*marks, strict=True)
        draw_dots(
            axes, epochs, losses, COLOURS["surface"], size=6.0, edge=1.4, markeredgecolor=COLOURS["ink"], zorder=4
        )
