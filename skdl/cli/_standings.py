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
from skdl.report import duration, strings_of

if TYPE_CHECKING:
    from types import TracebackType

    from skdl.cross_validation import FoldFinished, PartFitted

_BAR_WIDTH = 20


class Standings:
    """Shows a comparison as it runs; a context manager whose `on_event` takes its events.

    On a terminal there is one line a model, best first, with its mean so far, how much is done, and the time left.
    Elsewhere there is a line for each model that is through.
    """

    def __init__(self, lang: str, *, quiet: bool) -> None:
        self._console = SafeConsole(stderr=True)
        self._quiet = quiet
        self._live: Live | None = None
        self._strings = strings_of(lang)
        self._progress = Progress(lang)
        self._began = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_event(self, event: ComparisonStarted | FoldFinished | PartFitted) -> None:
        """Take in what happened, and show it."""
        if self._quiet:
            return
        try:
            self._show(event)
        except OSError:  # the terminal was closed; the comparison continues
            self._quiet, self._live = True, None

    def _show(self, event: ComparisonStarted | FoldFinished | PartFitted) -> None:
        line = self._progress.add(event)
        if line is not None and self._live is None:
            self._console.print(line, soft_wrap=True)
        if isinstance(event, ComparisonStarted):
            self._began = monotonic()
            if self._console.is_terminal:
                self._live = Live(
                    console=self._console, refresh_per_second=8, transient=True, get_renderable=self._table
                )
                self._live.start()

    def _table(self) -> Group:
        strings = self._strings
        table = Table(
            Column(justify="right", style="dim"),
            Column(strings("terminal.model"), no_wrap=True, overflow="ellipsis"),
            Column(self._progress.metric(), **NUMBERS),
            Column(strings("terminal.folds"), no_wrap=True),
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
                strings("terminal.failed") if row.failed else row.mean_text(),
                ProgressBar(total=self._progress.started.n_folds, completed=row.done, width=_BAR_WIDTH),
                f"{row.done}/{self._progress.started.n_folds}",
            )
        parts = self._progress.parts
        if parts is not None:
            bar = ProgressBar(total=parts.total, completed=parts.done, width=_BAR_WIDTH)
            table.add_row("", Text(strings("terminal.parts"), style="dim"), "", bar, f"{parts.done}/{parts.total}")
        return Group(table, Text(self._time_left(), style="dim"))

    def _time_left(self) -> str:
        """Estimate from this run so far; the models take turns, so every fold counts the same."""
        n_left = sum(self._progress.started.n_folds - row.done for row in self._progress.models.values())
        elapsed = monotonic() - self._began
        if self._progress.n_done < len(self._progress.models) or not n_left:
            return self._strings("terminal.elapsed", elapsed=duration(elapsed, self._strings))
        left = duration(elapsed / self._progress.n_done * n_left, self._strings)
        return self._strings("terminal.left", elapsed=duration(elapsed, self._strings), left=left)
