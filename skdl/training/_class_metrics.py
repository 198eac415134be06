"""Metrics of classes: labels and outputs in the form that a metric is defined on, and a number under each name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

_HALF = 0.5

_CONVERSIONS: dict[str | None, Callable[[Any, int], Any]] = {
    None: lambda values, _: values,
    # (n, 1), the second class's share, to (n, 2)
    "columns": lambda values, _: ops.concatenate([1.0 - values, values], axis=-1),
    # (n, 1) codes to (n, n_classes)
    "indicators": lambda values, n_classes: ops.one_hot(ops.cast(values[:, 0], "int32"), n_classes),
    # (n, n_classes) to (n, 1)
    "codes": lambda values, _: ops.argmax(values, axis=-1, keepdims=True),
    # (n, 1) or (n, n_labels) shares to 0 and 1
    "halves": lambda values, _: ops.cast(values > _HALF, "int32"),
}


class ClassMetric(keras.metrics.Metric):
    """A metric of Keras with conversions of labels and outputs before it.

    A network with codes as labels, or with one unit for two classes, would otherwise give it numbers of another meaning
    and of a shape that is broadcast.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Gets the converted values.
    labels, outputs : {"columns", "indicators", "codes", "halves"} or None
        The conversions; None leaves the values as they are.
    """

    def __init__(self, metric: Any, labels: str | None, outputs: str | None) -> None:
        super().__init__(name=metric.name, dtype=metric.dtype)
        self._metric = metric
        self._labels = labels
        self._outputs = outputs

    @property
    def _direction(self) -> str:
        # Callbacks ask a metric for it; an AttributeError where Keras' own has none.
        return str(self._metric._direction)  # noqa: SLF001 - the name that Keras' callbacks read

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add rows."""
        n_classes = int(y_pred.shape[-1])
        y_true = _CONVERSIONS[self._labels](ops.convert_to_tensor(y_true), n_classes)
        y_pred = _CONVERSIONS[self._outputs](ops.convert_to_tensor(y_pred), n_classes)
        return self._metric.update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        """Return the value over all rows so far."""
        return self._metric.result()

    def reset_state(self) -> None:
        """Forget all rows."""
        self._metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Return the metric's configuration and the conversions."""
        metric = keras.saving.serialize_keras_object(self._metric)
        return {"metric": metric, "labels": self._labels, "outputs": self._outputs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ClassMetric:
        """Make it again."""
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})


def separate_values(results: dict[str, Any]) -> dict[str, Any]:
    """Return results of metrics with a single number under each name.

    An array's numbers get their positions: ``f1_score`` of three classes becomes ``f1_score_0`` to ``f1_score_2``, and
    of a matrix ``name_0_0``. One number alone keeps the name, and those of a dictionary have their own, as in Keras.

    Examples
    --------
    >>> list(separate_values({"f1_score": np.array([0.5, 1.0]), "auc": 0.75}))
    ['f1_score_0', 'f1_score_1', 'auc']
    """
    separate: dict[str, Any] = {}
    for name, value in results.items():
        if isinstance(value, dict):
            separate |= separate_values(value)
        elif math.prod(shape := np.shape(value)) == 1:
            separate[name] = value.reshape(()) if shape else value
        else:
            separate |= {"_".join([name, *map(str, index)]): value[index] for index in np.ndindex(*shape)}
    return separate


class SeparateValues(keras.callbacks.Callback):
    """Gives each number of an epoch a name of its own before other callbacks, which expect single numbers, see it."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Replace arrays in the logs, which all callbacks share."""
        if logs is not None:
            separate = separate_values(logs)
            logs.clear()
            logs.update(separate)
