"""Keras metrics of one fit, from names, classes and instances; those of classes in the form of the network's labels."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import keras

from skdl._nearest import did_you_mean
from skdl.training import ClassMetric

if TYPE_CHECKING:
    from skdl.estimators._targets import Coding

_ACCURACY = {"accuracy", "acc"}  # Keras chooses the kind when it sees the target
_SHORT_NAMES = {"bce", "mae", "mape", "mse", "msle"}
_SUGGESTED = "accuracy, auc, f1_score, mae, r2_score, root_mean_squared_error"
_HALF = 0.5


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _folded(name: str) -> str:
    """Return one spelling of ``F1Score``, ``f1_score`` and ``f1score``."""
    return name.replace("_", "").lower()


_of_keras = keras.metrics
_CLASSES: dict[str, Any] = {
    name: found
    for name, found in vars(_of_keras).items()
    if inspect.isclass(found) and issubclass(found, keras.metrics.Metric) and found is not keras.metrics.Metric
}
_BY_NAME = {_folded(name): found for name, found in _CLASSES.items()}

# Of codes and a share of each class; of which class is predicted; and of the shares of all classes at once.
_OF_CODES = (
    _of_keras.SparseCategoricalAccuracy,
    _of_keras.SparseCategoricalCrossentropy,
    _of_keras.SparseTopKCategoricalAccuracy,
)
_OF_LABELS = {_of_keras.Accuracy, _of_keras.IoU, _of_keras.MeanIoU}  # by exact class: others of IoU take shares
_OF_SHARES = (
    _of_keras.CategoricalAccuracy,
    _of_keras.CategoricalCrossentropy,
    _of_keras.CategoricalHinge,
    _of_keras.CosineSimilarity,
    _of_keras.KLDivergence,
    _of_keras.OneHotIoU,
    _of_keras.TopKCategoricalAccuracy,
)

# Conversions of the network's labels and outputs, by their coding and what the metric is of (see `ClassMetric`). All
# other metrics of Keras compare each unit with a 0 or 1.
_CONVERSIONS: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("binary", "codes"): (None, "columns"),
    ("binary", "labels"): (None, "halves"),
    ("binary", "shares"): ("columns", "columns"),
    ("integer", "labels"): (None, "codes"),
    ("integer", "shares"): ("indicators", None),
    ("integer", "units"): ("indicators", None),
    ("one_hot", "codes"): ("codes", None),
    ("one_hot", "labels"): ("codes", "codes"),
    ("multilabel", "labels"): (None, "halves"),
}


def make_metrics(
    metrics: Any, coding: Coding | None = None, *, rule: str = "metrics: the name must be"
) -> list[Any] | None:
    """Make metrics for one fit from names, classes and instances, which hold state; functions pass as they are.

    ``coding`` is that of a classifier's labels; None for numbers. ``rule`` begins the error about an unknown name.

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
    listed = metrics if isinstance(metrics, list | tuple) else [metrics]
    made = [_make_metric(metric, coding, rule) for metric in listed]
    return [_on_classes(metric, coding) for metric in made]


def _make_metric(metric: Any, coding: Coding | None, rule: str) -> Any:
    if isinstance(metric, keras.metrics.Metric):
        try:
            # A copy, because a metric holds the sums of its batches.
            return type(metric).from_config(metric.get_config())
        except TypeError as error:
            raise ValueError(
                f"metrics: a {type(metric).__name__} must be made anew from its configuration, for each fit; {error}. "
                "Take **kwargs in its __init__, pass them to super().__init__, and return its own from get_config."
            ) from error
    if inspect.isclass(metric) and issubclass(metric, keras.metrics.Metric):
        return _instance(metric, _snake(metric.__name__), coding)  # Keras would count: auc, auc_1, ...
    if isinstance(metric, str) and metric.lower() not in _ACCURACY:
        if _folded(metric) in _BY_NAME:
            return _instance(_BY_NAME[_folded(metric)], metric, coding)
        try:
            made = keras.metrics.get(metric)
        except ValueError:
            known = {_snake(name) for name in _CLASSES} | _ACCURACY | _SHORT_NAMES
            raise ValueError(
                f"{rule} one of Keras' metrics; got {metric!r}{did_you_mean(metric, known)} Try {_SUGGESTED}."
            ) from None
        made.name = metric  # under which its values are recorded
        return made
    return metric


def _instance(kind: Any, name: str, coding: Coding | None) -> Any:
    # Without a threshold only the likeliest label of a row would count as predicted.
    several = coding == "multilabel" and issubclass(kind, keras.metrics.FBetaScore)
    try:
        return kind(name=name, **({"threshold": _HALF} if several else {}))
    except TypeError as error:
        raise ValueError(
            f"metrics: {name!r} must be given as an instance, keras.metrics.{kind.__name__}(...), with its arguments; "
            f"got its name or class ({error})."
        ) from None


def _on_classes(metric: Any, coding: Coding | None) -> Any:
    """Return a metric of Keras' own with the conversions that its labels and outputs need."""
    of_keras = isinstance(metric, keras.metrics.Metric) and type(metric).__module__.partition(".")[0] == "keras"
    if coding is None or not of_keras:
        return metric  # a user's own is given what the network is trained on; "accuracy" adapts to it
    kind = _kind(metric)
    if coding == "multilabel" and (kind == "codes" or isinstance(metric, keras.metrics.IoU)):
        raise ValueError(
            f"metrics: {metric.name!r} must be recorded of one class a row; y holds several labels a row. "
            "Take 'binary_accuracy', 'f1_score' or 'auc'."
        )
    labels, outputs = _CONVERSIONS.get((coding, kind), (None, None))
    return metric if labels is None and outputs is None else ClassMetric(metric, labels, outputs)


def _kind(metric: Any) -> str:
    """Return what a metric of Keras is of: codes, labels, shares, or units."""
    if isinstance(metric, _OF_CODES):
        return "codes"
    if type(metric) in _OF_LABELS:
        return "labels" if getattr(metric, "sparse_y_pred", True) else "codes"
    over_classes = isinstance(metric, keras.metrics.FBetaScore) and metric.threshold is None
    return "shares" if over_classes or isinstance(metric, _OF_SHARES) else "units"


def check_monitor(monitor: str, metrics: Any, *, has_validation: bool, where: str) -> None:
    """Refuse to stop early by a value that is not recorded or not a number, or whose direction is not known."""
    made = {metric_name(metric): metric for metric in make_metrics(metrics) or []}
    recorded = ["loss", *made]
    recorded += [f"val_{name}" for name in recorded] if has_validation else []
    if monitor not in recorded:
        raise ValueError(
            f"{where}: monitor must be one of {', '.join(recorded)}; got {monitor!r}"
            f"{did_you_mean(monitor, recorded)} Name it in `metrics`, or set validation_split."
        )
    metric = made.get(monitor.removeprefix("val_"), "accuracy")
    if _has_several_values(metric):
        mean = "class_aggregation='uniform_average'" if hasattr(metric, "class_aggregation") else "average='macro'"
        raise ValueError(
            f"{where}: monitor must be a metric of one number; got {monitor!r}, with one for each class or output. "
            f"Give metrics=[keras.metrics.{type(metric).__name__}({mean})]."
        )
    if not isinstance(metric, str) and not hasattr(metric, "_direction"):  # Keras' EarlyStopping asks the same
        raise ValueError(
            f"{where}: monitor must be a metric of which Keras knows whether it should increase; got {monitor!r}. "
            f"Give callbacks=[keras.callbacks.EarlyStopping(monitor={monitor!r}, mode='max')] or 'min'."
        )


def _has_several_values(metric: Any) -> bool:
    aggregation = {keras.metrics.FBetaScore: "average", keras.metrics.R2Score: "class_aggregation"}
    return any(isinstance(metric, kind) and getattr(metric, name) is None for kind, name in aggregation.items())


def metric_name(metric: Any) -> str:
    """Return the name under which the values of a metric that `make_metrics` made are recorded."""
    return metric if isinstance(metric, str) else str(getattr(metric, "name", None) or metric.__name__)
