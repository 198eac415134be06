"""Progress of a running comparison: folds and mean score of each model so far, and a line when it has finished."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from skdl._terminal_text import escape_control, four_digits
from skdl.cross_validation import ComparisonStarted, FoldFinished

if TYPE_CHECKING:
    from skdl.cross_validation import EventCallback, FoldResult


@dataclass
class ModelProgress:
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


class Progress:
    """Folds and scores of all models so far.

    Attributes
    ----------
    started : ComparisonStarted
        The first event.
    models : dict of str to ModelProgress
        By name.
    n_done : int
        Folds that this run has finished.
    """

    started: ComparisonStarted

    def __init__(self) -> None:
        self.models: dict[str, ModelProgress] = {}
        self.n_done = 0

    def add(self, event: ComparisonStarted | FoldFinished) -> str | None:
        """Take in an event; return a line where a run is resumed or restarted, or a model has finished."""
        if isinstance(event, ComparisonStarted):
            return self._begin(event)
        model = self.models[event.model]
        model.add(event.result)
        self.n_done += 1
        if event.result.cut_short is not None:  # it is not run on another fold
            model.done = event.total
        if model.done < event.total:
            return None
        folds = "1 fold" if event.total == 1 else f"{event.total} folds"
        mean = "failed" if model.failed else f"{self.started.metric} {model.mean_text()}"
        return f"{event.model}: {folds}, {mean}"

    def _begin(self, event: ComparisonStarted) -> str | None:
        self.started = event
        self.models = {name: ModelProgress() for name in event.models}
        for result in event.resumed:
            self.models[result.model].add(result)
        if event.resumed:
            return f"resuming: {len(event.resumed)} of {len(event.models) * event.n_folds} folds are already done"
        return None if event.restart_reason is None else f"starting from the beginning: {event.restart_reason}"


def print_progress(listener: EventCallback | None) -> EventCallback:
    """Return a callback that prints the lines of a `Progress`, then calls the listener."""
    progress = Progress()

    def on_event(event: ComparisonStarted | FoldFinished) -> None:
        line = progress.add(event)
        if line is not None:
            print(escape_control(line), flush=True)  # noqa: T201 - what the user asked for
        if listener is not None:
            listener(event)

    return on_event
