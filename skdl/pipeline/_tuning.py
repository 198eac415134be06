"""The search inside every fold: which candidates, and how they are tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl.metrics import resolve_metrics
from skdl.pipeline._inner import inner_splitter, n_training_rows
from skdl.pipeline._search import has_distribution, search_grids

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["HALVING_FACTOR", "can_halve", "fewest_rows", "in_search"]

HALVING_FACTOR = 3
# Rows of an inner fold, and of the rarest class in it, that a first round cannot do without.
_ROWS_A_FOLD, _RAREST_A_FOLD = 20, 10


def in_search(
    estimator: Any,
    model: ModelSpec,
    spec: PipelineSpec,
    y: pd.Series | pd.DataFrame,
    plan: FoldPlan,
    *,
    defaults: Mapping[str, Any],
    prefix: str,
) -> Any:
    """Put a model into the search that a file asks for.

    Candidates that are drawn are drawn here, once for all folds, so that the defaults can stand among them: a search
    cannot do worse for lack of the default.

    Parameters
    ----------
    estimator : estimator
        The model with all that is around it; a candidate is judged as it will be used.
    model : ModelSpec
        Its part of the file.
    spec : PipelineSpec
        The pipeline.
    y : pandas object
        Target; looked at for its size and classes.
    plan : FoldPlan
        How the table is split.
    defaults : mapping
        What the model has without the search.
    prefix : str
        The way to the model, such as ``"model__"``.

    Returns
    -------
    GridSearchCV or HalvingGridSearchCV
        Unfitted.
    """
    from sklearn.model_selection import GridSearchCV, ParameterGrid

    grids = _grids(model, spec, defaults, prefix)
    shared = {
        "scoring": resolve_metrics(spec.compare.metrics, spec.task_of(y))[0].scorer(),
        "cv": inner_splitter(spec, plan),
        "refit": True,
        "n_jobs": 1,
    }
    number = len(ParameterGrid(grids))
    halves = spec.compare.tune.search == "halving" and number >= HALVING_FACTOR and can_halve(spec, y, plan)
    if not halves:
        return GridSearchCV(estimator, grids, error_score="raise", **shared)
    # A candidate that cannot be fitted on the few rows of a round is out of the race.
    return _halving_search()(
        estimator,
        grids,
        factor=HALVING_FACTOR,
        min_resources=_first_round(spec, y, plan, number),
        random_state=spec.compare.cv.seed,
        return_train_score=False,
        **shared,
    )


def fewest_rows(spec: PipelineSpec, y: pd.Series | pd.DataFrame) -> int:
    """Give the rows that the first round of successive halving cannot do without.

    Each inner fold must be large enough to tell candidates apart, and to hold rows of the rarest class.
    """
    folds = spec.compare.tune.folds
    if spec.task_of(y) == "regression":
        return folds * _ROWS_A_FOLD
    share = float(np.min(y.value_counts())) / len(y)
    return max(folds * _ROWS_A_FOLD, math.ceil(folds * _RAREST_A_FOLD / share))


def can_halve(spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan) -> bool:
    """Whether the training parts have rows enough for two rounds of successive halving."""
    return n_training_rows(plan, len(y)) >= HALVING_FACTOR * fewest_rows(spec, y)


def _first_round(
    spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan, number: int
) -> int | Literal["exhaust"]:
    """Give ``min_resources``: as few rows as leave all of them to the last round, if those are enough."""
    n_halvings = math.floor(math.log(number, HALVING_FACTOR))  # until fewer than three are left
    first, fewest = n_training_rows(plan, len(y)) // HALVING_FACTOR**n_halvings, fewest_rows(spec, y)
    return "exhaust" if first >= fewest else fewest


def _halving_search() -> Any:
    """Give the class, which scikit-learn keeps back while it is experimental."""
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    return HalvingGridSearchCV


def _grids(model: ModelSpec, spec: PipelineSpec, defaults: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Give all combinations, or as many as are to be drawn; the defaults too."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    space, *own = search_grids(model.search, defaults, prefix)
    iterations = spec.compare.tune.iterations
    if iterations is None or (not has_distribution(model.search) and iterations >= len(ParameterGrid(space))):
        return [space, *own]
    drawn = list(ParameterSampler(space, iterations, random_state=spec.compare.cv.seed))
    grids = [{name: [_plain(value)] for name, value in one.items()} for one in drawn]
    default = {f"{prefix}{name}": [defaults[name]] for name in model.search}
    return grids if any(repr(one) == repr(default) for one in grids) else [*grids, default]


def _plain(value: Any) -> Any:
    """Give what a distribution of SciPy draws as Python's own number."""
    return value.item() if isinstance(value, np.generic) else value
