"""The folds inside a training part: for searches, calibration and thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.pipeline._folds import FoldPlan, splitter_of

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._spec import PipelineSpec

__all__ = ["inner_splitter", "n_training_rows", "rarest_in_training"]


def inner_splitter(spec: PipelineSpec, plan: FoldPlan, folds: int | None = None) -> Any:
    """Split inside a fold as the folds themselves are split; those of a column by rows, for it says of no others.

    There are ``tune.folds`` parts where no number is given.
    """
    from sklearn.model_selection import TimeSeriesSplit

    folds, seed = spec.compare.tune.folds if folds is None else folds, spec.compare.cv.seed
    if plan.by == "time":
        return TimeSeriesSplit(folds)
    return splitter_of(FoldPlan(folds, 1, seed, "groups" if plan.by == "groups" else "rows", plan.labels), seed)


def rarest_in_training(spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan) -> int:
    """Count the rows that the rarest class keeps in the smallest training part, that of a search where there is one."""
    count = plan.rows_left(int(np.min(y.value_counts())))
    return count - -(-count // (spec.compare.tune.folds if any(m.search for m in spec.models.values()) else count + 1))


def n_training_rows(plan: FoldPlan, n_rows: int) -> int:
    """Count the rows of the smallest training part; in the order of time it has one share of them."""
    in_time = plan.by == "time" and plan.holdout is None
    return n_rows // (plan.folds + 1) if in_time else plan.rows_left(n_rows)
