"""Metrics of a compiled model inside a program: Keras' own, updated batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from skdl.training._class_metrics import ClassMetric, separate_values
from skdl.training._structure import is_keras_own

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CompiledMetrics:
    """Keras' metrics of one structure; their states are values that a program carries.

    They were compiled as weighted metrics, whose weights are 1 for real rows and 0 for padding.
    """

    metrics: Any
    names: tuple[str, ...]
    initial: list[Any]  # states before the first batch

    def update(self, states: list[Any], y: Any, predicted: Any, real: Any) -> list[Any]:
        """Return the states after one batch more; ``real`` is 1 for each real row and 0 for padding."""
        if not self.names:
            return states
        # Keras does not weight what is compiled as `metrics=` by sample weights, so `real` is the only weight.
        updated: list[Any] = self.metrics.stateless_update_state(states, y, predicted, sample_weight=real)
        return updated

    def values(self, states: list[Any]) -> list[Any]:
        """Return the values over all batches so far, in the order of ``names``."""
        if not self.names:
            return []
        results = separate_values(self.metrics.stateless_result(states))
        return [results[name] for name in self.names]


def describe_metrics(model: Any) -> list[Any] | None:
    """Return the configuration of a compiled model's metrics; None where a program cannot update them as Keras does.

    A program takes Keras' own: others may not support weights, which padding needs.
    """
    if len(model.metrics) <= 1:  # the loss alone
        return []
    # Not by `get_compile_config`, which would serialise the optimizer too (see `optimizer_config`).
    given = model._compile_config.config  # noqa: SLF001 - Keras has no public name for what a model was compiled with
    metrics = keras.saving.serialize_keras_object(given.get("metrics"))
    plain = given.get("weighted_metrics") is None and isinstance(metrics, list)
    if not plain or len(model.metrics) > 2 or not all(map(_is_supported, metrics)):  # the loss, and them all
        return None
    return list(metrics)


def _is_supported(metric: Any) -> bool:
    """Return whether a serialised metric is Keras' own, without a user-defined function in it."""
    if isinstance(metric, str):
        return True
    if not isinstance(metric, dict):
        return False
    if metric.get("class_name") == ClassMetric.__name__ and metric.get("module") == ClassMetric.__module__:
        return _is_supported(metric["config"]["metric"])
    if not is_keras_own(metric):
        return False
    config = metric.get("config", {})
    inner = config.values() if isinstance(config, dict) else ()
    return all(is_keras_own(part) for part in inner if isinstance(part, dict) and "class_name" in part)


def compile_metrics(copy: Any, optimizer: Any, model: Any, y_shape: tuple[int, ...]) -> CompiledMetrics | None:
    """Compile a model's metrics into its copy for tracing; None where their results are no single numbers."""
    described = describe_metrics(model)
    if not described:
        return CompiledMetrics(None, (), [])
    own = {ClassMetric.__name__: ClassMetric}
    metrics = [
        keras.saving.deserialize_keras_object(part, custom_objects=own) if isinstance(part, dict) else part
        for part in described
    ]
    # Weighted: padding gets weight 0. With `metrics=` Keras would count padded rows.
    copy.compile(optimizer, loss=model.loss, weighted_metrics=metrics)
    compiled = copy.metrics[1]  # the first one is the tracker of the loss
    y, predicted = _one_row(copy, y_shape)
    # Keras chooses some metrics (accuracy) by the shape of the target.
    compiled.build(y, predicted)
    compiled.update_state(y, predicted, sample_weight=np.ones(1))  # some create their variables at the first batch
    compiled.reset_state()
    initial = [variable.value for variable in compiled.variables]
    # Shapes alone, without computing.
    results = jax.eval_shape(lambda states: separate_values(compiled.stateless_result(states)), initial)
    return CompiledMetrics(compiled, tuple(sorted(results)), initial)


def build_metrics(model: Any, y_shape: tuple[int, ...]) -> None:
    """Build a model's metrics for its targets, as Keras' loop would: callbacks ask them whether they increase."""
    for metric in model.metrics[1:]:
        if not metric.built:
            metric.build(*_one_row(model, y_shape))


def _one_row(model: Any, y_shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
    return np.zeros((1, *y_shape)), np.zeros((1, *model.output_shape[1:]))
