"""From a checked pipeline to unfitted scikit-learn objects.

What is built here is saved later, and a saved model must load where `skdl.pipeline` is not: only classes of
scikit-learn, of the model's own package and of `skdl.estimators` go into a pipeline, no function and no class of this
package. A search around it may hold a scorer; only its best estimator is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl.pipeline._catalogue import entry_named, find_class
from skdl.pipeline._check import check_models
from skdl.pipeline._faults import raise_faults
from skdl.pipeline._folds import FoldPlan, splitter_of
from skdl.pipeline._metrics import resolve_metrics
from skdl.pipeline._preprocess import build_preprocessor
from skdl.pipeline._search import has_distribution, parameter_value, search_grids

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["build_estimators"]

_CALIBRATION_FOLDS = 5


def build_estimators(
    spec: PipelineSpec, X: pd.DataFrame, y: pd.Series | pd.DataFrame, plan: FoldPlan
) -> dict[str, Any]:
    """Build every model of a pipeline, and a dummy.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    X, y : pandas objects
        Features and target; they are looked at for kinds of columns, task and number of rows alone.
    plan : FoldPlan
        How the table is split: searches follow it, and preprocessing is fitted on no fewer rows than it leaves.

    Returns
    -------
    dict of str to estimator
        Unfitted, in the file's order; ``dummy`` last where the file does not name it.

    Raises
    ------
    DataError
        If there is no column to learn from.
    PipelineFileError
        If a model does not fit the task.
    """
    from skdl.pipeline._spec import ModelSpec

    task = spec.task_of(y)
    faults = check_models(spec.model_dump(), task, spec.origin)
    if spec.task is None:
        guess = f" The target looks like {task}; where it is not, say so with task:."
        faults = [replace(fault, message=fault.message + guess) for fault in faults]
    raise_faults(faults, spec.origin.places)
    models = dict(spec.models)
    if all(model.use != "dummy" for model in models.values()):
        models["dummy"] = ModelSpec(use="dummy")
    return {name: _build(model, spec, X, y, plan, task) for name, model in models.items()}


def _build(
    model: ModelSpec,
    spec: PipelineSpec,
    X: pd.DataFrame,
    y: pd.Series | pd.DataFrame,
    plan: FoldPlan,
    task: Literal["regression", "classification"],
) -> Any:
    from sklearn.pipeline import Pipeline

    estimator = _estimator(model, spec, task)
    defaults = estimator.get_params(deep=False)
    wrapped, prefix = _wrapped(estimator, model, spec, y, plan, task)
    pipeline = Pipeline([("preprocess", build_preprocessor(spec, model, X, y, plan, task)), ("model", wrapped)])
    return _in_search(pipeline, model, spec, defaults, f"model__{prefix}", plan, task) if model.search else pipeline


def _estimator(model: ModelSpec, spec: PipelineSpec, task: Literal["regression", "classification"]) -> Any:
    """Make the bare estimator: the seed, the catalogue's defaults, then the file's parameters."""
    cls = find_class(model.use, task, allow_packages=spec.origin.allow_packages)
    entry = entry_named(model.use)
    ours: dict[str, Any] = {"random_state": spec.compare.cv.seed}
    if cls.__module__.partition(".")[0] != "sklearn":
        ours["n_jobs"] = 1  # scikit-learn's own default is one thread already; others take all there are
    known = cls().get_params(deep=False)
    params = {name: value for name, value in ours.items() if name in known}
    params |= dict(entry.defaults) if entry else {}
    params |= {name: parameter_value(value) for name, value in model.params.items()}
    return cls().set_params(**params)


def _wrapped(
    estimator: Any,
    model: ModelSpec,
    spec: PipelineSpec,
    y: pd.Series | pd.DataFrame,
    plan: FoldPlan,
    task: Literal["regression", "classification"],
) -> tuple[Any, str]:
    """Give a model what it lacks, and the way to it from outside.

    Some models need a target of unit variance. A classifier without probabilities is calibrated where a metric needs
    them. XGBoost takes no classes but 0, 1, ...; a vote of one encodes and decodes them.
    """
    if task == "regression":
        return _with_scaled_target(estimator, model)
    if type(estimator).__module__.partition(".")[0] == "xgboost":
        from sklearn.ensemble import VotingClassifier

        return VotingClassifier([("classifier", estimator)], voting="soft", n_jobs=1), "classifier__"
    needs = any(metric.response == "proba" for metric in resolve_metrics(spec.compare.metrics, task))
    if needs and not hasattr(estimator, "predict_proba"):
        from sklearn.calibration import CalibratedClassifierCV

        folds = _inner_folds(spec, y, plan)
        return CalibratedClassifierCV(estimator, ensemble=False, cv=folds, n_jobs=1), "estimator__"
    return estimator, ""


def _with_scaled_target(estimator: Any, model: ModelSpec) -> tuple[Any, str]:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    entry = entry_named(model.use)
    if entry is None or not entry.scales_target:
        return estimator, ""
    return TransformedTargetRegressor(estimator, transformer=StandardScaler()), "regressor__"


def _inner_folds(spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan) -> int:
    """Give as many folds as the rarest class allows in the smallest training part, 5 at most."""
    count = plan.rows_left(int(np.min(y.value_counts())))
    count -= -(-count // (spec.compare.tune.folds if any(m.search for m in spec.models.values()) else count + 1))
    return max(2, min(_CALIBRATION_FOLDS, count))


def _in_search(
    pipeline: Any,
    model: ModelSpec,
    spec: PipelineSpec,
    defaults: dict[str, Any],
    prefix: str,
    plan: FoldPlan,
    task: Literal["regression", "classification"],
) -> Any:
    from sklearn.model_selection import GridSearchCV, ParameterGrid, RandomizedSearchCV

    tune = spec.compare.tune
    grids = search_grids(model.search, defaults, prefix)
    shared = {
        "scoring": resolve_metrics(spec.compare.metrics, task)[0].scorer(),
        "cv": _inner_splitter(spec, plan),
        "refit": True,
        "n_jobs": 1,
        "error_score": "raise",
    }
    listed = not has_distribution(model.search)
    if tune.iterations is None or (listed and tune.iterations >= len(ParameterGrid(grids))):
        return GridSearchCV(pipeline, grids, **shared)
    return RandomizedSearchCV(pipeline, grids[0], n_iter=tune.iterations, random_state=spec.compare.cv.seed, **shared)


def _inner_splitter(spec: PipelineSpec, plan: FoldPlan) -> Any:
    """Split inside a fold as the folds themselves are split; those of a column by rows, for it says of no others."""
    from sklearn.model_selection import TimeSeriesSplit

    folds, seed = spec.compare.tune.folds, spec.compare.cv.seed
    if plan.by == "time":
        return TimeSeriesSplit(folds)
    return splitter_of(FoldPlan(folds, 1, seed, "groups" if plan.by == "groups" else "rows", plan.labels), seed)
