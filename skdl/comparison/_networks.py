"""What a fitted network tells of its training: taken along from every fold, for the report."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from skdl.weighted import ClassWeightedClassifier

if TYPE_CHECKING:
    from skdl.estimators import NetworkDescription

__all__ = ["NetworkTrace", "additions", "final_estimator", "trace_network"]


@dataclass(frozen=True)
class NetworkTrace:
    """The training of one network on one fold."""

    history: dict[str, list[float]]
    best_epoch: int | None
    baseline_loss: float
    description: NetworkDescription


def final_estimator(estimator: Any) -> Any:
    """Return what stands at the end of searches, pipelines and what is put around them; fitted, where it is one."""
    inside = _inside(estimator)
    return estimator if inside is None else final_estimator(inside)


def additions(estimator: Any) -> list[str]:
    """Say what is put around a model, from the inside out: how rows are drawn anew, calibration, threshold, search."""
    inside = _inside(estimator)
    if inside is None:
        return []
    said = [words for kind, words in _ADDITIONS.items() if isinstance(estimator, kind)]
    if isinstance(estimator, Pipeline):
        said = [type(step).__name__ for _, step in estimator.steps if hasattr(step, "fit_resample")]
    return [*additions(inside), *said]


_ADDITIONS = {
    BaseSearchCV: "tuned",
    CalibratedClassifierCV: "calibrated",
    ClassWeightedClassifier: "classes weighted",
    TunedThresholdClassifierCV: "threshold tuned",
}


def _inside(estimator: Any) -> Any:
    """Return what is one layer further in; None at the end."""
    if isinstance(estimator, BaseSearchCV):
        return getattr(estimator, "best_estimator_", estimator.estimator)
    if isinstance(estimator, TunedThresholdClassifierCV | ClassWeightedClassifier):
        return getattr(estimator, "estimator_", estimator.estimator)
    if isinstance(estimator, CalibratedClassifierCV):
        copies = getattr(estimator, "calibrated_classifiers_", [])
        return copies[0].estimator if len(copies) == 1 else estimator.estimator
    return estimator[-1] if isinstance(estimator, Pipeline) else None


def trace_network(fitted: Any) -> NetworkTrace | None:
    """Return the trace of the one Keras estimator at the end of ``fitted``; None for every other model."""
    if "skdl.estimators" not in sys.modules:  # then it cannot be one, and Keras need not be imported to find out
        return None
    from skdl.estimators import KerasMLPClassifier, KerasMLPRegressor, describe_network

    network = final_estimator(fitted)
    if not isinstance(network, KerasMLPClassifier | KerasMLPRegressor) or not hasattr(network, "history_"):
        return None  # of several calibrated copies none stands for the others
    return NetworkTrace(
        history=network.history_,
        best_epoch=network.best_epoch_,
        baseline_loss=network.baseline_loss_,
        description=describe_network(network),
    )
