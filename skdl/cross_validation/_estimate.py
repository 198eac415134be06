"""Estimated time of the folds of a comparison: models are timed on parts of one fold, the dear ones on more rows.

Every model is timed on few rows, on four times as many, and again as long as that is cheap. Then, as long as there is
time, the model with the largest estimate is timed on four times as many rows, until all of its training rows are used.
The time on all rows follows from the last two sizes, as a power of the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV

from skdl.catalogue import simplicity
from skdl.cross_validation._fold import ComparedModel, FoldTask, Job, Table
from skdl.cross_validation._nested_estimators import parameter_prefix
from skdl.cross_validation._network_trace import is_network
from skdl.cross_validation._splits import draw_splits
from skdl.metrics import resolve_metrics
from skdl.pipeline import n_fits, search_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from skdl.pipeline import LoadedTable, PipelineSpec

_FIRST_ROWS = 500
_FACTOR = 4  # from one size to the next
_FEW_ROWS = 2000  # up to here all rows are used at once
_SHORT_S = 0.2  # a shorter time is noisy, and is measured twice
# Exponents of the time in the rows. Below the first, fixed costs are measured; above the second, noise: a kernel matrix
# has 2, and some more for the iterations of its solver.
_GROWTH = (0.8, 2.2)
_SMALL_SHARE = 0.03  # of the whole time: not worth a closer look
_CHEAP_S = 0.5  # a trial that is always worth it: on few rows a time that grows with their square does not show
_TIMED_S = 0.05  # to measure the cost of a model, predictions are repeated up to this time, and longer ones three times


@dataclass(frozen=True)
class Estimate:
    """Estimated time of one model, in seconds; None where it was not measured."""

    model: str
    n_fits: int  # over all folds, those of a search included
    seconds: float | None = None  # of all folds
    fit_s: float | None = None  # of one fit on the training rows of a fold; of a search, of one candidate
    predict_s: float | None = None  # for the test rows of a fold
    score: float | None = None  # by the first metric, greater is better, on the largest part that was tried
    error: str | None = None  # exception of the trial fit


def estimate_times(
    spec: PipelineSpec,
    table: LoadedTable,
    estimators: Mapping[str, Any],
    *,
    budget_s: float = 30.0,
    on_model: Callable[[str], None] | None = None,
) -> list[Estimate]:
    """Time every model on parts of a fold and estimate the time of all folds.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline file.
    table : LoadedTable
        Its table.
    estimators : mapping of str to estimator
        Its unfitted models.
    budget_s : float, default=30.0
        Seconds after which no fit is started, nor one that is expected to end later. A fit that has begun is not
        interrupted.
    on_model : callable, default=None
        Called with the name of a model before it is timed.

    Returns
    -------
    list of Estimate
        In the order of the models. A search is estimated as its default candidate times its fits.
    """
    splits = draw_splits(table.plan, table.y, groups=table.groups, time=table.time, folds=table.folds)
    metrics = tuple(resolve_metrics(spec.compare.metrics, table.task))
    job = Job((), Table.from_loaded(table), splits, metrics)
    end = perf_counter() + budget_s
    trials = {name: _Trials(name, estimator, job) for name, estimator in estimators.items()}

    def measure(trial: _Trials) -> None:
        if on_model is not None:
            on_model(trial.name)
        trial.measure()

    # The most complex models first: they are mostly those that take longest.
    for trial in sorted(trials.values(), key=lambda trial: -simplicity(trial.estimator)):
        if perf_counter() < end:
            measure(trial)
    while True:
        estimates = {name: trial.estimate() for name, trial in trials.items()}
        total = sum(estimate.seconds or 0.0 for estimate in estimates.values())
        possible = [
            trial
            for name, trial in trials.items()
            if trial.next_rows is not None
            and perf_counter() + trial.next_s < end
            and (trial.goes_first or (estimates[name].seconds or 0.0) > _SMALL_SHARE * total)
        ]
        if not possible:
            return list(estimates.values())
        measure(max(possible, key=lambda trial: (trial.goes_first, estimates[trial.name].seconds or 0.0)))


class _Trial(NamedTuple):
    """Seconds of one model on a part of a fold."""

    n_rows: int
    seconds: float  # of all of it: fit, predictions, metrics
    cpu_s: float  # of the same, in processor time
    fit_s: float
    predict_s: float


class _Trials:
    """Trials of one model on more and more rows."""

    def __init__(self, name: str, estimator: Any, job: Job) -> None:
        self.name, self.estimator, self._job = name, estimator, job
        self._is_search = isinstance(estimator, BaseSearchCV)
        self._single = estimator.estimator if self._is_search else estimator
        # In the order of time, training parts grow from fold to fold.
        by_size = sorted(job.splits.members, key=lambda split: len(split.train))
        self._split = by_size[len(by_size) // 2]
        self._n_rows = len(self._split.train)
        self.next_rows: int | None = self._n_rows if self._n_rows <= _FEW_ROWS else _FIRST_ROWS
        self._trials: list[_Trial] = []
        self._first_s = 0.0  # how much longer the first fold takes: imports, compilation, the cost of the model
        self._score: float | None = None
        self._error: str | None = None

    @property
    def goes_first(self) -> bool:
        """Whether more rows are needed for any estimate, or take next to no time.

        One trial does not show how time grows: on few rows it is that of fixed costs. A part may also lack what a model
        needs, such as rows of a class.
        """
        return self._error is not None or len(self._trials) < 2 or self.next_s < _CHEAP_S

    @property
    def next_s(self) -> float:
        """Expected time of the next trial; of an unknown model none."""
        if not self._trials or self.next_rows is None:
            return 0.0
        return self._trials[-1].seconds * self._increase(self.next_rows)

    def measure(self) -> None:
        """Fit and score the model on the next number of rows."""
        assert self.next_rows is not None
        n_rows, is_first = self.next_rows, not self._trials
        following = _FACTOR * n_rows if 1.5 * _FACTOR * n_rows < self._n_rows else self._n_rows
        self.next_rows = following if n_rows < self._n_rows else None
        first_s = 0.0
        if is_first:
            cold = self._run(self._single, n_rows, measures_cost=True)
            first_s = 0.0 if cold is None else cold.seconds
        elif is_network(self._single):
            # Each number of rows is compiled once.
            once = clone(self._single).set_params(**{f"{parameter_prefix(self._single)}epochs": 1})
            self._run(once, n_rows)
        if self._error is not None:
            return
        trial = self._run(self._single, n_rows)
        if trial is not None and trial.seconds < _SHORT_S:
            again = self._run(self._single, n_rows)
            trial = min(trial, again or trial, key=lambda one: one.seconds)
        if trial is not None:
            self._trials.append(trial)
            self._first_s = max(0.0, first_s - trial.seconds) if is_first else self._first_s

    def _run(self, model: Any, n_rows: int, *, measures_cost: bool = False) -> _Trial | None:
        """Run the fold with a part of its rows."""
        split = self._split
        y = self._job.table.y if self._job.task == "classification" else None
        part = replace(
            split,
            repeat=0,
            fold=0,  # on which the cost of a model is measured
            train=_spread(split.train, n_rows, y),
            test=_spread(split.test, round(n_rows * len(split.test) / len(split.train)), y),
        )
        job = replace(
            self._job,
            models=(ComparedModel(self.name, model),),
            splits=replace(self._job.splits, members=(part, *self._job.splits.members[1:])),
            measures_cost=measures_cost,
        )
        _ = job.classes  # cached: a comparison finds them once, not in each fold
        started, cpu_started = perf_counter(), process_time()
        result = job.run(FoldTask(0, 0))
        seconds, cpu_s = perf_counter() - started, process_time() - cpu_started
        self._error = result.error
        if result.fit_s is None or result.predict_s is None:
            return None
        metric = self._job.metrics[0]
        score = result.scores.get(metric.name, np.nan)
        self._score = None if np.isnan(score) else score if metric.greater_is_better else -score
        return _Trial(len(part.train), seconds, cpu_s, result.fit_s, result.predict_s)

    def _growth(self) -> float:
        """Exponent of the time in the rows, from the last two trials; 1 from a single one."""
        if len(self._trials) == 1:
            return 1.0
        first, second = self._trials[-2:]
        # In processor time, which other programs hardly change.
        ratio = max(second.cpu_s, 1e-9) / max(first.cpu_s, 1e-9)
        return float(np.clip(log(ratio) / log(second.n_rows / first.n_rows), *_GROWTH))

    def _increase(self, n_rows: int) -> float:
        """How many times as long as the last trial one of so many rows takes."""
        last = self._trials[-1]
        # Other programs come and go: seconds for a second of processor time are taken from all trials.
        pace = sum(one.seconds for one in self._trials) / max(sum(one.cpu_s for one in self._trials), 1e-9)
        usual = pace * last.cpu_s / last.seconds if last.cpu_s > 0 else 1.0
        return float(usual * (n_rows / last.n_rows) ** self._growth())

    def estimate(self) -> Estimate:
        """Estimate the time of all folds."""
        n_splits = len(self._job.splits.members)
        unknown = Estimate(self.name, n_fits(self.estimator, n_splits, self._n_rows), error=self._error)
        if self._error is not None or not self._trials:
            return unknown
        last, increase = self._trials[-1], self._increase(self._n_rows)
        fit_s, predict_s = last.fit_s * increase, last.predict_s * increase
        # One fit on each outer training part; for a search this is the refit of the chosen candidate.
        seconds = n_splits * last.seconds * increase + self._first_s
        if predict_s > _TIMED_S:
            seconds += 3 * max(0.0, predict_s - self._trials[0].predict_s)
        if self._is_search:
            inner_folds = int(check_cv(self.estimator.cv).get_n_splits())
            for candidates, share in search_rounds(self.estimator, self._n_rows):
                # An inner fit sees 1 - 1/k of the outer training rows, and in a halving round only a share of these.
                inner_fit_s = fit_s * (share * (1 - 1 / inner_folds)) ** self._growth()
                seconds += n_splits * candidates * inner_folds * (inner_fit_s + share * predict_s)
        return replace(unknown, seconds=seconds, fit_s=fit_s, predict_s=predict_s, score=self._score)


def _spread(rows: NDArray[np.intp], n_rows: int, y: NDArray[Any] | None) -> NDArray[np.intp]:
    """Take ``n_rows`` of the rows, evenly spaced from the first to the last; of classes, of each its share."""
    ordered = rows if y is None or y.ndim > 1 else rows[np.argsort(y[rows], kind="stable")]
    positions = np.unique(np.linspace(0, len(rows) - 1, min(max(n_rows, 1), len(rows))).astype(int))
    return np.sort(ordered[positions])
