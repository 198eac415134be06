"""Standings while a comparison runs: a live table on a terminal, otherwise one line per model."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Self

import numpy as np
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from skdl.cli._screen import NUMBERS, SafeConsole
from skdl.comparison import Progress
from skdl.cross_validation import ComparisonStarted

if TYPE_CHECKING:
    from types import TracebackType

    from skdl.cross_validation import FoldFinished

_BAR_WIDTH = 20


class Standings:
    """Shows a comparison as it runs; a context manager whose `on_event` takes its events.

    On a terminal there is one line a model, best first, with its mean so far, how much is done, and the time left.
    Elsewhere there is a line for each model that is through.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._console = SafeConsole(stderr=True)
        self._quiet = quiet
        self._live: Live | None = None
        self._progress = Progress()
        self._began = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_event(self, event: ComparisonStarted | FoldFinished) -> None:
        """Take in what happened, and show it."""
        if self._quiet:
            return
        try:
            self._show(event)
        except OSError:  # the terminal was closed; the comparison continues
            self._quiet, self._live = True, None

    def _show(self, event: ComparisonStarted | FoldFinished) -> None:
        line = self._progress.add(event)
        if line is not None and self._live is None:
            self._console.print(line)
        if isinstance(event, ComparisonStarted):
            self._began = monotonic()
            if self._console.is_terminal:
                self._live = Live(
                    console=self._console, refresh_per_second=8, transient=True, get_renderable=self._table
                )
                self._live.start()

    def _table(self) -> Group:
        table = Table(
            Column(justify="right", style="dim"),
            Column("model", no_wrap=True, overflow="ellipsis"),
            Column(self._progress.started.metric, **NUMBERS),
            Column("folds", no_wrap=True),
            Column(style="dim", **NUMBERS),
            box=None,
            pad_edge=False,
        )
        sign = -1.0 if self._progress.started.greater_is_better else 1.0
        means = {name: sign * row.mean() for name, row in self._progress.models.items()}
        for rank, name in enumerate(sorted(means, key=lambda name: (np.isnan(means[name]), means[name])), 1):
            row = self._progress.models[name]
            ranked = not np.isnan(means[name])
            table.add_row(
                str(rank) if ranked else "",
                Text(name, style="bold" if rank == 1 and ranked else "red" if row.failed else ""),
                row.mean_text(),
                ProgressBar(total=self._progress.started.n_folds, completed=row.done, width=_BAR_WIDTH),
                f"{row.done}/{self._progress.started.n_folds}",
            )
        return Group(table, Text(self._time_left(), style="dim"))

    def _time_left(self) -> str:
        """Estimate from this run so far; the models take turns, so every fold counts the same."""
        n_left = sum(self._progress.started.n_folds - row.done for row in self._progress.models.values())
        elapsed = monotonic() - self._began
        if self._progress.n_done < len(self._progress.models) or not n_left:
            return f"{_clock(elapsed)} so far"
        return f"{_clock(elapsed)} so far, about {_clock(elapsed / self._progress.n_done * n_left)} left"


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
