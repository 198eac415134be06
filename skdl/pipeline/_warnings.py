"""Warnings about models that do not get what a file asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl._note import Note
from skdl.catalogue import find_class
from skdl.exceptions import MissingExtraError, PipelineFileError
from skdl.metrics import resolve_metrics
from skdl.pipeline._build import lacks_probabilities
from skdl.pipeline._classes import class_weight_mode, plan_classes
from skdl.pipeline._search import can_halve, min_rows_to_halve

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan
    from skdl.spec import ModelSpec, PipelineFile

_UNDONE = "which undoes the balancing; use threshold: balanced_accuracy to keep its effect"


def find_model_warnings(spec: PipelineFile, task: Task, plan: FoldPlan, y: pd.Series | pd.DataFrame) -> list[Note]:
    """Return which models are not balanced or searched as the file asks, and where calibration undoes balancing."""
    warnings: list[Note] = []
    tune = spec.compare.tune
    for name, model in spec.models.items():
        notes = [*_warn_of_classes(spec, model)] if task == "classification" else []
        if model.search and tune.search == "halving" and not can_halve(y, task, plan, tune.folds):
            n_rows = min_rows_to_halve(y, task, tune.folds)
            text = f"every candidate is fitted on all rows: successive halving needs {n_rows:,} rows to train on"
            notes.append(Note("no_halving", text, {"n_rows": n_rows}))
        warnings += [note.within(note.code, f"{name}: {note}", model=name) for note in notes]
    return warnings


def _warn_of_classes(spec: PipelineFile, model: ModelSpec) -> Iterator[Note]:
    classes = plan_classes(spec.classes, model)
    if classes.balance == "none":
        return
    try:
        cls = find_class(model.use, "classification", allow_packages=spec.origin.allow_packages)
    except (MissingExtraError, PipelineFileError):
        return  # building the model raises the same error, with its position
    if classes.balance == "class_weight" and class_weight_mode(cls) is None:
        yield Note("not_balanced", "not balanced, since it takes no class weights; use balance: oversample")
        return
    # A tuned threshold restores the effect of the balancing that calibration removes.
    if classes.threshold != "none":
        return
    if classes.calibrate != "none":
        yield Note("calibration_undoes", f"calibrated, {_UNDONE}")
    elif lacks_probabilities(cls(), resolve_metrics(spec.compare.metrics, "classification")):
        yield Note("calibration_for_metrics_undoes", f"calibrated for the metrics that need probabilities, {_UNDONE}")
