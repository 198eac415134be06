"""The metrics of a compiled model inside a program: Keras' own, updated batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from skdl.training._structure import is_keras_own

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scores", "build_metrics", "describe_metrics", "make_scores"]


@dataclass(frozen=True)
class Scores:
    """Keras' metrics of one structure; their states are values that a program carries.

    They were compiled as weighted metrics, whose weights are 1 for real rows and 0 for padding.
    """

    metrics: Any
    names: tuple[str, ...]
    first: list[Any]

    def update(self, states: list[Any], y: Any, predicted: Any, real: Any) -> list[Any]:
        """Count a batch in."""
        if not self.names:
            return states
        updated: list[Any] = self.metrics.stateless_update_state(states, y, predicted, sample_weight=real)
        return updated

    def values(self, states: list[Any]) -> list[Any]:
        """Return the values of all batches so far, one a name."""
        if not self.names:
            return []
        found = self.metrics.stateless_result(states)
        return [found[name] for name in self.names]


def describe_metrics(model: Any) -> list[Any] | None:
    """Return the configuration of a compiled model's metrics; None where a program cannot update them as Keras does.

    A program takes Keras' own: others may not know weights, which padding needs.
    """
    if len(model.metrics) <= 1:  # the loss alone
        return []
    config = model.get_compile_config()
    metrics = config.get("metrics")
    known = config.get("weighted_metrics") is None and isinstance(metrics, list)
    if not known or len(model.metrics) > 2 or not all(map(_is_known, metrics)):  # noqa: PLR2004 - the loss, and them all
        return None
    return list(metrics)


def _is_known(metric: Any) -> bool:
    """Tell whether a serialised metric is Keras' own, without functions of the user's."""
    if isinstance(metric, str):
        return True
    if not isinstance(metric, dict) or not is_keras_own(metric):
        return False
    made_of = metric.get("config", {})
    inner = made_of.values() if isinstance(made_of, dict) else ()
    return all(is_keras_own(part) for part in inner if isinstance(part, dict) and "class_name" in part)


def make_scores(twin: Any, model: Any, optimizer: Any, y_shape: tuple[int, ...]) -> Scores | None:
    """Give a template metrics like the model's; None where their results are no single numbers."""
    described = describe_metrics(model)
    if not described:
        return Scores(None, (), [])
    metrics = [keras.saving.deserialize_keras_object(part) if isinstance(part, dict) else part for part in described]
    twin.compile(optimizer, loss=model.loss, weighted_metrics=metrics)
    compiled = twin.metrics[1]
    y, predicted = _one_row(twin, y_shape)
    compiled.build(y, predicted)
    compiled.update_state(y, predicted, sample_weight=np.ones(1))  # some make their variables at a first batch
    compiled.reset_state()
    first = [variable.value for variable in compiled.variables]
    results = jax.eval_shape(compiled.stateless_result, first)
    if any(result.shape for result in results.values()):
        return None
    return Scores(compiled, tuple(sorted(results)), first)


def build_metrics(model: Any, y_shape: tuple[int, ...]) -> None:
    """Let a model's metrics know their targets, as Keras' loop would: callbacks ask them which way they improve."""
    for metric in model.metrics[1:]:
        if not metric.built:
            metric.build(*_one_row(model, y_shape))


def _one_row(model: Any, y_shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
    return np.zeros((1, *y_shape)), np.zeros((1, *model.output_shape[1:]))
