"""Everything a report says, as plain values; no renderer and no estimator."""

from skdl.report.summary._data import Check, ColumnProfile, DataSummary, Histogram
from skdl.report.summary._errors import (
    CalibrationBin,
    ClassErrors,
    ClassMeasures,
    Cloud,
    CostCurve,
    ErrorsSummary,
    Line,
    MisreadImage,
    RegressionErrors,
    Thresholds,
    WorstRow,
)
from skdl.report.summary._models import Against, AgainstRow, FoldRow, ModelRow, Pair, Score, ScoreColumn
from skdl.report.summary._networks import Curve, CurveReading, Layer, NetworkSummary
from skdl.report.summary._ship import InputColumn, SavedModelSummary
from skdl.report.summary._summary import Summary
from skdl.report.summary._tuning import ChosenValue, TunedParameter, TuningSummary
from skdl.report.summary._verdict import Protocol, Reason, VerdictSummary
from skdl.report.summary._why import (
    CorrelatedPair,
    Dependence,
    DependenceLine,
    Disagreement,
    DisputedRow,
    Importance,
    Insight,
)

__all__ = [
    "Against",
    "AgainstRow",
    "CalibrationBin",
    "Check",
    "ChosenValue",
    "ClassErrors",
    "ClassMeasures",
    "Cloud",
    "ColumnProfile",
    "CorrelatedPair",
    "CostCurve",
    "Curve",
    "CurveReading",
    "DataSummary",
    "Dependence",
    "DependenceLine",
    "Disagreement",
    "DisputedRow",
    "ErrorsSummary",
    "FoldRow",
    "Histogram",
    "Importance",
    "InputColumn",
    "Insight",
    "Layer",
    "Line",
    "MisreadImage",
    "ModelRow",
    "NetworkSummary",
    "Pair",
    "Protocol",
    "Reason",
    "RegressionErrors",
    "SavedModelSummary",
    "Score",
    "ScoreColumn",
    "Summary",
    "Thresholds",
    "TunedParameter",
    "TuningSummary",
    "VerdictSummary",
    "WorstRow",
]
