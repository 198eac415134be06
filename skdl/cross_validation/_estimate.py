"""How long a comparison will take: each model is fitted on a part of the first fold, and the clock is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV

from skdl.cross_validation._fold import ComparedModel, FoldResult, Table, run_fold
from skdl.cross_validation._splits import draw_splits
from skdl.metrics import resolve_metrics
from skdl.pipeline import n_fits, search_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from skdl.cross_validation._splits import Split
    from skdl.pipeline import LoadedTable, PipelineSpec

__all__ = ["Estimate", "estimate_times"]

_MOST_ROWS = 2000  # that are fitted on; more are reckoned from two sizes
_FEWEST_SECONDS = 0.02  # a shorter fit is too near the clock's noise to tell how it grows
_MOST_GROWTH = 2.0  # of a kernel's matrix; more is noise


@dataclass(frozen=True)
class Estimate:
    """What one model will take.

    Attributes
    ----------
    model : str
        Its name.
    n_fits : int
        Fits over all folds, those of a search included.
    seconds : float or None
        All of them, predicting included; None where it was not measured.
    error : str or None
        Why the model failed on its trial, where it did.
    """

    model: str
    n_fits: int
    seconds: float | None = None
    error: str | None = None


def estimate_times(
    spec: PipelineSpec,
    table: LoadedTable,
    estimators: Mapping[str, Any],
    *,
    budget_s: float = 20.0,
    listener: Callable[[str], None] | None = None,
) -> list[Estimate]:
    """Fit every model on a part of the first fold and reckon what all folds will take.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    table : LoadedTable
        What its ``load_table`` gave.
    estimators : mapping of str to estimator
        What its ``estimators`` gave.
    budget_s : float, default=20.0
        Seconds after which no further model is tried.
    listener : callable, default=None
        Told the name of each model that is tried.

    Returns
    -------
    list of Estimate
        One a model, in order. A search is reckoned as its default candidate times its fits; on tables of more than
        2,000 training rows the growth of time is taken from 1,000 and 2,000 rows.
    """
    task = spec.task_of(table.y)
    splits = draw_splits(table.plan, table.y, groups=table.groups, time=table.time, folds=table.folds)
    data = Table(table.X, table.y.to_numpy(), None if table.groups is None else table.groups.to_numpy())
    metrics = tuple(resolve_metrics(spec.compare.metrics, task))
    began = perf_counter()
    estimates = []
    for name, estimator in estimators.items():
        estimate = Estimate(name, n_fits(estimator, len(splits.members), len(splits.members[0].train)))
        if perf_counter() - began < budget_s:
            if listener is not None:
                listener(name)
            estimate = _tried(estimate, estimator, data, splits.members[0], metrics, len(splits.members))
        estimates.append(estimate)
    return estimates


def _tried(
    estimate: Estimate, estimator: Any, data: Table, split: Split, metrics: tuple[Any, ...], n_splits: int
) -> Estimate:
    searched = isinstance(estimator, BaseSearchCV)
    model = ComparedModel(estimate.model, estimator.estimator if searched else estimator)
    n_rows = len(split.train)

    def trial(rows: int) -> FoldResult:
        part = replace(split, train=_spread(split.train, rows), test=_spread(split.test, rows))
        return run_fold(model, data, part, metrics)

    whole = trial(min(n_rows, _MOST_ROWS))
    if whole.trace is not None:
        whole = trial(min(n_rows, _MOST_ROWS))  # the first one compiled the training too
    if whole.error is not None or whole.fit_s is None or whole.predict_s is None:
        return replace(estimate, error=whole.error)
    fit_s, growth = whole.fit_s, 1.0
    if n_rows > _MOST_ROWS:
        half = trial(_MOST_ROWS // 2)
        # A network takes its epochs times its rows; where it stops early differs from draw to draw.
        if half.fit_s is not None and fit_s > _FEWEST_SECONDS and whole.trace is None:
            growth = float(np.clip(np.log2(fit_s / max(half.fit_s, 1e-9)), 0.0, _MOST_GROWTH))
        fit_s *= (n_rows / _MOST_ROWS) ** growth
    predict_s = whole.predict_s * len(split.test) / len(_spread(split.test, min(n_rows, _MOST_ROWS)))
    seconds = n_splits * (fit_s + predict_s)
    if searched:
        inner_folds = int(check_cv(estimator.cv).get_n_splits())
        for candidates, share in search_rounds(estimator, n_rows):
            inner_fit_s = fit_s * (share * (1 - 1 / inner_folds)) ** growth
            seconds += n_splits * candidates * inner_folds * (inner_fit_s + share * predict_s)
    return replace(estimate, seconds=seconds)


def _spread(rows: NDArray[np.intp], n_rows: int) -> NDArray[np.intp]:
    """Take that many of the rows, evenly from the first to the last."""
    places = np.unique(np.linspace(0, len(rows) - 1, min(n_rows, len(rows))).astype(int))
    return np.take(rows, places)
