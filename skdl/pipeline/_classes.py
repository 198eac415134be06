"""What a file asks about classes of unequal size: balance, calibration, threshold; for all models, or for one."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import pandas as pd
from pydantic import BeforeValidator, Field

from skdl.exceptions import MissingExtraError
from skdl.metrics import metric_names, scorer_names
from skdl.pipeline._faults import Fault, KeyPath
from skdl.pipeline._section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = [
    "SAMPLERS",
    "Balance",
    "Calibration",
    "ClassPlan",
    "ClassesSpec",
    "Threshold",
    "class_faults",
    "class_plan",
    "class_weight_way",
    "target_faults",
    "weight_faults",
]

SAMPLERS = ("oversample", "undersample", "smote")

_KEYS = ("balance", "calibrate", "threshold")
_NONE = "none"
_TWO = 2

Balance = Literal["none", "class_weight", "oversample", "undersample", "smote"]
Calibration = Literal["none", "sigmoid", "isotonic"]
# What a threshold moves and one of them is best by. Recall is best where every row is called the class.
_Metric = Literal[
    "none", "balanced_accuracy", "accuracy", "f1", "f1_macro", "f1_weighted", "precision", "mcc", "kappa"
]  # fmt: skip


def _movable(value: Any) -> Any:
    """Say of a metric that there is why no threshold is tuned by it."""
    tunable = get_args(_Metric)
    others = (*metric_names("classification"), *scorer_names())
    if not isinstance(value, str) or value in tunable or value not in others:
        return value
    if value == "recall":
        why = "is best where every row is called the class"
    elif value in metric_names("classification"):
        why = "is no measure of predicted classes: no threshold moves it"
    else:
        why = "is not among them"
    raise ValueError(f"must be one of {', '.join(tunable)}; {value} {why}")


Threshold = Annotated[_Metric, BeforeValidator(_movable, json_schema_input_type=_Metric)]


class ClassesSpec(Section):
    """What is done about classes of unequal size, in every model but the dummy; a model may say otherwise."""

    balance: Balance = Field(
        default="none", description="class_weight, or rows drawn anew: oversample, undersample, smote."
    )
    calibrate: Calibration = Field(default="none", description="How probabilities are brought to observed shares.")
    threshold: Threshold = Field(
        default="none", description="Metric by which the threshold between two classes is tuned."
    )


@dataclass(frozen=True)
class ClassPlan:
    """What is done in one model; each key is ``"none"`` where nothing is."""

    balance: str = _NONE
    calibrate: str = _NONE
    threshold: str = _NONE

    @property
    def samples(self) -> bool:
        """Whether rows are drawn anew."""
        return self.balance in SAMPLERS


def class_plan(spec: PipelineSpec, model: ModelSpec) -> ClassPlan:
    """Give what a model says, and else what the file says for all; the dummy stays as it is.

    Examples
    --------
    >>> from skdl.pipeline import PipelineSpec
    >>> spec = PipelineSpec.model_validate(
    ...     {
    ...         "name": "flowers",
    ...         "data": {"source": "builtin:iris", "target": "species"},
    ...         "models": {"knn": {"balance": "none"}, "logistic": {}},
    ...         "classes": {"balance": "class_weight"},
    ...     }
    ... )
    >>> [class_plan(spec, model).balance for model in spec.models.values()]
    ['none', 'class_weight']
    """
    if model.use == "dummy":
        return ClassPlan()
    return ClassPlan(**{key: getattr(model, key) or getattr(spec.classes, key) for key in _KEYS})


def class_weight_way(cls: type) -> Literal["class_weight", "sample_weight"] | None:
    """Say how a classifier takes weights of classes: as a parameter, a weight a row, or not at all."""
    from sklearn.utils.validation import has_fit_parameter

    if "class_weight" in cls().get_params(deep=False):
        return "class_weight"
    return "sample_weight" if has_fit_parameter(cls, "sample_weight") else None


def class_faults(value: Mapping[str, Any], task: str) -> list[Fault]:
    """Find what makes no sense of the plain value of a file, whatever its shape.

    Raises
    ------
    MissingExtraError
        If rows are to be drawn anew and imbalanced-learn is not installed.
    """
    asked = list(_asked(value))
    if task == "regression":
        return [
            Fault(path, f"must be none for a regression, which has no classes; got {given!r}. Take the key away.")
            for path, given in asked
        ]
    models = value.get("models")
    dummies = [
        (path, given)
        for path, given in asked
        if path[0] == "models" and isinstance(models, dict) and (models[path[1]].get("use") or path[1]) == "dummy"
    ]
    for path, given in asked:
        if (path, given) not in dummies and given in SAMPLERS:
            _require_imbalanced_learn(path, given)
    return [Fault(path, f"the dummy stays as it is; got {given!r}. Take the key away.") for path, given in dummies]


def weight_faults(path: KeyPath, cls: type, balance: Any) -> list[Fault]:
    """Find out whether one model is asked for class weights by name and takes none."""
    if balance != "class_weight" or path == ("models", "dummy") or class_weight_way(cls) is not None:
        return []
    remedy = f"Draw rows anew instead: {', '.join(SAMPLERS)}."
    return [Fault((*path, "balance"), f"{cls.__name__} takes no class weights; got {balance!r}. {remedy}")]


def target_faults(spec: PipelineSpec, y: pd.Series | pd.DataFrame) -> list[Fault]:
    """Find what the target does not carry: a threshold lies between two classes."""
    n_classes = 0 if isinstance(y, pd.DataFrame) else y.nunique()
    if n_classes <= _TWO:
        return []
    own = {name: model.threshold for name, model in spec.models.items() if model.use != "dummy"}
    given: dict[KeyPath, str | None] = {("models", name, "threshold"): metric for name, metric in own.items()}
    if None in own.values():
        given["classes", "threshold"] = spec.classes.threshold
    return [
        Fault(path, f"must be none for {n_classes} classes: a threshold lies between two. Take the key away.")
        for path, metric in given.items()
        if metric not in {None, _NONE}
    ]


def _asked(value: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Go through the keys that ask for something, in the section for all models and in each model."""
    models = value.get("models")
    sections: dict[KeyPath, Any] = {("classes",): value.get("classes")}
    if isinstance(models, dict):
        sections |= {("models", name): model for name, model in models.items()}
    for path, section in sections.items():
        for key in _KEYS:
            given = section.get(key) if isinstance(section, dict) else None
            if isinstance(given, str) and given != _NONE:
                yield (*path, key), given


def _require_imbalanced_learn(path: KeyPath, given: str) -> None:
    if importlib.util.find_spec("imblearn") is None:
        raise MissingExtraError(
            f"{'.'.join(map(str, path))}: {given} needs imbalanced-learn, which is not installed. "
            "Install it: pip install 'skdl[imbalance]'"
        )
