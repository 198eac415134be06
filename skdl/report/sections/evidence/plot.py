"""Pictures of the evidence: scores by fold, differences with intervals, and score against time."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import EngFormatter, FuncFormatter

from skdl.report._format import MINUS, axis_limits, shorten
from skdl.report._pictures import (
    COLOURS,
    FONT_SIZE,
    WIDTHS,
    draw_dots,
    draw_svg,
    for_both_widths,
    name_rows,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.report._pictures import Picture
    from skdl.report._strings import Strings
    from skdl.results import AgainstRow, Summary


_LETTERS = (24, 15)  # of a model's name on a desktop and on a phone


def pictures(summary: Summary, strings: Strings) -> dict[str, Picture]:
    """Draw the scores by fold and the differences, for a desktop and for a phone."""
    if not summary.folds:
        return {}
    plots = {"folds": fold_plot, "forest": forest_plot}
    return {
        ident: picture
        for name, draw in plots.items()
        for ident, picture in for_both_widths(name, partial(draw, summary, strings)).items()
    }


def fold_plot(summary: Summary, strings: Strings, *, css: str, ident: str) -> Picture:
    """Draw each model's score on each fold: a row per model, a dot per fold, lines that connect the same fold."""
    column = summary.columns[0]
    ranked = [row for row in summary.models if row.status == "ok" and column.name in row.scores]
    cells = {(row.model, row.repeat, row.fold): row.scores.get(column.name) for row in summary.folds}
    folds = sorted({(row.repeat, row.fold) for row in summary.folds})
    # (n_models, n_folds), NaN where there is no score.
    table = np.array([[cells.get((row.model, *fold)) for fold in folds] for row in ranked], dtype=np.float64)
    limits = axis_limits([_score_range(values) for values in table])
    is_off = [not np.any((values >= limits[0]) & (values <= limits[1])) for values in table]
    figure, axes = new_figure(WIDTHS[css], 46.0 + 34.0 * len(ranked), grid="x")
    rows = np.arange(len(ranked))
    # (n_models, n_folds), NaN for models off the scale.
    joined = np.where(np.array(is_off)[:, None], np.nan, table)  # no lines to models off the scale
    for fold in range(len(folds)):
        axes.plot(joined[:, fold], rows, color=COLOURS["muted"], linewidth=1.0, alpha=0.22, zorder=1)
    for y, row in enumerate(ranked):
        colour = COLOURS["leading" if row.model in summary.verdict.group else "other"]
        draw_dots(axes, table[y], np.full(len(folds), y), colour, size=6.5, edge=1.0, alpha=0.75, zorder=2)
        _mean_bar(axes, row.scores[column.name], y, colour)
    text = f"  {strings('interval.off_scale')}"
    for off in np.flatnonzero(is_off).tolist():
        axes.text(limits[0], off, text, color=COLOURS["muted"], va="center", size=FONT_SIZE)
    name_rows(axes, [row.model for row in ranked], css, lengths=_LETTERS)
    axes.set(xlim=limits, xlabel=column.label)
    described = strings("plot.folds", metric=column.label, models=", ".join(row.model for row in ranked))
    return draw_svg(figure, ident=ident, label=described, css=css)


def _mean_bar(axes: Axes, score: Any, place: int, colour: str) -> None:
    """Mark mean and interval below the dots, so that no dot covers them."""
    below = place + 0.3
    if score.low is not None and score.high is not None:
        axes.plot([score.low, score.high], [below, below], color=colour, linewidth=2.5, alpha=0.55, zorder=3)
    axes.plot([score.mean], [below], marker="|", markersize=9, markeredgewidth=2.5, color=colour, zorder=4)


def _score_range(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)


_ROW_INCHES = 0.42


def plot_folds(summary: Summary, ax: Axes | None = None) -> Axes:
    """Draw each model's score on each fold, best model on top, with the mean and its interval below the dots.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        With a label on each axis and the models' names.
    """
    column = summary.columns[0]
    ranked = [row for row in summary.models if row.status == "ok" and column.name in row.scores]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 1.0 + _ROW_INCHES * len(ranked)), layout="constrained")
    for y, row in enumerate(ranked):
        scores_by_fold = (fold.scores.get(column.name) for fold in summary.folds if fold.model == row.model)
        values = np.array([np.nan if value is None else value for value in scores_by_fold])
        leads = row.model in summary.verdict.group
        colour = "tab:blue" if leads else "tab:gray"
        ax.plot(values, np.full(len(values), y), "o", color=colour, alpha=0.6, markersize=5)
        score = row.scores[column.name]
        if score.low is not None and score.high is not None:
            ax.plot([score.low, score.high], [y + 0.3] * 2, color=colour, linewidth=2)
        ax.plot([score.mean], [y + 0.3], "|", color=colour, markersize=9, markeredgewidth=2)
    ax.set_yticks(range(len(ranked)), labels=[row.model for row in ranked])
    ax.set_ylim(len(ranked) - 0.4, -0.6)
    ax.set_xlabel(f"{column.label} on each fold; mean and 95 % interval below")
    ax.set_title(summary.name)
    for text in (ax.xaxis.label, ax.title, *ax.get_yticklabels()):
        text.set_parse_math(False)
    return ax


def forest_plot(summary: Summary, strings: Strings, *, css: str, ident: str) -> Picture | None:
    """Draw a row per model, its score minus the reference's; None if no difference has an interval."""
    against, column = summary.against, summary.columns[0]
    if against is None or not any(row.low is not None for row in against.rows):
        return None
    figure, axes = new_figure(WIDTHS[css], 58.0 + 27.0 * len(against.rows), grid="x")
    # Differences keep the metric's own sign, so which side is better depends on its direction.
    limits = _limits(against.rows, against.equivalence, greater_is_better=column.greater_is_better)
    # The region of practical equivalence.
    axes.axvspan(-against.equivalence, against.equivalence, color=COLOURS["grid"], zorder=0, linewidth=0)
    axes.axvline(0.0, color=COLOURS["muted"], linewidth=1.2, zorder=1)
    for y, row in enumerate(against.rows):
        colour = COLOURS["leading" if row.model in summary.verdict.group else "other"]
        _draw_interval(axes, row, y, colour, limits, strings)
    name_rows(axes, [row.model for row in against.rows], css, lengths=_LETTERS)
    reference = shorten(against.reference, _LETTERS[css != "wide"])
    axes.set(xlim=limits, xlabel=strings("plot.axis.difference", metric=column.label, model=reference))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
    described = strings("plot.forest", metric=column.label, model=against.reference)
    return draw_svg(figure, ident=ident, label=described, css=css)


def _limits(rows: list[AgainstRow], equivalence: float, *, greater_is_better: bool) -> tuple[float, float]:
    """Fit the axis to the better models, zero and the band; models far behind are off the scale."""
    sign = -1.0 if greater_is_better else 1.0
    known = [(row.low, row.high) for row in rows if row.low is not None and row.high is not None]
    # The band of equivalence comes first and then the best models: axis_limits keeps the first spans inside.
    spans = [(low, high) if low <= high else (high, low) for low, high in known]
    nearest = sorted(spans, key=lambda span: sign * (span[0] + span[1]))
    return axis_limits([(-equivalence, equivalence), *nearest])


def _draw_interval(
    axes: Axes, row: AgainstRow, y: int, colour: str, limits: tuple[float, float], strings: Strings
) -> None:
    if not limits[0] <= row.difference <= limits[1]:
        end, side = (limits[0], "left") if row.difference < limits[0] else (limits[1], "right")
        text = f"  {strings('interval.off_scale')}  "
        axes.text(end, y, text, color=COLOURS["muted"], va="center", ha=side, size=FONT_SIZE)
        return
    if row.low is not None and row.high is not None:
        axes.plot(np.clip([row.low, row.high], *limits), [y, y], color=colour, linewidth=2.5, alpha=0.6, zorder=2)
    draw_dots(axes, [row.difference], [y], colour, size=8.0, edge=1.0, zorder=3)


def _signed(value: float) -> str:
    """Format a tick with its sign."""
    text = EngFormatter(sep="")(abs(value)) if abs(value) >= 1e4 else f"{abs(value):g}"
    return text if math.isclose(value, 0.0, abs_tol=1e-12) else f"{MINUS if value < 0 else '+'}{text}"
