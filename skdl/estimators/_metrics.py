"""Keras' metrics: made for one fit, and which of them early stopping can watch."""

from __future__ import annotations

import inspect
import re
from typing import Any

import keras

from skdl.tables import did_you_mean

__all__ = ["check_monitor", "make_metrics"]

_BY_TARGET = {"accuracy", "acc"}  # Keras chooses the kind when it sees the target
_SHORT = {"bce", "mae", "mape", "mse", "msle"}
_LISTED = "accuracy, auc, mae, r2_score, root_mean_squared_error"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def make_metrics(metrics: Any) -> list[Any] | None:
    """Make metrics for one fit of names, classes and instances, which hold state; functions pass as they are.

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
    given = list(metrics) if isinstance(metrics, list | tuple) else [metrics]
    return [_make(metric) for metric in given]


def _make(metric: Any) -> Any:
    if isinstance(metric, keras.metrics.Metric):
        return type(metric).from_config(metric.get_config())
    if inspect.isclass(metric) and issubclass(metric, keras.metrics.Metric):
        kind: Any = metric
        return kind(name=_snake(kind.__name__))  # Keras would count: auc, auc_1, ...
    if isinstance(metric, str) and metric.lower() not in _BY_TARGET:
        try:
            made = keras.metrics.get(metric)
        except ValueError:
            known = {_snake(name) for name in vars(keras.metrics) if name[0].isupper()} | _BY_TARGET | _SHORT
            raise ValueError(
                f"metrics: the name must be one of Keras' metrics; got {metric!r}"
                f"{did_you_mean(metric, known) or '.'} Try {_LISTED}."
            ) from None
        made.name = metric
        return made
    return metric


def check_monitor(monitor: str, metrics: Any, *, watched: bool, where: str) -> None:
    """Refuse to stop early by what is not recorded, or by what may be better high or low.

    Parameters
    ----------
    monitor : str
        What is to be watched.
    metrics : list
        The estimator's parameter.
    watched : bool
        Whether rows are held out.
    where : str
        The estimator, for messages.

    Raises
    ------
    ValueError
        Where nothing of that name is recorded, or Keras does not know which way it improves.
    """
    made = {_name(metric): metric for metric in make_metrics(metrics) or []}
    recorded = ["loss", *made]
    recorded += [f"val_{name}" for name in recorded] if watched else []
    if monitor not in recorded:
        raise ValueError(
            f"{where}: monitor must be one of {', '.join(recorded)}; got {monitor!r}"
            f"{did_you_mean(monitor, recorded) or '.'} Name it in `metrics`, or hold rows out by validation_split."
        )
    metric = made.get(monitor.removeprefix("val_"), "accuracy")
    if not isinstance(metric, str) and not hasattr(metric, "_direction"):  # Keras' EarlyStopping asks the same
        raise ValueError(
            f"{where}: monitor must be a metric of which Keras knows whether it should rise; got {monitor!r}. "
            f"Give callbacks=[keras.callbacks.EarlyStopping(monitor={monitor!r}, mode='max')] or 'min'."
        )


def _name(metric: Any) -> str:
    return metric if isinstance(metric, str) else str(getattr(metric, "name", None) or metric.__name__)
