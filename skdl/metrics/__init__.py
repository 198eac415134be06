"""Metrics, one record each: name, function, direction, bounds, and how it is resampled.

``_regression.py`` and ``_classification.py`` hold the records. All other packages use a metric through its record:
`skdl.cross_validation` measures and resamples with it, `skdl.report` formats its scores, `skdl.pipeline_tools` copies
its function into a script and its description into the JSON Schema. A new metric is a record there, its name and
meaning in the report's string tables (``metric.NAME``, ``meaning.NAME``), and a test.
"""

from skdl.metrics._catalogue import metric_names, resolve_metrics, scorer_names
from skdl.metrics._classification import EXPECTED_COST, cost_metric
from skdl.metrics._custom import CustomFunction
from skdl.metrics._decision_costs import DecisionCosts
from skdl.metrics._metric import Metric, Predictions, Scorer, align_classes
from skdl.metrics._resampling import bootstrap_scores, row_values

__all__ = [
    "EXPECTED_COST",
    "CustomFunction",
    "DecisionCosts",
    "Metric",
    "Predictions",
    "Scorer",
    "align_classes",
    "bootstrap_scores",
    "cost_metric",
    "metric_names",
    "resolve_metrics",
    "row_values",
    "scorer_names",
]
