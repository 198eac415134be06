"""Metrics: name, function, direction, bounds and the scorer that scikit-learn uses."""

from skdl.metrics._metrics import Metric, Scorer, default_metrics, metric_names, resolve_metrics, scorer_names
from skdl.metrics._undefined import undefined_because

__all__ = [
    "Metric",
    "Scorer",
    "default_metrics",
    "metric_names",
    "resolve_metrics",
    "scorer_names",
    "undefined_because",
]
