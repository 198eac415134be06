"""The folds as a Matplotlib figure of one's own, to be changed and saved by whoever asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdl.results import Summary

__all__ = ["plot_folds"]

_ROW_INCHES = 0.42


def plot_folds(summary: Summary, ax: Axes | None = None) -> Axes:
    """Draw each model's score on each fold, best model on top, with the mean and its interval below the dots.

    Parameters
    ----------
    summary : Summary
        What a comparison found.
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
    for place, row in enumerate(ranked):
        found = (fold.scores.get(column.name) for fold in summary.folds if fold.model == row.model)
        values = np.array([np.nan if value is None else value for value in found])
        leads = row.model in summary.verdict.group
        colour = "tab:blue" if leads else "tab:gray"
        ax.plot(values, np.full(len(values), place), "o", color=colour, alpha=0.6, markersize=5)
        score = row.scores[column.name]
        if score.low is not None and score.high is not None:
            ax.plot([score.low, score.high], [place + 0.3] * 2, color=colour, linewidth=2)
        ax.plot([score.mean], [place + 0.3], "|", color=colour, markersize=9, markeredgewidth=2)
    ax.set_yticks(range(len(ranked)), labels=[row.model for row in ranked])
    ax.set_ylim(len(ranked) - 0.4, -0.6)
    ax.set_xlabel(f"{column.label} on each fold; mean and 95 % interval below")
    ax.set_title(summary.name)
    for text in (ax.xaxis.label, ax.title, *ax.get_yticklabels()):
        text.set_parse_math(False)
    return ax
