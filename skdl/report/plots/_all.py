"""Every picture of a report, drawn once for all its renderings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl.report.plots._curves import curve_plot
from skdl.report.plots._folds import fold_plot
from skdl.report.plots._forest import forest_plot
from skdl.report.plots._predicted import predicted_plot
from skdl.report.plots._time import time_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skdl.report._words import Words
    from skdl.report.plots._svg import Picture
    from skdl.report.summary import Summary

__all__ = ["draw_all"]

WIDE, NARROW = 860.0, 340.0  # pixels of a plot on a desktop and on a phone


def draw_all(summary: Summary, words: Words) -> dict[str, Picture]:
    """Draw every picture, by name: ``folds``, ``network-0``, ...; a name that ends in ``-narrow`` is for a phone.

    A picture that would show nothing has no entry.
    """
    return dict(_pictures(summary, words))


def _pictures(summary: Summary, words: Words) -> Iterator[tuple[str, Picture]]:
    if summary.folds:
        # Drawn twice: text that shrank to a phone's width could not be read there.
        for name, draw in (("folds", fold_plot), ("forest", forest_plot), ("time", time_plot)):
            wide = draw(summary, words, width=WIDE, css="wide")
            narrow = draw(summary, words, width=NARROW, css="narrow")
            if wide is not None and narrow is not None:
                yield name, wide
                yield f"{name}-narrow", narrow
    for place, network in enumerate(summary.networks):
        drawn = curve_plot(network, words, ident=f"network{place}")
        if drawn is not None:
            yield f"network-{place}", drawn
    for place, pairs in enumerate(summary.predicted_actual):
        yield f"predicted-{place}", predicted_plot(pairs, words, ident=f"predicted{place}")
