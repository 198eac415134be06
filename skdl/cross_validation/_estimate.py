"""Estimated time of a comparison: each model is timed on a part of the first fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV

from skdl.cross_validation._fold import ComparedModel, FoldResult, FoldTask, Job, Table
from skdl.cross_validation._splits import draw_splits
from skdl.metrics import resolve_metrics
from skdl.pipeline import n_fits, search_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from skdl.pipeline import LoadedTable, PipelineSpec

_MAX_ROWS = 2000  # larger training parts are extrapolated from two sizes
_MIN_SECONDS = 0.02  # a shorter fit is too noisy for its growth to be measured
_MAX_GROWTH = 2.0  # exponent of the time in the rows, that of a kernel matrix; more is noise


@dataclass(frozen=True)
class Estimate:
    """Estimated time of one model."""

    model: str
    n_fits: int  # over all folds, those of a search included
    seconds: float | None = None  # of all fits and predictions; None where it was not measured
    error: str | None = None  # exception of the trial fit


def estimate_times(
    spec: PipelineSpec,
    table: LoadedTable,
    estimators: Mapping[str, Any],
    *,
    budget_s: float = 20.0,
    on_model: Callable[[str], None] | None = None,
) -> list[Estimate]:
    """Fit every model on a part of the first fold and estimate the time of all folds.

    After ``budget_s`` no further model is timed. ``on_model`` is called with the name of each one before. A search is
    estimated as its default candidate times its fits. For more than 2,000 training rows the growth of time is taken
    from 1,000 and 2,000 rows.
    """
    splits = draw_splits(table.plan, table.y, groups=table.groups, time=table.time, folds=table.folds)
    n_splits, n_rows = len(splits.members), len(splits.members[0].train)
    metrics = tuple(resolve_metrics(spec.compare.metrics, table.task))
    job = Job((), Table.from_loaded(table), splits, metrics, measures_cost=False)
    started = perf_counter()
    estimates = []
    for name, estimator in estimators.items():
        estimate = Estimate(name, n_fits(estimator, n_splits, n_rows))
        # Checked between models only: a fit that has begun is not interrupted.
        if perf_counter() - started < budget_s:
            if on_model is not None:
                on_model(name)
            estimate = _time_model(estimate, estimator, job)
        estimates.append(estimate)
    return estimates


def _time_model(estimate: Estimate, estimator: Any, job: Job) -> Estimate:
    is_search = isinstance(estimator, BaseSearchCV)
    model = ComparedModel(estimate.model, estimator.estimator if is_search else estimator)
    split, *others = job.splits.members
    n_splits, n_rows = len(job.splits.members), len(split.train)
    n_trial_rows = min(n_rows, _MAX_ROWS)

    def trial(rows: int) -> FoldResult:
        part = replace(split, train=_evenly_spaced(split.train, rows), test=_evenly_spaced(split.test, rows))
        return replace(job, models=(model,), splits=replace(job.splits, members=(part, *others))).run(FoldTask(0, 0))

    whole = trial(n_trial_rows)
    if whole.trace is not None:
        whole = trial(n_trial_rows)  # the first fit included the compilation
    if whole.error is not None or whole.fit_s is None or whole.predict_s is None:
        return replace(estimate, error=whole.error)
    fit_s, growth = whole.fit_s, 1.0
    if n_rows > _MAX_ROWS:
        half = trial(_MAX_ROWS // 2)
        # A network's time is linear in its rows; with early stopping the measured growth would be that of its epochs.
        if half.fit_s is not None and fit_s > _MIN_SECONDS and whole.trace is None:
            # The model of time is t(n) = c * n**growth, so growth = log2(t(n) / t(n / 2)).
            growth = float(np.clip(np.log2(fit_s / max(half.fit_s, 1e-9)), 0.0, _MAX_GROWTH))
        fit_s *= (n_rows / _MAX_ROWS) ** growth
    predict_s = whole.predict_s * len(split.test) / len(_evenly_spaced(split.test, n_trial_rows))
    # One fit on each outer training part; for a search this is the refit of the chosen candidate.
    seconds = n_splits * (fit_s + predict_s)
    if is_search:
        inner_folds = int(check_cv(estimator.cv).get_n_splits())
        for candidates, share in search_rounds(estimator, n_rows):
            # An inner fit sees 1 - 1/k of the outer training rows, and in a halving round only a share of these.
            inner_fit_s = fit_s * (share * (1 - 1 / inner_folds)) ** growth
            seconds += n_splits * candidates * inner_folds * (inner_fit_s + share * predict_s)
    return replace(estimate, seconds=seconds)


def _evenly_spaced(rows: NDArray[np.intp], n_rows: int) -> NDArray[np.intp]:
    """Take ``n_rows`` of the rows, evenly spaced from the first to the last."""
    positions = np.unique(np.linspace(0, len(rows) - 1, min(n_rows, len(rows))).astype(int))
    return np.take(rows, positions)
