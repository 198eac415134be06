"""Compile arguments of one fit: optimizer and metrics, made from names, classes and instances of Keras."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any

import keras

from skdl._nearest import did_you_mean
from skdl.estimators._losses import make_loss


@dataclass(frozen=True)
class CompileSettings:
    """Arguments for ``compile`` from an estimator's parameters and its head."""

    optimizer: Any
    learning_rate: Any
    loss: Any
    metrics: Any
    dtype: str


def compile_network(network: Any, settings: CompileSettings) -> Any:
    """Compile a network with a new optimizer, loss and metrics; return it."""
    network.compile(
        optimizer=make_optimizer(settings.optimizer, settings.learning_rate),
        loss=make_loss(settings.loss, settings.dtype),
        metrics=make_metrics(settings.metrics),
    )
    return network


_NOT_BY_CLASS = {
    keras.optimizers.Optimizer,
    keras.optimizers.LossScaleOptimizer,
    keras.optimizers.MultiOptimizer,
}  # the base class, and wrappers of other optimizers
_OPTIMIZERS: dict[str, Any] = {
    name: found
    for name, found in vars(keras.optimizers).items()
    if inspect.isclass(found) and issubclass(found, keras.optimizers.Optimizer) and found not in _NOT_BY_CLASS
}
_OPTIMIZER_NAMES = {name.lower(): name for name in _OPTIMIZERS}  # keras.optimizers.get() misses Lamb


def make_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """Make a fresh optimizer from a name, a class or an instance; an instance keeps its own learning rate.

    Raises
    ------
    ValueError
        Where the name is none of Keras', or the class is no optimizer or one that takes more than a learning rate.

    Examples
    --------
    >>> type(make_optimizer("rmsprop", 0.01)).__name__
    'RMSprop'
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        # A copy: an optimizer belongs to one network, and parameters must not change in fit.
        return type(optimizer).from_config(optimizer.get_config())
    if isinstance(optimizer, str):
        if optimizer.lower() not in _OPTIMIZER_NAMES:
            raise ValueError(
                f"optimizer: the name must be one of Keras' optimizers; got {optimizer!r}"
                f"{did_you_mean(optimizer, _OPTIMIZER_NAMES)} "
                f"There are: {', '.join(sorted(_OPTIMIZER_NAMES))}."
            )
        return _OPTIMIZERS[_OPTIMIZER_NAMES[optimizer.lower()]](learning_rate=learning_rate)
    if not issubclass(optimizer, keras.optimizers.Optimizer) or optimizer in _NOT_BY_CLASS:
        raise ValueError(
            "optimizer: the class must be one of Keras' that a learning rate alone makes; "
            f"got {optimizer.__name__}. Try keras.optimizers.Adam, or give an instance."
        )
    return optimizer(learning_rate=learning_rate)


_ACCURACY = {"accuracy", "acc"}  # Keras chooses the kind when it sees the target
_SHORT_NAMES = {"bce", "mae", "mape", "mse", "msle"}
_SUGGESTED = "accuracy, auc, mae, r2_score, root_mean_squared_error"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def make_metrics(metrics: Any) -> list[Any] | None:
    """Make metrics for one fit from names, classes and instances, which hold state; functions pass as they are.

    Raises
    ------
    ValueError
        Where a name is none of Keras'.

    Examples
    --------
    >>> [metric.name for metric in make_metrics(["mae", keras.metrics.R2Score])]
    ['mae', 'r2_score']
    """
    if metrics is None:
        return None
    return [_make_metric(metric) for metric in (metrics if isinstance(metrics, list | tuple) else [metrics])]


def _make_metric(metric: Any) -> Any:
    if isinstance(metric, keras.metrics.Metric):
        # A copy, because a metric holds the sums of its batches.
        return type(metric).from_config(metric.get_config())
    if inspect.isclass(metric) and issubclass(metric, keras.metrics.Metric):
        kind: Any = metric
        return kind(name=_snake(kind.__name__))  # Keras would count: auc, auc_1, ...
    if isinstance(metric, str) and metric.lower() not in _ACCURACY:
        try:
            # Renamed below to the name as given, under which its values are recorded.
            made = keras.metrics.get(metric)
        except ValueError:
            known = {_snake(name) for name in vars(keras.metrics) if name[0].isupper()} | _ACCURACY | _SHORT_NAMES
            raise ValueError(
                f"metrics: the name must be one of Keras' metrics; got {metric!r}"
                f"{did_you_mean(metric, known)} Try {_SUGGESTED}."
            ) from None
        made.name = metric
        return made
    return metric


def check_monitor(monitor: str, metrics: Any, *, has_validation: bool, where: str) -> None:
    """Refuse to stop early by a value that is not recorded, or whose direction is not known."""
    made = {_metric_name(metric): metric for metric in make_metrics(metrics) or []}
    recorded = ["loss", *made]
    recorded += [f"val_{name}" for name in recorded] if has_validation else []
    if monitor not in recorded:
        raise ValueError(
            f"{where}: monitor must be one of {', '.join(recorded)}; got {monitor!r}"
            f"{did_you_mean(monitor, recorded)} Name it in `metrics`, or set validation_split."
        )
    metric = made.get(monitor.removeprefix("val_"), "accuracy")
    if not isinstance(metric, str) and not hasattr(metric, "_direction"):  # Keras' EarlyStopping asks the same
        raise ValueError(
            f"{where}: monitor must be a metric of which Keras knows whether it should increase; got {monitor!r}. "
            f"Give callbacks=[keras.callbacks.EarlyStopping(monitor={monitor!r}, mode='max')] or 'min'."
        )


def _metric_name(metric: Any) -> str:
    return metric if isinstance(metric, str) else str(getattr(metric, "name", None) or metric.__name__)
