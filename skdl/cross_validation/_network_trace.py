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

__all__ = ["NetworkTrace", "additions", "final_estimator", "is_network", "trace_network", "way_to_final"]


@dataclass(frozen=True)
class NetworkTrace:
    """The training of one network on one fold.

    ``kept_epoch`` is that of the weights that predict, and ``inference_loss`` their loss on the training rows; None
    where it was not noted, or no rows were watched.
    """

    history: dict[str, list[float]]
    best_epoch: int | None
    baseline_loss: float
    description: NetworkDescription
    kept_epoch: int | None = None
    inference_loss: float | None = None


def final_estimator(estimator: Any) -> Any:
    """Return what stands at the end of searches, pipelines and what is put around them; fitted, where it is one."""
    inside = _inside(estimator)
    return estimator if inside is None else final_estimator(inside)


def way_to_final(estimator: Any) -> str:
    """Name the way to what stands at the end of an unfitted estimator, as ``set_params`` takes it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> way_to_final(CalibratedClassifierCV(make_pipeline(LogisticRegression())))
    'estimator__logisticregression__'
    """
    inside = _inside(estimator)
    if inside is None:
        return ""
    step = estimator.steps[-1][0] if isinstance(estimator, Pipeline) else "estimator"
    return f"{step}__{way_to_final(inside)}"


def is_network(estimator: Any) -> bool:
    """Whether a Keras estimator stands at the end."""
    if "skdl.estimators" not in sys.modules:  # then it cannot be one, and Keras need not be imported to find out
        return False
    from skdl.estimators import NetworkEstimator

    return isinstance(final_estimator(estimator), NetworkEstimator)


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
    network = final_estimator(fitted)
    if not is_network(network) or not hasattr(network, "history_"):
        return None  # of several calibrated copies none stands for the others
    from skdl.estimators import describe_network

    return NetworkTrace(
        history=network.history_,
        best_epoch=network.best_epoch_,
        baseline_loss=network.baseline_loss_,
        description=describe_network(network),
        kept_epoch=network.best_epoch_ if _goes_back(network) else network.n_iter_,
        inference_loss=network.inference_loss_,
    )


def _goes_back(network: Any) -> bool:
    return bool(network.early_stopping and network.restore_best_weights)
