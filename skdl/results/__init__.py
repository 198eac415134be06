"""Everything a report says, as plain values; no renderer and no estimator."""

from skdl.results._data import Check, ColumnProfile, DataSummary, Histogram
from skdl.results._errors import (
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
from skdl.results._inspection import (
    CorrelatedPair,
    Dependence,
    DependenceLine,
    Disagreement,
    DisputedRow,
    Importance,
    Insight,
)
from skdl.results._models import Against, AgainstRow, FoldRow, ModelRow, Pair, Score, ScoreColumn
from skdl.results._networks import Curve, CurveReading, Layer, NetworkSummary
from skdl.results._ship import InputColumn, SavedModelSummary
from skdl.results._summary import Summary
from skdl.results._tuning import ChosenValue, TunedParameter, TuningSummary
from skdl.results._verdict import Protocol, Reason, VerdictSummary

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
