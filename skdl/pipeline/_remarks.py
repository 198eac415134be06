"""What a file asks of a model and cannot have, or has otherwise than one might think: said before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl._note import Note
from skdl.catalogue import find_class
from skdl.exceptions import MissingExtraError, PipelineFileError
from skdl.metrics import resolve_metrics
from skdl.pipeline._classes import class_plan, class_weight_way
from skdl.pipeline._tuning import HALVING_FACTOR, can_halve, fewest_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["remarks_on_models"]


def remarks_on_models(spec: PipelineSpec, plan: FoldPlan, y: pd.Series | pd.DataFrame) -> list[Note]:
    """Say which models are not balanced or searched as the file asks, and where calibration undoes balance.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    plan : FoldPlan
        How its table is split.
    y : pandas object
        Its target.

    Returns
    -------
    list of Note
        For people.
    """
    task = spec.task_of(y)
    remarks = []
    for name, model in spec.models.items():
        said = [*(_on_classes(spec, model) if task == "classification" else ()), *_on_search(spec, model, plan, y)]
        remarks += [one.within(one.code, f"{name}: {one}", model=name) for one in said]
    return remarks


def _on_classes(spec: PipelineSpec, model: ModelSpec) -> Iterator[Note]:
    classes = class_plan(spec, model)
    if classes.balance == "none":
        return
    try:
        cls = find_class(model.use, "classification", allow_packages=spec.origin.allow_packages)
    except (MissingExtraError, PipelineFileError):
        return  # which building it will say, with its place
    if classes.balance == "class_weight" and class_weight_way(cls) is None:
        yield Note("not_balanced", "not balanced, since it takes no class weights; balance: oversample would do")
        return
    needed = any(metric.response == "proba" for metric in resolve_metrics(spec.compare.metrics, "classification"))
    lacking = needed and not hasattr(cls(), "predict_proba")
    if classes.threshold == "none" and (classes.calibrate != "none" or lacking):
        asked = classes.calibrate != "none"
        why = "" if asked else " for the metrics that need probabilities"
        said = f"calibrated{why}, which takes back what balancing moved; threshold: balanced_accuracy would keep it"
        yield Note("calibration_undoes", said) if asked else Note("calibration_for_metrics_undoes", said)


def _on_search(spec: PipelineSpec, model: ModelSpec, plan: FoldPlan, y: pd.Series | pd.DataFrame) -> Iterator[Note]:
    if model.search and spec.compare.tune.search == "halving" and not can_halve(spec, y, plan):
        fewest = HALVING_FACTOR * fewest_rows(spec, y)
        said = f"every candidate is tried on all rows, since successive halving takes {fewest:,} rows to train on"
        yield Note("no_halving", said, {"n_rows": fewest})
