"""Training history and description of a fitted network, taken from every fold for the report."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, TypeAdapter

from skdl.cross_validation._nested_estimators import final_estimator
from skdl.results import LearnedInputs  # noqa: TC001 - pydantic reads it


def _read_description(value: Any) -> Any:
    from skdl.estimators import NetworkDescription

    return TypeAdapter(NetworkDescription).validate_json(json.dumps(value), strict=True)


if TYPE_CHECKING:
    from skdl.estimators import NetworkDescription
else:  # for pydantic: importing the class would import Keras, which a journal without networks does not need
    NetworkDescription = Annotated[Any, PlainValidator(_read_description)]


@dataclass(frozen=True)
class NetworkTrace:
    """The training of one network on one fold."""

    history: dict[str, list[float]]  # losses and metrics by epoch, as in `history_`
    best_epoch: int | None  # with the best monitored value
    baseline_loss: float  # of the constant prediction
    description: NetworkDescription
    kept_epoch: int | None = None  # whose weights predict
    initial_penalty: float = 0.0  # of the first weights: part of the first losses
    inference_loss: float | None = None  # of these weights on the training rows; None without validation rows
    inputs: LearnedInputs | None = None  # of a network that embeds its columns


def is_network(estimator: Any) -> bool:
    """Whether the final estimator is a Keras network of this package."""
    if "skdl.estimators" not in sys.modules:  # no instance can exist, and the import would import Keras
        return False
    from skdl.estimators import NetworkEstimator

    return isinstance(final_estimator(estimator), NetworkEstimator)


def trace_network(fitted: Any) -> NetworkTrace | None:
    """Return the trace of the network inside ``fitted``; None for other models, and for several calibrated copies."""
    network = final_estimator(fitted)
    if not is_network(network) or not hasattr(network, "history_"):
        return None  # with several copies the final estimator is the unfitted one
    from skdl.estimators import describe_inputs, describe_network

    return NetworkTrace(
        history=network.history_,
        best_epoch=network.best_epoch_,
        baseline_loss=network.baseline_loss_,
        description=describe_network(network),
        kept_epoch=network.kept_epoch,
        initial_penalty=network.initial_penalty_,
        inference_loss=network.inference_loss_,
        inputs=describe_inputs(network),
    )
