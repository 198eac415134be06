"""Progress of a running comparison: folds and mean score of each model so far, and a line when it has finished."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from skdl._terminal_text import escape_control, four_digits
from skdl.cross_validation import ComparisonStarted, FoldFinished, PartFitted
from skdl.report import strings_of

if TYPE_CHECKING:
    from skdl.cross_validation import EventCallback, FoldResult

_MAX_NAMES = 10  # of models in a line


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
        """Mean score so far as text; empty where there is none."""
        return "" if np.isnan(self.mean()) else four_digits(self.mean())


class Progress:
    """Folds and scores of all models so far.

    Parameters
    ----------
    lang : str, default="en"
        Language of the lines.

    Attributes
    ----------
    started : ComparisonStarted
        The first event.
    models : dict of str to ModelProgress
        By name.
    n_done : int
        Folds that this run has finished.
    parts : PartFitted or None
        The last event of the learning curves.
    """

    started: ComparisonStarted

    def __init__(self, lang: str = "en") -> None:
        self._strings = strings_of(lang)
        self.models: dict[str, ModelProgress] = {}
        self.n_done = 0
        self.parts: PartFitted | None = None

    def add(self, event: ComparisonStarted | FoldFinished | PartFitted) -> str | None:
        """Take in an event; return a line where a run is resumed or restarted, a model or the curves have finished."""
        if isinstance(event, PartFitted):
            self.parts = event
            return self._strings("terminal.parts_done", n=event.total) if event.done == event.total else None
        if isinstance(event, ComparisonStarted):
            return self._begin(event)
        model = self.models[event.model]
        model.add(event.result)
        self.n_done += 1
        if event.result.cut_short is not None:  # it is not run on another fold
            model.done = event.total
        if model.done < event.total:
            return None
        if model.failed:
            return self._strings("terminal.model_failed", model=event.model, n=event.total)
        return self._strings(
            "terminal.model_done", model=event.model, n=event.total, metric=self.metric(), mean=model.mean_text()
        )

    def metric(self) -> str:
        """Name of the metric that ranks, in the language."""
        return self._strings.table.get(f"metric.{self.started.metric_name}", self.started.metric)

    def _begin(self, event: ComparisonStarted) -> str | None:
        self.started = event
        self.models = {name: ModelProgress() for name in event.models}
        for result in event.resumed:
            self.models[result.model].add(result)
        reasons = event.fitted
        if event.restart_note is not None:
            return self._strings("terminal.restarting", reason=self._strings.translate(event.restart_note))
        if all(note.code == "unfinished" for note in reasons.values()):  # also where nothing is left
            n_all = len(event.models) * event.n_folds
            return self._strings("terminal.resuming", n=len(event.resumed), n_all=n_all) if event.resumed else None
        if not event.resumed and all(note.code == "new_model" for note in reasons.values()):
            return None
        names: dict[str, list[str]] = {}
        for model, note in reasons.items():
            names.setdefault(self._strings.translate(note), []).append(model)
        fitted = "; ".join(f"{self._list(models)}: {reason}" for reason, models in names.items())
        n_all = len(event.models)
        return self._strings("terminal.reusing", n=n_all - len(reasons), n_all=n_all, fitted=fitted)

    def _list(self, names: list[str]) -> str:
        shown = ", ".join(names[:_MAX_NAMES])
        more = len(names) - _MAX_NAMES
        return self._strings("terminal.names_more", names=shown, n=more) if more > 0 else shown


def print_progress(listener: EventCallback | None, lang: str) -> EventCallback:
    """Return a callback that prints the lines of a `Progress`, then calls the listener."""
    progress = Progress(lang)

    def on_event(event: ComparisonStarted | FoldFinished | PartFitted) -> None:
        line = progress.add(event)
        if line is not None:
            print(escape_control(line), flush=True)  # noqa: T201 - what the user asked for
        if listener is not None:
            listener(event)

    return on_event
