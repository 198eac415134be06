"""Treatment of imbalanced classes: class weights, resampling, calibration, decision thresholds."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from skdl._note import Note
from skdl.catalogue import entry_named
from skdl.exceptions import MissingExtraError
from skdl.spec import CLASS_KEYS, SAMPLERS, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._task import Task
    from skdl.spec import ClassesSpec, KeyPath, ModelSpec

_NONE = "none"


@dataclass(frozen=True)
class ClassPlan:
    """The treatment of classes in one model; each field may be ``"none"``."""

    balance: str = _NONE
    calibrate: str = _NONE
    threshold: str = _NONE

    @property
    def resamples(self) -> bool:
        """Whether rows are resampled."""
        return self.balance in SAMPLERS


def plan_classes(classes: ClassesSpec, model: ModelSpec) -> ClassPlan:
    """Return the keys of a model on top of those for all models; nothing for the dummy, which is never changed.

    The models of an ensemble are balanced and calibrated, so that it is not again unless its own keys ask for that.

    Examples
    --------
    >>> from skdl.spec import ClassesSpec, ModelSpec
    >>> for_all = ClassesSpec(balance="class_weight")
    >>> [plan_classes(for_all, model).balance for model in (ModelSpec(use="knn", balance="none"), ModelSpec(use="svm"))]
    ['none', 'class_weight']
    """
    if model.use == "dummy":
        return ClassPlan()
    entry = entry_named(model.use)
    if entry is not None and entry.is_ensemble:
        return ClassPlan(calibrate=model.calibrate or _NONE, threshold=model.threshold or classes.threshold)
    return ClassPlan(**{key: getattr(model, key) or getattr(classes, key) for key in CLASS_KEYS})


def class_weight_mode(cls: type) -> Literal["class_weight", "sample_weight"] | None:
    """Return how a classifier takes class weights: as a parameter, as weights of rows, or not at all."""
    from sklearn.utils.validation import has_fit_parameter

    if "class_weight" in cls().get_params(deep=False):
        return "class_weight"
    # Estimators without the parameter can still be weighted row by row, by `skdl.weighted`.
    return "sample_weight" if has_fit_parameter(cls, "sample_weight") else None


def find_class_problems(models: Mapping[str, ModelSpec], classes: ClassesSpec, task: Task) -> list[Problem]:
    """Return what does not fit the task or the dummy; raise MissingExtraError for resampling without its package."""
    sections: dict[KeyPath, ClassesSpec | ModelSpec] = {("classes",): classes}
    sections |= {("models", name): model for name, model in models.items()}
    given = {
        (*path, key): getattr(section, key)
        for path, section in sections.items()
        for key in CLASS_KEYS
        if getattr(section, key) not in {None, "none"}
    }
    if task == "regression":
        text = "must be none for a regression, which has no classes; got {given!r}. Remove the key."
        return [Problem(path, Note.of("classes_of_regression", text, given=value)) for path, value in given.items()]
    problems = []
    for path, value in given.items():
        if path[0] == "models" and models[str(path[1])].use == "dummy":
            note = Note.of("dummy_changed", "the dummy is never changed; got {given!r}. Remove the key.", given=value)
            problems.append(Problem(path, note))
        elif value in SAMPLERS and importlib.util.find_spec("imblearn") is None:
            text = (
                "{where}: {given} needs imbalanced-learn, which is not installed. Install it: pip install "
                "'skdl[imbalance]'"
            )
            raise MissingExtraError.of("needs_imblearn", text, where=".".join(map(str, path)), given=value)
    return problems


def find_resampling_problems(models: Mapping[str, ModelSpec], classes: ClassesSpec) -> list[Problem]:
    """Return where rows with weights would be resampled, which loses their weights."""
    given: dict[KeyPath, str | None] = {("classes", "balance"): classes.balance}
    given |= {("models", name, "balance"): model.balance for name, model in models.items()}
    text = "{given} loses the weights of the rows (data.weights). Write class_weight."
    return [
        Problem(path, Note.of("resampled_weights", text, given=balance))
        for path, balance in given.items()
        if balance in SAMPLERS
    ]


def find_threshold_problems(
    models: Mapping[str, ModelSpec], classes: ClassesSpec, y: pd.Series | pd.DataFrame
) -> list[Problem]:
    """Return the thresholds that are asked for with more than two classes."""
    own = {name: model.threshold for name, model in models.items() if model.use != "dummy"}
    given: dict[KeyPath, str | None] = {("models", name, "threshold"): metric for name, metric in own.items()}
    if None in own.values():
        given["classes", "threshold"] = classes.threshold
    asked = [path for path, metric in given.items() if metric not in {None, _NONE}]
    n_classes = y.nunique() if asked and isinstance(y, pd.Series) else 0
    text = "must be none for {n} classes: a threshold is between two. Remove the key."
    note = Note.of("threshold_of_many", text, n=n_classes)
    return [Problem(path, note) for path in asked] if n_classes > 2 else []
