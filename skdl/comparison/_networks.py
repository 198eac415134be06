"""What a fitted network tells of its training: taken along from every fold, for the report."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from skdl.estimators import NetworkDescription

__all__ = ["NetworkTrace", "final_estimator", "trace_network"]


@dataclass(frozen=True)
class NetworkTrace:
    """The training of one network on one fold."""

    history: dict[str, list[float]]
    best_epoch: int | None
    baseline_loss: float
    description: NetworkDescription


def final_estimator(estimator: Any) -> Any:
    """Return what stands at the end of searches and pipelines."""
    if isinstance(estimator, BaseSearchCV):
        return final_estimator(getattr(estimator, "best_estimator_", estimator.estimator))
    if isinstance(estimator, Pipeline):
        return final_estimator(estimator[-1])
    return estimator


def trace_network(fitted: Any) -> NetworkTrace | None:
    """Return the trace of a fitted Keras estimator at the end of ``fitted``; None for every other model."""
    if "skdl.estimators" not in sys.modules:  # then it cannot be one, and Keras need not be imported to find out
        return None
    from skdl.estimators import KerasMLPClassifier, KerasMLPRegressor, describe_network

    network = final_estimator(fitted)
    if not isinstance(network, KerasMLPClassifier | KerasMLPRegressor):
        return None
    return NetworkTrace(
        history=network.history_,
        best_epoch=network.best_epoch_,
        baseline_loss=network.baseline_loss_,
        description=describe_network(network),
    )
