"""Standings while a comparison runs: a live table on a terminal, otherwise one line per model."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Self

import numpy as np
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from skdl.cli._screen import NUMBERS, SafeConsole, four_digits
from skdl.cross_validation import ComparisonStarted, FoldFinished, FoldResult

if TYPE_CHECKING:
    from types import TracebackType

_BAR_WIDTH = 20


@dataclass
class _Row:
    """Folds and scores of one model so far."""

    scores: list[float] = field(default_factory=list)
    done: int = 0
    failed: bool = False

    def add(self, result: FoldResult) -> None:
        """Count a fold; the first metric ranks."""
        self.done += 1
        if result.error is not None:
            self.failed = True
        else:
            self.scores.append(next(iter(result.scores.values()), float("nan")))

    def mean(self) -> float:
        """Mean score so far; NaN where there is none."""
        return float(np.mean(self.scores)) if self.scores and not self.failed else float("nan")

    def mean_text(self) -> str:
        """Mean score so far as text."""
        if self.failed:
            return "failed"
        return "" if np.isnan(self.mean()) else four_digits(self.mean())


class Standings:
    """Shows a comparison as it runs; a context manager whose `on_event` takes its events.

    On a terminal there is one line a model, best first, with its mean so far, how much is done, and the time left.
    Elsewhere there is a line for each model that is through.
    """

    _started: ComparisonStarted

    def __init__(self, *, quiet: bool) -> None:
        self._console = SafeConsole(stderr=True)
        self._quiet = quiet
        self._live: Live | None = None
        self._rows: dict[str, _Row] = {}
        self._began = monotonic()
        self._done_now = 0

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
            if isinstance(event, ComparisonStarted):
                self._begin(event)
            else:
                self._count(event)
        except OSError:  # the terminal was closed; the comparison continues
            self._quiet, self._live = True, None

    def _begin(self, event: ComparisonStarted) -> None:
        self._started = event
        self._rows = {name: _Row() for name in event.models}
        for result in event.resumed:
            self._rows[result.model].add(result)
        if event.resumed:
            n_all = len(event.models) * event.n_folds
            self._console.print(f"resuming: {len(event.resumed)} of {n_all} folds are already done")
        elif event.restart_reason is not None:
            self._console.print(f"starting from the beginning: {event.restart_reason}")
        self._began = monotonic()
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._table)
            self._live.start()

    def _count(self, event: FoldFinished) -> None:
        row = self._rows[event.model]
        row.add(event.result)
        self._done_now += 1
        if event.result.cut_short is not None:  # it is not run on another fold
            row.done = event.total
        if self._live is None and row.done == event.total:
            folds = "1 fold" if event.total == 1 else f"{event.total} folds"
            mean = "failed" if row.failed else f"{self._started.metric} {row.mean_text()}"
            self._console.print(f"{event.model}: {folds}, {mean}")

    def _table(self) -> Group:
        table = Table(
            Column(justify="right", style="dim"),
            Column("model", no_wrap=True, overflow="ellipsis"),
            Column(self._started.metric, **NUMBERS),
            Column("folds", no_wrap=True),
            Column(style="dim", **NUMBERS),
            box=None,
            pad_edge=False,
        )
        sign = -1.0 if self._started.greater_is_better else 1.0
        means = {name: sign * row.mean() for name, row in self._rows.items()}
        for rank, name in enumerate(sorted(means, key=lambda name: (np.isnan(means[name]), means[name])), 1):
            row = self._rows[name]
            ranked = not np.isnan(means[name])
            table.add_row(
                str(rank) if ranked else "",
                Text(name, style="bold" if rank == 1 and ranked else "red" if row.failed else ""),
                row.mean_text(),
                ProgressBar(total=self._started.n_folds, completed=row.done, width=_BAR_WIDTH),
                f"{row.done}/{self._started.n_folds}",
            )
        return Group(table, Text(self._time_left(), style="dim"))

    def _time_left(self) -> str:
        """Estimate from this run so far; the models take turns, so every fold counts the same."""
        n_left = sum(self._started.n_folds - row.done for row in self._rows.values())
        elapsed = monotonic() - self._began
        if self._done_now < len(self._rows) or not n_left:
            return f"{_clock(elapsed)} so far"
        return f"{_clock(elapsed)} so far, about {_clock(elapsed / self._done_now * n_left)} left"


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
