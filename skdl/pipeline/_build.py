"""From a checked pipeline to unfitted scikit-learn objects.

What is built here is saved later, and a saved model must load where `skdl.pipeline` is not: only classes of
scikit-learn, of the model's own package and of `skdl.estimators` go into a pipeline, no function and no class of this
package. A search around it may hold a scorer; only its best estimator is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from skdl.catalogue import entry_named, find_class
from skdl.pipeline._check import check_models
from skdl.pipeline._classes import ClassPlan, class_plan, class_weight_way, target_faults
from skdl.pipeline._faults import raise_faults
from skdl.pipeline._preprocess import build_preprocessor
from skdl.pipeline._search import parameter_value
from skdl.pipeline._tuning import in_search
from skdl.pipeline._wrappers import around_model, around_pipeline, in_pipeline, lacks_probabilities

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["build_estimators"]


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
    faults = [*check_models(spec.model_dump(), task, spec.origin), *target_faults(spec, y)]
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
    classes = class_plan(spec, model) if task == "classification" else ClassPlan()
    estimator = _estimator(model, spec, task, classes)
    defaults = estimator.get_params(deep=False)
    if classes.samples and classes.calibrate == "none" and lacks_probabilities(estimator, spec):
        classes = replace(classes, calibrate="sigmoid")  # on rows as the table has them, not as they were drawn anew
    wrapped, inside = around_model(estimator, model, spec, y, plan, task, classes)
    preprocessor = build_preprocessor(spec, model, X, y, plan, task)
    whole, outside = around_pipeline(in_pipeline(preprocessor, wrapped, spec, y, plan, classes), spec, y, plan, classes)
    if not model.search:
        return whole
    return in_search(whole, model, spec, y, plan, defaults=defaults, prefix=f"{outside}model__{inside}")


def _estimator(
    model: ModelSpec, spec: PipelineSpec, task: Literal["regression", "classification"], classes: ClassPlan
) -> Any:
    """Make the bare estimator: the seed, class weights, the catalogue's defaults, then the file's parameters."""
    cls = find_class(model.use, task, allow_packages=spec.origin.allow_packages)
    entry = entry_named(model.use)
    ours: dict[str, Any] = {"random_state": spec.compare.cv.seed}
    if cls.__module__.partition(".")[0] != "sklearn":
        ours["n_jobs"] = 1  # scikit-learn's own default is one thread already; others take all there are
    if classes.balance == "class_weight" and class_weight_way(cls) == "class_weight":
        ours["class_weight"] = "balanced"
    known = cls().get_params(deep=False)
    params = {name: value for name, value in ours.items() if name in known}
    params |= dict(entry.defaults) if entry else {}
    params |= {name: parameter_value(value) for name, value in model.params.items()}
    return cls().set_params(**params)
